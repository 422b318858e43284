package erasure

import (
	"bytes"
	"context"
	"fmt"
	"math/big"
	"slices"
	"strconv"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/turnout/turnout/internal/erasures"
	"github.com/turnout/turnout/internal/stream"
	"github.com/turnout/turnout/internal/warehouse"
	"github.com/turnout/turnout/schemas"
)

// rewriting is what becomes of a message.
type rewriting struct {
	seq      uint64
	subject  string
	origin   erasures.StandsFor
	kept     [][]byte // the events that stay, in order
	indexes  []int    // where they stood first
	erased   []position
	affected map[*erasures.Pending]uint64 // events that go or change, by request
	doubtful []doubt
	variants []variant
}

// position is that of an event that goes.
type position struct {
	tenant, source string
	index          int
}

// doubt is a changed event that may be known in another form: then it goes.
type doubt struct {
	tenant   string
	identity warehouse.Identity
	place    int // among those that stay
}

// variant is a form of a changed event that a consumer may have stored.
type variant struct {
	tenant  string
	content uint64
	key     *big.Int
}

// examine takes a message apart; nil when it stays as it is.
func (e *eraser) examine(m *message) *rewriting {
	r := &rewriting{seq: m.seq, subject: m.subject, affected: map[*erasures.Pending]uint64{}}
	incoming := stream.Explode(m.subject, m.header, m.body)
	stands, rewritten := e.work.list.Read(m.header.Get(erasures.HeaderStandsFor), m.body)
	if !rewritten || len(stands.Indexes) != len(incoming) {
		stands = erasures.StandsFor{Seq: m.seq, Received: m.at}
		for i := range incoming {
			stands.Indexes = append(stands.Indexes, incoming[i].Index)
		}
	}
	r.origin = stands
	for i := range incoming {
		e.examineEvent(r, m, &incoming[i], stands.Indexes[i])
	}
	if len(r.affected) == 0 {
		return nil
	}
	return r
}

func (e *eraser) examineEvent(r *rewriting, m *message, in *stream.Incoming, index int) {
	if in.Err != nil || e.cfg.Registry.Check(in.Event) != nil {
		whose := owners{}
		if Mentions(in.Raw, m.header, e.work.goes(tenantOf(m, in), whose)) {
			r.affects(whose) // its position is noted with its dead letter
			return
		}
		r.keep(in.Raw, index)
		return
	}
	outcome, changed, whose, doubtful := e.redact(in.Event)
	switch outcome {
	case Untouched:
		r.keep(in.Raw, index)
	case Dropped:
		r.affects(whose)
		r.erased = append(r.erased, position{tenant: in.Event.Tenant, source: in.Event.Source, index: index})
	case Changed:
		r.affects(whose)
		if doubtful {
			identity := warehouse.Identity{Source: changed.Source, ID: changed.ID, ContentHash: schemas.ContentHash(changed)}
			r.doubtful = append(r.doubtful, doubt{tenant: changed.Tenant, identity: identity, place: len(r.kept)})
		}
		r.keep(changed.AppendJSON(nil), index)
		if screened, other := Redact(e.cfg.Registry, in.Event, e.screen); screened == Changed {
			e.note(r, changed, other)
		}
	}
}

// note keeps the form of an event that a consumer may have stored, when it is not the one that stays.
func (e *eraser) note(r *rewriting, changed, other *schemas.Event) {
	record, err := e.cfg.Registry.Derive(other)
	if err != nil || record.ContentHash == schemas.ContentHash(changed) {
		return
	}
	r.variants = append(r.variants, variant{tenant: other.Tenant, content: record.ContentHash, key: new(big.Int).SetBytes(record.KeyHash[:])})
}

// screen is what consumers make of an event whose person is on the list.
func (e *eraser) screen(event *schemas.Event, id string) (Fate, bool) {
	if _, goes := e.work.targets[event.Tenant][id]; !goes {
		return Fate{}, false
	}
	return dropped(e.work.list, event, id), true
}

func (r *rewriting) affects(whose owners) {
	for p := range whose {
		r.affected[p]++
	}
}

func (r *rewriting) keep(raw []byte, index int) {
	r.kept, r.indexes = append(r.kept, raw), append(r.indexes, index)
}

// tenantOf tells whose an input is that is no valid event; "" when nobody knows.
func tenantOf(m *message, in *stream.Incoming) string {
	if _, tenant, _, err := stream.ParseSubject(m.subject); err == nil && tenant != "" {
		return tenant
	}
	if in.Event != nil {
		return in.Event.Tenant
	}
	return ""
}

const secondsPerDay = 24 * 60 * 60

