package consumers_test

import (
	"strconv"
	"testing"

	"github.com/turnout/turnout/consumers"
	"github.com/turnout/turnout/consumers/consumerstest"
	"github.com/turnout/turnout/internal/stream"
)

// BenchmarkBacklog drains a backlog of packs from the stream into the warehouse: pull, decode, check, insert, acknowledge.
func BenchmarkBacklog(b *testing.B) {
	const packs, each = 100, 1000
	h := newHarness(b)
	for p := range packs {
		h.Pack(packOf(b, p, each)...)
	}
	cfg := h.Config()
	for b.Loop() {
		c, err := consumers.New(cfg)
		consumerstest.Must(b, err)
		consumerstest.Must(b, c.Start(b.Context()))
		h.Drained()
		consumerstest.Must(b, c.Stop(b.Context()))
		b.StopTimer()
		consumerstest.Must(b, h.JS.DeleteConsumer(b.Context(), stream.EventsStream, consumers.Durable))
		b.StartTimer()
	}
	b.ReportMetric(float64(b.N)*packs*each/b.Elapsed().Seconds(), "events/s")
	h.Expect("SELECT count() FROM attendance", strconv.Itoa(packs*each))
}
