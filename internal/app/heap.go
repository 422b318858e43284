package app

import (
	"context"
	"math"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

// What the heap may grow by until garbage is collected. Go's own rule, by as much as lives, is too often for a program in which next to
// nothing does, and too much under load: the NATS server's blocks of 8 MiB are held weakly and reused, so the later they are
// collected, the more of them there are.
const (
	leastHeapRoom = 96 << 20
	mostHeapRoom  = 256 << 20
)

// heapRoom is as much as lives, within bounds. Half of it took 1.7 us of CPU more for an event that comes singly over NATS.
func heapRoom(live uint64) uint64 { return max(leastHeapRoom, min(live, mostHeapRoom)) }

// heapPercent says the same to the collector: in percent of what lives.
func heapPercent(live uint64) int {
	const least, whole = 1 << 20, 100
	return int(min(whole*heapRoom(live)/max(live, least), math.MaxInt32))
}

// boundHeap looks at what lives after every collection and says when the next one is to begin. Whoever sets GOGC or GOMEMLIMIT decides
// instead.
func (a *app) boundHeap(ctx context.Context) {
	if os.Getenv("GOGC") != "" || os.Getenv("GOMEMLIMIT") != "" {
		return
	}
	live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	collected := make(chan struct{}, 1)
	var before, percent int
	for first := true; ; first = false {
		metrics.Read(live)
		if wanted := heapPercent(live[0].Value.Uint64()); differs(percent, wanted) {
			previous := debug.SetGCPercent(wanted) // stops the world for some 50 us
			if percent = wanted; first {
				before = previous
			}
		}
		tellCollected(collected)
		select {
		case <-collected:
		case <-ctx.Done():
			debug.SetGCPercent(before)
			return
		}
	}
}

// differs tells whether it is worth a stop.
func differs(a, b int) bool {
	const part = 10
	return max(a-b, b-a) > b/part
}

// tellCollected tells once when the collector has been through.
func tellCollected(collected chan<- struct{}) {
	type mark struct{ pointer *byte } // with a pointer, or it would share its block with others
	runtime.AddCleanup(&mark{new(byte)}, func(collected chan<- struct{}) {
		select {
		case collected <- struct{}{}:
		default:
		}
	}, collected)
}
