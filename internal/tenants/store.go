package tenants

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"sync"

	"github.com/nats-io/nats.go/jetstream"
)

const bucket = "turnout-tenants"

// Store reads and changes settings. Reads are from memory and never fail.
type Store struct {
	kv      jetstream.KeyValue
	watcher jetstream.KeyWatcher
	logger  *slog.Logger
	done    chan struct{}

	mu    sync.RWMutex
	known map[string]revised
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
		Bucket: bucket, Description: "Settings of the communities", Replicas: max(replicas, 1),
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
	}
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
	<-s.done
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
	s.keep(entry.Key(), settings, entry.Revision())
}

func (s *Store) keep(tenant string, settings Settings, revision uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if revision >= s.known[tenant].revision {
		s.known[tenant] = revised{settings, revision}
	}
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
	return nil
}
