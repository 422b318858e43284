package bench

import (
	"context"
	"errors"
	"testing"
	"time"
)

func TestSeriesOfProbes(t *testing.T) {
	asked := 0
	answer := func(*prober, context.Context) (time.Duration, error) {
		asked++
		return time.Duration(asked) * time.Millisecond, nil
	}
	r := &run{found: newSamples()}
	if err := r.probe(t.Context(), &series{name: "idle", count: 100, limit: time.Hour, one: answer}, nil); err != nil {
		t.Fatal(err)
	}
	if p50, p99 := r.found.median("latency_ms.idle.p50"), r.found.median("latency_ms.idle.p99"); asked != 100 || p50 != 50 || p99 != 99 {
		t.Errorf("%d probes, p50 %g, p99 %g", asked, p50, p99)
	}
	asked = 0
	if err := r.probe(t.Context(), &series{name: "half", count: 100, limit: 0, one: answer}, nil); err != nil || asked != 1 {
		t.Errorf("%d probes after the time was up: %v", asked, err)
	}
	failed := errors.New("not seen")
	refuse := func(*prober, context.Context) (time.Duration, error) { return 0, failed }
	if err := r.probe(t.Context(), &series{name: "most", count: 3, limit: time.Hour, one: refuse}, nil, nil, nil); !errors.Is(err, failed) {
		t.Errorf("%v", err)
	}
}

// TestIdleIsLongerApartThanATrickle: closer ones would wait for company.
func TestIdleIsLongerApartThanATrickle(t *testing.T) {
	r := &run{scale: scaleOf(false)}
	for _, s := range r.unloaded() {
		if longest := s.least + (restSteps-1)*s.step; s.name == "trickle" && longest >= 300*time.Millisecond || s.name != "trickle" && s.least <= 300*time.Millisecond {
			t.Errorf("%s: %s to %s apart", s.name, s.least, longest)
		}
	}
}
