package rollups_test

import (
	"context"
	"fmt"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/turnout/turnout/consumers/consumerstest"
	"github.com/turnout/turnout/consumers/rollups"
	"github.com/turnout/turnout/internal/stream"
	"github.com/turnout/turnout/internal/warehouse"
	"github.com/turnout/turnout/schemas"
)

func TestWhatChangesIsRecomputed(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	first := attendance("acme", "g1", "p1", "2024-05-31T22:30:00Z", 0)
	h.store(first, attendance("acme", "g1", "p2", "2024-05-31T22:30:00Z", 0), attendance("acme", "g2", "p1", "2024-07-01T12:00:00Z", 0),
		attendance("other", "g1", "p1", "1955-02-28T12:00:00Z", 0))
	h.note("acme", "other")
	h.start(h.config())
	h.computed("acme", "other")
	h.sound("acme", "other")
	if got, want := h.months("acme"), "[('2024-05-01','p1',1),('2024-05-01','p2',1),('2024-07-01','p1',1)]"; got != want {
		t.Errorf("got %s", got)
	}
	h.Expect("SELECT (acts, attended, experiential) FROM person_months WHERE tenant = 'other'", "(1,1,1)")
	t.Run("a correction moves an act", func(*testing.T) {
		h.store(attendance("acme", "g1", "p1", "2024-09-30T12:00:00Z", 1))
		h.note("acme")
		h.computed("acme")
		h.sound("acme")
	})
	t.Run("a void takes an act away", func(t *testing.T) {
		h.store(voided(attendance("acme", "g2", "p1", "2024-07-01T12:00:00Z", 0)))
		h.note("acme")
		h.computed("acme")
		h.sound("acme")
		if got := h.months("acme"); got != "[('2024-05-01','p2',1),('2024-09-01','p1',1)]" {
			t.Errorf("got %s", got)
		}
	})
	t.Run("another time zone has other months", func(t *testing.T) {
		h.zone = func(string) string { return "Asia/Tokyo" }
		h.note("acme")
		h.computed("acme")
		h.sound("acme")
		if got := h.months("acme"); got != "[('2024-06-01','p2',1),('2024-09-01','p1',1)]" {
			t.Errorf("got %s", got)
		}
	})
	t.Run("an erasure takes the months away that only the erased had", func(*testing.T) {
		for _, table := range []string{"events", "facts"} {
			h.Exec("DELETE FROM " + table + " WHERE tenant = 'acme' AND person = 'p2'")
		}
		h.note("acme")
		h.computed("acme")
		h.sound("acme")
		h.Expect("SELECT countIf(has(person, 'p2')) FROM rollup_months FINAL", "0")
	})
}

// What was stored before there were notes, or whose notes were lost with their stream, is found at the start.
func TestNothingNotedIsForgotten(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	h.store(attendance("acme", "g1", "p1", "2024-05-27T18:00:00Z", 0))
	h.start(h.config())
	consumerstest.Eventually(t, "the community without a note", func() bool { return h.months("acme") == "[('2024-05-01','p1',1)]" })
	for range 5 {
		h.note("acme")
	}
	h.computed("acme")
	// The stream is lost while the worker runs; its successor counts from one again, and nobody notes anything.
	consumerstest.Must(t, h.JS.DeleteStream(t.Context(), stream.DirtyStream))
	h.store(attendance("acme", "g1", "p2", "2024-05-27T18:00:00Z", 0))
	consumerstest.Must(t, stream.EnsureTopology(t.Context(), h.JS, stream.Topology{MaxPayload: h.NC.MaxPayload()}))
	consumerstest.Eventually(t, "the figures after the loss", func() bool { return h.months("acme") == "[('2024-05-01','p1',1),('2024-05-01','p2',1)]" })
	h.computed("acme")
}

// A stream that is made anew under a clock that was set back has an earlier creation than its predecessor: the predecessor's rows must
// not win for ever.
func TestRowsOfAStreamFromTheFutureDoNotStay(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	h.store(attendance("acme", "g1", "p1", "2024-05-27T18:00:00Z", 0))
	h.compute("acme", stream.Version{Created: h.created().AddDate(1, 0, 0), Seq: 9})
	h.store(attendance("acme", "g1", "p2", "2024-05-27T18:00:00Z", 0))
	h.note("acme")
	h.start(h.config())
	h.computed("acme")
	h.sound("acme")
}

func TestAHalfDoneOrMiscountedZoneIsFoundAtTheStart(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	h.store(attendance("acme", "g1", "p1", "2024-05-31T22:00:00Z", 0))
	h.compute("acme", h.note("acme"))
	h.zone = func(string) string { return "Europe/Moscow" } // changed while nobody worked
	h.start(h.config())
	consumerstest.Eventually(t, "the months of the zone", func() bool { return h.months("acme") == "[('2024-06-01','p1',1)]" })
}

