package erasure

import (
	"errors"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/turnout/turnout/internal/erasures"
)

type metrics struct {
	pending  prometheus.Gauge
	oldest   prometheus.Gauge
	duration prometheus.Histogram
}

func newMetrics(registerer prometheus.Registerer) (*metrics, error) {
	m := &metrics{
		pending: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "turnout_erasures_pending", Help: "Requests to be forgotten that are not done.",
		}),
		oldest: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "turnout_erasure_oldest_pending_timestamp_seconds", Help: "When the oldest request to be forgotten that is not done was received; 0 when none waits.",
		}),
		duration: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "turnout_erasure_duration_seconds", Help: "From the receipt of a request to be forgotten to its being done.",
			Buckets: []float64{1, 5, 15, 60, 300, 900, 3600, 4 * 3600, 24 * 3600},
		}),
	}
	if registerer == nil {
		return m, nil
	}
	var failures []error
	for _, c := range m.all() {
		failures = append(failures, registerer.Register(c))
	}
	return m, errors.Join(failures...)
}

func (m *metrics) all() []prometheus.Collector {
	return []prometheus.Collector{m.pending, m.oldest, m.duration}
}

func (m *metrics) unregister(registerer prometheus.Registerer) {
	if registerer == nil {
		return
	}
	for _, c := range m.all() {
		registerer.Unregister(c)
	}
}

func (m *metrics) see(waiting []erasures.Pending) {
	m.pending.Set(float64(len(waiting)))
	var oldest time.Time
	for i := range waiting {
		if at := waiting[i].ReceivedAt; oldest.IsZero() || at.Before(oldest) {
			oldest = at
		}
	}
	if oldest.IsZero() {
		m.oldest.Set(0)
		return
	}
	m.oldest.Set(float64(oldest.UnixMilli()) / 1000)
}
