package stream_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/turnout/turnout/internal/stream"
)

// BenchmarkExplode takes messages apart: events that come one by one, and packs.
func BenchmarkExplode(b *testing.B) {
	lines := make([]string, 100)
	for i := range lines {
		lines[i] = event(strconv.Itoa(i), "acme")
	}
	for _, message := range []struct {
		name, subject, media, body string
		events                     int
	}{
		{"single", attendance, stream.MediaStructured, event("1", "acme"), 1},
		{"lines=100", "turnout.packs.acme", stream.MediaLines, strings.Join(lines, "\n"), len(lines)},
		{"batch=100", "turnout.packs.acme", stream.MediaBatch, "[" + strings.Join(lines, ",") + "]", len(lines)},
	} {
		b.Run(message.name, func(b *testing.B) {
			head, body := header("Content-Type", message.media), []byte(message.body)
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			for b.Loop() {
				if got := stream.Explode(message.subject, head, body); len(got) != message.events || got[0].Err != nil {
					b.Fatalf("%d events, %v", len(got), got[0].Err)
				}
			}
			b.ReportMetric(float64(message.events)*float64(b.N)/b.Elapsed().Seconds(), "events/s")
		})
	}
}
