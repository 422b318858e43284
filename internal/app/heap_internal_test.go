package app

import (
	"context"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"testing"
	"time"
)

func TestRoomOfTheHeap(t *testing.T) {
	const mb = 1 << 20
	for _, one := range []struct {
		live, room uint64
		percent    int
	}{
		{0, leastHeapRoom, 9600},
		{16 * mb, leastHeapRoom, 600},
		{96 * mb, leastHeapRoom, 100},
		{200 * mb, 200 * mb, 100},
		{320 * mb, mostHeapRoom, 80},
		{2560 * mb, mostHeapRoom, 10},
	} {
		if room, percent := heapRoom(one.live), heapPercent(one.live); room != one.room || percent != one.percent {
			t.Errorf("%d MB live: room for %d MB, %d %%; want %d MB, %d %%", one.live/mb, room/mb, percent, one.room/mb, one.percent)
		}
	}
}

func TestTheCollectorFollowsWhatLives(t *testing.T) {
	t.Setenv("GOGC", "")
	t.Setenv("GOMEMLIMIT", "")
	before := debug.SetGCPercent(100)
	defer debug.SetGCPercent(before)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); (&app{}).boundHeap(ctx) }()
	held := make([]byte, 4*mostHeapRoom)
	goal := []metrics.Sample{{Name: "/gc/heap/goal:bytes"}}
	deadline := time.Now().Add(time.Minute)
	for {
		runtime.GC()
		metrics.Read(goal)
		if got := goal[0].Value.Uint64(); got > uint64(len(held)) && got < uint64(len(held))+2*mostHeapRoom {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("the next collection is to begin at %d MB although %d MB live", goal[0].Value.Uint64()>>20, len(held)>>20)
		}
	}
	runtime.KeepAlive(held)
	cancel()
	<-done
	if after := debug.SetGCPercent(100); after != 100 {
		t.Errorf("it leaves %d %% behind", after)
	}
}
