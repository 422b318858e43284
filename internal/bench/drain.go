package bench

import (
	"context"
	"time"
)

// drain lets a backlog of ready packs grow while the consumers are held back, and measures how fast it is stored: log, facts, receipts,
// notes and acknowledgements, with the rollups that follow working beside it.
func (r *run) drain(ctx context.Context) error {
	h, err := r.main(ctx)
	if err != nil {
		return err
	}
	if err := r.rest(ctx, h); err != nil {
		return err
	}
	return r.times(0, 1, func() error {
		took, cpu, err := r.drainOnce(ctx, h, r.scale.backlog)
		if err != nil {
			return err
		}
		perSecond := float64(r.scale.backlog) / took.Seconds()
		r.found.add("drain.per_s", perSecond)
		if limit := r.found.median("ceilings.insert_per_s"); limit > 0 {
			r.found.add("drain.ratio_to_insert", perSecond/limit)
		}
		r.found.addKnown("drain.cpu_us_per_event", float64(cpu.Microseconds())/float64(r.scale.backlog))
		return nil
	})
}

// drainOnce publishes a backlog and tells how long it takes to be stored, and the CPU of program and engine meanwhile (0 where it is not
// known).
func (r *run) drainOnce(ctx context.Context, h *house, events int) (took, cpu time.Duration, err error) {
	if err := h.hold(ctx); err != nil {
		return 0, 0, err
	}
	if err := r.pile(ctx, h, events); err != nil {
		return 0, 0, err
	}
	return r.letGo(ctx, h)
}

// letGo times how long the consumers take that were held back, and the CPU of the house.
func (r *run) letGo(ctx context.Context, h *house) (took, cpu time.Duration, err error) {
	before := h.cpu()
	if err := h.release(ctx); err != nil {
		return 0, 0, err
	}
	began := time.Now()
	if err := h.drained(ctx); err != nil {
		return 0, 0, err
	}
	return time.Since(began), h.cpu() - before, nil
}
