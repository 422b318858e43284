package bench

import (
	"bufio"
	"context"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// mostWaiting is how many messages may wait before the clients of mixed hold back: some two batches of the consumers and what they have
// fetched besides.
const mostWaiting = 200

// mixed measures ingest and drain at once: clients send batches over HTTP as fast as the backlog allows, which may not grow beyond what
// consumers have in hand. So what is accepted is what is stored, and the lag stays.
func (r *run) mixed(ctx context.Context) error {
	h, err := r.main(ctx)
	if err != nil {
		return err
	}
	if err := r.rest(ctx, h); err != nil {
		return err
	}
	return r.times(0, 1, func() error { return r.mixedOnce(ctx, h) })
}

func (r *run) mixedOnce(ctx context.Context, h *house) error {
	gate, err := h.gate(ctx)
	if err != nil {
		return err
	}
	lag := h.observe(ctx, rollupLag)
	before, began := h.cpu(), time.Now()
	sending, cancel := context.WithTimeout(ctx, r.scale.mixed)
	defer cancel()
	outcome, err := r.drive(sending, h, load{clients: r.scale.batchers, batch: r.scale.batch, wait: gate.wait})
	gate.close()
	most := lag.most()
	if err != nil {
		return err
	}
	if err := h.drained(ctx); err != nil {
		return err
	}
	took, cpu := time.Since(began), h.cpu()-before
	r.found.add("mixed.per_s", float64(outcome.accepted)/took.Seconds())
	if cpu > 0 && outcome.accepted > 0 {
		r.found.add("mixed.cpu_us_per_event", float64(cpu.Microseconds())/float64(outcome.accepted))
	}
	if !math.IsNaN(most) {
		r.found.add("rollup_lag_s.mixed", most)
	}
	return nil
}

// gate holds clients back while too much waits.
type gate struct {
	waiting atomic.Uint64
	stop    context.CancelFunc
	done    sync.WaitGroup
}

const lookEvery = 20 * time.Millisecond

// gate looks at what waits until it is closed.
func (h *house) gate(ctx context.Context) (*gate, error) {
	n, err := h.waiting(ctx)
	if err != nil {
		return nil, err
	}
	looking, stop := context.WithCancel(ctx)
	g := &gate{stop: stop}
	g.waiting.Store(n)
	g.done.Go(func() {
		for pause(looking, lookEvery) == nil {
			if n, err := h.waiting(looking); err == nil { // else the next look tells
				g.waiting.Store(n)
			}
		}
	})
	return g, nil
}

func (g *gate) wait(ctx context.Context, _ int) bool {
	for g.waiting.Load() > mostWaiting {
		if pause(ctx, pollEvery) != nil {
			return false
		}
	}
	return true
}

func (g *gate) close() {
	g.stop()
	g.done.Wait()
}

const rollupLag = "turnout_rollup_lag_seconds"

// observed is a metric of the program, looked at twice a second.
type observed struct {
	stop context.CancelFunc
	done sync.WaitGroup
	max  float64 // NaN until it was seen
}

func (h *house) observe(ctx context.Context, name string) *observed {
	looking, stop := context.WithCancel(ctx)
	o := &observed{stop: stop, max: math.NaN()}
	o.done.Go(func() {
		for pause(looking, time.Second/2) == nil {
			if value, err := h.metric(looking, name); err == nil && !math.IsNaN(value) {
				o.max = math.Max(value, orZero(o.max))
			}
		}
	})
	return o
}

// most ends looking and gives the greatest value; NaN when none was seen.
func (o *observed) most() float64 {
	o.stop()
	o.done.Wait()
	return o.max
}

func orZero(value float64) float64 {
	if math.IsNaN(value) {
		return 0
	}
	return value
}

// metric reads one metric without labels.
func (h *house) metric(ctx context.Context, name string) (float64, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, h.addresses.HTTP+"/metrics", http.NoBody)
	if err != nil {
		return 0, fmt.Errorf("ask for the metrics: %w", err)
	}
	if h.key != "" {
		request.Header.Set("Authorization", "Bearer "+h.key)
	}
	response, err := h.client.Do(request)
	if err != nil {
		return 0, fmt.Errorf("ask for the metrics: %w", err)
	}
	defer response.Body.Close()
	lines := bufio.NewScanner(response.Body)
	for lines.Scan() {
		if value, found := strings.CutPrefix(lines.Text(), name+" "); found {
			return strconv.ParseFloat(strings.TrimSpace(value), 64) //nolint:wrapcheck // it names the text
		}
	}
	return 0, fmt.Errorf("the metrics tell no %s", name)
}
