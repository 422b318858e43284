package stream

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
)

// Announcement is told on turnout.stored.<tenant> of the events of one tenant in a
// batch that is in the warehouse. It is told once and kept by nobody: for live
// pages and for systems that react. After a crash a batch may be told again, as
// messages are delivered again.
type Announcement struct {
	Tenant string `json:"tenant"`
	// StreamSeq are the first and the last message of the batch that hold the tenant's events.
	StreamSeq [2]uint64 `json:"stream_seq"`
	// Events counts what was stored, repeated deliveries included; Types parts it.
	Events int            `json:"events"`
	Types  map[string]int `json:"types"`
	// At is when the batch was in the warehouse.
	At time.Time `json:"at"`
	// Sample are the last of the events, in the stream's order: all of a small batch.
	Sample []Envelope `json:"sample"`
}

// Envelope is what an announcement tells of one event: nothing of its data.
type Envelope struct {
	Type   string    `json:"type"`
	Time   time.Time `json:"time"` // when it happened
	Source string    `json:"source"`
	// Subject is the id of what the event is about; empty when its envelope names none.
	Subject string `json:"subject"`
	// Mode is the mode of engagement, such as volunteer; empty when the event is none.
	Mode string `json:"mode"`
}

// Bounds of an announcement's sample.
const (
	MaxSample      = 50
	maxSampleBytes = 64 << 10
)

// Bound keeps the last events of the sample as far as they fit: an announcement
// must not grow with a batch.
func (a *Announcement) Bound() {
	room, from := maxSampleBytes, len(a.Sample)
	for from > 0 && len(a.Sample)-from < MaxSample {
		e := &a.Sample[from-1]
		room -= len(e.Type) + len(e.Source) + len(e.Subject)
		if room < 0 {
			break
		}
		from--
	}
	a.Sample = a.Sample[from:]
}

// subscribeTime is how long the server may take to know of a subscription.
const subscribeTime = 5 * time.Second

// Announcements are heard over core NATS.
type Announcements struct{ nc *nats.Conn }

// NewAnnouncements listens on the connection.
func NewAnnouncements(nc *nats.Conn) *Announcements { return &Announcements{nc: nc} }

// Follow calls take with every announcement for the tenant, from now on, until
// stop is called. take is called from one goroutine and must not block; it may be
// called once more while stop returns.
func (a *Announcements) Follow(ctx context.Context, tenant string, take func(Announcement)) (stop func(), err error) {
	subscription, err := a.nc.Subscribe(StoredSubject(tenant), func(msg *nats.Msg) {
		var heard Announcement
		if json.Unmarshal(msg.Data, &heard) == nil && heard.Tenant == tenant { // whoever may publish here may be wrong
			take(heard)
		}
	})
	if err != nil {
		return nil, fmt.Errorf("follow announcements: %w", err)
	}
	stop = func() { _ = subscription.Unsubscribe() } // fails only on a closed connection, which ends it as well
	arriving, cancel := context.WithTimeout(ctx, subscribeTime)
	defer cancel()
	if err := a.nc.FlushWithContext(arriving); err != nil {
		stop()
		return nil, fmt.Errorf("follow announcements: %w", err)
	}
	return stop, nil
}
