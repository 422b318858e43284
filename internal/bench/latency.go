package bench

import (
	"context"
	"math"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"
	"golang.org/x/time/rate"
)

// levels are the loads under which latency is measured, as parts of the sustained rate.
func levels() []struct {
	name string
	part float64
} {
	return []struct {
		name string
		part float64
	}{{"tenth", 0.1}, {"half", 0.5}, {"most", 0.9}}
}

// latency measures from the acceptance of a single event over HTTP until it is seen: at rest, one event after the other; in a trickle; and
// beside a steady load of batches.
func (r *run) latency(ctx context.Context) error {
	h, err := r.main(ctx)
	if err != nil {
		return err
	}
	if r.found.median("mixed.per_s") == 0 { // the section mixed was not asked for
		if err := r.mixedOnce(ctx, h); err != nil {
			return err
		}
	}
	if err := r.rest(ctx, h); err != nil {
		return err
	}
	if err := r.probesAlone(ctx, h); err != nil {
		return err
	}
	for n, level := range levels() {
		r.progress(0.55 + 0.15*float64(n))
		if err := r.probeUnder(ctx, h, level.name, level.part); err != nil {
			return err
		}
	}
	return nil
}

// probesAlone makes those of a program that has nothing else to do.
func (r *run) probesAlone(ctx context.Context, h *house) error {
	p, err := r.prober(ctx, h, 0)
	if err != nil {
		return err
	}
	defer p.close()
	for n, s := range r.unloaded() {
		r.progress(0.1 + 0.15*float64(n))
		if err := r.probe(ctx, s, p); err != nil {
			return err
		}
	}
	return nil
}

// series is probes one after the other, at uneven distances, so that no timer of the pipeline keeps pace: each rests so many steps more than
// the least, 0 to 6, after the one before was seen.
type series struct {
	name        string
	count       int           // of all probers together
	limit       time.Duration // ends it where every probe takes long
	least, step time.Duration
	one         func(*prober, context.Context) (time.Duration, error)
}

const restSteps = 7

// unloaded are the probes beside no load. At rest means that the one before has left nothing: an insert after
// a rest is free, and those of a trickle are paid for by waiting (consumers/pace.go), which is measured by itself.
func (r *run) unloaded() []*series {
	alone := series{name: "idle", count: r.scale.idle, limit: time.Minute, least: 400 * time.Millisecond, step: 80 * time.Millisecond, one: (*prober).stored}
	report := alone
	report.name, report.count, report.one = "report", max(1, r.scale.idle/4), (*prober).reported
	return []*series{&alone, &report, r.dense("trickle", max(1, r.scale.idle/2))}
}

// dense gives probes that follow one another soon.
func (r *run) dense(name string, count int) *series {
	return &series{name: name, count: count, limit: r.scale.probing, least: 40 * time.Millisecond, step: 23 * time.Millisecond, one: (*prober).stored}
}

// probe makes a series of probes, shared by the probers, and notes its percentiles.
func (r *run) probe(ctx context.Context, s *series, probers ...*prober) error {
	took := make([][]float64, len(probers))
	each := (s.count + len(probers) - 1) / len(probers)
	group, probing := errgroup.WithContext(ctx)
	for k, p := range probers {
		group.Go(func() (err error) {
			took[k], err = s.by(probing, p, each, 2*k)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return err //nolint:wrapcheck // our own
	}
	all := slices.Concat(took...)
	r.found.set("latency_ms."+s.name+".p50", percentile(all, 50))
	r.found.set("latency_ms."+s.name+".p99", percentile(all, 99))
	return nil
}

// by makes a prober's part of the series and tells how many milliseconds each took; its rests begin at the one of that number.
func (s *series) by(ctx context.Context, p *prober, count, first int) (took []float64, err error) {
	for began := time.Now(); len(took) < count && (len(took) == 0 || time.Since(began) < s.limit); {
		if err := pause(ctx, s.least+time.Duration((first+len(took))%restSteps)*s.step); err != nil {
			return nil, err
		}
		d, err := s.one(p, ctx)
		if err != nil {
			return nil, err
		}
		took = append(took, milliseconds(d))
	}
	return took, nil
}

// probeUnder makes probes while clients send batches at a part of the rate that the pipeline sustains.
func (r *run) probeUnder(ctx context.Context, h *house, name string, part float64) error {
	probers, end, err := r.probers(ctx, h)
	if err != nil {
		return err
	}
	defer end()
	limit := rate.NewLimiter(rate.Limit(r.found.median("mixed.per_s")*part), r.scale.batch)
	loading, cancel := context.WithCancel(ctx)
	defer cancel()
	ended := make(chan error, 1)
	go func() {
		_, err := r.drive(loading, h, load{clients: r.scale.batchers, batch: r.scale.batch, wait: func(ctx context.Context, events int) bool {
			return limit.WaitN(ctx, events) == nil
		}})
		ended <- err
	}()
	lag := h.observe(ctx, rollupLag)
	err = pause(ctx, r.scale.rest)
	if err == nil {
		err = r.probe(ctx, r.dense(name, r.scale.loaded), probers...)
	}
	most := lag.most()
	cancel()
	if loadErr := <-ended; err == nil {
		err = loadErr
	}
	if err != nil {
		return err
	}
	if name == "half" && !math.IsNaN(most) {
		r.found.set("rollup_lag_s.half", most)
	}
	return h.drained(ctx)
}
