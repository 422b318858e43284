package consumers

import (
	"context"
	"encoding/json"
	"time"

	"github.com/turnout/turnout/consumers/erasure"
	"github.com/turnout/turnout/internal/erasures"
	"github.com/turnout/turnout/internal/stream"
	"github.com/turnout/turnout/internal/warehouse"
	"github.com/turnout/turnout/schemas"
)

// Erased keeps who was erased and who asks for it; *erasures.Store is one.
type Erased interface {
	Current() *erasures.Snapshot
	Refresh(ctx context.Context) (*erasures.Snapshot, error)
	Ask(ctx context.Context, request erasures.Pending) error
}

// screening is what a batch learns about erased persons.
type screening struct {
	list    *erasures.Snapshot // as of which the batch was decoded; nil when nobody keeps one
	erased  map[receiptKey][]uint64
	dropped int
	changed int // stored without a person
	asked   map[string]erasures.Pending
	closed  map[string]bool // letters that were replayed or discarded: a replay of the stream does not open them again
	// doubtful are events without their person that may be in the log in another form; known are those that are.
	doubtful map[*stream.Incoming]doubt
	known    map[*stream.Incoming]bool
}

type doubt struct {
	tenant   string
	identity warehouse.Identity
}

// list is who is on the list of erased persons, as far as this process knows.
func (c *Consumer) list() *erasures.Snapshot {
	if c.cfg.Erased == nil {
		return nil
	}
	return c.cfg.Erased.Current()
}

// refresh reads the list as it is now.
func (c *Consumer) refresh(ctx context.Context) (list *erasures.Snapshot, err error) {
	err = c.retry(ctx, "read the list of erased persons", func() (err error) {
		list, err = c.cfg.Erased.Refresh(ctx)
		return err
	})
	return list, err
}

// screen holds the batch against the list as it is now, which may be another than the one by which it was decoded: somebody was erased
// meanwhile, or lifted from the list.
func (c *Consumer) screen(ctx context.Context, b *batch) error {
	if c.cfg.Erased == nil {
		return nil
	}
	list, err := c.refresh(ctx)
	if err == nil && list != b.list {
		b.rescreen(c.cfg.Registry, list)
	}
	if err != nil || len(b.doubtful) == 0 {
		return err
	}
	return c.retry(ctx, "look for events that are known in another form", func() error { return c.resolve(ctx, b) })
}

// resolve leaves out what the log has in another form: an event that an erasure kept under a fresh id, sent again.
func (c *Consumer) resolve(ctx context.Context, b *batch) error {
	asked, known := map[string][]warehouse.Identity{}, map[*stream.Incoming]bool{}
	for _, d := range b.doubtful {
		asked[d.tenant] = append(asked[d.tenant], d.identity)
	}
	for tenant, identities := range asked {
		there, err := c.cfg.Warehouse.KnownOtherwise(ctx, tenant, identities)
		if err != nil {
			return err
		}
		for in, d := range b.doubtful {
			if d.tenant == tenant {
				known[in] = there[d.identity]
			}
		}
	}
	b.known = known
	b.rescreen(c.cfg.Registry, b.list)
	return nil
}

// ask keeps the requests of the batch: who asked to be forgotten, and who is on the list and in the stream again. Whoever was put on the
// list while the batch was being stored is in the warehouse now, and is asked for, too.
func (c *Consumer) ask(ctx context.Context, b *batch) error {
	if c.cfg.Erased == nil {
		return nil
	}
	list, err := c.refresh(ctx)
	if err != nil {
		return err
	}
	if list != b.list {
		b.late(c.cfg.Registry, list)
	}
	for _, request := range b.asked {
		if err := c.retry(ctx, "keep a request for erasure", func() error { return c.cfg.Erased.Ask(ctx, request) }); err != nil {
			return err
		}
	}
	c.metrics.suppressed.Add(float64(b.dropped))
	return nil
}

// erasedReceipts are the positions that are received and not stored.
func (b *batch) erasedReceipts() []warehouse.Receipt { return receiptRows(b.erased) }

// screened takes the persons on the list out of an event; nil when nothing is left to store.
func (b *batch) screened(registry *schemas.Registry, in *stream.Incoming, d *delivery) *stream.Incoming {
	e := in.Event
	found, doubtful := map[string]bool{}, false
	judge := erasure.Screen(b.list)
	outcome, changed := erasure.Redact(registry, e, func(e *schemas.Event, id string) (erasure.Fate, bool) {
		fate, goes := judge(e, id)
		if goes {
			found[id] = true
		}
		doubtful = doubtful || fate.Doubtful
		return fate, goes
	})
	if outcome == erasure.Untouched {
		return in
	}
	for id := range found {
		b.again(e.Tenant, id, d)
	}
	if outcome == erasure.Dropped {
		for _, other := range erasure.MergedWith(e, found) {
			b.put(erasures.Pending{
				Tenant: e.Tenant, ID: "merged-" + b.list.Hash(e.Tenant, other).String(), Kind: erasures.KindMerged, Person: other,
				Basis: "merged with an erased person", RequestedAt: e.Time, ReceivedAt: d.received, Seen: d.message,
			})
		}
		b.drop(e.Tenant, e.Source, d, in.Index)
		return nil
	}
	b.changed++
	if b.known[in] {
		b.drop(e.Tenant, e.Source, d, in.Index)
		return nil
	}
	if doubtful {
		if b.doubtful == nil {
			b.doubtful = map[*stream.Incoming]doubt{}
		}
		b.doubtful[in] = doubt{e.Tenant, warehouse.Identity{Source: changed.Source, ID: changed.ID, ContentHash: schemas.ContentHash(changed)}}
	}
	// The message's own bytes must not become a dead letter.
	return &stream.Incoming{Index: in.Index, Raw: changed.AppendJSON(nil), Event: changed}
}

