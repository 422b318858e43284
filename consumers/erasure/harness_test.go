package erasure_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/turnout/turnout/consumers"
	"github.com/turnout/turnout/consumers/erasure"
	"github.com/turnout/turnout/internal/embedded"
	"github.com/turnout/turnout/internal/embedded/embeddedtest"
	"github.com/turnout/turnout/internal/erasures"
	"github.com/turnout/turnout/internal/stream"
	"github.com/turnout/turnout/internal/tenants"
	"github.com/turnout/turnout/internal/warehouse"
	"github.com/turnout/turnout/schemas"
)

// house is a stream, a warehouse, a consumer and an erasure worker of a test's own, with real engines.
type house struct {
	t        testing.TB
	dir      string // of the stream's files
	nc       *nats.Conn
	js       jetstream.JetStream
	db       *warehouse.DB
	registry *schemas.Registry
	letters  *stream.DeadLetters
	store    *erasures.Store
	policies map[string]string
}

func newHouse(t testing.TB) *house {
	t.Helper()
	dir := t.TempDir()
	server, err := embedded.StartNATS(t.Context(), embedded.NATSConfig{Dir: dir, Durability: embedded.Balanced})
	must(t, err)
	t.Cleanup(func() { must(t, server.Shutdown(context.WithoutCancel(t.Context()))) })
	nc, err := nats.Connect(server.URL())
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
	store, err := erasures.Open(t.Context(), js, 1)
	must(t, err)
	return &house{
		t: t, dir: dir, nc: nc, js: js, db: db, registry: registry, letters: stream.NewDeadLetters(js), store: store, policies: map[string]string{},
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (h *house) logger() *slog.Logger {
	if os.Getenv("TURNOUT_TEST_LOG") != "" {
		return slog.New(slog.NewTextHandler(os.Stderr, nil))
	}
	return slog.New(slog.DiscardHandler)
}

// consume runs a consumer until the test ends or stop is called.
func (h *house) consume() (stop func()) {
	h.t.Helper()
	store, err := erasures.Open(h.t.Context(), h.js, 1) // of its own: another process, as far as the list goes
	must(h.t, err)
	c, err := consumers.New(consumers.Config{
		Stream: h.js, Registry: h.registry, Warehouse: h.db, Letters: h.letters, Notes: stream.NewDirty(h.js), Logger: h.logger(), Erased: store,
		Linger: 10 * time.Millisecond, Interval: 10 * time.Millisecond, RetryAtLeast: 5 * time.Millisecond, RetryAtMost: 50 * time.Millisecond,
	})
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

func (h *house) config() erasure.Config {
	return erasure.Config{
		Stream: h.js, Registry: h.registry, Warehouse: h.db, Letters: h.letters, Store: h.store, Notes: stream.NewDirty(h.js), Logger: h.logger(),
		Durable: consumers.Durable,
		Policy: func(tenant string) string {
			if policy := h.policies[tenant]; policy != "" {
				return policy
			}
			return tenants.PolicyDelete
		},
	}
}

// erase works until no request waits.
func (h *house) erase() {
	h.t.Helper()
	worker, err := erasure.New(h.config())
	must(h.t, err)
	h.drained()
	eventually(h.t, "every request is done", func() bool {
		must(h.t, worker.Work(h.t.Context()))
		h.drained()
		waiting, err := h.store.Waiting(h.t.Context())
		must(h.t, err)
		return len(waiting) == 0
	})
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
func (h *house) drained() {
	h.t.Helper()
	eventually(h.t, "the stream is drained", func() bool {
		source, err := h.js.Consumer(h.t.Context(), stream.EventsStream, consumers.Durable)
		if err != nil {
			return false
		}
		info := source.CachedInfo()
		return info.NumPending == 0 && info.NumAckPending == 0 && h.delivered(info.Delivered.Stream)
	})
}

// delivered tells whether the stream ends at that position: the server counts what is pending a moment after it accepted it.
func (h *house) delivered(last uint64) bool {
	events, err := h.js.Stream(h.t.Context(), stream.EventsStream)
	must(h.t, err)
	newest := events.CachedInfo().State.LastSeq
	if newest <= last {
		return true
	}
	_, err = events.GetMsg(h.t.Context(), newest)
	return errors.Is(err, jetstream.ErrMsgNotFound) // it was erased
}

// event builds an event from a line: tenant, type without its version, id, data.
func event(t testing.TB, line string) *schemas.Event {
	t.Helper()
	parts := strings.SplitN(line, " ", 4)
	e := &schemas.Event{Tenant: parts[0], Type: parts[1] + ".v1", ID: parts[2], Source: "test", Time: time.Date(2022, 5, 27, 18, 0, 0, 0, time.UTC)}
	data, err := schemas.Canonical([]byte(parts[3]))
	must(t, err)
	e.Data = data
	return e
}

func events(t testing.TB, lines ...string) []*schemas.Event {
	t.Helper()
	all := make([]*schemas.Event, len(lines))
	for i, line := range lines {
		all[i] = event(t, line)
	}
	return all
}

func (h *house) publish(all ...*schemas.Event) {
	h.t.Helper()
	for _, e := range all {
		h.raw(stream.EventSubject(e.Tenant, e.Type), stream.MediaStructured, e.AppendJSON(nil))
	}
}

// pack sends the events in one message.
func (h *house) pack(all ...*schemas.Event) {
	h.t.Helper()
	var body []byte
	for _, e := range all {
		body = append(e.AppendJSON(body), '\n')
	}
	h.raw(stream.PackSubject(""), stream.MediaLines, body)
}

func (h *house) raw(subject, media string, body []byte) {
	h.t.Helper()
	msg := nats.NewMsg(subject)
	if media != "" {
		msg.Header.Set(stream.HeaderContentType, media)
	}
	msg.Data = body
	_, err := h.js.PublishMsg(h.t.Context(), msg)
	must(h.t, err)
}

// request asks for an erasure.
func (h *house) request(tenant, person, id string) {
	h.t.Helper()
	h.publish(event(h.t, fmt.Sprintf(`%s member.erased %s {"person_id":%q,"request_id":%q,"basis":"gdpr-17","requested_at":"2024-07-02T08:00:00Z"}`, tenant, id, person, id)))
}

// ask gives a query's only value as text.
func (h *house) ask(query string) string {
	h.t.Helper()
	var text string
	if err := h.db.Conn().QueryRow(h.t.Context(), "SELECT toString(("+query+"))").Scan(&text); err != nil {
		h.t.Fatalf("%s: %v", query, err)
	}
	return text
}

func (h *house) expect(query, want string) {
	h.t.Helper()
	if got := h.ask(query); got != want {
		h.t.Errorf("%s\n got %s\nwant %s", query, got, want)
	}
}

// messages gives every message of a stream as it stands there: subject, headers and body.
func (h *house) messages(name string) [][]byte {
	h.t.Helper()
	from, err := h.js.Stream(h.t.Context(), name)
	must(h.t, err)
	info, err := from.Info(h.t.Context())
	must(h.t, err)
	var all [][]byte
	for seq := info.State.FirstSeq; seq <= info.State.LastSeq && info.State.Msgs > 0; seq++ {
		msg, err := from.GetMsg(h.t.Context(), seq)
		if err != nil {
			continue // deleted
		}
		all = append(all, fmt.Appendf(nil, "%s %v %s", msg.Subject, msg.Header, msg.Data))
	}
	return all
}

// nowhere fails when the id stands in any stream or table.
func (h *house) nowhere(id string) {
	h.t.Helper()
	names := h.js.StreamNames(h.t.Context())
	for name := range names.Name() {
		for _, message := range h.messages(name) {
			if bytes.Contains(message, []byte(id)) {
				h.t.Errorf("%s is in the stream %s: %s", id, name, message)
			}
		}
	}
	must(h.t, names.Err())
	for _, table := range []string{"events", "facts"} {
		h.expect("SELECT groupArray((type, id, data)) FROM "+table+" WHERE position(concat(data, person, subject, id, source, key, reason), '"+id+"') > 0", "[]")
	}
	h.expect("SELECT groupArray(id) FROM dead_letters WHERE position(concat(event_id, source, reason), '"+id+"') > 0", "[]")
}
