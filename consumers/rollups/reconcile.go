package rollups

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/turnout/turnout/internal/stream"
)

// reconcile asks for the recomputation of what no note speaks of: communities that were stored before there were notes or whose notes were
// lost with the stream, whose time zone changed while nobody worked, of which a recomputation was left half done, or whose rows are not
// those of the last note, because they were lost with a damaged file. What waits to be served anyway is noted once more, which costs little.
func (w *Worker) reconcile(ctx context.Context, created time.Time, consumer *jetstream.ConsumerInfo) error {
	states, err := w.cfg.Warehouse.States(ctx)
	if err != nil {
		return fmt.Errorf("look for what is to be recomputed: %w", err)
	}
	notes, err := w.cfg.Stream.Stream(ctx, stream.DirtyStream)
	if err != nil {
		return fmt.Errorf("open the stream of changes: %w", err)
	}
	if err := w.whole(ctx, consumer, notes.CachedInfo()); err != nil {
		return err
	}
	var tenants []string
	for _, state := range states {
		last := new(big.Int)
		note, err := notes.GetLastMsgForSubject(ctx, stream.DirtySubject(state.Tenant))
		switch {
		case err == nil:
			last = stream.Version{Created: created, Seq: note.Sequence}.UInt128()
		case !errors.Is(err, jetstream.ErrMsgNotFound):
			return fmt.Errorf("read the last note of %s: %w", state.Tenant, err)
		}
		if last.Sign() == 0 || state.Oldest.Cmp(last) != 0 || state.Newest.Cmp(last) != 0 || state.Zone != w.cfg.Zone(state.Tenant) {
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

// whole makes sure that the consumer has not served more than the stream holds: a stream that lost its end with a damaged file gives the
// same sequences again, and those notes would be taken for served. Then the consumer is taken away, and with it every session ends; the
// next ones serve all notes anew. The stream must have been asked after the consumer.
func (w *Worker) whole(ctx context.Context, consumer *jetstream.ConsumerInfo, notes *jetstream.StreamInfo) error {
	if consumer.Delivered.Stream <= notes.State.LastSeq {
		return nil
	}
	if err := w.cfg.Stream.DeleteConsumer(ctx, stream.DirtyStream, Durable); err != nil {
		return fmt.Errorf("forget what was served: %w", err)
	}
	return fmt.Errorf("note %d was served, and the stream of changes ends at %d: %w", consumer.Delivered.Stream, notes.State.LastSeq, errAnew)
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
	notes, err := w.cfg.Stream.Stream(ctx, stream.DirtyStream)
	if err != nil {
		return fmt.Errorf("open the stream of changes: %w", err)
	}
	if err := w.whole(ctx, info, notes.CachedInfo()); err != nil {
		return err
	}
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
