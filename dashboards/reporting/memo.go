package reporting

import (
	"container/list"
	"context"
	"slices"
	"sync"
	"time"
)

const (
	// mostCells bounds what all kept answers hold together (some 50 MB of values), mostCellsOfOne what a single one may.
	mostCells      = 500_000
	mostCellsOfOne = 20_000
	// An answer stands for a moment that is past. It is given again for as long as the community has been unchanged, within these bounds:
	// where much happens people look at the latest, where nothing does nothing but time passes.
	shortestMoment = time.Second
	longestMoment  = time.Minute
)

// memo keeps answers for as long as they are the truth, and lets those who ask the same at once share one query. An answer belongs to a
// version of its community (stream.Version): it is noted after every insert, before what was inserted is acknowledged, so that an answer
// kept under the latest version lacks nothing that was acknowledged, on whichever replica it was computed.
type memo struct {
	now func() time.Time

	mu      sync.Mutex
	moments map[string]moment
	kept    map[string]*list.Element
	order   *list.List // of *keptAnswer, latest used first
	cells   int
	flights map[string]*flight
}

// moment is the as-of time that the reports of a community share, so that figures asked for one after the other agree.
type moment struct {
	version     string
	since, asOf time.Time
	ends        time.Time
}

type afreshKey struct{}

// Afresh makes a runner work out what is asked with the context anew, though its answer may be known.
func Afresh(ctx context.Context) context.Context { return context.WithValue(ctx, afreshKey{}, true) }

type keptAnswer struct {
	key    string
	answer *answer
}

// flight is a query under way.
type flight struct {
	done    chan struct{}
	cancel  context.CancelFunc
	waiting int
	answer  *answer
	err     error
}

func newMemo(now func() time.Time) *memo {
	return &memo{now: now, moments: map[string]moment{}, kept: map[string]*list.Element{}, order: list.New(), flights: map[string]*flight{}}
}

// mostMoments bounds the communities whose moments are known; beyond, all are forgotten, which costs a query each.
const mostMoments = 10_000

// asOf gives the time for which a community's figures of a version are worked out now.
func (m *memo) asOf(tenant, version string) time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.now().UTC().Truncate(time.Millisecond)
	current, known := m.moments[tenant]
	if !known || current.version != version {
		if len(m.moments) >= mostMoments {
			clear(m.moments)
		}
		current = moment{version: version, since: now}
	}
	if !now.Before(current.ends) || now.Before(current.asOf) { // a clock may be set back
		current.asOf = now
		current.ends = now.Add(min(max(now.Sub(current.since), shortestMoment), longestMoment))
	}
	m.moments[tenant] = current
	return current.asOf
}

// get gives what is kept under key, else what run finds. Who asks for what is being looked for waits for that; when all who wait are
// gone, the query ends.
func (m *memo) get(ctx context.Context, key string, run func(context.Context) (*answer, error)) (*answer, error) {
	m.mu.Lock()
	if element, found := m.kept[key]; found {
		m.order.MoveToFront(element)
		kept, _ := element.Value.(*keptAnswer)
		m.mu.Unlock()
		return kept.answer.copy(), nil
	}
	f, found := m.flights[key]
	if !found {
		running, cancel := context.WithCancel(context.WithoutCancel(ctx))
		f = &flight{done: make(chan struct{}), cancel: cancel}
		m.flights[key] = f
		go m.fly(running, key, f, run)
	}
	f.waiting++
	m.mu.Unlock()
	select {
	case <-f.done:
		if f.err != nil {
			return nil, f.err
		}
		return f.answer.copy(), nil
	case <-ctx.Done():
		m.leave(key, f)
		return nil, context.Cause(ctx)
	}
}

func (m *memo) fly(ctx context.Context, key string, f *flight, run func(context.Context) (*answer, error)) {
	defer f.cancel()
	found, err := run(ctx)
	m.mu.Lock()
	f.answer, f.err = found, err
	if m.flights[key] == f {
		delete(m.flights, key)
	}
	if err == nil {
		m.keep(key, found)
	}
	m.mu.Unlock()
	close(f.done)
}

func (m *memo) leave(key string, f *flight) {
	m.mu.Lock()
	defer m.mu.Unlock()
	f.waiting--
	if f.waiting > 0 {
		return
	}
	if m.flights[key] == f { // nobody may join what is given up
		delete(m.flights, key)
	}
	f.cancel()
}

// keep holds an answer, and lets go of those that were not asked for longest.
func (m *memo) keep(key string, found *answer) {
	size := found.cells()
	if size > mostCellsOfOne {
		return
	}
	if _, known := m.kept[key]; known {
		return
	}
	m.kept[key] = m.order.PushFront(&keptAnswer{key: key, answer: found})
	m.cells += size
	for m.cells > mostCells {
		oldest := m.order.Back()
		gone, _ := m.order.Remove(oldest).(*keptAnswer)
		delete(m.kept, gone.key)
		m.cells -= gone.answer.cells()
	}
}

// cells counts one more for every row, and for the answer itself: emptiness takes room, too.
func (a *answer) cells() int { return (len(a.values) + 1) * (len(a.columns) + 1) }

// copy is an answer whose rows may be changed.
func (a *answer) copy() *answer {
	out := &answer{columns: slices.Clone(a.columns), values: make([][]any, len(a.values))}
	for i, row := range a.values {
		out.values[i] = slices.Clone(row)
	}
	return out
}
