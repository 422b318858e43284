package erasures

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// Why a request is there.
const (
	KindAsked  = ""       // an event member.erased asked for it
	KindMerged = "merged" // a merge named somebody who was erased: both are one person
	KindAgain  = "again"  // events of an erased person arrived again: they are in the stream, though nowhere else
)

// States of a request.
const (
	StatePending = "pending"
	StateDone    = "done"
)

// ErrNoRequest says that no request has the given id.
var ErrNoRequest = errors.New("no such request for erasure")

// Pending is a request that is not done. It is the only place of all that keeps the person's id, and only so long.
type Pending struct {
	Tenant      string    `json:"tenant"`
	ID          string    `json:"request_id"`
	Kind        string    `json:"kind,omitempty"`
	Person      string    `json:"person_id"`
	Basis       string    `json:"basis"`
	RequestedAt time.Time `json:"requested_at"`
	ReceivedAt  time.Time `json:"received_at"`
	// From is the first message of the stream that may hold the person's events; 0 is the first of all.
	From uint64 `json:"from,omitempty"`
	// Seen is the last message known to hold some.
	Seen uint64 `json:"seen"`

	// Policy and Persons are decided when the work begins, so that after an interruption it goes on with the same ids: Persons are all
	// ids of the person, each with the fresh random id that replaces it.
	Policy  string            `json:"policy,omitempty"`
	Persons map[string]string `json:"persons,omitempty"`

	revision uint64
}

// Removed is what an erasure took out of where.
type Removed struct {
	StreamMessages uint64 `json:"stream_messages"` // overwritten
	StreamEvents   uint64 `json:"stream_events"`   // taken out or changed in them
	RewrittenPacks uint64 `json:"rewritten_packs"` // messages published again without them
	Log            uint64 `json:"log"`             // rows deleted in the log
	Facts          uint64 `json:"facts"`           // rows deleted among the facts
	DeadLetters    uint64 `json:"dead_letters"`
	Mentions       uint64 `json:"mentions"` // events that stay without the person, or under another id
}

// Add adds up.
func (r *Removed) Add(more Removed) {
	r.StreamMessages += more.StreamMessages
	r.StreamEvents += more.StreamEvents
	r.RewrittenPacks += more.RewrittenPacks
	r.Log += more.Log
	r.Facts += more.Facts
	r.DeadLetters += more.DeadLetters
	r.Mentions += more.Mentions
}

// IsZero reports whether nothing was removed.
func (r Removed) IsZero() bool { return r == Removed{} }

// Checked says what the last pass read without finding anything of the person.
type Checked struct {
	Stream      uint64 `json:"stream"`       // messages
	Log         bool   `json:"log"`          // rows of the community in the log
	Facts       bool   `json:"facts"`        // and among the facts
	Rollups     bool   `json:"rollups"`      // recomputed after the last change
	DeadLetters uint64 `json:"dead_letters"` // letters
}

// Receipt is what stays of a request. It names the person by the keyed hash only.
type Receipt struct {
	Request     string    `json:"request_id"`
	Tenant      string    `json:"tenant"`
	Kind        string    `json:"kind,omitempty"`
	PersonHash  string    `json:"person_hash"`
	Ids         int       `json:"ids"` // how many ids the person had: merged ones count
	Policy      string    `json:"policy"`
	Basis       string    `json:"basis"`
	RequestedAt time.Time `json:"requested_at"`
	ReceivedAt  time.Time `json:"received_at"`
	DoneAt      time.Time `json:"done_at"`
	// BytesGoneBy is when the last replaced files of the warehouse are removed from the disk; the stream's bytes are overwritten already.
	BytesGoneBy time.Time `json:"bytes_gone_by"`
	// Removed is of all requests of the community that were worked on together.
	Removed Removed `json:"removed"`
	Passes  int     `json:"passes"`
	Checked Checked `json:"checked"`
	// Withdrawn is true when the request was voided before the work began: nothing was erased.
	Withdrawn bool `json:"withdrawn,omitempty"`
	// Pending is the revision of the request that this answers.
	Pending uint64 `json:"pending_revision"`
}

// Request is a request as people see it.
type Request struct {
	Tenant      string    `json:"tenant"`
	ID          string    `json:"request_id"`
	Kind        string    `json:"kind,omitempty"`
	Basis       string    `json:"basis"`
	Policy      string    `json:"policy,omitempty"`
	State       string    `json:"state"`
	RequestedAt time.Time `json:"requested_at"`
	Seen        time.Time `json:"received_at"`
	Done        time.Time `json:"done_at,omitzero"`
	Hash        string    `json:"person_hash"`
	Step        string    `json:"step,omitempty"`
	StepDone    uint64    `json:"step_done,omitempty"`
	StepTotal   uint64    `json:"step_total,omitempty"`
	Receipt     *Receipt  `json:"receipt,omitempty"`
}

// step is how far the work on a request is.
type step struct {
	Step  string `json:"step"`
	Done  uint64 `json:"done"`
	Total uint64 `json:"total"`
}

const (
	pendingPrefix = "pending."
	donePrefix    = "done."
	stepPrefix    = "step."
)

// name is the last part of a request's keys: a request's id may be any text.
func name(tenant, id string) string {
	sum := sha256.Sum256([]byte(id))
	return tenant + "." + hex.EncodeToString(sum[:hashBytes])
}

