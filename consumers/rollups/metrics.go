package rollups

import (
	"math"

	"github.com/prometheus/client_golang/prometheus"
)

// metrics are the worker's figures. Without a registerer they are counted and never asked for.
type metrics struct {
	lag        prometheus.Gauge
	pending    prometheus.Gauge
	duration   prometheus.Histogram
	recomputed prometheus.Counter
	facts      prometheus.Counter
	failures   prometheus.Counter
}

func newMetrics(registerer prometheus.Registerer) (*metrics, error) {
	m := &metrics{
		lag: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "turnout_rollup_lag_seconds", Help: "How long a community has waited for its rollups to be recomputed; the longest, over all processes.",
		}),
		pending: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "turnout_rollup_tenants_pending", Help: "Communities whose rollups are to be recomputed, over all processes.",
		}),
		duration: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "turnout_rollup_duration_seconds", Help: "How long a recomputation took, of one community or of several in one statement.",
			Buckets: prometheus.ExponentialBuckets(0.016, 2, 14),
		}),
		recomputed: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "turnout_rollup_tenants_recomputed_total", Help: "Communities whose rollups were recomputed.",
		}),
		facts: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "turnout_rollup_facts_read_total", Help: "Facts that recomputations read.",
		}),
		failures: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "turnout_rollup_failures_total", Help: "Recomputations that failed and will be tried again.",
		}),
	}
	m.unknown()
	if registerer == nil {
		return m, nil
	}
	for _, collector := range m.all() {
		if err := registerer.Register(collector); err != nil {
			return nil, err //nolint:wrapcheck // the caller says what was registered
		}
	}
	return m, nil
}

func (m *metrics) all() []prometheus.Collector {
	return []prometheus.Collector{m.lag, m.pending, m.duration, m.recomputed, m.facts, m.failures}
}

// unknown shows that what waits cannot be told: a zero would look well.
func (m *metrics) unknown() {
	m.lag.Set(math.NaN())
	m.pending.Set(math.NaN())
}

func (m *metrics) unregister(registerer prometheus.Registerer) {
	if registerer == nil {
		return
	}
	for _, collector := range m.all() {
		registerer.Unregister(collector)
	}
}
