package bench

import (
	"context"
	"errors"
	"fmt"

	"github.com/turnout/turnout/internal/stream"
)

var errNotStored = errors.New("events were accepted and are not in the warehouse")

// disk measures what an event takes in the stream and in the warehouse, once its tables are merged, and the memory at rest. It is also where
// the whole is checked: what the stream received must be stored, but for the simulated duplicates.
func (r *run) disk(ctx context.Context) error {
	h, err := r.main(ctx)
	if err != nil {
		return err
	}
	if err := r.settle(ctx, h); err != nil {
		return err
	}
	received, err := h.number(ctx, "SELECT sum(n) FROM (SELECT groupBitmapMerge(received) AS n FROM receipts GROUP BY tenant, source, day)")
	if err != nil || received == 0 {
		return err // a run of this section alone has nothing to look at
	}
	stored, err := h.number(ctx, "SELECT count() FROM events FINAL")
	if err != nil {
		return err
	}
	const sound = 0.95                          // 1 % are duplicates
	if !r.remote() && stored < sound*received { // given servers may have been measured before, with the same events
		return fmt.Errorf("%.0f of %.0f: %w", received-stored, received, errNotStored)
	}
	inWarehouse, err := h.number(ctx, "SELECT sum(bytes_on_disk) FROM system.parts WHERE active AND database = currentDatabase()")
	if err != nil {
		return err
	}
	events, err := h.js.Stream(ctx, stream.EventsStream)
	if err != nil {
		return fmt.Errorf("ask for the stream's state: %w", err)
	}
	inStream := float64(events.CachedInfo().State.Bytes)
	r.found.set("disk.stream_bytes_per_event", inStream/received)
	r.found.set("disk.warehouse_bytes_per_event", inWarehouse/stored)
	r.found.set("disk_bytes_per_event", inStream/received+inWarehouse/stored)
	return r.memory(ctx, "memory_mb.rested")
}
