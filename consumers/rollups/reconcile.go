package rollups

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/turnout/turnout/internal/stream"
)

// reconcile asks for the recomputation of what no note speaks of: communities that were stored before there were notes or whose notes were
// lost with the stream, whose time zone changed while nobody worked, or of which a recomputation was left half done.
func (w *Worker) reconcile(ctx context.Context, created time.Time) error {
	states, err := w.cfg.Warehouse.States(ctx)
	if err != nil {
		return fmt.Errorf("look for what is to be recomputed: %w", err)
	}
	notes, err := w.cfg.Stream.Stream(ctx, stream.DirtyStream)
	if err != nil {
		return fmt.Errorf("open the stream of changes: %w", err)
	}
	info, err := notes.Info(ctx, jetstream.WithSubjectFilter(stream.DirtySubject("*")))
	if err != nil {
		return fmt.Errorf("list the notes: %w", err)
	}
	var tenants []string
	for _, state := range states {
		stored := state.Newest.Sign() > 0
		switch {
		case info.State.Subjects[stream.DirtySubject(state.Tenant)] == 0,
			stored && foreign(state.Newest, created),
			stored && state.Oldest.Cmp(state.Newest) != 0,
			stored && state.Zone != w.cfg.Zone(state.Tenant):
			tenants = append(tenants, state.Tenant)
		}
	}
	if err := w.dirty.Touch(ctx, tenants...); err != nil {
		return fmt.Errorf("ask for recomputations: %w", err)
	}
	if len(tenants) > 0 {
		w.cfg.Logger.Info("Rollups of communities are recomputed", "communities", len(tenants))
	}
	return nil
}

const watchEvery = 2 * time.Second

// progress is what the last look at the consumer saw.
type progress struct {
	floor uint64    // how many notes were acknowledged
	since time.Time // since when none was, though some waited
}

// watch keeps the gauges.
func (w *Worker) watch(ctx context.Context) {
	ticker := time.NewTicker(watchEvery)
	defer ticker.Stop()
	var seen progress
	for {
		if err := w.measure(ctx, &seen); err != nil && ctx.Err() == nil {
			w.metrics.unknown()
			w.cfg.Logger.Debug("What waits for its rollups cannot be read", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// measure sets the gauges. A community that changes all the time replaces its note with a younger one, so the oldest note alone says too
// little when nothing works: then the lag is since when nothing was recomputed.
func (w *Worker) measure(ctx context.Context, seen *progress) error {
	source, err := w.cfg.Stream.Consumer(ctx, stream.DirtyStream, Durable)
	if err != nil {
		return fmt.Errorf("ask for the consumer: %w", err)
	}
	info := source.CachedInfo()
	pending := info.NumPending + uint64(max(info.NumAckPending, 0))
	now := w.now()
	if pending == 0 || info.AckFloor.Consumer != seen.floor || seen.since.IsZero() {
		*seen = progress{floor: info.AckFloor.Consumer, since: now}
	}
	w.metrics.pending.Set(float64(pending))
	if pending == 0 {
		w.metrics.lag.Set(0)
		return nil
	}
	notes, err := w.cfg.Stream.Stream(ctx, stream.DirtyStream)
	if err != nil {
		return fmt.Errorf("open the stream of changes: %w", err)
	}
	oldest, err := notes.GetMsg(ctx, info.AckFloor.Stream+1, jetstream.WithGetMsgSubject(stream.DirtySubject("*")))
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		w.metrics.lag.Set(0) // served since
		return nil
	}
	if err != nil {
		return fmt.Errorf("read the oldest note: %w", err)
	}
	w.metrics.lag.Set(max(now.Sub(oldest.Time), now.Sub(seen.since), 0).Seconds())
	return nil
}