// Ask keeps a request; it is on disk when Ask returns. What was asked for already, or is done, is not asked for again; only further
// arrivals of an erased person's events, or a merge's, are noted with those that wait.
func (s *Store) Ask(ctx context.Context, p Pending) error {
	key := name(p.Tenant, p.ID)
	if p.Kind == KindAsked {
		if _, err := s.requests.Get(ctx, donePrefix+key); err == nil {
			return nil
		} else if !errors.Is(err, jetstream.ErrKeyNotFound) {
			return fmt.Errorf("look for the request's receipt: %w", err)
		}
	}
	for {
		known, err := s.requests.Get(ctx, pendingPrefix+key)
		switch {
		case errors.Is(err, jetstream.ErrKeyNotFound):
			err = s.create(ctx, pendingPrefix+key, p)
		case err != nil:
		default:
			var waiting Pending
			if err := json.Unmarshal(known.Value(), &waiting); err != nil {
				return fmt.Errorf("read the request for erasure: %w", err)
			}
			if p.Kind == KindAsked || p.Seen <= waiting.Seen {
				return nil
			}
			waiting.Seen, waiting.From = p.Seen, min(waiting.From, p.From)
			waiting.revision = known.Revision()
			err = s.update(ctx, pendingPrefix+key, &waiting)
		}
		if err == nil {
			return nil
		}
		if !errors.Is(err, jetstream.ErrKeyExists) && !isConflict(err) {
			return fmt.Errorf("keep the request for erasure: %w", err)
		}
	}
}

func (s *Store) create(ctx context.Context, key string, p Pending) error {
	value, err := json.Marshal(p)
	if err == nil {
		_, err = s.requests.Create(ctx, key, value)
	}
	return err //nolint:wrapcheck // the caller wraps it
}

func (s *Store) update(ctx context.Context, key string, p *Pending) error {
	value, err := json.Marshal(p)
	if err == nil {
		p.revision, err = s.requests.Update(ctx, key, value, p.revision)
	}
	return err //nolint:wrapcheck // the caller wraps it
}

// isConflict recognises that somebody else wrote first.
func isConflict(err error) bool {
	var api *jetstream.APIError
	return errors.As(err, &api) && api.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequence
}

// Revision grows with every change to the requests.
func (s *Store) Revision(ctx context.Context) (uint64, error) {
	bucket, err := s.js.Stream(ctx, "KV_"+RequestsBucket)
	if err != nil {
		return 0, fmt.Errorf("read the requests for erasure: %w", err)
	}
	return bucket.CachedInfo().State.LastSeq, nil
}

// Waiting lists the requests that are not done, in the order of their arrival.
func (s *Store) Waiting(ctx context.Context) ([]Pending, error) {
	entries, err := s.entries(ctx)
	if err != nil {
		return nil, err
	}
	var waiting []Pending
	for _, entry := range entries {
		if !strings.HasPrefix(entry.Key(), pendingPrefix) {
			continue
		}
		var p Pending
		if err := json.Unmarshal(entry.Value(), &p); err != nil {
			return nil, fmt.Errorf("read the request for erasure %s: %w", entry.Key(), err)
		}
		p.revision = entry.Revision()
		waiting = append(waiting, p)
	}
	return waiting, nil
}

// entries reads what the bucket of requests holds, oldest first.
func (s *Store) entries(ctx context.Context) ([]jetstream.KeyValueEntry, error) {
	watcher, err := s.requests.WatchAll(ctx, jetstream.IgnoreDeletes())
	if err != nil {
		return nil, fmt.Errorf("read the requests for erasure: %w", err)
	}
	defer watcher.Stop() //nolint:errcheck // what was wanted has been read
	var entries []jetstream.KeyValueEntry
	for {
		select {
		case entry, open := <-watcher.Updates():
			if !open {
				return nil, errors.New("read the requests for erasure: the connection was lost")
			}
			if entry == nil {
				slices.SortFunc(entries, func(a, b jetstream.KeyValueEntry) int { return a.Created().Compare(b.Created()) })
				return entries, nil
			}
			entries = append(entries, entry)
		case <-ctx.Done():
			return nil, fmt.Errorf("read the requests for erasure: %w", ctx.Err())
		}
	}
}

// Decide keeps what was decided about a request before the work begins. ErrChanged when the request was added to meanwhile.
func (s *Store) Decide(ctx context.Context, p *Pending) error {
	err := s.update(ctx, pendingPrefix+name(p.Tenant, p.ID), p)
	if isConflict(err) {
		return ErrChanged
	}
	if err != nil {
		return fmt.Errorf("keep what was decided about a request for erasure: %w", err)
	}
	return nil
}

// ErrChanged says that a request was added to while it was worked on: read it again.
var ErrChanged = errors.New("the request for erasure has changed")

// Progress says how far the work on a request is, for people who wait.
func (s *Store) Progress(ctx context.Context, p *Pending, what string, done, total uint64) error {
	value, err := json.Marshal(step{what, done, total})
	if err == nil {
		_, err = s.requests.Put(ctx, stepPrefix+name(p.Tenant, p.ID), value)
	}
	if err != nil {
		return fmt.Errorf("keep the progress of an erasure: %w", err)
	}
	return nil
}
