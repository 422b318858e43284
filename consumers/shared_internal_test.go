package consumers

import (
	"bytes"
	"reflect"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/turnout/turnout/internal/embedded/embeddedtest"
	"github.com/turnout/turnout/internal/erasures"
	"github.com/turnout/turnout/internal/stream"
	"github.com/turnout/turnout/schemas"
)

// TestMessagesAreNeverChanged: rows share the memory of their message. Whatever is done to a batch until it is stored (decoding, checking,
// taking erased persons out, and all that again), the bytes stay as they came, and so do the rows of those who are not erased.
func TestMessagesAreNeverChanged(t *testing.T) {
	t.Parallel()
	registry, err := schemas.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	nobody, somebody := lists(t)
	var body []byte
	for _, typ := range registry.Types() {
		for i := range typ.Examples {
			event, err := typ.ExampleEvent(i)
			if err != nil {
				t.Fatal(err)
			}
			event.Tenant = "acme"
			body = append(event.AppendJSON(body), '\n')
		}
	}
	for _, person := range []string{"erased", "anonymous", "other", `esc\"aped`} {
		body = append(eventOf(t, "attendance.recorded.v1", person, map[string]any{
			"gathering_id": "g", "person_id": person, "present": true, "role": "participant", "method": "sheet",
		}).AppendJSON(body), '\n')
	}
	body = append(eventOf(t, "member.registered.v1", "invited", map[string]any{
		"person_id": "invited", "kind": "alumnus", "channel": "referral", "joined_at": "2022-05-27T18:00:00Z", "status": "ambassador", "invited_by": "erased",
	}).AppendJSON(body), '\n')
	body = append(body, "{\"tenant\":\"acme\",\"data\":{\"person_id\":\"erased\"}}\n"...)
	arrived := bytes.Clone(body)

	d := &delivery{subject: stream.PackSubject(""), seq: 7, received: time.UnixMilli(1)}
	decode := func(body []byte, list *erasures.Snapshot) *batch {
		b := newBatch(registry.PromotedColumns(), 0, time.Time{})
		b.list = list
		incoming := stream.Explode(d.subject, nil, body)
		for i := range incoming {
			b.inputs = append(b.inputs, origin{in: &incoming[i], delivery: d})
			b.take(registry, &incoming[i], d)
		}
		return b
	}
	b := decode(body, nobody)
	b.rescreen(registry, somebody)
	b.late(registry, somebody)
	if b.dropped == 0 || b.changed == 0 {
		t.Fatalf("%d events dropped, %d changed: this test tells nothing", b.dropped, b.changed)
	}
	b.rescreen(registry, nobody)
	if !bytes.Equal(body, arrived) {
		t.Error("the message was changed")
	}
	if fresh := decode(arrived, nobody); !reflect.DeepEqual(fresh.rows, b.rows) {
		t.Error("the rows are others")
	}
}

func eventOf(t *testing.T, typ, id string, data map[string]any) *schemas.Event {
	t.Helper()
	e := &schemas.Event{ID: id, Source: "desk", Type: typ, Tenant: "acme", Time: time.Date(2022, 5, 27, 18, 0, 0, 0, time.UTC)}
	if err := e.SetData(data); err != nil {
		t.Fatal(err)
	}
	return e
}

// lists gives the list of erased persons before and after some of acme's were put on it.
func lists(t *testing.T) (nobody, somebody *erasures.Snapshot) {
	t.Helper()
	nc, err := nats.Connect(embeddedtest.NATS(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	store, err := erasures.Open(t.Context(), js, 1)
	if err != nil {
		t.Fatal(err)
	}
	nobody = store.Current()
	for person, policy := range map[string]string{"erased": "delete", "anonymous": "anonymise", `esc\"aped`: "delete"} {
		if err := store.Suppress(t.Context(), "acme", "er-"+policy, policy, person); err != nil {
			t.Fatal(err)
		}
	}
	return nobody, store.Current()
}
