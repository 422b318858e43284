package app

import (
	"context"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/turnout/turnout/internal/stream"
)

// scrapeTimeout bounds what a scrape waits for.
const scrapeTimeout = 2 * time.Second

// observer measures the engines when it is asked. What cannot be known is left
// out of the scrape: a missing figure alarms, a false zero does not.
type observer struct {
	app      *app
	engine   *prometheus.Desc
	nats     *prometheus.Desc
	bytes    *prometheus.Desc
	messages *prometheus.Desc
	letters  *prometheus.Desc
	limit    *prometheus.Desc
	oldest   *prometheus.Desc
}

func newObserver(a *app) *observer {
	describe := func(name, help string) *prometheus.Desc { return prometheus.NewDesc(name, help, nil, nil) }
	return &observer{
		app:      a,
		engine:   describe("turnout_engine_up", "Whether ClickHouse can be used: 1, or 0."),
		nats:     describe("turnout_stream_up", "Whether NATS is connected: 1, or 0."),
		bytes:    describe("turnout_stream_bytes", "Size of the stream of events."),
		messages: describe("turnout_stream_messages", "Messages in the stream of events; a message carries one event or a pack."),
		letters:  describe("turnout_dead_letters_open", "Dead letters that wait to be replayed or discarded."),
		limit:    describe("turnout_stream_limit_bytes", "Size at which the stream refuses new events; absent when unbounded."),
		oldest:   describe("turnout_stream_oldest_pending_seconds", "Age of the oldest message whose events are not in the warehouse yet; 0 when none waits."),
	}
}

// Describe implements prometheus.Collector.
func (o *observer) Describe(descriptions chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{o.engine, o.nats, o.bytes, o.messages, o.letters, o.limit, o.oldest} {
		descriptions <- d
	}
}

// Collect implements prometheus.Collector.
func (o *observer) Collect(metrics chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, value float64) {
		metrics <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value)
	}
	if o.app.house != nil {
		gauge(o.engine, boolean(o.app.house.ready() == nil))
	}
	gauge(o.nats, boolean(o.app.streamReady() == nil))
	ctx, cancel := context.WithTimeout(context.Background(), scrapeTimeout)
	defer cancel()
	if state, err := streamState(ctx, o.app.js, stream.EventsStream); err == nil {
		gauge(o.bytes, float64(state.Bytes))
		gauge(o.messages, float64(state.Msgs))
	}
	if state, err := streamState(ctx, o.app.js, stream.DeadLettersStream); err == nil {
		gauge(o.letters, float64(state.Msgs))
	}
	if age, known := o.app.oldestPending(ctx); known {
		gauge(o.oldest, age.Seconds())
	}
	if o.app.topology.MaxBytes > 0 {
		gauge(o.limit, float64(o.app.topology.MaxBytes))
	}
}

func streamState(ctx context.Context, js jetstream.JetStream, name string) (jetstream.StreamState, error) {
	s, err := js.Stream(ctx, name)
	if err != nil {
		return jetstream.StreamState{}, err //nolint:wrapcheck // only its presence counts
	}
	return s.CachedInfo().State, nil
}

func boolean(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
