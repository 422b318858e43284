package audit_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/turnout/turnout/consumers/audit"
	"github.com/turnout/turnout/consumers/consumerstest"
)

// TestAuditsByItself lets two processes keep a schedule: they take turns, and both show what was found.
func TestAuditsByItself(t *testing.T) {
	t.Parallel()
	h := community(t)
	records, err := audit.OpenRecords(t.Context(), h.JS, 1)
	consumerstest.Must(t, err)
	collector := audit.NewCollector(records)
	if n := testutil.CollectAndCount(collector); n != 0 {
		t.Errorf("%d metrics before the first audit", n)
	}
	ctx, stop := context.WithCancel(t.Context())
	var running sync.WaitGroup
	var begun atomic.Int64
	for range 2 {
		schedule := &audit.Schedule{
			Every: time.Hour, After: time.Millisecond, Records: records, Logger: slog.New(slog.DiscardHandler),
			Auditor: func() (*audit.Auditor, error) { begun.Add(1); return h.Auditor(), nil },
		}
		running.Go(func() { schedule.Run(ctx) })
	}
	last := func() *audit.Record {
		record, err := records.Last(t.Context())
		consumerstest.Must(t, err)
		return record
	}
	consumerstest.Eventually(t, "an audit by itself", func() bool { return begun.Load() == 2 && last() != nil })
	first := last()
	stop()
	running.Wait()
	if !first.OK() || first.Succeeded != first.Finished || last().Finished != first.Finished {
		t.Errorf("%+v, then %+v", first, last())
	}
	metric(t, collector, "turnout_audit_ok 1")

	h.Exec("DELETE FROM facts WHERE tenant = 'other'")
	h.Exec("DELETE FROM events WHERE id = 'a1-15'")
	consumerstest.Must(t, records.Keep(t.Context(), h.Audit(audit.Request{Deep: true})))
	metric(t, collector, "turnout_audit_ok 0", `turnout_audit_differences{kind="fact_missing"} 1`, `turnout_audit_differences{kind="event_missing"} 1`)
	if now := last(); now.Succeeded != first.Succeeded {
		t.Errorf("a red audit counts as a success: %+v", now)
	}
	// A shallow audit cannot know whether the event came back.
	consumerstest.Must(t, h.DB.FillFacts(t.Context(), h.Registry.PromotedColumns(), "tenant = 'other'"))
	h.Exec("DELETE FROM facts WHERE key = '[\"g1\",\"p1-15\"]'")
	consumerstest.Must(t, records.Keep(t.Context(), h.Audit(audit.Request{})))
	metric(t, collector, "turnout_audit_ok 0", `turnout_audit_differences{kind="fact_missing"} 0`, `turnout_audit_differences{kind="event_missing"} 1`)
	consumerstest.Must(t, records.Keep(t.Context(), &audit.Report{Tenant: "other", Counts: map[string]uint64{}}))
	metric(t, collector, "turnout_audit_ok 0")
}

// metric expects lines among the metrics.
func metric(t testing.TB, collector *audit.Collector, lines ...string) {
	t.Helper()
	registry := prometheus.NewRegistry()
	consumerstest.Must(t, registry.Register(collector))
	answer := httptest.NewRecorder()
	promhttp.HandlerFor(registry, promhttp.HandlerOpts{}).ServeHTTP(answer, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", nil))
	text := answer.Body.String()
	for _, line := range lines {
		if !strings.Contains(text, line+"\n") {
			t.Errorf("%s is not among\n%s", line, text)
		}
	}
	if problems, err := testutil.CollectAndLint(collector); err != nil || len(problems) > 0 {
		t.Errorf("%v, %v", problems, err)
	}
}
