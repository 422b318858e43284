package simulator

import (
	"time"

	"github.com/turnout/turnout/schemas"
)

// waiting is an event, or bytes that should be one, until it arrives.
type waiting struct {
	event   *schemas.Event
	raw     []byte
	fault   Fault
	arrival time.Time
	order   uint64 // among those that arrive at the same moment
}

func (w *waiting) before(other *waiting) bool {
	if w.arrival.Equal(other.arrival) {
		return w.order < other.order
	}
	return w.arrival.Before(other.arrival)
}

// queue is a heap of what waits, the first to arrive on top.
type queue []waiting

// has tells whether anything has arrived by then.
func (q *queue) has(at time.Time) bool { return len(*q) > 0 && (*q)[0].arrival.Before(at) }

func (q *queue) push(w waiting) {
	*q = append(*q, w)
	list := *q
	for i := len(list) - 1; i > 0; {
		parent := (i - 1) / 2
		if !list[i].before(&list[parent]) {
			return
		}
		list[i], list[parent] = list[parent], list[i]
		i = parent
	}
}

// pop takes the top; there must be one.
func (q *queue) pop() waiting {
	list := *q
	top, last := list[0], len(list)-1
	list[0], list[last] = list[last], waiting{}
	list = list[:last]
	*q = list
	for i := 0; ; {
		least := i
		for child := 2*i + 1; child <= 2*i+2 && child < last; child++ {
			if list[child].before(&list[least]) {
				least = child
			}
		}
		if least == i {
			return top
		}
		list[i], list[least] = list[least], list[i]
		i = least
	}
}
