package reporting_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/big"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/turnout/turnout/dashboards/reporting"
	"github.com/turnout/turnout/internal/embedded/embeddedtest"
	"github.com/turnout/turnout/internal/warehouse"
	"github.com/turnout/turnout/schemas"
)

// world is a warehouse with reports over it.
type world struct {
	t        testing.TB
	db       *warehouse.DB
	registry *schemas.Registry
	runner   *reporting.Runner
	now      time.Time
	position uint64
	// until, when set, leaves out what happened later. What was found out later is known.
	until time.Time
}

// newWorld gives an empty warehouse. It is the given time there.
func newWorld(t testing.TB, now string) *world {
	t.Helper()
	catalog, err := reporting.Load()
	if err != nil {
		t.Fatal(err)
	}
	return newWorldWith(t, now, catalog, reporting.Limits{})
}

func newWorldWith(t testing.TB, now string, catalog *reporting.Catalog, limits reporting.Limits) *world {
	t.Helper()
	ctx := context.Background()
	db, err := warehouse.Open(ctx, embeddedtest.ClickHouse(t), warehouse.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	registry, err := schemas.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Migrate(ctx, registry); err != nil {
		t.Fatal(err)
	}
	at, err := time.Parse(time.RFC3339, now)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, db: db, registry: registry, now: at}
	w.runner = reporting.NewRunner(reporting.Config{
		Conn: db.Conn(), Catalog: catalog, Limits: limits, Confine: db.TenantSettings,
		Now: func() time.Time { return w.now },
	})
	return w
}

// said is an event in the making.
type said struct {
	tenant, source, id, typ, time string
	revision                      uint32
	voided                        bool
	received                      time.Time
	data                          map[string]any
}

// tell stores events.
func (w *world) tell(events ...said) {
	w.t.Helper()
	ctx := context.Background()
	names := []string{"tenant, type, source, id, content_hash, subject, person, gathering, mode, time, at, recorded, received, revision, voided, reason, key, kh, version, stream_seq, pack_index, data"}
	promoted := w.registry.PromotedColumns()
	for _, p := range promoted {
		names = append(names, "`"+p.Name+"`")
	}
	batch, err := w.db.Conn().PrepareBatch(ctx, "INSERT INTO events ("+strings.Join(names, ", ")+")")
	if err != nil {
		w.t.Fatal(err)
	}
	defer func() { _ = batch.Close() }()
	for i := range events {
		if at, err := time.Parse(time.RFC3339Nano, events[i].time); err == nil && !w.until.IsZero() && at.After(w.until) &&
			events[i].revision == 0 && !strings.HasPrefix(events[i].typ, "member.") {
			continue
		}
		if err := batch.Append(w.row(&events[i])...); err != nil {
			w.t.Fatalf("append %+v: %v", events[i], err)
		}
	}
	if err := batch.Send(); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) row(s *said) []any {
	w.t.Helper()
	w.position++
	event := map[string]any{
		"specversion": "1.0", "id": or(s.id, fmt.Sprintf("e%d", w.position)), "source": or(s.source, "test"),
		"type": s.typ, "time": s.time, "tenant": or(s.tenant, "t"), "data": s.data,
	}
	if s.revision > 0 {
		event["revision"] = s.revision
	}
	if s.voided {
		event["voided"], event["reason"] = true, "test"
	}
	raw, err := json.Marshal(event)
	if err != nil {
		w.t.Fatal(err)
	}
	e, err := schemas.DecodeStructured(raw)
	if err != nil {
		w.t.Fatalf("decode %s: %v", raw, err)
	}
	if err := w.registry.Check(e); err != nil {
		w.t.Fatalf("check %s: %v", raw, err)
	}
	record, err := w.registry.Derive(e)
	if err != nil {
		w.t.Fatalf("derive %s: %v", raw, err)
	}
	recorded := e.Recorded
	if recorded.IsZero() {
		recorded = e.Time
	}
	received := s.received
	if received.IsZero() {
		received = e.Time
	}
	row := []any{
		e.Tenant, e.Type, e.Source, e.ID, record.ContentHash, e.Subject, record.Person, record.Gathering, record.Mode,
		e.Time, record.At, recorded, received, e.Revision, e.Voided, e.Reason, record.Key,
		new(big.Int).SetBytes(record.KeyHash[:]), new(big.Int).SetBytes(record.Version[:]), w.position, uint16(0), string(e.Data),
	}
	return append(row, record.Promoted...)
}

func or[T comparable](value, otherwise T) T {
	var zero T
	if value == zero {
		return otherwise
	}
	return value
}

// run answers a report; query is as in a URL.
func (w *world) run(name, query string) *reporting.Result {
	w.t.Helper()
	result, err := w.runner.Run(context.Background(), name, w.values(query))
	if err != nil {
		w.t.Fatalf("run %s?%s: %v", name, query, err)
	}
	return result
}

func (w *world) values(query string) url.Values {
	w.t.Helper()
	values, err := url.ParseQuery(query)
	if err != nil {
		w.t.Fatal(err)
	}
	if !values.Has("tenant") {
		values.Set("tenant", "t")
	}
	return values
}

// columnOf gives one column of a result.
func columnOf(t testing.TB, r *reporting.Result, name string) []any {
	t.Helper()
	for i, c := range r.Columns {
		if c.Name != name {
			continue
		}
		out := make([]any, len(r.Rows))
		for j, row := range r.Rows {
			out[j] = row[i]
		}
		return out
	}
	t.Fatalf("%s has no column %q", r.Report.Name, name)
	return nil
}

// freeze puts tables in the place of the warehouse's views, with what is in them now.
// Reports over them say the same, and take a tenth of the time: to plan the views is
// most of the work on small data.
func (w *world) freeze() {
	w.t.Helper()
	views := w.views()
	exec := func(statement string) {
		if err := w.db.Conn().Exec(context.Background(), statement); err != nil {
			w.t.Fatalf("%s: %v", statement, err)
		}
	}
	for _, view := range views {
		exec("CREATE TABLE frozen_" + view + " ENGINE = Memory AS SELECT * FROM " + view)
	}
	for _, view := range views {
		exec("DROP VIEW " + view)
		exec("RENAME TABLE frozen_" + view + " TO " + view)
	}
}

func (w *world) views() []string {
	w.t.Helper()
	rows, err := w.db.Conn().Query(context.Background(), "SELECT name FROM system.tables WHERE database = currentDatabase() AND engine = 'View'")
	if err != nil {
		w.t.Fatalf("list views: %v", err)
	}
	defer func() { _ = rows.Close() }()
	var views []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			w.t.Fatalf("read a view's name: %v", err)
		}
		views = append(views, name)
	}
	if err := rows.Err(); err != nil {
		w.t.Fatalf("list views: %v", err)
	}
	return views
}

// pickColumns gives the named columns of all rows.
func pickColumns(t testing.TB, r *reporting.Result, names ...string) [][]any {
	t.Helper()
	rows := make([][]any, len(r.Rows))
	for _, name := range names {
		for i, value := range columnOf(t, r, name) {
			rows[i] = append(rows[i], value)
		}
	}
	return rows
}
