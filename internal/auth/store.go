package auth

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"
	"time"
)

// The reasons why a key is not accepted.
var (
	ErrNoKey      = errors.New("no key given")
	ErrUnknownKey = errors.New("unknown key")
	ErrRevoked    = errors.New("key revoked")
)

// pollInterval is how often a running program looks at the key file: a change is
// seen within a second, and one look costs a few microseconds.
const pollInterval = 200 * time.Millisecond

// Store holds the keys of a running program. All methods may be called at once
// from many goroutines.
type Store struct {
	path string

	mu       sync.RWMutex
	keys     map[string]Key
	seen     fs.FileInfo // the file that keys were read from; nil when there was none
	checked  time.Time
	err      error // why the newest file was not taken
	watchers map[int]func()
	nextID   int
}

// Open reads the key file; no file means no keys. A damaged file is an error here,
// since there is no earlier state to go on with.
func Open(path string) (*Store, error) {
	s := &Store{path: path, keys: map[string]Key{}, watchers: map[int]func(){}}
	if _, err := s.Refresh(); err != nil {
		return nil, fmt.Errorf("open keys: %w", err)
	}
	return s, nil
}

// Required reports whether requests need a key: whether any key was ever created.
func (s *Store) Required() bool {
	if s == nil {
		return false
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	return len(s.keys) > 0
}

// Err says why the newest key file was not taken; nil when it was.
func (s *Store) Err() error {
	if s == nil {
		return nil
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.err
}

// Authenticate gives the caller of a key text. While there are no keys it is Everyone,
// whatever the text. Errors are ErrNoKey, ErrUnknownKey and ErrRevoked.
func (s *Store) Authenticate(text string) (Identity, error) {
	if s == nil {
		return Everyone(), nil
	}
	s.refreshIfDue()
	s.mu.RLock()
	defer s.mu.RUnlock()
	if len(s.keys) == 0 {
		return Everyone(), nil
	}
	if text == "" {
		return Identity{}, ErrNoKey
	}
	key, known := s.keys[keyID(text)]
	switch {
	case !key.matches(text) || !known: // compared in any case, so that ids cannot be told by timing
		return Identity{}, ErrUnknownKey
	case !key.Revoked.IsZero():
		return Identity{}, ErrRevoked
	default:
		return key.identity(), nil
	}
}

// Valid reports whether a key that was accepted earlier still is. The empty id stands
// for a caller who was let in because there were no keys.
func (s *Store) Valid(id string) bool {
	if s == nil {
		return id == ""
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	if id == "" {
		return len(s.keys) == 0
	}
	key, known := s.keys[id]
	return known && key.Revoked.IsZero()
}

// OnChange calls fn after every change of the keys, until the returned function is called.
func (s *Store) OnChange(fn func()) (cancel func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	id := s.nextID
	s.nextID++
	s.watchers[id] = fn
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.watchers, id)
	}
}

// Watch looks for changes until the context ends, so that OnChange is called also
// when nobody authenticates. Each new trouble with the file is reported once.
func (s *Store) Watch(ctx context.Context, report func(error)) {
	ticker := time.NewTicker(pollInterval)
	defer ticker.Stop()
	var last string
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		_, _ = s.Refresh() // its error is also in Err, which holds those of other callers too
		err := s.Err()
		if err != nil && err.Error() != last {
			report(err)
		}
		last = ""
		if err != nil {
			last = err.Error()
		}
	}
}

func (s *Store) refreshIfDue() {
	s.mu.RLock()
	due := time.Since(s.checked) >= pollInterval
	s.mu.RUnlock()
	if due {
		_, _ = s.Refresh() // the last good keys stay in force; Err and Watch tell the trouble
	}
}

// Refresh reads the file again if it is another one than last time, and reports
// whether the keys changed. On an error the last good keys stay in force.
func (s *Store) Refresh() (changed bool, err error) {
	s.mu.Lock()
	changed, s.err = s.load()
	s.checked = time.Now()
	err = s.err
	var notify []func()
	if changed {
		for _, fn := range s.watchers {
			notify = append(notify, fn)
		}
	}
	s.mu.Unlock()
	for _, fn := range notify {
		fn()
	}
	return changed, err
}

// load needs the lock.
func (s *Store) load() (bool, error) {
	info, err := os.Stat(s.path)
	if errors.Is(err, fs.ErrNotExist) {
		if len(s.keys) > 0 {
			return false, fmt.Errorf("key file %s is gone; the keys read before stay in force until a restart", s.path)
		}
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("look at key file: %w", err)
	}
	if s.seen != nil && os.SameFile(s.seen, info) && s.seen.ModTime().Equal(info.ModTime()) && s.seen.Size() == info.Size() {
		return false, s.err
	}
	// Noted before reading: a file that changes meanwhile is read again next time.
	s.seen = info
	file, err := readFile(s.path)
	if err != nil {
		return false, err
	}
	if len(file.Keys) == 0 && len(s.keys) > 0 {
		return false, fmt.Errorf("key file %s lists no keys any more; the keys read before stay in force until a restart", s.path)
	}
	keys := make(map[string]Key, len(file.Keys))
	for _, key := range file.Keys {
		keys[key.ID] = key
	}
	s.keys = keys
	return true, nil
}
