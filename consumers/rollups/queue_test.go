package rollups

import (
	"slices"
	"testing"
	"time"
)

func TestPauses(t *testing.T) {
	t.Parallel()
	cfg := Config{}
	cfg.setDefaults()
	for _, tc := range []struct {
		took        time.Duration
		hurry       bool
		pause, rest time.Duration
	}{
		{50 * time.Millisecond, false, time.Second, 5 * time.Second},
		{time.Second, false, 5 * time.Second, 10 * time.Second},
		{time.Second, true, time.Second, 10 * time.Second},
		{time.Minute, false, 30 * time.Second, time.Minute},
	} {
		if pause, rest := cfg.pause(tc.took, tc.hurry), cfg.rest(tc.took); pause != tc.pause || rest != tc.rest {
			t.Errorf("after %s (in a hurry: %t): pause %s, rest %s", tc.took, tc.hurry, pause, rest)
		}
	}
}

func TestWhoHurries(t *testing.T) {
	t.Parallel()
	w, now := &Worker{cfg: Config{Patience: time.Minute}}, time.Unix(10_000, 0)
	due := []waiting{{tenant: "old", since: now.Add(-time.Hour)}, {tenant: "older", since: now.Add(-61 * time.Second)}, {tenant: "new", since: now}}
	for served, want := range []struct{ busy, calm bool }{{true, true}, {true, true}, {false, true}, {false, false}} {
		jobs := make([]job, served)
		for i := range jobs {
			jobs[i] = job{waiting: due[i]}
		}
		w.heard = now
		busy := w.hurries(left(due, jobs), now)
		w.heard = now.Add(-quiet - 1)
		if calm := w.hurries(left(due, jobs), now); busy != want.busy || calm != want.calm {
			t.Errorf("%d of %d served: in a hurry while events come: %t, afterwards: %t", served, len(due), busy, calm)
		}
	}
}

type fakeNote struct{ acknowledged int }

func (n *fakeNote) Ack() error        { n.acknowledged++; return nil }
func (n *fakeNote) InProgress() error { return nil }

func order(due []waiting) []string {
	names := make([]string, len(due))
	for i, one := range due {
		names[i] = one.tenant
	}
	return names
}

// A community that changes all the time keeps its place: in the stream, its replaced note would go to the end again and again.
func TestANewerNoteKeepsThePlaceOfTheOlder(t *testing.T) {
	t.Parallel()
	q, now := newQueue(), time.Unix(1000, 0)
	flood, quiet := &fakeNote{}, &fakeNote{}
	q.add("flood", 1, flood, now)
	q.add("quiet", 2, quiet, now.Add(time.Second))
	newer := &fakeNote{}
	if settled := q.add("flood", 3, newer, now.Add(2*time.Second)); settled != flood {
		t.Errorf("%v is to be acknowledged, not the replaced note", settled)
	}
	if settled := q.add("flood", 1, flood, now.Add(3*time.Second)); settled != flood {
		t.Errorf("%v: an older note that comes again needs no serving", settled)
	}
	now = now.Add(4 * time.Second)
	due := q.due(now)
	if names := order(due); !slices.Equal(names, []string{"flood", "quiet"}) || due[0].seq != 3 {
		t.Errorf("%v", due)
	}
	// It changed again while it was recomputed: nothing is settled, it waits anew, behind the quiet one, after its rest.
	q.add("flood", 4, &fakeNote{}, now)
	if settled := q.served("flood", 3, now.Add(5*time.Second), now); settled != nil {
		t.Errorf("%v was settled, though a newer note waits", settled)
	}
	if names := order(q.due(now)); !slices.Equal(names, []string{"quiet"}) {
		t.Errorf("%v", names)
	}
	if names := order(q.due(now.Add(5 * time.Second))); !slices.Equal(names, []string{"quiet", "flood"}) {
		t.Errorf("%v", names)
	}
	if settled := q.served("quiet", 2, now.Add(5*time.Second), now); settled != quiet {
		t.Errorf("%v", settled)
	}
	if at, some := q.next(time.Second); !some || !at.Equal(now.Add(5*time.Second)) {
		t.Errorf("next at %s, %t", at, some)
	}
}

func TestARefusedCommunityGoesBehindTheOthersAndGetsShorterStretches(t *testing.T) {
	t.Parallel()
	q, now := newQueue(), time.Unix(1000, 0)
	q.add("bad", 1, &fakeNote{}, now)
	q.add("good", 2, &fakeNote{}, now.Add(time.Second))
	now = now.Add(2 * time.Second)
	q.refused("bad", true, true, now, now)
	due := q.due(now)
	if names := order(due); !slices.Equal(names, []string{"good", "bad"}) || !due[1].alone || due[1].halved != 1 {
		t.Errorf("%+v", due)
	}
}
