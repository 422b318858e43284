package rollups

import (
	"fmt"
	"testing"
	"time"
)

// BenchmarkQueue takes a note of each of so many communities, lists who is due, and serves them: a round of the worker without its statements.
func BenchmarkQueue(b *testing.B) {
	for _, communities := range []int{1, 1000} {
		b.Run(fmt.Sprintf("communities=%d", communities), func(b *testing.B) {
			names := make([]string, communities)
			for i := range names {
				names[i] = fmt.Sprintf("community-%d", i)
			}
			q, n, now, seq := newQueue(), &fakeNote{}, time.Unix(1000, 0), uint64(0)
			b.ReportAllocs()
			for b.Loop() {
				now = now.Add(time.Minute)
				for _, name := range names {
					seq++
					q.add(name, seq, n, now)
				}
				due := q.due(now)
				if len(due) != communities {
					b.Fatalf("%d are due", len(due))
				}
				for i := range due {
					q.served(due[i].tenant, due[i].seq, now, now)
				}
			}
			b.ReportMetric(float64(communities)*float64(b.N)/b.Elapsed().Seconds(), "notes/s")
		})
	}
}