// ClickHouse sets a damaged file aside at its start: then rows are missing, or older ones stand again, though every note is served.
func TestRowsThatWereLostWithADamagedFileAreFoundAtTheStart(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	h.store(attendance("acme", "g1", "p1", "2024-05-27T18:00:00Z", 0), attendance("other", "g1", "p1", "2024-05-27T18:00:00Z", 0))
	old := h.note("acme")
	h.store(attendance("acme", "g1", "p2", "2024-05-27T18:00:00Z", 0))
	h.note("acme", "other")
	stop := h.start(h.config())
	h.computed("acme", "other")
	stop()
	h.Exec("TRUNCATE TABLE rollup_months")
	h.compute("acme", old) // an older row that stands again; of the other community nothing is left
	h.start(h.config())
	h.computed("acme", "other")
	h.sound("acme", "other")
}

// Several workers and writers at once, on the same communities: in the end every figure is right.
func TestManyWorkersAtOnce(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	for range 3 {
		h.start(h.config())
	}
	random := rand.New(rand.NewPCG(1, 2))
	tenants := []string{"t0", "t1", "t2"}
	revisions := map[string]int{}
	for range 60 {
		var events []*schemas.Event
		for range 5 {
			tenant, person := tenants[random.IntN(len(tenants))], fmt.Sprint("p", random.IntN(4))
			at := time.Date(2024, time.Month(1+random.IntN(12)), 28, 12, 0, 0, 0, time.UTC).Format(time.RFC3339)
			key := tenant + person
			e := attendance(tenant, "g", person, at, revisions[key])
			revisions[key]++
			if random.IntN(5) == 0 {
				e = voided(e)
				revisions[key]++
			}
			events = append(events, e)
		}
		h.store(events...)
		h.note(tenants...)
	}
	h.computed(tenants...)
	h.sound(tenants...)
}

// A community larger than a statement may be is recomputed month by month; months that are empty are covered, too.
func TestALargeCommunityIsRecomputedInStretches(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	var events []*schemas.Event
	for month := range 12 {
		for person := range 10 {
			events = append(events, attendance("acme", fmt.Sprint("g", month), fmt.Sprint("p", person), fmt.Sprintf("2024-%02d-28T12:00:00Z", month+1), 0))
		}
	}
	h.store(events...)
	cfg := h.config()
	cfg.MaxFacts = 25
	h.start(cfg)
	h.note("acme")
	h.computed("acme")
	h.sound("acme")
	parts, err := h.rollups.Stretches(t.Context(), "acme", cfg.MaxFacts)
	consumerstest.Must(t, err)
	if len(parts) != 6 {
		t.Errorf("%d stretches: %v", len(parts), parts)
	}
	// A stretch alone is not the whole: whoever compares versions sees that.
	h.Exec("TRUNCATE TABLE rollup_months")
	half := warehouse.Rollup{Tenant: "acme", Version: big.NewInt(1)}
	parts, err = h.rollups.Stretches(t.Context(), "acme", cfg.MaxFacts)
	consumerstest.Must(t, err)
	consumerstest.Must(t, h.rollups.Recompute(t.Context(), "UTC", parts[0], half))
	if mixed, err := h.rollups.Mixed(t.Context(), []string{"acme"}); err != nil || len(mixed) != 1 {
		t.Errorf("%v, %v: a part was taken for the whole", mixed, err)
	}
	moved := make([]*schemas.Event, len(events))
	for i := range events {
		moved[i] = attendance("acme", fmt.Sprint("g", i/10), fmt.Sprint("p", i%10), "1999-12-31T12:00:00Z", 1)
	}
	h.store(moved...)
	h.note("acme")
	h.computed("acme")
	h.sound("acme")
	h.Expect("SELECT (count(), uniqExact(month)) FROM person_months", "(10,1)")
}

func TestRowsAreWrittenBeforeTheNoteIsAcknowledged(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	h.store(attendance("acme", "g1", "p1", "2024-05-27T18:00:00Z", 0))
	h.note("acme")
	cfg := h.config()
	cfg.AckWait = time.Second
	reached := make(chan struct{})
	cfg.Warehouse = &spoilt{Rollups: h.rollups, after: func(ctx context.Context) error {
		close(reached)
		<-ctx.Done() // killed here
		return ctx.Err()
	}}
	dying, err := rollups.New(cfg)
	consumerstest.Must(t, err)
	dying.Start(t.Context())
	<-reached
	h.Expect("SELECT count() FROM person_months", "1")
	source, err := h.JS.Consumer(t.Context(), stream.DirtyStream, rollups.Durable)
	consumerstest.Must(t, err)
	if info := source.CachedInfo(); info.NumAckPending != 1 || info.AckFloor.Stream != 0 {
		t.Errorf("the note was acknowledged: %+v", info)
	}
	dying.Stop()
	cfg.Warehouse = h.rollups
	h.start(cfg)
	consumerstest.Eventually(t, "another worker serves the note", func() bool {
		info, err := source.Info(t.Context())
		return err == nil && info.NumAckPending == 0 && info.NumPending == 0
	})
	h.sound("acme")
}

func tenantsOf(prefix string, n int) []string {
	names := make([]string, n)
	for i := range names {
		names[i] = fmt.Sprint(prefix, i)
	}
	return slices.Clip(names)
}
