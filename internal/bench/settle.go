package bench

import (
	"context"
	"fmt"
	"time"
)

const (
	longestUnrest = time.Minute
	calmFor       = 2 * time.Second
	calmCores     = 0.08 // a program with nothing to do takes less
)

// rest waits until a section has nothing to do with what the ones before left: everything is stored, no community waits for its rollups (which
// pause up to half a minute between two passes, and would seem to be at rest), and program and engine have nothing more to do.
func (r *run) rest(ctx context.Context, h *house) error {
	if err := h.drained(ctx); err != nil {
		return err
	}
	if r.cfg.Quick {
		return nil
	}
	if err := h.rolledUp(ctx); err != nil {
		return err
	}
	return r.calm(ctx, h)
}

// settle brings the tables besides to where they come by themselves some minutes after the last event: merged. Of given servers that is not asked.
func (r *run) settle(ctx context.Context, h *house) error {
	if err := h.drained(ctx); err != nil {
		return err
	}
	r.watch.look(false) // merging all at once is not what the pipeline does
	defer r.watch.look(true)
	if err := r.merge(ctx, h, "events", "facts", "receipts"); err != nil { // while rollups pause
		return err
	}
	if !r.cfg.Quick {
		if err := h.rolledUp(ctx); err != nil {
			return err
		}
	}
	if err := r.merge(ctx, h, "rollup_months"); err != nil {
		return err
	}
	return r.calm(ctx, h)
}

// merge makes one part of each year, at once.
func (r *run) merge(ctx context.Context, h *house, tables ...string) error {
	if r.remote() {
		return nil
	}
	for _, table := range tables {
		if err := h.db.Conn().Exec(ctx, "OPTIMIZE TABLE "+table+" FINAL SETTINGS optimize_skip_merged_partitions = 1"); err != nil {
			return fmt.Errorf("merge %s: %w", table, err)
		}
	}
	return nil
}

// calm waits until program and engine take next to no CPU, a minute at most.
func (r *run) calm(ctx context.Context, h *house) error {
	if r.remote() {
		return pause(ctx, r.scale.rest)
	}
	for began := time.Now(); !r.cfg.Quick && time.Since(began) < longestUnrest; {
		before := h.cpu()
		if err := pause(ctx, calmFor); err != nil {
			return err
		}
		if (h.cpu() - before).Seconds() < calmCores*calmFor.Seconds() {
			break
		}
	}
	return nil
}
