// Package consumerstest gives tests a stream, a warehouse and consumers of their own, on real engines.
package consumerstest

import (
	"context"
	"errors"
	"log/slog"
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

// House is a stream and a warehouse of a test's own. What fails in its methods ends the test.
type House struct {
	T        testing.TB
	NC       *nats.Conn
	JS       jetstream.JetStream
	DB       *warehouse.DB
	Registry *schemas.Registry
	Letters  *stream.DeadLetters
}

// New starts a NATS server and makes a fresh database; no consumer runs yet.
func New(t testing.TB) *House {
	t.Helper()
	return On(t, embeddedtest.NATS(t))
}

// On uses the NATS server at the address.
func On(t testing.TB, address string) *House {
	t.Helper()
	nc, err := nats.Connect(address)
	Must(t, err)
	t.Cleanup(nc.Close)
	js, err := jetstream.New(nc)
	Must(t, err)
	Must(t, stream.EnsureTopology(t.Context(), js, stream.Topology{MaxPayload: nc.MaxPayload()}))
	registry, err := schemas.Builtin()
	Must(t, err)
	db, err := warehouse.Open(t.Context(), embeddedtest.ClickHouse(t), warehouse.Options{})
	Must(t, err)
	t.Cleanup(func() { Must(t, db.Close()) })
	Must(t, db.Migrate(t.Context(), registry))
	return &House{T: t, NC: nc, JS: js, DB: db, Registry: registry, Letters: stream.NewDeadLetters(js)}
}

// Must ends the test when there is an error.
func Must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// Eventually waits until the condition holds.
func Eventually(t testing.TB, what string, holds func() bool) {
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

// Config is that of a consumer that stores at once and tries again soon.
func (h *House) Config() consumers.Config {
	return consumers.Config{
		Stream: h.JS, Registry: h.Registry, Warehouse: h.DB, Letters: h.Letters, Notes: stream.NewDirty(h.JS), Logger: slog.New(slog.DiscardHandler),
		Linger: 10 * time.Millisecond, RetryAtLeast: 5 * time.Millisecond, RetryAtMost: 50 * time.Millisecond,
	}
}

// Consume runs a consumer until the test ends or the returned function stops it.
func (h *House) Consume(cfg consumers.Config) (stop func()) {
	h.T.Helper()
	return Run(h.T, cfg)
}

// Run is Consume for a stream and a warehouse that are no House.
func Run(t testing.TB, cfg consumers.Config) (stop func()) {
	t.Helper()
	c, err := consumers.New(cfg)
	Must(t, err)
	Must(t, c.Start(t.Context()))
	stopped := false
	stop = func() {
		if stopped {
			return
		}
		stopped = true
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		Must(t, c.Stop(ctx))
	}
	t.Cleanup(stop)
	return stop
}

// Drained waits until everything in the stream is stored and acknowledged.
func (h *House) Drained() {
	h.T.Helper()
	Eventually(h.T, "the stream is drained", func() bool {
		source, err := h.JS.Consumer(h.T.Context(), stream.EventsStream, consumers.Durable)
		if err != nil {
			return false
		}
		info := source.CachedInfo()
		return info.NumPending == 0 && info.NumAckPending == 0 && h.delivered(info.Delivered.Stream)
	})
}

// delivered tells whether the stream ends at that position: the server counts what is pending a moment after it accepted it.
func (h *House) delivered(last uint64) bool {
	events, err := h.JS.Stream(h.T.Context(), stream.EventsStream)
	Must(h.T, err)
	newest := events.CachedInfo().State.LastSeq
	if newest <= last {
		return true
	}
	_, err = events.GetMsg(h.T.Context(), newest)
	return errors.Is(err, jetstream.ErrMsgNotFound) // it was erased
}

// Publish sends each event on its own subject.
func (h *House) Publish(events ...*schemas.Event) {
	h.T.Helper()
	for _, e := range events {
		h.Raw(stream.EventSubject(e.Tenant, e.Type), stream.MediaStructured, e.AppendJSON(nil))
	}
}

// Pack sends the events in one message.
func (h *House) Pack(events ...*schemas.Event) {
	h.T.Helper()
	var body []byte
	for _, e := range events {
		body = append(e.AppendJSON(body), '\n')
	}
	h.Raw(stream.PackSubject(""), stream.MediaLines, body)
}

// Raw sends a message and gives its sequence; media may be empty.
func (h *House) Raw(subject, media string, body []byte) uint64 {
	h.T.Helper()
	msg := nats.NewMsg(subject)
	if media != "" {
		msg.Header.Set(stream.HeaderContentType, media)
	}
	msg.Data = body
	ack, err := h.JS.PublishMsg(h.T.Context(), msg)
	Must(h.T, err)
	return ack.Sequence
}

// Exec runs a statement, as somebody who spoils a table by hand.
func (h *House) Exec(statement string) {
	h.T.Helper()
	if err := h.DB.Conn().Exec(h.T.Context(), statement); err != nil {
		h.T.Fatalf("%s: %v", statement, err)
	}
}

// Ask gives a query's only value as text.
func (h *House) Ask(query string) string {
	h.T.Helper()
	var text string
	if err := h.DB.Conn().QueryRow(h.T.Context(), "SELECT toString(("+query+"))").Scan(&text); err != nil {
		h.T.Fatalf("%s: %v", query, err)
	}
	return text
}

// Expect compares a query's only value.
func (h *House) Expect(query, want string) {
	h.T.Helper()
	if got := h.Ask(query); got != want {
		h.T.Errorf("%s\n got %s\nwant %s", query, got, want)
	}
}
