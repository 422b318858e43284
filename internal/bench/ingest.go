package bench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
	"golang.org/x/sync/errgroup"

	"github.com/turnout/turnout/internal/stream"
	"github.com/turnout/turnout/producers"
	"github.com/turnout/turnout/schemas"
)

// ingestStrict measures accepting while the consumers are held back: what both at once give is the section mixed. What leaves the most to be
// merged and rolled up comes last. Given servers are measured as they are, under the names of their own durability.
func (r *run) ingestStrict(ctx context.Context) error {
	h, err := r.main(ctx)
	if err != nil {
		return err
	}
	if err := r.rest(ctx, h); err != nil {
		return err
	}
	if err := r.times(0.2, 0.4, func() error { return r.httpSingles(ctx, h) }); err != nil {
		return err
	}
	if h.durability == strict {
		if err := r.times(0.4, 0.5, func() error { return r.direct(ctx, h, r.scale.synced, "ingest.nats_direct_strict_per_s") }); err != nil {
			return err
		}
	}
	if err := r.times(0.5, 0.6, func() error { return r.clientSingles(ctx, h) }); err != nil {
		return err
	}
	if err := r.times(0.6, 0.7, func() error { return r.clientPacks(ctx, h) }); err != nil {
		return err
	}
	return r.times(0.7, 1, func() error { return r.httpBatches(ctx, h) })
}

// ingestBalanced measures the same where the disk is not waited for. Single events over NATS, which are stored as they come, are the first
// that this house sees.
func (r *run) ingestBalanced(ctx context.Context) error {
	h, err := r.enter(ctx, balanced, "balanced")
	if err != nil || h.durability != balanced {
		return err
	}
	if err := r.rest(ctx, h); err != nil {
		return err
	}
	if err := r.times(0, 0.4, func() error { return r.direct(ctx, h, r.scale.direct, "ingest.nats_direct_per_s") }); err != nil || r.remote() {
		return err // the rest of given servers is measured already
	}
	if err := r.times(0.4, 0.6, func() error { return r.httpSingles(ctx, h) }); err != nil {
		return err
	}
	return r.times(0.6, 1, func() error { return r.httpBatches(ctx, h) })
}

// httpSingles lets many clients send one event at a time.
func (r *run) httpSingles(ctx context.Context, h *house) error {
	outcome, err := r.accept(ctx, h, load{clients: r.scale.clients, batch: 1})
	if err != nil {
		return err
	}
	r.found.add("ingest.single_"+h.durability+"_per_s", outcome.perSecond())
	if h.durability == strict && len(outcome.answers) > 0 {
		r.found.add("ingest.single_strict_p99_ms", percentile(outcome.answers, 99))
		r.found.addKnown("ingest.single_strict_cpu_us_per_event", outcome.microsEach())
	}
	return nil
}

// httpBatches lets some send batches.
func (r *run) httpBatches(ctx context.Context, h *house) error {
	outcome, err := r.accept(ctx, h, load{clients: r.scale.batchers, batch: r.scale.batch})
	if err != nil {
		return err
	}
	r.found.add("ingest.batch_"+h.durability+"_per_s", outcome.perSecond())
	if h.durability == strict {
		r.found.addKnown("ingest.batch_strict_cpu_us_per_event", outcome.microsEach())
	}
	return nil
}

// accept sends for a while with the consumers held back, and lets them store everything afterwards.
func (r *run) accept(ctx context.Context, h *house, l load) (*sent, error) {
	if err := h.hold(ctx); err != nil {
		return nil, err
	}
	sending, cancel := context.WithTimeout(ctx, r.acceptFor(h))
	defer cancel()
	outcome, err := r.drive(sending, h, l)
	if err != nil {
		return nil, err
	}
	if err := h.release(ctx); err != nil {
		return nil, err
	}
	return outcome, h.drained(ctx)
}

// acceptFor is how long clients send.
func (r *run) acceptFor(h *house) time.Duration {
	if h.durability == balanced {
		return r.scale.balanced
	}
	return r.scale.ingest
}

// direct publishes single events over NATS, and counts until the last one is stored.
func (r *run) direct(ctx context.Context, h *house, n int, key string) error {
	messages := r.singles(n)
	began := time.Now()
	if err := publishAsync(ctx, h.nc, messages, eventsAtOnce); err != nil {
		return err
	}
	if err := h.drained(ctx); err != nil {
		return err
	}
	r.found.add(key, float64(n)/time.Since(began).Seconds())
	return nil
}

// singles are the next n events, a message each on its own subject.
func (r *run) singles(n int) []*nats.Msg {
	messages := make([]*nats.Msg, n)
	first := r.mix.sent
	for i, raw := range r.mix.next(n) {
		event, tenant := r.mix.event(first + i)
		messages[i] = nats.NewMsg(stream.EventSubject(tenantName(tenant), event.kind))
		messages[i].Header.Set(stream.HeaderContentType, stream.MediaStructured)
		messages[i].Data = raw
	}
	return messages
}

// clientPacks publishes as a Go program does that has the client of package producers.
func (r *run) clientPacks(ctx context.Context, h *house) error {
	if err := h.hold(ctx); err != nil {
		return err
	}
	client := producers.NewDirect(producers.DirectConfig{Stream: h.js, Registry: r.registry, MaxPayload: h.nc.MaxPayload()})
	n := r.scale.direct
	raws := make([]json.RawMessage, n)
	for i, raw := range r.mix.next(n) {
		raws[i] = raw
	}
	began := time.Now()
	if _, err := client.Publish(ctx, raws); err != nil {
		return fmt.Errorf("publish with the Go client: %w", err)
	}
	r.found.add("ingest.nats_packs_per_s", float64(n)/time.Since(began).Seconds())
	if err := h.release(ctx); err != nil {
		return err
	}
	return h.drained(ctx)
}

// clientSingles publishes one event at a time, each waited for, from many goroutines: the client makes packs of them.
func (r *run) clientSingles(ctx context.Context, h *house) error {
	if err := h.hold(ctx); err != nil {
		return err
	}
	packer := producers.NewPacker(producers.DirectConfig{Stream: h.js, Registry: r.registry, MaxPayload: h.nc.MaxPayload()})
	sending, cancel := context.WithTimeout(ctx, r.scale.ingest)
	defer cancel()
	events, accepted := &feed{mix: r.mix}, atomic.Int64{}
	clients, sending := errgroup.WithContext(sending)
	began := time.Now()
	for range r.scale.clients {
		clients.Go(func() error { return publishSingly(ctx, sending, packer, events, &accepted) })
	}
	err := clients.Wait()
	took := time.Since(began)
	if err := errors.Join(err, packer.Close(ctx)); err != nil {
		return fmt.Errorf("publish with the Go client: %w", err)
	}
	r.found.add("ingest.nats_packer_per_s", float64(accepted.Load())/took.Seconds())
	if err := h.release(ctx); err != nil {
		return err
	}
	return h.drained(ctx)
}

// publishSingly sends one event after the other, in chunks, until sending ends.
func publishSingly(ctx, sending context.Context, packer *producers.Packer, events *feed, accepted *atomic.Int64) error {
	for sending.Err() == nil {
		for _, raw := range events.take(chunk) {
			event, err := schemas.DecodeStructured(raw)
			if err == nil {
				err = packer.Publish(ctx, event)
			}
			if err != nil {
				return err
			}
			accepted.Add(1)
		}
	}
	return nil
}
