package reporting

import (
	"context"
	"net/http"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/turnout/turnout/internal/problem"
)

// gate lets a bounded number of queries run at once. Planning a report takes a core
// for itself, so that more at once make each of them slower and none of them done
// sooner. The others wait, and are told to come again when the wait is too long.
type gate struct {
	slots   chan struct{}
	wait    time.Duration
	waiting atomic.Int64
	refused prometheus.Counter
	took    prometheus.Histogram
}

const (
	leastQueries = 4
	defaultWait  = 10 * time.Second
)

// defaultQueries is twice the cores: while one query plans, another one's answer is on its way.
func defaultQueries() int { return max(leastQueries, 2*runtime.GOMAXPROCS(0)) }

func newGate(queries int, wait time.Duration) *gate {
	return &gate{
		slots: make(chan struct{}, queries), wait: wait,
		refused: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "turnout_report_queries_refused_total", Help: "Queries of reports that were refused because too many were running.",
		}),
		took: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "turnout_report_query_duration_seconds", Help: "How long a report's query took, from when it might begin until its last row.",
			Buckets: prometheus.ExponentialBuckets(0.008, 2, 13),
		}),
	}
}

// enter waits for a slot. The caller gives it back with what is returned.
func (g *gate) enter(ctx context.Context) (leave func(), err error) {
	g.waiting.Add(1)
	defer g.waiting.Add(-1)
	ctx, cancel := context.WithTimeoutCause(ctx, g.wait, errBusy())
	defer cancel()
	select {
	case g.slots <- struct{}{}:
		began := time.Now()
		return func() {
			<-g.slots
			g.took.Observe(time.Since(began).Seconds())
		}, nil
	case <-ctx.Done():
		g.refused.Inc()
		return nil, context.Cause(ctx)
	}
}

func errBusy() *problem.Error {
	return &problem.Error{
		Status: http.StatusServiceUnavailable, Code: "busy", Title: "Busy",
		Detail: "Too many reports are running.", Hint: "Try again in a moment.", RetryAfter: retryAfter,
	}
}

// Collectors are the runner's metrics, for whoever has a registry.
func (r *Runner) Collectors() []prometheus.Collector {
	gauge := func(name, help string, value func() float64) prometheus.Collector {
		return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, value)
	}
	return []prometheus.Collector{
		gauge("turnout_report_queries_running", "Queries of reports that are running.", func() float64 { return float64(len(r.gate.slots)) }),
		gauge("turnout_report_queries_waiting", "Queries of reports that wait for others to end.", func() float64 { return float64(r.gate.waiting.Load()) }),
		r.gate.refused, r.gate.took,
	}
}
