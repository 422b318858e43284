package bench

import (
	"sync"
	"time"
)

// watch looks at the memory of the processes as long as it follows some, and keeps the most.
type watch struct {
	mu     sync.Mutex
	most   float64            // bytes
	away   bool               // nobody is to look
	step   string             // what is measured now
	peaks  map[string]float64 // bytes, by step
	end    chan struct{}
	looker sync.WaitGroup
}

const watchEvery = 200 * time.Millisecond

// follow looks at these from now on instead of at any others; nil ends it.
func (w *watch) follow(processes func() []process) {
	if w.end != nil {
		close(w.end)
		w.looker.Wait()
		w.end = nil
	}
	if processes == nil || len(processes()) == 0 {
		return
	}
	end := make(chan struct{})
	w.end = end
	w.looker.Go(func() {
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
	if w.away || bytes == 0 {
		return
	}
	w.most = max(w.most, bytes)
	if w.peaks == nil {
		w.peaks = map[string]float64{}
	}
	w.peaks[w.step] = max(w.peaks[w.step], bytes)
}

// during says what is measured from now on.
func (w *watch) during(step string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.step = step
}

// look says whether what happens now is to be looked at.
func (w *watch) look(wanted bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.away = !wanted
}

// note adds the peaks to the result, when anything was seen.
func (w *watch) note(found *samples, result *Result) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for step, bytes := range w.peaks {
		result.Peaks[step] = round(bytes / megabyte)
	}
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
