package erasure_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/turnout/turnout/consumers"
	"github.com/turnout/turnout/consumers/consumerstest"
	"github.com/turnout/turnout/consumers/erasure"
	"github.com/turnout/turnout/internal/embedded"
	"github.com/turnout/turnout/internal/erasures"
	"github.com/turnout/turnout/internal/stream"
	"github.com/turnout/turnout/internal/tenants"
	"github.com/turnout/turnout/schemas"
)

// house is a stream, a warehouse, a consumer and an erasure worker of a test's own, with real engines.
type house struct {
	*consumerstest.House

	dir      string // of the stream's files
	store    *erasures.Store
	policies map[string]string
}

func newHouse(t testing.TB) *house {
	t.Helper()
	dir := t.TempDir()
	server, err := embedded.StartNATS(t.Context(), embedded.NATSConfig{Dir: dir, Durability: embedded.Balanced})
	consumerstest.Must(t, err)
	t.Cleanup(func() { consumerstest.Must(t, server.Shutdown(context.WithoutCancel(t.Context()))) })
	h := consumerstest.On(t, server.URL())
	store, err := erasures.Open(t.Context(), h.JS, 1)
	consumerstest.Must(t, err)
	return &house{House: h, dir: dir, store: store, policies: map[string]string{}}
}

func (h *house) logger() *slog.Logger {
	if os.Getenv("TURNOUT_TEST_LOG") != "" {
		return slog.New(slog.NewTextHandler(os.Stderr, nil))
	}
	return slog.New(slog.DiscardHandler)
}

// consume runs a consumer until the test ends or stop is called.
func (h *house) consume() (stop func()) {
	h.T.Helper()
	store, err := erasures.Open(h.T.Context(), h.JS, 1) // of its own: another process, as far as the list goes
	consumerstest.Must(h.T, err)
	cfg := h.Config()
	cfg.Erased, cfg.Logger, cfg.Interval = store, h.logger(), 10*time.Millisecond
	return h.Consume(cfg)
}

func (h *house) config() erasure.Config {
	return erasure.Config{
		Stream: h.JS, Registry: h.Registry, Warehouse: h.DB, Letters: h.Letters, Store: h.store, Notes: stream.NewDirty(h.JS), Logger: h.logger(),
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
	h.T.Helper()
	worker, err := erasure.New(h.config())
	consumerstest.Must(h.T, err)
	h.Drained()
	consumerstest.Eventually(h.T, "every request is done", func() bool {
		consumerstest.Must(h.T, worker.Work(h.T.Context()))
		h.Drained()
		waiting, err := h.store.Waiting(h.T.Context())
		consumerstest.Must(h.T, err)
		return len(waiting) == 0
	})
}

// event builds an event from a line: tenant, type without its version, id, data.
func event(t testing.TB, line string) *schemas.Event {
	t.Helper()
	parts := strings.SplitN(line, " ", 4)
	e := &schemas.Event{Tenant: parts[0], Type: parts[1] + ".v1", ID: parts[2], Source: "test", Time: time.Date(2022, 5, 27, 18, 0, 0, 0, time.UTC)}
	data, err := schemas.Canonical([]byte(parts[3]))
	consumerstest.Must(t, err)
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

// request asks for an erasure.
func (h *house) request(tenant, person, id string) {
	h.T.Helper()
	h.Publish(event(h.T, fmt.Sprintf(`%s member.erased %s {"person_id":%q,"request_id":%q,"basis":"gdpr-17","requested_at":"2024-07-02T08:00:00Z"}`, tenant, id, person, id)))
}

// messages gives every message of a stream as it stands there: subject, headers and body.
func (h *house) messages(name string) [][]byte {
	h.T.Helper()
	from, err := h.JS.Stream(h.T.Context(), name)
	consumerstest.Must(h.T, err)
	info, err := from.Info(h.T.Context())
	consumerstest.Must(h.T, err)
	var all [][]byte
	for seq := info.State.FirstSeq; seq <= info.State.LastSeq && info.State.Msgs > 0; seq++ {
		msg, err := from.GetMsg(h.T.Context(), seq)
		if err != nil {
			continue // deleted
		}
		all = append(all, fmt.Appendf(nil, "%s %v %s", msg.Subject, msg.Header, msg.Data))
	}
	return all
}

// nowhere fails when the id stands in any stream or table.
func (h *house) nowhere(id string) {
	h.T.Helper()
	names := h.JS.StreamNames(h.T.Context())
	for name := range names.Name() {
		for _, message := range h.messages(name) {
			if bytes.Contains(message, []byte(id)) {
				h.T.Errorf("%s is in the stream %s: %s", id, name, message)
			}
		}
	}
	consumerstest.Must(h.T, names.Err())
	for _, table := range []string{"events", "facts"} {
		h.Expect("SELECT groupArray((type, id, data)) FROM "+table+" WHERE position(concat(data, person, subject, id, source, key, reason), '"+id+"') > 0", "[]")
	}
	h.Expect("SELECT groupArray(id) FROM dead_letters WHERE position(concat(event_id, source, reason), '"+id+"') > 0", "[]")
}
