package stream

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// LocksBucket is the name of the bucket that keeps the locks.
const LocksBucket = "turnout-locks"

const (
	lockTTL     = 10 * time.Second
	lockRenewal = 3 * time.Second
	lockRetry   = 200 * time.Millisecond
)

// ErrLockLost says that the lock expired under its holder, whose work was cancelled.
var ErrLockLost = errors.New("the lock was lost to another process")

// WithLock runs fn while this process alone holds the named lock. It waits for
// the lock as long as ctx allows. A holder that dies loses it within 10 s; fn's
// context ends when the lock cannot be renewed.
func WithLock(ctx context.Context, js jetstream.JetStream, name string, fn func(context.Context) error) error {
	kv, err := js.CreateOrUpdateKeyValue(ctx, jetstream.KeyValueConfig{
		Bucket: LocksBucket, TTL: lockTTL, Description: "Locks of the running processes",
	})
	if err != nil {
		return fmt.Errorf("open the bucket of locks: %w", err)
	}
	revision, err := acquire(ctx, kv, name)
	if err != nil {
		return err
	}
	held, cancel := context.WithCancelCause(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		revision = renew(held, cancel, kv, name, revision)
	}()
	err = fn(held)
	if cause := context.Cause(held); err != nil && errors.Is(cause, ErrLockLost) {
		err = fmt.Errorf("%w: %w", cause, err)
	}
	cancel(nil)
	<-done
	// Deleting only our own revision leaves a successor's lock alone. When it fails, the lock expires.
	_ = kv.Delete(context.WithoutCancel(ctx), name, jetstream.LastRevision(revision))
	return err
}

func acquire(ctx context.Context, kv jetstream.KeyValue, name string) (uint64, error) {
	ticker := time.NewTicker(lockRetry)
	defer ticker.Stop()
	var held holder
	for {
		revision, err := kv.Create(ctx, name, nil)
		if err == nil {
			return revision, nil
		}
		if !errors.Is(err, jetstream.ErrKeyExists) {
			return 0, fmt.Errorf("take lock %s: %w", name, err)
		}
		held.look(ctx, kv, name)
		select {
		case <-ctx.Done():
			return 0, fmt.Errorf("wait for lock %s: %w", name, ctx.Err())
		case <-ticker.C:
		}
	}
}

// holder is who holds a lock, as the one sees it who waits.
type holder struct {
	revision uint64
	since    time.Time // by the monotonic clock
}

// look takes the lock from a holder that has not renewed it for longer than it may. The server takes it away by itself, but by its wall
// clock: when that is set back, a lock would outlive its dead holder by hours.
func (h *holder) look(ctx context.Context, kv jetstream.KeyValue, name string) {
	entry, err := kv.Get(ctx, name)
	if err != nil {
		return // it is free by now, or the server says so when the lock is asked for
	}
	if entry.Revision() != h.revision {
		h.revision, h.since = entry.Revision(), time.Now()
		return
	}
	if time.Since(h.since) > lockTTL+lockRenewal {
		_ = kv.Delete(ctx, name, jetstream.LastRevision(h.revision)) // fails if it was renewed or taken just now
	}
}

// renew keeps the lock until ctx ends and returns its latest revision.
func renew(ctx context.Context, cancel context.CancelCauseFunc, kv jetstream.KeyValue, name string, revision uint64) uint64 {
	ticker := time.NewTicker(lockRenewal)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return revision
		case <-ticker.C:
			next, err := kv.Update(ctx, name, nil, revision)
			if err != nil {
				cancel(ErrLockLost)
				return revision
			}
			revision = next
		}
	}
}
