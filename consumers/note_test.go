package consumers_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"

	"github.com/turnout/turnout/consumers"
	"github.com/turnout/turnout/consumers/consumerstest"
	"github.com/turnout/turnout/internal/stream"
)

// watched stands before the real notes, fails as often as a test says and looks around at every note.
type watched struct {
	*stream.Dirty
	mu       sync.Mutex
	failures int
	noted    []string
	look     func()
}

func (w *watched) Touch(ctx context.Context, tenants ...string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.look()
	if w.failures--; w.failures >= 0 {
		return errors.New("the stream is away")
	}
	w.noted = append(w.noted, tenants...)
	return w.Dirty.Touch(ctx, tenants...)
}

func (w *watched) seen() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Compact(slices.Sorted(slices.Values(w.noted)))
}

// A note that comes before the insert has figures computed without it; one after the acknowledgement is lost with the process.
func TestChangesAreNotedAfterTheInsertAndBeforeTheAcknowledgement(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	dirty := stream.NewDirty(h.JS)
	notes := &watched{Dirty: dirty, failures: 3}
	notes.look = func() {
		if stored := h.Ask("SELECT count() FROM attendance"); stored != "1" {
			t.Errorf("noted when %s of 1 were stored", stored)
		}
		if letters := h.Ask("SELECT count() FROM dead_letters FINAL"); letters != "1" {
			t.Errorf("noted when %s of 1 dead letters were shown", letters)
		}
		source, err := h.JS.Consumer(t.Context(), stream.EventsStream, consumers.Durable)
		if err != nil || source.CachedInfo().AckFloor.Stream != 0 {
			t.Errorf("noted when the batch was acknowledged already, %v", err)
		}
	}
	h.Pack(attendance(t, "a1", "g1", "p1"), event(t, `attendance.recorded.v1 bad {"gathering_id":"g1"}`))
	cfg := h.Config()
	cfg.Notes = notes
	h.Consume(cfg)
	h.Drained()
	if seen := notes.seen(); !slices.Equal(seen, []string{"acme"}) {
		t.Errorf("noted %q", seen)
	}
	before, err := dirty.Version(t.Context(), "acme")
	consumerstest.Must(t, err)
	if before.IsZero() {
		t.Error("no note is kept")
	}
	// A discarded dead letter changes what the data-quality report says.
	letters, err := h.Letters.List(t.Context(), "acme", 10, 0)
	consumerstest.Must(t, err)
	consumerstest.Must(t, consumers.NewReviewer(h.Letters, h.DB, h.JS, dirty, h.Registry).Discard(t.Context(), "acme", letters[0].ID))
	after, err := dirty.Version(t.Context(), "acme")
	consumerstest.Must(t, err)
	if after == before {
		t.Error("discarding a dead letter was not noted")
	}
}