// drop notes an event that is not stored: received, and erased.
func (b *batch) drop(tenant, source string, d *delivery, index int) {
	b.note(tenant, source, d, index)
	key := receiptKey{tenant: tenant, source: source, day: d.received.Unix() / secondsPerDay}
	if b.erased == nil {
		b.erased = map[receiptKey][]uint64{}
	}
	b.erased[key] = append(b.erased[key], stream.Position(d.seq, index))
	b.dropped++
}

// again asks that an erased person be taken out of the stream once more.
func (b *batch) again(tenant, person string, d *delivery) {
	b.put(erasures.Pending{
		Tenant: tenant, ID: "again-" + b.list.Hash(tenant, person).String(), Kind: erasures.KindAgain, Person: person,
		Basis: "events of an erased person arrived again", RequestedAt: d.received, ReceivedAt: d.received, From: d.message, Seen: d.message,
	})
}

func (b *batch) put(p erasures.Pending) {
	if b.asked == nil {
		b.asked = map[string]erasures.Pending{}
	}
	key := p.Tenant + " " + p.ID
	if known, there := b.asked[key]; there {
		p.Seen, p.From = max(p.Seen, known.Seen), min(p.From, known.From)
	}
	b.asked[key] = p
}

// requested keeps a request to be forgotten. A void takes none back here: the worker looks whether it was voided.
func (b *batch) requested(e *schemas.Event, d *delivery) {
	var data struct {
		Person      string    `json:"person_id"`
		Request     string    `json:"request_id"`
		Basis       string    `json:"basis"`
		RequestedAt time.Time `json:"requested_at"`
	}
	if e.Voided || json.Unmarshal(e.Data, &data) != nil || erasure.IsMark(data.Person) {
		return
	}
	b.put(erasures.Pending{
		Tenant: e.Tenant, ID: data.Request, Person: data.Person, Basis: data.Basis, RequestedAt: data.RequestedAt.UTC(), ReceivedAt: d.received,
		Seen: d.message,
	})
}

// keep takes a dead letter in.
func (b *batch) keep(letter stream.DeadLetter, d *delivery) {
	if b.hides(&letter, d) {
		b.drop(letter.Tenant, letter.Source, d, letter.Index)
		return
	}
	if !b.closed[letter.ID] {
		b.letters = append(b.letters, letter)
		b.carriers[letter.ID] = d
	}
	b.note(letter.Tenant, letter.Source, d, letter.Index)
}

// hides reports whether somebody on the list may stand in an input that is no valid event. It is not kept as a dead letter then.
func (b *batch) hides(letter *stream.DeadLetter, d *delivery) bool {
	if b.list == nil {
		return false
	}
	tenants := []string{letter.Tenant}
	if letter.Tenant == "" {
		tenants = b.list.Tenants()
	}
	for _, tenant := range tenants {
		if !b.list.Any(tenant) {
			continue
		}
		var found string
		holds := func(id string) bool {
			if b.list.Holds(tenant, id) {
				found = id
			}
			return found != ""
		}
		if erasure.Mentions(letter.Body, letter.Headers, holds) {
			b.again(tenant, found, d)
			return true
		}
	}
	return false
}

// rescreen decodes the batch again when it concerns the list, or concerned the one before.
func (b *batch) rescreen(registry *schemas.Registry, list *erasures.Snapshot) {
	concerned := b.dropped+b.changed > 0 || b.concerns(list)
	b.list = list
	if !concerned {
		return
	}
	b.rows, b.origins, b.letters = warehouse.NewRows(registry.PromotedColumns(), len(b.inputs)), nil, nil
	b.receipts, b.erased, b.asked = map[receiptKey][]uint64{}, nil, nil
	b.carriers, b.doubtful = map[string]*delivery{}, nil
	b.dropped, b.changed = 0, 0
	for _, input := range b.inputs {
		b.take(registry, input.in, input.delivery)
	}
}

// concerns reports whether the batch may hold events of somebody on the list.
func (b *batch) concerns(list *erasures.Snapshot) bool {
	for _, tenant := range b.tenants() {
		if list.Any(tenant) || tenant == "" && len(list.Tenants()) > 0 {
			return true
		}
	}
	return false
}

// late asks for whoever was put on the list while the batch was being stored: they are in the warehouse now.
func (b *batch) late(registry *schemas.Registry, list *erasures.Snapshot) {
	if !b.concerns(list) {
		return
	}
	again := newBatch(registry.PromotedColumns(), 0, b.begun)
	again.list = list
	for _, o := range b.origins {
		again.take(registry, o.in, o.delivery)
	}
	for i := range b.letters {
		again.keep(b.letters[i], b.carriers[b.letters[i].ID])
	}
	for _, request := range again.asked {
		b.put(request)
	}
}
