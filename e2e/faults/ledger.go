package faults

import (
	"sync"

	"github.com/turnout/turnout/schemas"
)

// Fate is what must become of an event once it was acknowledged.
type Fate int

// The fates.
const (
	Counts  Fate = iota // it is stored, and counted
	Letter              // its check, or the warehouse, refuses it: a dead letter
	Refused             // the gateway refuses it, and it is nowhere
	Gone                // its person was erased: it is nowhere, whoever was promised what
)

// Item is one event of the workload, with what is known of its way. The same item may be sent more than once.
type Item struct {
	Tenant string
	Raw    []byte // structured JSON in one line
	Fate   Fate
	ID     string // of the event

	event  *schemas.Event // nil unless it counts
	record schemas.Record

	mu           sync.Mutex
	sent         int
	acknowledged bool
	refused      bool
}

// Acknowledged tells whether somebody was promised that the event is kept.
func (i *Item) Acknowledged() bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.acknowledged
}

// Sent is how often the event was sent.
func (i *Item) Sent() int {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.sent
}

func (i *Item) wasRefused() bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.refused
}

func (i *Item) note(o outcome) {
	i.mu.Lock()
	defer i.mu.Unlock()
	switch o {
	case acknowledged:
		i.acknowledged = true
	case refused:
		i.refused = true
	case unknown:
	}
}

func (i *Item) trying() {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.sent++
}

// outcome is what the publisher was told of one event.
type outcome int

const (
	unknown outcome = iota // nothing: it may be kept or not
	acknowledged
	refused
)
