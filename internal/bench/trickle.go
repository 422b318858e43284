package bench

import (
	"context"
	"time"

	"github.com/turnout/turnout/internal/stream"
)

// trickle measures what ten events a second of one community cost.
func (r *run) trickle(ctx context.Context) error {
	h, err := r.main(ctx)
	if err != nil || r.remote() {
		return err
	}
	if err := r.rest(ctx, h); err != nil {
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
