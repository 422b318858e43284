package consumers_test

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/turnout/turnout/consumers"
	"github.com/turnout/turnout/internal/embedded/embeddedtest"
	"github.com/turnout/turnout/internal/stream"
	"github.com/turnout/turnout/internal/warehouse"
	"github.com/turnout/turnout/schemas"
)

// harness is a stream and a warehouse of a test's own, with real engines.
type harness struct {
	t        testing.TB
	js       jetstream.JetStream
	db       *warehouse.DB
	registry *schemas.Registry
	letters  *stream.DeadLetters
}

func newHarness(t testing.TB) *harness {
	t.Helper()
	nc, err := nats.Connect(embeddedtest.NATS(t))
	must(t, err)
	t.Cleanup(nc.Close)
	js, err := jetstream.New(nc)
	must(t, err)
	must(t, stream.EnsureTopology(t.Context(), js, stream.Topology{MaxPayload: nc.MaxPayload()}))
	registry, err := schemas.Builtin()
	must(t, err)
	db, err := warehouse.Open(t.Context(), embeddedtest.ClickHouse(t), warehouse.Options{})
	must(t, err)
	t.Cleanup(func() { must(t, db.Close()) })
	must(t, db.Migrate(t.Context(), registry))
	return &harness{t: t, js: js, db: db, registry: registry, letters: stream.NewDeadLetters(js)}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (h *harness) config() consumers.Config {
	return consumers.Config{
		Stream: h.js, Registry: h.registry, Warehouse: h.db, Letters: h.letters, Notes: stream.NewDirty(h.js), Logger: slog.New(slog.DiscardHandler),
		Linger: 10 * time.Millisecond, RetryAtLeast: 5 * time.Millisecond, RetryAtMost: 50 * time.Millisecond,
	}
}

// start runs a consumer until the test ends or the returned function stops it.
func (h *harness) start(cfg consumers.Config) (stop func()) {
	h.t.Helper()
	c, err := consumers.New(cfg)
	must(h.t, err)
	must(h.t, c.Start(h.t.Context()))
	stopped := false
	stop = func() {
		if stopped {
			return
		}
		stopped = true
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		must(h.t, c.Stop(ctx))
	}
	h.t.Cleanup(stop)
	return stop
}

// eventually waits until the condition holds.
func eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	deadline := time.NewTimer(90 * time.Second)
	defer deadline.Stop()
	ticker := time.NewTicker(5 * time.Millisecond)
	defer ticker.Stop()
	for !holds() {
		select {
		case <-deadline.C:
			t.Fatalf("waited in vain: %s", what)
		case <-ticker.C:
		}
	}
}

// drained waits until everything in the stream is stored and acknowledged.
func (h *harness) drained() {
	h.t.Helper()
	events, err := h.js.Stream(h.t.Context(), stream.EventsStream)
	must(h.t, err)
	published, err := events.Info(h.t.Context())
	must(h.t, err)
	eventually(h.t, "the stream is drained", func() bool {
		source, err := h.js.Consumer(h.t.Context(), stream.EventsStream, consumers.Durable)
		if err != nil {
			return false
		}
		info, err := source.Info(h.t.Context())
		return err == nil && info.AckFloor.Stream >= published.State.LastSeq && info.NumAckPending == 0
	})
}

// event builds an event of the tenant "acme" from a line such as `attendance.recorded.v1 a1 {"gathering_id":"g",…}`.
func event(t testing.TB, line string) *schemas.Event {
	t.Helper()
	parts := strings.SplitN(line, " ", 3)
	e := &schemas.Event{
		Type: parts[0], ID: parts[1], Source: "test", Tenant: "acme", Time: time.Date(2022, 5, 27, 18, 0, 0, 0, time.UTC),
	}
	data, err := schemas.Canonical([]byte(parts[2]))
	must(t, err)
	e.Data = data
	return e
}

func attendance(t testing.TB, id, gathering, person string) *schemas.Event {
	t.Helper()
	return event(t, fmt.Sprintf(`attendance.recorded.v1 %s {"gathering_id":%q,"person_id":%q,"present":true,"role":"participant","method":"sheet"}`, id, gathering, person))
}

// packOf makes the events of pack number p.
func packOf(t testing.TB, p, n int) []*schemas.Event {
	t.Helper()
	events := make([]*schemas.Event, n)
	for i := range events {
		events[i] = attendance(t, fmt.Sprintf("a%d-%d", p, i), fmt.Sprint("g", p%10), fmt.Sprintf("p%d-%d", p, i))
	}
	return events
}

// publish sends each event on its own subject.
func (h *harness) publish(events ...*schemas.Event) {
	h.t.Helper()
	for _, e := range events {
		h.raw(stream.EventSubject(e.Tenant, e.Type), stream.MediaStructured, e.AppendJSON(nil))
	}
}

// pack sends the events in one message.
func (h *harness) pack(events ...*schemas.Event) {
	h.t.Helper()
	var body []byte
	for _, e := range events {
		body = append(e.AppendJSON(body), '\n')
	}
	h.raw(stream.PackSubject(""), stream.MediaLines, body)
}

func (h *harness) raw(subject, media string, body []byte) {
	h.t.Helper()
	msg := nats.NewMsg(subject)
	msg.Header.Set(stream.HeaderContentType, media)
	msg.Data = body
	_, err := h.js.PublishMsg(h.t.Context(), msg)
	must(h.t, err)
}

// ask gives a query's only value as text.
func (h *harness) ask(query string) string {
	h.t.Helper()
	row := h.db.Conn().QueryRow(h.t.Context(), "SELECT toString(("+query+"))")
	var text string
	if err := row.Scan(&text); err != nil {
		h.t.Fatalf("%s: %v", query, err)
	}
	return text
}

// expect compares a query's only value.
func (h *harness) expect(query, want string) {
	h.t.Helper()
	if got := h.ask(query); got != want {
		h.t.Errorf("%s = %s, want %s", query, got, want)
	}
}
