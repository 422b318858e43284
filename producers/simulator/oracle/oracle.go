package oracle

import (
	"bytes"
	"encoding/json"
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
	// Now is when the reports are looked at. What ends later has no outcome yet;
	// zero is after everything.
	Now time.Time
}

// Oracle takes a community's events.
type Oracle struct {
	options  Options
	registry *schemas.Registry
	counts   Counts
	seen     map[identity]uint64 // content by transport identity; of several, the first
	contents map[content]bool    // further contents of one identity
	facts    map[[16]byte]*fact  // by business key
}

type identity struct{ source, id string }

type content struct {
	identity
	hash uint64
}

// fact is the revision that stands.
type fact struct {
	version [16]byte
	voided  bool
	base    string // the type without its version
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
		seen: map[identity]uint64{}, contents: map[content]bool{}, facts: map[[16]byte]*fact{},
	}
}

// Take counts one event as it was sent, and says why when it must be refused.
func (o *Oracle) Take(raw []byte) error {
	o.counts.Sent++
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
	if !o.fresh(event, record.ContentHash) {
		o.counts.Duplicates++
		return nil
	}
	o.counts.Stored++
	o.counts.Types[event.Type]++
	known := o.facts[record.KeyHash]
	if known != nil && bytes.Compare(known.version[:], record.Version[:]) >= 0 {
		return nil
	}
	base, _, _ := strings.Cut(event.Type, ".v")
	o.facts[record.KeyHash] = &fact{
		version: record.Version, voided: event.Voided, base: base, time: event.Time, at: record.At, data: event.Data,
	}
	return nil
}

// fresh tells whether that was not said before under that id.
func (o *Oracle) fresh(event *schemas.Event, hash uint64) bool {
	name := identity{event.Source, event.ID}
	first, known := o.seen[name]
	if !known {
		o.seen[name] = hash
		return true
	}
	if first == hash || o.contents[content{name, hash}] {
		return false
	}
	o.contents[content{name, hash}] = true
	o.counts.Conflicts++
	return true
}

// said is the union of all members that matter here.
type said struct {
	PersonID     string     `json:"person_id"`
	GatheringID  string     `json:"gathering_id"`
	FromID       string     `json:"from_id"`
	IntoID       string     `json:"into_id"`
	Kind         string     `json:"kind"`
	Status       string     `json:"status"`
	Reason       string     `json:"reason"`
	Purpose      string     `json:"purpose"`
	Granted      bool       `json:"granted"`
	Living       *bool      `json:"living"`
	Contactable  *bool      `json:"contactable"`
	JoinedAt     time.Time  `json:"joined_at"`
	ValidFrom    string     `json:"valid_from"`
	StartsAt     time.Time  `json:"starts_at"`
	EndsAt       time.Time  `json:"ends_at"`
	SeriesID     string     `json:"series_id"`
	Basis        string     `json:"attendance_basis"`
	Headcount    *int       `json:"headcount"`
	Guests       *int       `json:"anonymous_guests"`
	Present      bool       `json:"present"`
	Role         string     `json:"role"`
	Action       string     `json:"action"`
	ProposerID   string     `json:"proposer_id"`
	AmbassadorID string     `json:"ambassador_id"`
	DonorID      string     `json:"donor_id"`
	At           *time.Time `json:"at"`
	On           string     `json:"on"`
	Opens        string     `json:"opens"`
}

// stated is one fact that stands, taken apart.
type stated struct {
	*fact
	said
}

// standing gives the facts that are not voided, by type.
func (o *Oracle) standing() (map[string][]stated, error) {
	all := map[string][]stated{}
	for _, f := range o.facts {
		if f.voided {
			continue
		}
		s := stated{fact: f}
		if err := json.Unmarshal(f.data, &s.said); err != nil {
			return nil, fmt.Errorf("read the data of %s: %w", f.base, err)
		}
		all[f.base] = append(all[f.base], s)
	}
	return all, nil
}

// Figures computes everything that was asked for from what was taken so far.
func (o *Oracle) Figures() (*Figures, error) {
	facts, err := o.standing()
	if err != nil {
		return nil, err
	}
	w := newWorld(o.options, facts)
	return &Figures{
		Tenant: o.options.Tenant, Timezone: o.options.Zone.String(), Counts: o.counts,
		Attendance: w.attendance(), Lifecycle: w.lifecycle(), FirstTimers: w.firstTimers(), AbsenceFactor: w.absence(),
		ShowUp: w.showUp(), ReturnRate: w.returns(), Retention: w.retention(), Stickiness: w.stickiness(), Engagement: w.engagement(),
	}, nil
}
