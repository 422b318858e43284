package erasures

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// Names that backups need.
const (
	RequestsBucket   = "ERASURES"
	SuppressedBucket = "SUPPRESSED"
	// Lock is held by whoever erases (stream.WithLock).
	Lock = "erasure"
)

const (
	secretKey   = "secret"
	secretBytes = 32
	// keptRevisions of a request are kept until Finish overwrites them: what the server drops by itself it does not overwrite.
	keptRevisions = 64
	// duplicatesWindow is what the client gives its own buckets.
	duplicatesWindow = 2 * time.Minute
)

// Store is both buckets. It may be used by any number of goroutines.
type Store struct {
	js         jetstream.JetStream
	requests   jetstream.KeyValue
	suppressed jetstream.KeyValue

	refreshing sync.Mutex
	list       atomic.Pointer[Snapshot]
}

// Open opens the buckets, or creates them, and reads the list.
func Open(ctx context.Context, js jetstream.JetStream, replicas int) (*Store, error) {
	requests, err := openRequests(ctx, js, replicas)
	if err != nil {
		return nil, fmt.Errorf("open the requests for erasure: %w", err)
	}
	suppressed, err := js.CreateOrUpdateKeyValue(ctx, jetstream.KeyValueConfig{
		Bucket: SuppressedBucket, Description: "Erased persons, as keyed hashes", Replicas: max(replicas, 1),
	})
	if err != nil {
		return nil, fmt.Errorf("open the list of erased persons: %w", err)
	}
	secret := make([]byte, secretBytes)
	_, _ = rand.Read(secret) // never fails
	_, err = suppressed.Create(ctx, secretKey, encodeSecret(secret))
	if err != nil && !errors.Is(err, jetstream.ErrKeyExists) {
		return nil, fmt.Errorf("make the secret of the list of erased persons: %w", err)
	}
	s := &Store{js: js, requests: requests, suppressed: suppressed}
	if _, err := s.Refresh(ctx); err != nil {
		return nil, err
	}
	return s, nil
}

// openRequests makes the bucket by hand: one that the client makes forbids to delete a message, and so to overwrite it.
func openRequests(ctx context.Context, js jetstream.JetStream, replicas int) (jetstream.KeyValue, error) {
	_, err := js.CreateOrUpdateStream(ctx, jetstream.StreamConfig{
		Name: "KV_" + RequestsBucket, Description: "Requests to be forgotten, and receipts", Subjects: []string{"$KV." + RequestsBucket + ".>"},
		MaxMsgsPerSubject: keptRevisions, Discard: jetstream.DiscardNew, Storage: jetstream.FileStorage, Replicas: max(replicas, 1),
		AllowRollup: true, AllowDirect: true, Duplicates: duplicatesWindow,
	})
	if err != nil {
		return nil, err //nolint:wrapcheck // the caller wraps it
	}
	return js.KeyValue(ctx, RequestsBucket) //nolint:wrapcheck // likewise
}

func encodeSecret(secret []byte) []byte { return []byte(base64.StdEncoding.EncodeToString(secret)) }

// Current is the list as of the last Refresh. It costs nothing.
func (s *Store) Current() *Snapshot { return s.list.Load() }

// Refresh gives the list as it is now: everything that was on it when Refresh was called. It asks the bucket's leader, never a copy that
// may lag, and reads only what changed.
func (s *Store) Refresh(ctx context.Context) (*Snapshot, error) {
	s.refreshing.Lock()
	defer s.refreshing.Unlock()
	bucket, err := s.js.Stream(ctx, "KV_"+SuppressedBucket) // its answer carries the state
	if err != nil {
		return nil, fmt.Errorf("read the list of erased persons: %w", err)
	}
	info := bucket.CachedInfo()
	known := s.list.Load()
	if known == nil || !known.created.Equal(info.Created) || known.revision > info.State.LastSeq {
		known = emptySnapshot(info.Created)
	}
	for known.revision < info.State.LastSeq {
		changes, err := s.changes(ctx, known.revision+1)
		if err != nil {
			return nil, err
		}
		known = known.apply(changes)
	}
	s.list.Store(known)
	return known, nil
}

// changes reads what the bucket holds from a revision on.
func (s *Store) changes(ctx context.Context, from uint64) ([]change, error) {
	watcher, err := s.suppressed.WatchAll(ctx, jetstream.ResumeFromRevision(from))
	if err != nil {
		return nil, fmt.Errorf("read the list of erased persons: %w", err)
	}
	defer watcher.Stop() //nolint:errcheck // what was wanted has been read
	var changes []change
	for {
		select {
		case update, open := <-watcher.Updates():
			if !open {
				return nil, errors.New("read the list of erased persons: the connection was lost")
			}
			if update == nil {
				return changes, nil
			}
			c, err := readChange(update)
			if err != nil {
				return nil, err
			}
			changes = append(changes, c)
		case <-ctx.Done():
			return nil, fmt.Errorf("read the list of erased persons: %w", ctx.Err())
		}
	}
}

func readChange(update jetstream.KeyValueEntry) (change, error) {
	c := change{revision: update.Revision()}
	if update.Key() == secretKey {
		secret, err := base64.StdEncoding.DecodeString(string(update.Value()))
		if err != nil || len(secret) < hashBytes {
			return c, errors.New("read the list of erased persons: its secret is damaged")
		}
		c.secret = secret
		return c, nil
	}
	tenant, text, _ := strings.Cut(update.Key(), ".")
	hash, err := parseHash(text)
	if err != nil {
		return c, fmt.Errorf("read the list of erased persons: the key %q: %w", update.Key(), err)
	}
	c.tenant, c.hash = tenant, hash
	if update.Operation() != jetstream.KeyValuePut {
		c.gone = true
		return c, nil
	}
	if err := json.Unmarshal(update.Value(), &c.entry); err != nil {
		return c, fmt.Errorf("read the list of erased persons: the entry %q: %w", update.Key(), err)
	}
	return c, nil
}

func entryKey(tenant string, hash Hash) string { return tenant + "." + hash.String() }
