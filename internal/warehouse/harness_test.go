package warehouse_test

import (
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"

	"github.com/turnout/turnout/internal/embedded/embeddedtest"
	"github.com/turnout/turnout/internal/warehouse"
	"github.com/turnout/turnout/schemas"
)

// house is a migrated database of a test's own.
type house struct {
	t        testing.TB
	db       *warehouse.DB
	registry *schemas.Registry
	seq      uint64
	url      string
	tenant   string // of events that name none, and of questions; "" is acme for events and all for questions
}

func newHouse(t testing.TB) *house {
	t.Helper()
	registry, err := schemas.Builtin()
	must(t, err)
	return newHouseWith(t, registry, warehouse.Options{})
}

func newHouseWith(t testing.TB, registry *schemas.Registry, options warehouse.Options) *house {
	t.Helper()
	url := embeddedtest.ClickHouse(t)
	db, err := warehouse.Open(t.Context(), url, options)
	must(t, err)
	t.Cleanup(func() { must(t, db.Close()) })
	must(t, db.Migrate(t.Context(), registry))
	return &house{t: t, db: db, registry: registry, url: url}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// in gives the same database seen as a tenant of its own: cheaper than another database.
func (h *house) in(t testing.TB, tenant string) *house {
	t.Helper()
	other := *h
	other.t, other.tenant = t, tenant
	return &other
}

// event builds an event from a line: type without its version, time, any of id=, tenant=, rev=, rec=, void, and the data.
func event(t testing.TB, line string) *schemas.Event {
	t.Helper()
	head, data, found := strings.Cut(line, "{")
	words := strings.Fields(head)
	if !found || len(words) < 2 {
		t.Fatalf("event %q", line)
	}
	e := &schemas.Event{Type: words[0] + ".v1", Tenant: "acme", Source: "test", Time: moment(t, words[1])}
	for _, word := range words[2:] {
		name, value, _ := strings.Cut(word, "=")
		switch name {
		case "id":
			e.ID = value
		case "tenant":
			e.Tenant = value
		case "rev":
			_, err := fmt.Sscan(value, &e.Revision)
			must(t, err)
		case "rec":
			e.Recorded = moment(t, value)
		case "void":
			e.Voided, e.Reason = true, "mistake"
		default:
			t.Fatalf("event %q: %q", line, word)
		}
	}
	canonical, err := schemas.Canonical([]byte("{" + data))
	must(t, err)
	e.Data = canonical
	if e.ID == "" {
		e.ID = line
	}
	return e
}

// moment reads a day or a date-time in UTC.
func moment(t testing.TB, text string) time.Time {
	t.Helper()
	if len(text) == len(time.DateOnly) {
		text += "T12:00:00Z"
	}
	at, err := time.Parse(time.RFC3339, text)
	must(t, err)
	return at.UTC()
}

func (h *house) events(lines ...string) []*schemas.Event {
	h.t.Helper()
	events := make([]*schemas.Event, len(lines))
	for i, line := range lines {
		events[i] = event(h.t, line)
		if h.tenant != "" && !strings.Contains(line, " tenant=") {
			events[i].Tenant = h.tenant
		}
		if err := h.registry.Check(events[i]); err != nil {
			h.t.Fatalf("%s: %v", line, err)
		}
	}
	return events
}

// rows makes a batch; every row arrives later than the one before.
func (h *house) rows(events []*schemas.Event) *warehouse.Rows {
	h.t.Helper()
	rows := warehouse.NewRows(h.registry.PromotedColumns(), len(events))
	for _, e := range events {
		record, err := h.registry.Derive(e)
		must(h.t, err)
		h.seq++
		arrival := warehouse.Arrival{Received: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(h.seq) * time.Second), Seq: h.seq}
		must(h.t, rows.Append(e, &record, arrival))
	}
	return rows
}

// store inserts the events in one batch.
func (h *house) store(lines ...string) {
	h.t.Helper()
	must(h.t, h.db.InsertEvents(h.t.Context(), h.rows(h.events(lines...))))
}

// ask gives a query's only value as text; several rows or columns come by groupArray and tuples.
func (h *house) ask(query string, settings ...clickhouse.Settings) string {
	h.t.Helper()
	all := h.db.TenantSettings(h.tenant)
	for _, s := range settings {
		maps.Copy(all, s)
	}
	ctx := clickhouse.Context(h.t.Context(), clickhouse.WithSettings(all))
	var text string
	if err := h.db.Conn().QueryRow(ctx, "SELECT toString(("+query+"))").Scan(&text); err != nil {
		h.t.Fatalf("%s: %v", query, err)
	}
	return text
}

func (h *house) expect(query, want string, settings ...clickhouse.Settings) {
	h.t.Helper()
	if got := h.ask(query, settings...); got != want {
		h.t.Errorf("%s\n got %s\nwant %s", query, got, want)
	}
}
