package reporting_test

import (
	"context"
	"fmt"
	"net/url"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/turnout/turnout/dashboards/reporting"
)

// counting counts the queries that reach the engine.
type counting struct {
	reporting.Querier
	queries atomic.Int64
}

func (c *counting) Query(ctx context.Context, query string, args ...any) (driver.Rows, error) {
	c.queries.Add(1)
	return c.Querier.Query(ctx, query, args...)
}

func volunteering(n int) said {
	return said{tenant: "t", id: fmt.Sprint("v", n), typ: "volunteering.logged.v1", time: "2024-03-01T10:00:00Z", data: map[string]any{
		"log_id": fmt.Sprint("v", n), "person_id": fmt.Sprint("p", n), "activity": "mentoring", "hours": 1, "on": "2024-03-01",
	}}
}

func TestAnswersAreKeptWhileNothingChanges(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "2024-06-01T12:00:00Z")
	conn := &counting{Querier: w.db.Conn()}
	version := "1"
	runner := reporting.NewRunner(reporting.Config{
		Conn: conn, Catalog: w.runner.Catalog(), Confine: w.db.TenantSettings, Now: func() time.Time { return w.now },
		Version: func(context.Context, string) (string, error) { return version, nil },
	})
	hours := func(ctx context.Context) (any, int64) {
		before := conn.queries.Load()
		result, err := runner.Run(ctx, "volunteer-hours", url.Values{"tenant": {"t"}, "grain": {"year"}})
		if err != nil {
			t.Fatal(err)
		}
		asked := conn.queries.Load() - before
		if len(result.Rows) == 0 {
			return nil, asked
		}
		return result.Rows[0][1], asked
	}
	steps := []struct {
		what    string
		do      func()
		ctx     context.Context //nolint:containedctx // a step's
		want    any
		queries int64
	}{
		{"at first", func() { w.tell(volunteering(1)) }, t.Context(), 1.0, 1},
		{"again", func() {}, t.Context(), 1.0, 0},
		{"stored, but not noted", func() { w.tell(volunteering(2)) }, t.Context(), 1.0, 0},
		{"asked for afresh", func() {}, reporting.Afresh(t.Context()), 2.0, 1},
		{"noted", func() { version = "2" }, t.Context(), 2.0, 1},
		{"a minute later", func() { w.now = w.now.Add(time.Minute) }, t.Context(), 2.0, 1},
		{"and again", func() {}, t.Context(), 2.0, 0},
		{"of an unknown version", func() { version = "" }, t.Context(), 2.0, 1},
		{"and once more", func() {}, t.Context(), 2.0, 1},
	}
	for _, step := range steps {
		step.do()
		got, queries := hours(step.ctx)
		if fmt.Sprint(got) != fmt.Sprint(step.want) || queries != step.queries {
			t.Errorf("%s: %v hours after %d queries, want %v after %d", step.what, got, queries, step.want, step.queries)
		}
	}
}