// rewrite notes the positions that go, publishes again what stays of each message, and overwrites the message.
func (e *eraser) rewrite(ctx context.Context, events jetstream.Stream, found []*rewriting) error {
	if len(found) == 0 {
		return nil
	}
	if err := e.dropKnown(ctx, found); err != nil {
		return err
	}
	if err := e.cfg.Warehouse.InsertErasedReceipts(ctx, erasedReceipts(found)); err != nil {
		return fmt.Errorf("note what is erased: %w", err)
	}
	for _, r := range found {
		if len(r.kept) > 0 {
			here("erasure-before-publish")
			if err := e.publish(ctx, events, r, 0, len(r.kept)); err != nil {
				return err
			}
		}
		here("erasure-after-publish")
		if err := stream.Erase(ctx, events, r.seq); err != nil {
			return err
		}
		for p, n := range r.affected {
			e.count(owners{p: true}, func(count *erasures.Removed) {
				count.StreamMessages++
				count.StreamEvents += n
				if len(r.kept) > 0 {
					count.RewrittenPacks++
				}
			})
		}
	}
	return e.dropVariants(ctx, found)
}

// dropKnown takes out what is in the log in another form.
func (e *eraser) dropKnown(ctx context.Context, found []*rewriting) error {
	asked := map[string][]warehouse.Identity{}
	for _, r := range found {
		for _, d := range r.doubtful {
			asked[d.tenant] = append(asked[d.tenant], d.identity)
		}
	}
	known := map[doubt]bool{}
	for tenant, identities := range asked {
		there, err := e.cfg.Warehouse.KnownOtherwise(ctx, tenant, identities)
		if err != nil {
			return err
		}
		for identity, is := range there {
			known[doubt{tenant: tenant, identity: identity}] = is
		}
	}
	for _, r := range found {
		for _, d := range slices.Backward(r.doubtful) { // the places before stay what they are
			if known[doubt{tenant: d.tenant, identity: d.identity}] {
				r.erased = append(r.erased, position{tenant: d.tenant, source: d.identity.Source, index: r.indexes[d.place]})
				r.kept, r.indexes = slices.Delete(r.kept, d.place, d.place+1), slices.Delete(r.indexes, d.place, d.place+1)
			}
		}
	}
	return nil
}

func erasedReceipts(found []*rewriting) []warehouse.Receipt {
	positions := map[receiptKey][]uint64{}
	for _, r := range found {
		for _, p := range r.erased {
			key := receiptKey{p.tenant, p.source, r.origin.Received.Unix() / secondsPerDay}
			positions[key] = append(positions[key], stream.Position(r.origin.Seq, p.index))
		}
	}
	return receiptRows(positions)
}

// publish puts what stays of a message on the stream again, under the positions that it had. Published twice, after an interruption, it
// is stored once.
func (e *eraser) publish(ctx context.Context, events jetstream.Stream, r *rewriting, low, high int) error {
	msg, err := r.message(low, high)
	if err != nil {
		return fmt.Errorf("write message %d anew: %w", r.seq, err)
	}
	stands := r.origin
	stands.Indexes = r.indexes[low:high]
	msg.Header.Set(erasures.HeaderStandsFor, e.work.list.Sign(stands, msg.Data))
	if limit := events.CachedInfo().Config.MaxMsgSize; limit > 0 && msg.Size() > int(limit) && high-low > 1 {
		middle := low + (high-low)/2 // fresh ids may be longer than those they replace
		if err := e.publish(ctx, events, r, low, middle); err != nil {
			return err
		}
		return e.publish(ctx, events, r, middle, high)
	}
	if _, err := e.cfg.Stream.PublishMsg(ctx, msg); err != nil {
		return fmt.Errorf("write message %d anew: %w", r.seq, err)
	}
	return nil
}

// message puts events together, in the form of the message that they came in: lines, unless one of them has line breaks, which only
// those of a JSON array have.
func (r *rewriting) message(low, high int) (*nats.Msg, error) {
	msg := nats.NewMsg(r.subject)
	kind, _, _, err := stream.ParseSubject(r.subject)
	if err != nil {
		return nil, err
	}
	kept := r.kept[low:high]
	broken := slices.ContainsFunc(kept, func(raw []byte) bool { return bytes.ContainsAny(raw, "\r\n") })
	switch {
	case kind == stream.Single && len(r.kept) == 1:
		msg.Header.Set(stream.HeaderContentType, stream.MediaStructured)
		msg.Data = kept[0]
		return msg, nil
	case broken:
		msg.Header.Set(stream.HeaderContentType, stream.MediaBatch)
		msg.Data = slices.Concat([]byte("["), bytes.Join(kept, []byte(",")), []byte("]"))
	default:
		msg.Header.Set(stream.HeaderContentType, stream.MediaLines)
		msg.Data = bytes.Join(kept, []byte("\n"))
	}
	msg.Header.Set(stream.HeaderCount, strconv.Itoa(len(kept)))
	return msg, nil
}

// dropVariants deletes from the tables what consumers stored of a changed event that arrived while its person was being put on the list.
func (e *eraser) dropVariants(ctx context.Context, found []*rewriting) error {
	contents, keys := warehouse.Contents{}, warehouse.Keys{}
	for _, r := range found {
		for _, v := range r.variants {
			contents[v.tenant], keys[v.tenant] = append(contents[v.tenant], v.content), append(keys[v.tenant], v.key)
		}
	}
	if len(contents) == 0 {
		return nil
	}
	if err := e.cfg.Warehouse.EraseFacts(ctx, contents, keys); err != nil {
		return err
	}
	return e.cfg.Warehouse.EraseEvents(ctx, contents)
}
