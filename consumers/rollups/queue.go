package rollups

import (
	"cmp"
	"slices"
	"time"
)

// note is what acknowledging needs of a jetstream.Msg.
type note interface {
	Ack() error
	InProgress() error
}

// waiting is a community with a note that is not served yet.
type waiting struct {
	tenant string
	seq    uint64 // of the newest note: the version that its recomputation will have
	since  time.Time
	note   note
	alone  bool // the last statement that it was part of was refused
	halved uint // how often a statement of its own took too much memory
}

// queue holds the notes that were taken from the stream, a community once. Whoever waits longest comes first, and does not lose the place
// to a newer note of its own: in the stream, where a note is replaced, a community that changes all the time would stay at the end.
type queue struct {
	waiting map[string]*waiting
	rested  map[string]time.Time // until when communities are left alone
}

func newQueue() *queue {
	return &queue{waiting: map[string]*waiting{}, rested: map[string]time.Time{}}
}

// add takes a note in and gives the one that it replaces, or which it is older than: that one may be acknowledged, since the other is held.
func (q *queue) add(tenant string, seq uint64, n note, now time.Time) (settled note) {
	held := q.waiting[tenant]
	switch {
	case held == nil:
		q.waiting[tenant] = &waiting{tenant: tenant, seq: seq, since: now, note: n}
		return nil
	case seq < held.seq:
		return n
	}
	settled = held.note
	held.seq, held.note = seq, n
	return settled
}

// due gives the communities that may be recomputed now, as they are now, the longest waiting first.
func (q *queue) due(now time.Time) []waiting {
	due := make([]waiting, 0, len(q.waiting))
	for tenant, one := range q.waiting {
		if !q.rested[tenant].After(now) {
			due = append(due, *one)
		}
	}
	slices.SortFunc(due, func(a, b waiting) int {
		return cmp.Or(a.since.Compare(b.since), cmp.Compare(a.seq, b.seq))
	})
	return due
}

// next says when the first community will be due, each lingering since it came; false when none waits.
func (q *queue) next(linger time.Duration) (time.Time, bool) {
	var first time.Time
	for tenant, one := range q.waiting {
		at := one.since.Add(linger)
		if rested := q.rested[tenant]; rested.After(at) {
			at = rested
		}
		if first.IsZero() || at.Before(first) {
			first = at
		}
	}
	return first, !first.IsZero()
}

// served leaves a community alone until the given time, and lets go of it when the note seq that was served is its newest; only then is
// there something to acknowledge. A newer one waits from now on.
func (q *queue) served(tenant string, seq uint64, until, now time.Time) (settled note) {
	if held := q.waiting[tenant]; held != nil && held.seq == seq {
		settled = held.note
		delete(q.waiting, tenant)
	} else if held != nil {
		held.since, held.alone = now, false
	}
	q.rested[tenant] = until
	const many = 1000
	if len(q.rested) > many {
		for name, at := range q.rested {
			if at.Before(now) {
				delete(q.rested, name)
			}
		}
	}
	return settled
}

// refused sends a community whose recomputation failed behind the others until the given time; alone says that it is to have a statement
// of its own, tooLarge that this one was too much.
func (q *queue) refused(tenant string, alone, tooLarge bool, until, now time.Time) {
	if held := q.waiting[tenant]; held != nil && alone {
		held.alone, held.since = true, now
		if tooLarge {
			held.halved++
		}
	}
	q.rested[tenant] = until
}
