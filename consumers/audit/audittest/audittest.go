// Package audittest gives tests a stream, a warehouse and consumers of their own, on real engines, with an audit over them.
package audittest

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
	"github.com/turnout/turnout/consumers/audit"
	"github.com/turnout/turnout/consumers/rollups"
	"github.com/turnout/turnout/internal/embedded/embeddedtest"
	"github.com/turnout/turnout/internal/stream"
	"github.com/turnout/turnout/internal/warehouse"
	"github.com/turnout/turnout/schemas"
)

// House is a whole pipeline of a test's own.
type House struct {
	T        testing.TB
	JS       jetstream.JetStream
	DB       *warehouse.DB
	Registry *schemas.Registry
	Letters  *stream.DeadLetters
	// RollupPatience is how long audits wait for rollups; 0 is a minute.
	RollupPatience time.Duration
}

// New starts a NATS server and makes a fresh database; no consumer runs yet.
func New(t testing.TB) *House {
	t.Helper()
	nc, err := nats.Connect(embeddedtest.NATS(t))
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
	return &House{T: t, JS: js, DB: db, Registry: registry, Letters: stream.NewDeadLetters(js)}
}

// Must ends the test when there is an error.
func Must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// Consumer is the configuration of a consumer that stores at once.
func (h *House) Consumer() consumers.Config {
	return consumers.Config{
		Stream: h.JS, Registry: h.Registry, Warehouse: h.DB, Letters: h.Letters, Notes: stream.NewDirty(h.JS),
		Logger: slog.New(slog.DiscardHandler), Linger: 10 * time.Millisecond, RetryAtLeast: 5 * time.Millisecond, RetryAtMost: 50 * time.Millisecond,
	}
}

// Start runs a consumer until the test ends or the returned function is called, and the worker of rollups until the test ends.
func (h *House) Start() (stop func()) {
	h.T.Helper()
	worker, err := rollups.New(rollups.Config{
		Stream: h.JS, Warehouse: h.rollups(), Zone: zone, Logger: slog.New(slog.DiscardHandler),
		Linger: time.Millisecond, Pause: time.Millisecond, Share: 1, Rest: time.Millisecond,
	})
	Must(h.T, err)
	worker.Start(h.T.Context())
	h.T.Cleanup(worker.Stop)
	c, err := consumers.New(h.Consumer())
	Must(h.T, err)
	Must(h.T, c.Start(h.T.Context()))
	stopped := false
	stop = func() {
		if stopped {
			return
		}
		stopped = true
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		Must(h.T, c.Stop(ctx))
	}
	h.T.Cleanup(stop)
	return stop
}

// Attendance is an attendance of the tenant acme as a structured CloudEvent; more is put into the envelope.
func Attendance(id, gathering, person, more string) []byte {
	return Event("acme", id, "attendance.recorded.v1",
		fmt.Sprintf(`{"gathering_id":%q,"person_id":%q,"present":true,"role":"participant","method":"sheet"}`, gathering, person), more)
}

// Event is a structured CloudEvent.
func Event(tenant, id, typ, data, more string) []byte {
	if !strings.Contains(more, `"time"`) {
		more += `,"time":"2022-05-27T18:00:00Z"`
	}
	return fmt.Appendf(nil, `{"specversion":"1.0","source":"test","tenant":%q,"id":%q,"type":%q%s,"data":%s}`, tenant, id, typ, more, data)
}

// Publish puts one pack on the stream and gives its sequence.
func (h *House) Publish(events ...[]byte) uint64 {
	h.T.Helper()
	msg := nats.NewMsg(stream.PackSubject(""))
	msg.Header.Set(stream.HeaderContentType, stream.MediaLines)
	for _, event := range events {
		msg.Data = append(append(msg.Data, event...), '\n')
	}
	ack, err := h.JS.PublishMsg(h.T.Context(), msg)
	Must(h.T, err)
	return ack.Sequence
}

// Drained waits until everything in the stream is stored and acknowledged.
func (h *House) Drained() {
	h.T.Helper()
	events, err := h.JS.Stream(h.T.Context(), stream.EventsStream)
	Must(h.T, err)
	left, err := audit.NewFence(h.JS).WaitFor(h.T.Context(), events.CachedInfo().State.LastSeq, 90*time.Second)
	Must(h.T, err)
	if left > 0 {
		h.T.Fatalf("%d messages are not stored", left)
	}
}

func zone(string) string { return "Europe/Berlin" }

func (h *House) rollups() *warehouse.Rollups {
	h.T.Helper()
	computed, err := warehouse.NewRollups(h.DB, h.Registry)
	Must(h.T, err)
	return computed
}

// Auditor audits the house with small limits, so that small tests reach them.
func (h *House) Auditor() *audit.Auditor {
	h.T.Helper()
	auditor, err := audit.New(audit.Config{
		Stream: h.JS, Conn: h.DB.Conn(), Registry: h.Registry, Letters: h.Letters,
		Rollups: h.rollups(), Notes: stream.NewDirty(h.JS), Zone: zone,
		Patience: 3 * time.Second, RollupPatience: h.RollupPatience, PartRows: 100, WindowEvents: 40,
	})
	Must(h.T, err)
	return auditor
}

// Audit runs an audit.
func (h *House) Audit(request audit.Request) *audit.Report {
	h.T.Helper()
	report, err := h.Auditor().Run(h.T.Context(), request, nil)
	Must(h.T, err)
	return report
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
