package oracle

import (
	"fmt"
	"strings"
	"time"

	"github.com/turnout/turnout/schemas"
)

// Options are the settings of the community.
type Options struct {
	Tenant  string
	Zone    *time.Location // nil is UTC
	YearEnd string         // MM-DD; "" is the end of the calendar year
	// Erase forgets who is to be forgotten by the policy delete: what the reports show when all requests are done. Under the policy
	// anonymise figures stay.
	Erase bool
}

// Oracle takes a community's events.
type Oracle struct {
	options  Options
	registry *schemas.Registry
	counts   Counts
	received map[content]*received
	contents map[identity]int     // how many different ones
	facts    map[[16]byte][]*fact // by business key, all revisions
	world    *world               // of what was taken so far; nil until somebody asks
}

type identity struct{ source, id string }

type content struct {
	identity
	hash uint64
}

// received is a stored event: one content of one identity.
type received struct {
	source   string
	time     time.Time
	again    int // repetitions
	contents int // which content of its identity it is
	fact     *fact
}

// fact is the revision that stands.
type fact struct {
	version [16]byte
	voided  bool
	base    string // the type without its version
	source  string
	time    time.Time
	at      time.Time // business time
	data    []byte
}

// New makes an oracle that knows of nothing yet.
func New(registry *schemas.Registry, options Options) *Oracle {
	if options.Zone == nil {
		options.Zone = time.UTC
	}
	if options.YearEnd == "" {
		options.YearEnd = "12-31"
	}
	return &Oracle{
		options: options, registry: registry, counts: Counts{Types: map[string]int{}},
		received: map[content]*received{}, contents: map[identity]int{}, facts: map[[16]byte][]*fact{},
	}
}

// Take counts one event as it was sent, and says why when it must be refused.
func (o *Oracle) Take(raw []byte) error {
	o.counts.Sent++
	o.world = nil
	event, err := schemas.DecodeStructured(raw)
	if err == nil {
		err = o.registry.Check(event)
	}
	if err != nil {
		o.counts.Rejected++
		return fmt.Errorf("refuse event: %w", err)
	}
	record, err := o.registry.Derive(event)
	if err != nil {
		o.counts.Rejected++
		return fmt.Errorf("refuse event: %w", err)
	}
	o.counts.Accepted++
	base, _, _ := strings.Cut(event.Type, ".v")
	said := &fact{
		version: record.Version, voided: event.Voided, base: base, source: event.Source, time: event.Time, at: record.At, data: event.Data,
	}
	if !o.fresh(event, record.ContentHash, said) {
		o.counts.Duplicates++
		return nil
	}
	o.counts.Stored++
	o.counts.Types[event.Type]++
	o.facts[record.KeyHash] = append(o.facts[record.KeyHash], said)
	return nil
}

// fresh tells whether that was not said before under that id.
func (o *Oracle) fresh(event *schemas.Event, hash uint64, said *fact) bool {
	name := content{identity{event.Source, event.ID}, hash}
	if known := o.received[name]; known != nil {
		known.again++
		return false
	}
	o.contents[name.identity]++
	o.received[name] = &received{source: event.Source, time: event.Time, contents: o.contents[name.identity], fact: said}
	if o.contents[name.identity] == 2 {
		o.counts.Conflicts++
	}
	return true
}

// Counts are of the events as they were sent.
type Counts struct {
	Sent       int            `json:"sent"`
	Accepted   int            `json:"accepted"`
	Rejected   int            `json:"rejected"`
	Duplicates int            `json:"duplicates"` // accepted with the id and content of an earlier one
	Conflicts  int            `json:"conflicts"`  // ids that came with several contents
	Stored     int            `json:"stored"`     // accepted less duplicates
	Types      map[string]int `json:"types"`      // stored
}

// Counts says what was taken so far.
func (o *Oracle) Counts() Counts { return o.counts }
