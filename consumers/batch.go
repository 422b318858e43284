package consumers

import (
	"slices"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/turnout/turnout/consumers/erasure"
	"github.com/turnout/turnout/internal/erasures"
	"github.com/turnout/turnout/internal/stream"
	"github.com/turnout/turnout/internal/warehouse"
	"github.com/turnout/turnout/schemas"
)

// batch is what one insert takes: the messages, and all that came out of them.
type batch struct {
	messages []message
	arrivals []time.Time // of the messages
	inputs   []origin    // every event as it came, so that all can be decoded again
	rows     *warehouse.Rows
	origins  []origin // of every row, for a dead letter
	letters  []stream.DeadLetter
	carriers map[string]*delivery // of every letter, by its id
	refused  map[int]bool         // rows that the warehouse did not take
	receipts map[receiptKey][]uint64
	bytes    int
	begun    time.Time
	record   schemas.Record // of the event at hand

	screening
}

// message is what acknowledging needs of a jetstream.Msg.
type message interface {
	Ack() error
	InProgress() error
	Nak() error
}

// origin is the raw form of a row.
type origin struct {
	in       *stream.Incoming
	delivery *delivery
}

// delivery is one message with what the stream knows of it.
type delivery struct {
	subject  string
	header   nats.Header
	message  uint64 // where it lies in the stream
	seq      uint64 // where its events stood first: elsewhere, when an erasure wrote the message anew
	received time.Time
	tenant   string // bound by the subject, may be empty
}

type receiptKey struct {
	tenant, source string
	day            int64 // days since 1970
}

func newBatch(promoted []schemas.Field, expected int, now time.Time) *batch {
	return &batch{rows: warehouse.NewRows(promoted, expected), refused: map[int]bool{}, receipts: map[receiptKey][]uint64{}, carriers: map[string]*delivery{}, begun: now}
}

func (b *batch) empty() bool { return len(b.messages) == 0 }

// add takes a message in. Whatever is in it becomes rows or dead letters.
func (b *batch) add(registry *schemas.Registry, msg jetstream.Msg, meta *jetstream.MsgMetadata) {
	seq := meta.Sequence.Stream
	d := &delivery{subject: msg.Subject(), header: msg.Headers(), message: seq, seq: seq, received: meta.Timestamp.UTC().Truncate(time.Millisecond)}
	if _, tenant, _, err := stream.ParseSubject(d.subject); err == nil {
		d.tenant = tenant
	}
	b.messages = append(b.messages, msg)
	b.arrivals = append(b.arrivals, d.received)
	b.bytes += len(msg.Data())
	incoming := stream.Explode(d.subject, d.header, msg.Data())
	if header := d.header.Get(erasures.HeaderStandsFor); header != "" {
		b.place(header, msg.Data(), d, incoming)
	}
	for i := range incoming {
		b.inputs = append(b.inputs, origin{in: &incoming[i], delivery: d})
		b.take(registry, &incoming[i], d)
	}
}

// place gives the events of a message that an erasure wrote anew the positions that they had, so that they are what they were.
func (b *batch) place(header string, body []byte, d *delivery, incoming []stream.Incoming) {
	stands, ok := b.list.Read(header, body)
	if !ok || len(stands.Indexes) != len(incoming) {
		return
	}
	d.seq, d.received = stands.Seq, stands.Received
	for i := range incoming {
		incoming[i].Index = stands.Indexes[i]
	}
}

func (b *batch) take(registry *schemas.Registry, in *stream.Incoming, d *delivery) {
	if in.Err != nil {
		b.reject(in, d, in.Err)
		return
	}
	if err := registry.Check(in.Event); err != nil {
		b.reject(in, d, violationOf(err))
		return
	}
	if erasure.IsRequest(in.Event) {
		b.requested(in.Event, d)
	}
	if b.list.Any(in.Event.Tenant) && erasure.Suspect(registry, b.list, in.Event) {
		if in = b.screened(registry, in, d); in == nil {
			return
		}
	}
	err := registry.DeriveInto(&b.record, in.Event)
	if err == nil {
		err = b.rows.Append(in.Event, &b.record, warehouse.Arrival{Received: d.received, Seq: d.seq, Index: in.Index})
	}
	if err != nil {
		b.reject(in, d, violationOf(err))
		return
	}
	b.origins = append(b.origins, origin{in: in, delivery: d})
	b.note(in.Event.Tenant, in.Event.Source, d, in.Index)
}

func (b *batch) reject(in *stream.Incoming, d *delivery, violation *schemas.Violation) {
	b.keep(newLetter(in, d, violation), d)
}

const secondsPerDay = 24 * 60 * 60

// note counts a position as received.
func (b *batch) note(tenant, source string, d *delivery, index int) {
	key := receiptKey{tenant: tenant, source: source, day: d.received.Unix() / secondsPerDay}
	b.receipts[key] = append(b.receipts[key], stream.Position(d.seq, index))
}

func (b *batch) receiptRows() []warehouse.Receipt { return receiptRows(b.receipts) }

func receiptRows(receipts map[receiptKey][]uint64) []warehouse.Receipt {
	rows := make([]warehouse.Receipt, 0, len(receipts))
	for key, positions := range receipts {
		rows = append(rows, warehouse.Receipt{
			Tenant: key.tenant, Source: key.source, Day: time.Unix(key.day*secondsPerDay, 0).UTC(), Positions: positions,
		})
	}
	return rows
}

// tenants are the communities of everything that the batch brings, dead letters included.
func (b *batch) tenants() []string {
	names := make([]string, 0, len(b.receipts))
	for key := range b.receipts {
		names = append(names, key.tenant)
	}
	slices.Sort(names)
	return slices.Compact(names)
}
