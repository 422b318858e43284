package consumers

import (
	"fmt"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/turnout/turnout/internal/embedded/embeddedtest"
	"github.com/turnout/turnout/internal/erasures"
	"github.com/turnout/turnout/internal/stream"
	"github.com/turnout/turnout/schemas"
)

// BenchmarkTake measures what the list of erased persons costs an event: nothing where nobody of the community is on it.
func BenchmarkTake(b *testing.B) {
	nc, err := nats.Connect(embeddedtest.NATS(b))
	if err != nil {
		b.Fatal(err)
	}
	defer nc.Close()
	js, err := jetstream.New(nc)
	if err != nil {
		b.Fatal(err)
	}
	store, err := erasures.Open(b.Context(), js, 1)
	if err != nil {
		b.Fatal(err)
	}
	nobody := store.Current()
	if err := store.Suppress(b.Context(), "other", "er", "delete", "p1"); err != nil {
		b.Fatal(err)
	}
	elsewhere := store.Current()
	for i := range 1000 {
		if err := store.Suppress(b.Context(), "acme", "er", "delete", fmt.Sprint("gone-", i)); err != nil {
			b.Fatal(err)
		}
	}
	registry, err := schemas.Builtin()
	if err != nil {
		b.Fatal(err)
	}
	raw := []byte(`{"specversion":"1.0","id":"a-1","source":"desk","type":"attendance.recorded.v1","time":"2022-05-27T18:00:00Z","tenant":"acme",` +
		`"data":{"gathering_id":"g-1","person_id":"p-1041","present":true,"role":"participant","method":"sheet"}}`)
	d := &delivery{subject: stream.PackSubject(""), seq: 7, received: time.UnixMilli(1)}
	for _, c := range []struct {
		name string
		list *erasures.Snapshot
	}{{"without a list", nil}, {"nobody erased", nobody}, {"somebody elsewhere", elsewhere}, {"a thousand of the community", store.Current()}} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			var batched *batch
			for i := range b.N {
				if i%10_000 == 0 {
					batched = newBatch(registry.PromotedColumns(), 10_000, time.Time{})
					batched.list = c.list
				}
				incoming := stream.Explode(d.subject, nil, raw)
				batched.take(registry, &incoming[0], d)
			}
		})
	}
}
