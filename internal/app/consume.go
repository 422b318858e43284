package app

import (
	"context"
	"errors"
	"fmt"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/turnout/turnout/consumers"
	"github.com/turnout/turnout/internal/stream"
	"github.com/turnout/turnout/internal/warehouse"
)

// errStoringWaits is for people without a key: the reason, with its addresses, is for the log.
var errStoringWaits = errors.New("storing waits for the warehouse; the log says why")

// consume moves events from the stream into the warehouse until ctx ends, then
// stores what it holds.
func (a *app) consume(ctx context.Context, db *warehouse.DB) {
	consumer, err := consumers.New(consumers.Config{
		Stream: a.js, Registry: a.registry, Warehouse: db, Letters: stream.NewDeadLetters(a.js), Notes: stream.NewDirty(a.js),
		Announcer: a.nc, Logger: a.logger, Registerer: a.metrics.Registerer(), AckWait: a.cfg.AckWait,
	})
	if err == nil {
		err = consumer.Start(ctx)
	}
	if err != nil {
		if ctx.Err() == nil {
			a.fatal(fmt.Errorf("start the consumer: %w", err))
		}
		return
	}
	a.ready.add("consumer", func() error {
		if consumer.Ready() != nil {
			return errStoringWaits
		}
		return nil
	})
	<-ctx.Done()
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), a.cfg.DrainTimeout)
	defer cancel()
	if err := consumer.Stop(drain); err != nil {
		a.logger.Warn("the consumer did not finish in time; what it held is delivered again", "error", err)
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
