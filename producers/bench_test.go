package producers_test

import (
	"strconv"
	"testing"

	"github.com/turnout/turnout/internal/stream"
	"github.com/turnout/turnout/producers"
	"github.com/turnout/turnout/producers/internal/streamtest"
)

// BenchmarkReport is the answer to a request of 500 accepted events, written.
func BenchmarkReport(b *testing.B) {
	report := producers.Report{Accepted: 500}
	for i := range report.Accepted {
		report.Results = append(report.Results, producers.Result{Index: i, ID: "event-" + strconv.Itoa(i), Status: producers.Accepted})
	}
	text := report.AppendJSON(nil)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		text = report.AppendJSON(text[:0])
	}
}

// BenchmarkPackMessage makes a message of 1,000 lines.
func BenchmarkPackMessage(b *testing.B) {
	lines := make([][]byte, stream.MaxPackEvents)
	for i := range lines {
		lines[i] = []byte(streamtest.Event(strconv.Itoa(i), `"tenant":"north",`))
	}
	b.ReportAllocs()
	for b.Loop() {
		if msg := producers.PackMessage(stream.PackSubject("north"), lines); len(msg.Data) == 0 {
			b.Fatal("empty")
		}
	}
}

// BenchmarkDirectPack decodes, checks and packs 1,000 events of a client over NATS; nothing is sent.
func BenchmarkDirectPack(b *testing.B) {
	direct := producers.NewDirect(producers.DirectConfig{Stream: &counting{}, Tenant: "north", Registry: builtin(b), MaxPayload: streamtest.MaxPayload})
	raw := events(stream.MaxPackEvents)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := direct.Publish(b.Context(), raw); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(stream.MaxPackEvents*float64(b.N)/b.Elapsed().Seconds(), "events/s")
}
