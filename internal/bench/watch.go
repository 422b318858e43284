package bench

import (
	"sync"
	"time"
)

// watch looks at the memory of the processes as long as it follows some, and keeps the most.
type watch struct {
	mu   sync.Mutex
	most float64
	end  chan struct{}
	done sync.WaitGroup
}

const watchEvery = 200 * time.Millisecond

// follow looks at these from now on instead of at any others; nil ends it.
func (w *watch) follow(processes func() []process) {
	if w.end != nil {
		close(w.end)
		w.done.Wait()
		w.end = nil
	}
	if processes == nil || len(processes()) == 0 {
		return
	}
	end := make(chan struct{})
	w.end = end
	w.done.Go(func() {
		again := time.NewTicker(watchEvery)
		defer again.Stop()
		for {
			w.take(private(processes()))
			select {
			case <-end:
				return
			case <-again.C:
			}
		}
	})
}

func (w *watch) take(bytes float64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.most = max(w.most, bytes)
}

// note adds the peak to the samples, when anything was seen.
func (w *watch) note(found *samples) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.most > 0 {
		found.set("memory_mb.peak", w.most/megabyte)
	}
}

const megabyte = 1 << 20

// private is the memory of all together; 0 when it is not known.
func private(processes []process) float64 {
	var all float64
	for _, p := range processes {
		bytes, err := p.private()
		if err != nil {
			return 0
		}
		all += bytes
	}
	return all
}
