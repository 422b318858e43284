package gateway

import (
	"maps"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"github.com/turnout/turnout/schemas"
)

// unknownType stands for every event type that the registry does not know, so
// that clients cannot make up label values.
const unknownType = "unknown"

type metrics struct {
	registry *schemas.Registry
	accepted *prometheus.CounterVec
	rejected *prometheus.CounterVec
	requests *prometheus.HistogramVec
	accepts  map[mode]prometheus.Observer // of requests, by far the most: those that were accepted
	packs    prometheus.Histogram
	messages prometheus.Counter
	publish  *prometheus.HistogramVec

	mu      sync.Mutex
	reasons map[string]int64                  // as rejected counts them
	known   map[acceptance]prometheus.Counter // of accepted, for the types that the registry knows
}

// acceptance is what an accepted event is counted by.
type acceptance struct {
	typ  string
	mode mode
}

func newMetrics(registerer prometheus.Registerer, registry *schemas.Registry, waiting func() usage) *metrics {
	factory := promauto.With(registerer)
	factory.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "turnout_gateway_queue_events", Help: "Events that wait for JetStream's acknowledgement.",
	}, func() float64 { return float64(waiting().events) })
	factory.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "turnout_gateway_queue_bytes", Help: "Bytes of the events that wait for JetStream's acknowledgement.",
	}, func() float64 { return float64(waiting().bytes) })
	m := &metrics{
		registry: registry, reasons: make(map[string]int64), known: make(map[acceptance]prometheus.Counter), accepts: make(map[mode]prometheus.Observer),
		accepted: factory.NewCounterVec(prometheus.CounterOpts{
			Name: "turnout_events_accepted_total", Help: "Events on disk in JetStream, by type and by how they were sent.",
		}, []string{"type", "transport"}),
		rejected: factory.NewCounterVec(prometheus.CounterOpts{
			Name: "turnout_events_rejected_total", Help: "Events, and requests as a whole, that were refused, by reason.",
		}, []string{"reason"}),
		requests: factory.NewHistogramVec(prometheus.HistogramOpts{
			Name: "turnout_gateway_request_duration_seconds", Help: "Time to answer a publishing request.",
			Buckets: prometheus.ExponentialBuckets(0.0005, 2, 15),
		}, []string{"transport", "status"}),
		packs: factory.NewHistogram(prometheus.HistogramOpts{
			Name: "turnout_pack_events", Help: "Events in one stored pack.",
			Buckets: []float64{1, 2, 5, 10, 20, 50, 100, 200, 500, 1000},
		}),
		messages: factory.NewCounter(prometheus.CounterOpts{
			Name: "turnout_messages_published_total", Help: "Messages that JetStream acknowledged to the gateway; each carries a pack of events.",
		}),
		publish: factory.NewHistogramVec(prometheus.HistogramOpts{
			Name: "turnout_publish_duration_seconds", Help: "Time until JetStream acknowledged a pack, or did not.",
			Buckets: prometheus.ExponentialBuckets(0.0005, 2, 15),
		}, []string{"outcome"}),
	}
	for _, mode := range []mode{modeStructured, modeBatch, modeBinary, modeLines} {
		m.accepts[mode] = m.requests.WithLabelValues(string(mode), strconv.Itoa(http.StatusAccepted))
	}
	return m
}

// refused counts a problem or a rejection. Its reason is one of the codes in the
// code of this package and of schemas: a bounded set.
func (m *metrics) refused(reason string) {
	m.rejected.WithLabelValues(reason).Inc()
	m.mu.Lock()
	defer m.mu.Unlock()
	m.reasons[reason]++
}

// rejections gives what was refused, by reason.
func (m *metrics) rejections() map[string]int64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return maps.Clone(m.reasons)
}

func (m *metrics) request(mode mode, status int, took time.Duration) {
	if status == http.StatusAccepted && mode != modeUnknown {
		m.accepts[mode].Observe(took.Seconds())
		return
	}
	m.requests.WithLabelValues(string(mode), strconv.Itoa(status)).Observe(took.Seconds())
}

func (m *metrics) packStored(parts []part, took time.Duration) {
	m.publish.WithLabelValues("stored").Observe(took.Seconds())
	m.messages.Inc()
	total := 0
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, p := range parts {
		total += len(p.lines)
		for i := range p.lines {
			m.counter(p.lines[i].typ, p.from.mode).Inc()
		}
	}
	m.packs.Observe(float64(total))
}

// counter needs the lock. Finding one by its labels costs ten times as much as counting.
func (m *metrics) counter(typ string, mode mode) prometheus.Counter {
	counter, found := m.known[acceptance{typ, mode}]
	if found {
		return counter
	}
	if _, known := m.registry.Type(typ); !known {
		return m.accepted.WithLabelValues(unknownType, string(mode))
	}
	counter = m.accepted.WithLabelValues(typ, string(mode))
	m.known[acceptance{strings.Clone(typ), mode}] = counter
	return counter
}

func (m *metrics) packFailed(took time.Duration) {
	m.publish.WithLabelValues("failed").Observe(took.Seconds())
}
