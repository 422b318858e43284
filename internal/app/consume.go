package app

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/turnout/turnout/consumers"
	"github.com/turnout/turnout/consumers/rollups"
	"github.com/turnout/turnout/internal/stream"
	"github.com/turnout/turnout/internal/warehouse"
)

// What everybody may read of storing that waits; the reason, with its addresses, is for the log.
var (
	errStoringWaits   = errors.New("storing waits for the warehouse; the log says why")
	errWarehouseFull  = errors.New("storing waits: the warehouse cannot write to its disk (full, or read-only); the log says more")
	errLettersFull    = errors.New("storing waits: there is no room for dead letters; nothing is dropped, and the log says more")
	errStoringStopped = errors.New("storing waits for the stream; the log says why")
)

func storingWaits(err error) error {
	switch {
	case err == nil:
		return nil
	case warehouse.CannotWrite(err):
		return errWarehouseFull
	case stream.Full(err):
		return errLettersFull
	default:
		return errStoringWaits
	}
}

// consume moves events from the stream into the warehouse until ctx ends, then
// stores what it holds.
func (a *app) consume(ctx context.Context, db *warehouse.DB) {
	a.guardPositions(ctx, db)
	if ctx.Err() != nil {
		return
	}
	consumer, err := consumers.New(consumers.Config{
		Stream: a.js, Registry: a.registry, Warehouse: db, Letters: stream.NewDeadLetters(a.js), Notes: stream.NewDirty(a.js),
		Announcer: a.nc, Logger: a.logger, Registerer: a.metrics.Registerer(), AckWait: a.cfg.AckWait,
		Erased: a.erased,
	})
	if err != nil {
		a.fatal(fmt.Errorf("make the consumer: %w", err))
		return
	}
	if !a.startConsumer(ctx, consumer) {
		return
	}
	a.consumer.Store(consumer)
	<-ctx.Done()
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), a.cfg.DrainTimeout)
	defer cancel()
	if err := consumer.Stop(drain); err != nil {
		a.logger.Warn("the consumer did not finish in time; what it held is delivered again", "error", err)
	}
}

// storing says what storing waits for; it is asked from the start, so that nobody takes the program for ready before its consumer is.
func (a *app) storing() error {
	consumer := a.consumer.Load()
	if consumer == nil {
		return errStoringStopped
	}
	return storingWaits(consumer.Ready())
}

// startConsumer tries until the stream is there; false when ctx ended first.
func (a *app) startConsumer(ctx context.Context, consumer *consumers.Consumer) bool {
	ticker := time.NewTicker(retryPause)
	defer ticker.Stop()
	for {
		err := consumer.Start(ctx)
		if err == nil {
			return true
		}
		if ctx.Err() == nil {
			a.logger.Warn("the consumer cannot start yet; trying on", "error", err)
		}
		select {
		case <-ctx.Done():
			return false
		case <-ticker.C:
		}
	}
}

// backlog counts the messages that are not yet in the warehouse; all up to the position floor are.
func (a *app) backlog(ctx context.Context) (waiting, floor uint64, err error) {
	state, err := streamState(ctx, a.js, stream.EventsStream)
	if err != nil {
		return 0, 0, fmt.Errorf("ask for the backlog: %w", err)
	}
	consumer, err := a.js.Consumer(ctx, stream.EventsStream, consumers.Durable)
	if errors.Is(err, jetstream.ErrConsumerNotFound) {
		return state.Msgs, 0, nil // nothing was ever taken
	}
	if err != nil {
		return 0, 0, fmt.Errorf("ask for the backlog: %w", err)
	}
	info := consumer.CachedInfo()
	waiting = info.NumPending + uint64(max(info.NumAckPending, 0))
	if waiting == 0 && info.AckFloor.Stream < state.LastSeq {
		// The consumer has not yet heard of the last message.
		waiting = 1
	}
	return waiting, info.AckFloor.Stream, nil
}

// redeliver keeps the stream delivering, whatever happens to the clock.
func (a *app) redeliver(ctx context.Context) {
	watch := stream.Watch{
		Stream: a.js, Logger: a.logger, Fresh: a.broker != nil,
		Durables: []stream.Durable{{Stream: stream.EventsStream, Name: consumers.Durable}, {Stream: stream.DirtyStream, Name: rollups.Durable}},
	}
	watch.Run(ctx)
}
