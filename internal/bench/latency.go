package bench

import (
	"context"
	"fmt"
	"math"
	"net/url"
	"time"

	"github.com/nats-io/nats.go"
	"golang.org/x/time/rate"

	"github.com/turnout/turnout/internal/stream"
)

// probeTenant is the community whose single events are looked for.
const probeTenant = "bench-probe"

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

// latency measures from the acceptance of a single event over HTTP until it is seen: idle, and beside a steady load of batches.
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
	if err := r.settle(ctx, h); err != nil {
		return err
	}
	p, err := r.prober(ctx, h)
	if err != nil {
		return err
	}
	defer p.close()
	if err := r.probes(ctx, "idle", r.scale.idle, p.stored); err != nil {
		return err
	}
	if err := r.probes(ctx, "report", max(1, r.scale.idle/4), p.reported); err != nil {
		return err
	}
	for n, level := range levels() {
		r.progress(0.3 + 0.7*float64(n)/float64(len(levels())))
		if err := r.probeUnder(ctx, h, p, level.name, level.part); err != nil {
			return err
		}
	}
	return nil
}

// longestProbing ends a level where every probe takes long.
const longestProbing = 25 * time.Second

// probes makes probes one after the other, at uneven distances, and notes their percentiles.
func (r *run) probes(ctx context.Context, name string, count int, one func(context.Context) (time.Duration, error)) error {
	began := time.Now()
	var took []float64
	for n := range count {
		if time.Since(began) > longestProbing {
			break
		}
		const least, steps, step = 40, 7, 23 // milliseconds: 40 to 178, so that no timer of the pipeline keeps pace
		if err := pause(ctx, time.Duration(least+n%steps*step)*time.Millisecond); err != nil {
			return err
		}
		d, err := one(ctx)
		if err != nil {
			return err
		}
		took = append(took, milliseconds(d))
	}
	r.found.set("latency_ms."+name+".p50", percentile(took, 50))
	r.found.set("latency_ms."+name+".p99", percentile(took, 99))
	return nil
}

// probeUnder makes probes while clients send batches at a part of the rate that the pipeline sustains.
func (r *run) probeUnder(ctx context.Context, h *house, p *prober, name string, part float64) error {
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
	err := pause(ctx, r.scale.rest)
	if err == nil {
		err = r.probes(ctx, name, r.scale.loaded, p.stored)
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

// prober sends single events and waits until they are seen.
type prober struct {
	h     *house
	wire  *wire
	heard chan *nats.Msg
	sub   *nats.Subscription
	nonce string
	count int
}

func (r *run) prober(ctx context.Context, h *house) (*prober, error) {
	w, err := dial(ctx, h.addresses.HTTP, h.key, stream.MediaStructured)
	if err != nil {
		return nil, err
	}
	p := &prober{h: h, wire: w, heard: make(chan *nats.Msg, 64), nonce: time.Now().UTC().Format("20060102T150405.000")}
	if p.sub, err = h.nc.ChanSubscribe(stream.StoredSubject(probeTenant), p.heard); err == nil {
		err = h.nc.Flush()
	}
	if err != nil {
		return nil, fmt.Errorf("listen to what is stored: %w", err)
	}
	return p, nil
}

func (p *prober) close() {
	_ = p.sub.Unsubscribe() // fails only on a closed connection, which ends it as well
	p.wire.conn.Close()
}

// send posts one attendance and tells when it was accepted.
func (p *prober) send(gathering string) (id string, accepted time.Time, err error) {
	p.count++
	id = fmt.Sprintf("probe-%s-%d", p.nonce, p.count)
	if gathering == "" {
		gathering = "gathering-" + id
	}
	status, err := p.wire.post(fmt.Appendf(nil, `{"specversion":"1.0","id":%q,"source":"urn:turnout:bench","type":"attendance.recorded.v1","time":%q,`+
		`"datacontenttype":"application/json","tenant":%q,"data":{"gathering_id":%q,"person_id":%q,"present":true,"role":"participant","method":"qr"}}`,
		id, time.Now().UTC().Add(-time.Hour).Format(time.RFC3339), probeTenant, gathering, id))
	if err == nil && busy(status) {
		err = fmt.Errorf("the server answered %d to a single event", status)
	}
	return id, time.Now(), err
}

// askAgain is when the question is asked without having heard of the event.
const (
	askAgain     = 50 * time.Millisecond
	longestProbe = 2 * time.Minute
)

// seen asks until the answer is yes: once the event is said to be stored, and now and then without.
func (p *prober) seen(ctx context.Context, accepted time.Time, asked func() (bool, error)) (time.Duration, error) {
	for time.Since(accepted) < longestProbe {
		timer := time.NewTimer(askAgain)
		select {
		case <-p.heard:
		case <-timer.C:
		case <-ctx.Done():
		}
		timer.Stop()
		if ctx.Err() != nil {
			return 0, context.Cause(ctx)
		}
		yes, err := asked()
		if err != nil {
			return 0, err
		}
		if yes {
			return time.Since(accepted), nil
		}
	}
	return 0, fmt.Errorf("an accepted event was not seen within %s", longestProbe)
}

// stored is how long it takes until a query of the facts, as reports make them, has the event.
func (p *prober) stored(ctx context.Context) (time.Duration, error) {
	id, accepted, err := p.send("probe")
	if err != nil {
		return 0, err
	}
	return p.seen(ctx, accepted, func() (bool, error) {
		var n uint64
		err := p.h.db.Conn().QueryRow(ctx, "SELECT count() FROM facts FINAL WHERE tenant = '"+probeTenant+"' AND id = '"+id+"' AND NOT voided").Scan(&n)
		if err != nil {
			return false, fmt.Errorf("look for an event: %w", err)
		}
		return n == 1, nil
	})
}

// reported is how long it takes until a report over HTTP shows it, computing the report included.
func (p *prober) reported(ctx context.Context) (time.Duration, error) {
	id, accepted, err := p.send("")
	if err != nil {
		return 0, err
	}
	path := "/v1/reports/attendance?" + url.Values{"tenant": {probeTenant}}.Encode()
	return p.seen(ctx, accepted, func() (bool, error) {
		var answer struct {
			Rows []struct {
				Gathering string `json:"gathering_id"`
			} `json:"rows"`
		}
		if err := p.h.get(ctx, path, &answer); err != nil {
			return false, err
		}
		for _, row := range answer.Rows {
			if row.Gathering == "gathering-"+id {
				return true, nil
			}
		}
		return false, nil
	})
}

// trickle measures what ten events a second of one community cost.
func (r *run) trickle(ctx context.Context) error {
	h, err := r.main(ctx)
	if err != nil || r.remote() {
		return err
	}
	if err := r.settle(ctx, h); err != nil {
		return err
	}
	w, err := dial(ctx, h.addresses.HTTP, h.key, stream.MediaStructured)
	if err != nil {
		return err
	}
	defer w.conn.Close()
	const every = 100 * time.Millisecond
	beat := time.NewTicker(every)
	defer beat.Stop()
	before, began := h.cpu(), time.Now()
	for time.Since(began) < r.scale.trickle {
		if _, err := w.post(r.mix.next(r.mix.tenants)[0]); err != nil { // the first is always of the same community
			return err
		}
		r.progress(float64(time.Since(began)) / float64(r.scale.trickle))
		select {
		case <-beat.C:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	if cpu := h.cpu() - before; cpu > 0 {
		r.found.add("trickle.cores", cpu.Seconds()/time.Since(began).Seconds())
	}
	return h.drained(ctx)
}
