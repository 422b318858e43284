package consumers

import (
	"testing"
	"time"
)

// After a rest two inserts are free; then there is one an interval, and every interval of rest gives one back.
func TestPace(t *testing.T) {
	t.Parallel()
	now := time.Now()
	p := pace{interval: 250 * time.Millisecond, free: 2}
	for i, step := range []struct{ after, wait time.Duration }{
		{0, 0},
		{10 * time.Millisecond, 0},
		{10 * time.Millisecond, 230 * time.Millisecond},
		{0, 250 * time.Millisecond},
		{250 * time.Millisecond, 0},
		{0, 250 * time.Millisecond},
		{500 * time.Millisecond, 0},
		{time.Hour, 0},
		{0, 0},
		{100 * time.Millisecond, 150 * time.Millisecond},
	} {
		now = now.Add(step.after)
		wait := p.wait(now)
		if wait != step.wait {
			t.Errorf("step %d: waits %s, want %s", i, wait, step.wait)
		}
		now = now.Add(wait)
		p.spend(now, 1)
	}
	for range 100 {
		p.spend(now, 50_000) // full batches do not wait
	}
	if wait := p.wait(now); wait != p.interval {
		t.Errorf("after a backlog a lone event waits %s", wait)
	}
	now = now.Add(p.interval)
	p.spend(now, manyRows)
	if wait := p.wait(now); wait != p.interval/2 {
		t.Errorf("after many rows the next batch waits %s", wait)
	}
}
