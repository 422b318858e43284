package consumers

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// metrics are the consumer's figures. Without a registerer they are counted and never asked for.
type metrics struct {
	stored      *prometheus.CounterVec
	letters     *prometheus.CounterVec
	rows        prometheus.Histogram
	insert      prometheus.Histogram
	endToEnd    prometheus.Histogram
	lag         prometheus.Gauge
	unacked     prometheus.Gauge
	retries     prometheus.Counter
	redelivered prometheus.Counter
	suppressed  prometheus.Counter
}

func newMetrics(registerer prometheus.Registerer) (*metrics, error) {
	m := &metrics{
		stored: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "turnout_events_stored_total", Help: "Events stored in the warehouse, repeated deliveries included.",
		}, []string{"type", "mode"}),
		letters: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "turnout_dead_letters_total", Help: "Inputs kept as dead letters, by the kind of fault.",
		}, []string{"code"}),
		rows: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "turnout_batch_rows", Help: "Rows of an insert.", Buckets: prometheus.ExponentialBuckets(1, 4, 9),
		}),
		insert: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "turnout_insert_duration_seconds", Help: "How long a batch took to be stored, retries included.",
			Buckets: prometheus.ExponentialBuckets(0.004, 2, 14),
		}),
		endToEnd: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "turnout_end_to_end_seconds", Help: "Time from a message's arrival in the stream until its events are stored.",
			Buckets: prometheus.ExponentialBuckets(0.008, 2, 16),
		}),
		lag: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "turnout_consumer_lag_messages", Help: "Messages in the stream that were not delivered to a consumer yet.",
		}),
		unacked: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "turnout_consumer_unacknowledged_messages", Help: "Messages that were delivered and are not acknowledged yet.",
		}),
		retries: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "turnout_insert_retries_total", Help: "Tries to store that failed and were repeated.",
		}),
		redelivered: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "turnout_consumer_redelivered_messages_total", Help: "Messages that were delivered more than once.",
		}),
		suppressed: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "turnout_suppressed_total", Help: "Events that were not stored because their person had been erased.",
		}),
	}
	if registerer == nil {
		return m, nil
	}
	for _, collector := range []prometheus.Collector{m.stored, m.letters, m.rows, m.insert, m.endToEnd, m.lag, m.unacked, m.retries, m.redelivered, m.suppressed} {
		if err := registerer.Register(collector); err != nil {
			return nil, err //nolint:wrapcheck // the caller says what was registered
		}
	}
	return m, nil
}

// stop takes the metrics out again, so that a consumer may be made anew in the same process.
func (m *metrics) unregister(registerer prometheus.Registerer) {
	if registerer == nil {
		return
	}
	for _, collector := range []prometheus.Collector{m.stored, m.letters, m.rows, m.insert, m.endToEnd, m.lag, m.unacked, m.retries, m.redelivered, m.suppressed} {
		registerer.Unregister(collector)
	}
}

// observe counts a batch that is stored.
func (m *metrics) observe(b *batch, took time.Duration, now time.Time) {
	type label struct{ typ, mode string }
	counts := map[label]int{}
	for i := range b.rows.Len() {
		if b.refused[i] {
			continue // a dead letter now
		}
		_, typ, _, _ := b.rows.At(i)
		counts[label{typ, b.rows.Mode(i)}]++
	}
	for l, n := range counts {
		m.stored.WithLabelValues(l.typ, l.mode).Add(float64(n))
	}
	for i := range b.letters {
		m.letters.WithLabelValues(b.letters[i].Code).Inc()
	}
	m.rows.Observe(float64(b.rows.Len()))
	m.insert.Observe(took.Seconds())
	for _, at := range b.arrivals {
		m.endToEnd.Observe(now.Sub(at).Seconds())
	}
}
