package consumers

import (
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/turnout/turnout/internal/erasures"
	"github.com/turnout/turnout/schemas"
)

// Decoder reads messages exactly as a Consumer does, and stores nothing: for audits.
type Decoder struct {
	registry *schemas.Registry
	batch    *batch
	erased   uint64 // events that were left out
	list     *erasures.Snapshot
}

// NewDecoder makes a Decoder.
func NewDecoder(registry *schemas.Registry) *Decoder {
	d := &Decoder{registry: registry}
	d.reset()
	return d
}

func (d *Decoder) reset() {
	room := 0
	if d.batch != nil {
		room = d.batch.rows.Len()
		d.erased += uint64(d.batch.dropped)
	}
	d.batch = newBatch(d.registry.PromotedColumns(), room, time.Time{})
	d.batch.list = d.list
}

// Decoded is what a Consumer would make of one event.
type Decoded struct {
	// Seq and Index are its position in the stream.
	Seq   uint64
	Index int
	// Letter says that it is at fault and belongs among the dead letters; the other fields are then as far as they could be read.
	Letter             bool
	Tenant, Source, ID string
	ContentHash        uint64
}

// Take decodes a message and gives the number of events that wait for Drain.
func (d *Decoder) Take(msg jetstream.Msg) (int, error) {
	meta, err := msg.Metadata()
	if err != nil {
		return 0, fmt.Errorf("read a message's metadata: %w", err)
	}
	d.batch.add(d.registry, msg, meta)
	return d.batch.rows.Len() + len(d.batch.letters), nil
}

// Drain gives every event that was taken since the last call, stored ones first.
func (d *Decoder) Drain(visit func(Decoded)) {
	for i := range d.batch.rows.Len() {
		tenant, _, source, id := d.batch.rows.At(i)
		seq, index := d.batch.rows.Position(i)
		visit(Decoded{Seq: seq, Index: index, Tenant: tenant, Source: source, ID: id, ContentHash: d.batch.rows.ContentHash(i)})
	}
	for i := range d.batch.letters {
		l := &d.batch.letters[i]
		visit(Decoded{Seq: l.StreamSeq, Index: l.Index, Letter: true, Tenant: l.Tenant, Source: l.Source, ID: l.EventID})
	}
	d.reset()
}

// Screen has the Decoder leave out what a Consumer would not store because its person was erased, and read messages that an erasure
// wrote anew as standing for those that they replace. It is called before the first Take.
func (d *Decoder) Screen(list *erasures.Snapshot) {
	d.list = list
	d.reset()
}

// Erased counts the events that were left out, of what was drained.
func (d *Decoder) Erased() uint64 { return d.erased }
