package tenants

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// Bucket is the name of the bucket that keeps the settings.
const Bucket = "turnout-tenants"

// Store reads and changes settings. Reads are from memory and never fail.
type Store struct {
	kv      jetstream.KeyValue
	watcher jetstream.KeyWatcher
	logger  *slog.Logger
	done    chan struct{}

	closing context.Context //nolint:containedctx // ends what Close has to end
	close   context.CancelFunc
	telling sync.WaitGroup

	mu       sync.RWMutex
	known    map[string]revised
	onChange func(ctx context.Context, tenant string) error
}

// revised are settings as of a revision of the bucket. The watch lags behind
// what Put has written, so an older revision must not replace a newer one.
type revised struct {
	settings Settings
	revision uint64
}

// Open opens the bucket and returns once every setting in it is known. Close ends it.
func Open(ctx context.Context, js jetstream.JetStream, replicas int, logger *slog.Logger) (*Store, error) {
	kv, err := js.CreateOrUpdateKeyValue(ctx, jetstream.KeyValueConfig{
		Bucket: Bucket, Description: "Settings of the communities", Replicas: max(replicas, 1),
	})
	if err != nil {
		return nil, fmt.Errorf("open the tenants' settings: %w", err)
	}
	watcher, err := kv.WatchAll(context.WithoutCancel(ctx))
	if err != nil {
		return nil, fmt.Errorf("watch the tenants' settings: %w", err)
	}
	store := &Store{
		kv: kv, watcher: watcher, logger: logger,
		done: make(chan struct{}), known: make(map[string]revised),
		onChange: func(context.Context, string) error { return nil },
	}
	store.closing, store.close = context.WithCancel(context.WithoutCancel(ctx))
	known := make(chan struct{})
	go store.follow(known)
	select {
	case <-known:
		return store, nil
	case <-ctx.Done():
		store.Close()
		return nil, fmt.Errorf("read the tenants' settings: %w", ctx.Err())
	}
}

// Close stops following changes.
func (s *Store) Close() {
	// Stop fails only when the connection is gone, and then the watch is too.
	_ = s.watcher.Stop()
	s.close()
	<-s.done
	s.telling.Wait()
}

// OnChange has tell called for every tenant whose settings change from now on, once they are in force here: by Put, which returns its error,
// and when somebody else's change is seen, then until it succeeds. So the last of several processes to know a change tells of it last.
func (s *Store) OnChange(tell func(ctx context.Context, tenant string) error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.onChange = tell
}

func (s *Store) tell(ctx context.Context, tenant string) error {
	s.mu.RLock()
	tell := s.onChange
	s.mu.RUnlock()
	return tell(ctx, tenant)
}

const retryTelling = time.Second

// keepTelling tells of somebody else's change until it succeeds or the store is closed.
func (s *Store) keepTelling(tenant string) {
	ticker := time.NewTicker(retryTelling)
	defer ticker.Stop()
	for {
		err := s.tell(s.closing, tenant)
		if err == nil || s.closing.Err() != nil {
			return
		}
		s.logger.Warn("a change of a tenant's settings cannot be told of yet; trying on", "tenant", tenant, "error", err)
		select {
		case <-s.closing.Done():
			return
		case <-ticker.C:
		}
	}
}

// follow applies changes until the watcher is stopped; a nil entry marks the
// end of what was there at the start.
func (s *Store) follow(known chan<- struct{}) {
	defer close(s.done)
	for entry := range s.watcher.Updates() {
		if entry == nil {
			close(known)
			continue
		}
		s.apply(entry)
	}
}

func (s *Store) apply(entry jetstream.KeyValueEntry) {
	settings := Defaults()
	if entry.Operation() == jetstream.KeyValuePut {
		var err error
		if settings, err = decode(entry.Value()); err != nil {
			s.logger.Error("settings of a tenant cannot be read; the former stay in force", "tenant", entry.Key(), "error", err)
			return
		}
	}
	if s.keep(entry.Key(), settings, entry.Revision()) {
		s.telling.Go(func() { s.keepTelling(entry.Key()) })
	}
}

// keep puts settings in force and tells whether that changed anything.
func (s *Store) keep(tenant string, settings Settings, revision uint64) (changed bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	former, found := s.known[tenant]
	if revision < former.revision {
		return false
	}
	if !found {
		former.settings = Defaults()
	}
	s.known[tenant] = revised{settings, revision}
	return settings != former.settings
}

// decode takes only what Put has written: anything else in the bucket is no settings. What an earlier release did not know of has its default.
func decode(raw []byte) (Settings, error) {
	settings := Defaults()
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&settings); err != nil {
		return settings, fmt.Errorf("decode settings: %w", err)
	}
	return settings, settings.Validate()
}

// Get gives the settings of a tenant.
func (s *Store) Get(tenant string) Settings {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if kept, found := s.known[tenant]; found {
		return kept.settings
	}
	return Defaults()
}

// Put changes the settings of a tenant; they are in force here when it returns.
func (s *Store) Put(ctx context.Context, tenant string, settings Settings) error {
	if err := ValidateName(tenant); err != nil {
		return err
	}
	if err := settings.Validate(); err != nil {
		return err
	}
	encoded, err := json.Marshal(settings)
	if err != nil {
		return fmt.Errorf("encode the settings of %s: %w", tenant, err)
	}
	revision, err := s.kv.Put(ctx, tenant, encoded)
	if err != nil {
		return fmt.Errorf("keep the settings of %s: %w", tenant, err)
	}
	s.keep(tenant, settings, revision)
	if err := s.tell(ctx, tenant); err != nil {
		return fmt.Errorf("the settings of %s are kept, but not told of; put them again: %w", tenant, err)
	}
	return nil
}
