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
	asked   map[string]erasures.Pending
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

// screen holds the batch against the list as it is now. What was decoded before somebody was put on it is decoded again.
func (c *Consumer) screen(ctx context.Context, b *batch) error {
	if c.cfg.Erased == nil {
		return nil
	}
	var list *erasures.Snapshot
	err := c.retry(ctx, "read the list of erased persons", func() (err error) {
		list, err = c.cfg.Erased.Refresh(ctx)
		return err
	})
	if err == nil && list != b.list {
		b.rescreen(c.cfg.Registry, list)
	}
	if err != nil || len(b.doubtful) == len(b.known) {
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
			return err //nolint:wrapcheck // it says what it was
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
	stored := b.rows.Len()
	if err := c.screen(ctx, b); err != nil {
		return err
	}
	if b.rows.Len() < stored {
		c.cfg.Logger.Info("Somebody was erased while their events were being stored; they are erased again", "events", stored-b.rows.Len())
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

// screened takes the persons on the list out of an event. False when nothing is left to store.
func (b *batch) screened(registry *schemas.Registry, in *stream.Incoming, d *delivery) bool {
	e := in.Event
	if b.known[in] {
		b.drop(e.Tenant, e.Source, d, in.Index)
		return false
	}
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
		return true
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
		return false
	}
	if doubtful {
		if b.doubtful == nil {
			b.doubtful = map[*stream.Incoming]doubt{}
		}
		b.doubtful[in] = doubt{e.Tenant, warehouse.Identity{Source: changed.Source, ID: changed.ID, ContentHash: schemas.ContentHash(changed)}}
	}
	in.Event, in.Raw = changed, changed.AppendJSON(nil) // the message's own bytes must not become a dead letter
	return true
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
	b.letters = append(b.letters, letter)
	b.carriers[letter.ID] = d
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

// rescreen decodes again what a newer list concerns.
func (b *batch) rescreen(registry *schemas.Registry, list *erasures.Snapshot) {
	b.list = list
	concerned := false
	for _, tenant := range append(b.tenants(), "") {
		concerned = concerned || list.Any(tenant) || tenant == "" && len(list.Tenants()) > 0
	}
	if !concerned {
		return
	}
	origins, letters := b.origins, b.letters
	b.rows, b.origins, b.letters = warehouse.NewRows(registry.PromotedColumns(), b.rows.Len()), nil, nil
	for _, o := range origins {
		b.take(registry, o.in, o.delivery)
	}
	for i := range letters {
		b.keep(letters[i], b.carriers[letters[i].ID])
	}
}
