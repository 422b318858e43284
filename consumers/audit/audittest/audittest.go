// Package audittest gives tests a stream, a warehouse and consumers of their own, on real engines, with an audit over them.
package audittest

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/turnout/turnout/consumers/audit"
	"github.com/turnout/turnout/consumers/consumerstest"
	"github.com/turnout/turnout/consumers/rollups"
	"github.com/turnout/turnout/internal/stream"
	"github.com/turnout/turnout/internal/warehouse"
)

// House is a whole pipeline of a test's own.
type House struct {
	*consumerstest.House

	// RollupPatience is how long audits wait for rollups; 0 is a minute.
	RollupPatience time.Duration
}

// New starts a NATS server and makes a fresh database; no consumer runs yet.
func New(t testing.TB) *House {
	t.Helper()
	return &House{House: consumerstest.New(t)}
}

// Start runs a consumer until the test ends or the returned function is called, and the worker of rollups until the test ends.
func (h *House) Start() (stop func()) {
	h.T.Helper()
	worker, err := rollups.New(rollups.Config{
		Stream: h.JS, Warehouse: h.rollups(), Zone: zone, Logger: slog.New(slog.DiscardHandler),
		Linger: time.Millisecond, Pause: time.Millisecond, Share: 1, Rest: time.Millisecond,
	})
	consumerstest.Must(h.T, err)
	worker.Start(h.T.Context())
	h.T.Cleanup(worker.Stop)
	return h.Consume(h.Config())
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

// Store puts one pack on the stream and gives its sequence.
func (h *House) Store(events ...[]byte) uint64 {
	h.T.Helper()
	return h.Raw(stream.PackSubject(""), stream.MediaLines, append(bytes.Join(events, []byte("\n")), '\n'))
}

// Drained waits until everything in the stream is stored and acknowledged.
func (h *House) Drained() {
	h.T.Helper()
	events, err := h.JS.Stream(h.T.Context(), stream.EventsStream)
	consumerstest.Must(h.T, err)
	left, err := audit.NewFence(h.JS).WaitFor(h.T.Context(), events.CachedInfo().State.LastSeq, 90*time.Second)
	consumerstest.Must(h.T, err)
	if left > 0 {
		h.T.Fatalf("%d messages are not stored", left)
	}
}

func zone(string) string { return "Europe/Berlin" }

func (h *House) rollups() *warehouse.Rollups {
	h.T.Helper()
	computed, err := warehouse.NewRollups(h.DB, h.Registry)
	consumerstest.Must(h.T, err)
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
	consumerstest.Must(h.T, err)
	return auditor
}

// Audit runs an audit.
func (h *House) Audit(request audit.Request) *audit.Report {
	h.T.Helper()
	report, err := h.Auditor().Run(h.T.Context(), request, nil)
	consumerstest.Must(h.T, err)
	return report
}
