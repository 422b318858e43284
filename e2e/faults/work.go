package faults

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/turnout/turnout/schemas"
)

// Way is how an event reaches the stream.
type Way int

// The ways: four through the gateway, three past it.
const (
	HTTPSingle Way = iota // one structured event in a request
	HTTPBinary            // one in binary mode
	HTTPBatch             // an array
	HTTPLines             // one a line
	NATSSingle            // one on its own subject
	NATSBinary            // likewise, its attributes as headers
	NATSPack              // many on the tenant's subject for packs
)

// Send is one request, or one message.
type Send struct {
	Way   Way
	Items []*Item // of one tenant
	// Stubborn sends are repeated after the fault until they are acknowledged; others are sent once and then forgotten.
	Stubborn bool
}

// Work is what a round publishes: who sends what in which order.
type Work struct {
	registry *schemas.Registry
	random   *rand.Rand
	Tenants  []string
	Items    []*Item
	Sends    []*Send
	// Zones of tenants whose days are not those of UTC.
	communities []*community
	forgotten   named // the tenant and id of a person who was erased

	mu    sync.Mutex
	tried int
	told  chan struct{} // closed and made anew whenever a send was tried
}

func newWork(registry *schemas.Registry, random *rand.Rand) *Work {
	return &Work{registry: registry, random: random, told: make(chan struct{})}
}

// Item makes an item. One that counts must pass the check of its schema.
func (w *Work) Item(tenant, id string, raw []byte, fate Fate) (*Item, error) {
	item := &Item{Tenant: tenant, ID: id, Raw: raw, Fate: fate}
	if fate == Counts {
		event, err := schemas.DecodeStructured(raw)
		if err != nil {
			return nil, fmt.Errorf("make event %s: %w", id, err)
		}
		event.Tenant = tenant
		if err := w.registry.Check(event); err != nil {
			return nil, fmt.Errorf("make event %s: %w", id, err)
		}
		if item.record, err = w.registry.Derive(event); err != nil {
			return nil, fmt.Errorf("make event %s: %w", id, err)
		}
		item.event = event
	}
	w.Items = append(w.Items, item)
	return item, nil
}

// Add puts sends at places of chance among those that are there.
func (w *Work) Add(sends ...*Send) {
	for _, send := range sends {
		w.Sends = slices.Insert(w.Sends, w.random.IntN(len(w.Sends)+1), send)
	}
}

// stubbornShare of the sends, of 100, is repeated until acknowledged.
const stubbornShare = 75

// pack groups items into sends of chance: ways, sizes, and now and then an item twice.
func (w *Work) pack(items []*Item, most int) {
	for len(items) > 0 {
		send := &Send{Way: Way(w.random.IntN(int(NATSPack) + 1)), Stubborn: w.random.IntN(100) < stubbornShare}
		size := 1
		if send.Way == HTTPBatch || send.Way == HTTPLines || send.Way == NATSPack {
			size = 1 + w.random.IntN(most)
		}
		size = min(size, len(items))
		send.Items = slices.Clone(items[:size])
		items = items[size:]
		w.Sends = append(w.Sends, send)
		if w.random.IntN(12) == 0 { // once more on purpose, in another way
			again := &Send{Way: HTTPLines, Items: send.Items, Stubborn: send.Stubborn}
			w.Sends = append(w.Sends, again)
		}
	}
}

// shuffle puts the sends into an order of chance.
func (w *Work) shuffle() {
	w.random.Shuffle(len(w.Sends), func(i, j int) { w.Sends[i], w.Sends[j] = w.Sends[j], w.Sends[i] })
}

func (w *Work) done() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.tried++
	close(w.told)
	w.told = make(chan struct{})
}

// progress is how many sends were tried, and a channel that is closed when it is one more.
func (w *Work) progress() (int, <-chan struct{}) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.tried, w.told
}

// event writes one event in structured JSON.
func event(tenant, id, typ string, at time.Time, attributes, data string) []byte {
	return fmt.Appendf(nil, `{"specversion":"1.0","id":%q,"source":%q,"type":%q,"tenant":%q,"time":%q%s,"data":%s}`,
		id, source, typ, tenant, at.UTC().Format("2006-01-02T15:04:05.000Z"), attributes, data)
}

const source = "/faults"
