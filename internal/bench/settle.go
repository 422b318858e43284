package bench

import (
	"context"
	"fmt"
	"time"
)

const (
	longestUnrest = time.Minute
	calmFor       = time.Second
	calmCores     = 0.08 // a program with nothing to do takes less
)

// settle brings the tables to where they come by themselves a minute after the last event (merged), and waits until program and engine have
// nothing more to do. Of given servers it asks nothing.
func (r *run) settle(ctx context.Context, h *house) error {
	if r.remote() {
		return pause(ctx, r.scale.rest)
	}
	r.watch.look(false) // merging all at once is not what the pipeline does
	defer r.watch.look(true)
	for _, table := range []string{"events", "facts", "rollup_months", "receipts"} {
		if err := h.db.Conn().Exec(ctx, "OPTIMIZE TABLE "+table+" FINAL SETTINGS optimize_skip_merged_partitions = 1"); err != nil {
			return fmt.Errorf("merge %s: %w", table, err)
		}
	}
	began := time.Now()
	for !r.cfg.Quick && time.Since(began) < longestUnrest {
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
