package consumers_test

import (
	"strconv"
	"testing"

	"github.com/turnout/turnout/consumers"
	"github.com/turnout/turnout/internal/stream"
)

// BenchmarkBacklog drains a backlog of packs from the stream into the warehouse: pull, decode, check, insert, acknowledge.
func BenchmarkBacklog(b *testing.B) {
	const packs, each = 100, 1000
	h := newHarness(b)
	for p := range packs {
		h.pack(packOf(b, p, each)...)
	}
	cfg := h.config()
	for b.Loop() {
		c, err := consumers.New(cfg)
		must(b, err)
		must(b, c.Start(b.Context()))
		h.drained()
		must(b, c.Stop(b.Context()))
		b.StopTimer()
		must(b, h.js.DeleteConsumer(b.Context(), stream.EventsStream, consumers.Durable))
		b.StartTimer()
	}
	b.ReportMetric(float64(b.N)*packs*each/b.Elapsed().Seconds(), "events/s")
	h.expect("SELECT count() FROM attendance", strconv.Itoa(packs*each))
}
