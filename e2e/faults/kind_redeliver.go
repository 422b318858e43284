package faults

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/turnout/turnout/consumers"
	"github.com/turnout/turnout/internal/stream"
)

// rejectDeliveries takes messages as if it were a consumer and gives every one back at once.
func rejectDeliveries() Kind {
	return Kind{
		Name: "redeliver-rejected", Does: "a stranger on the consumers' durable takes what it can and rejects it, again and again", Heal: "it goes away", Cheap: true,
		Break: func(ctx context.Context, r *Round) error {
			return r.steal(ctx, func(msg jetstream.Msg) error { return msg.Nak() })
		},
	}
}

// dropDeliveries takes messages and never answers, as a consumer does whose machine is gone.
func dropDeliveries() Kind {
	return Kind{
		Name: "redeliver-dropped", Does: "a stranger on the consumers' durable takes messages and never answers", Heal: "it goes away; the stream delivers again",
		Cheap: true,
		Break: func(ctx context.Context, r *Round) error {
			return r.steal(ctx, func(jetstream.Msg) error { return nil })
		},
	}
}

// steal takes deliveries away from the consumers until everything was sent.
func (r *Round) steal(ctx context.Context, answer func(jetstream.Msg) error) error {
	durable, err := r.House.js.Consumer(ctx, stream.EventsStream, consumers.Durable)
	if err != nil {
		return fmt.Errorf("join the consumers: %w", err)
	}
	taken, err := durable.Messages(jetstream.PullMaxMessages(r.Chance(1, 50)), jetstream.PullExpiry(time.Second))
	if err != nil {
		return fmt.Errorf("take deliveries: %w", err)
	}
	over := make(chan error, 1)
	go func() {
		defer taken.Stop()
		over <- r.Until(ctx, 1)
	}()
	stolen := 0
	for {
		msg, err := taken.Next()
		if errors.Is(err, jetstream.ErrMsgIteratorClosed) {
			break
		}
		if err == nil {
			stolen++
			err = answer(msg)
		}
		if err != nil {
			return fmt.Errorf("take and answer deliveries: %w", err)
		}
	}
	r.Missed = stolen == 0
	r.Notef("%d deliveries were taken away", stolen)
	return <-over
}

// deliverAll deletes the consumers' durable: it is made anew, and everything that the stream ever held is delivered again.
func deliverAll() Kind {
	return Kind{
		Name: "redeliver-everything", Does: "the consumers' durable is deleted: the whole stream is delivered again", Heal: "the consumer makes it anew", Cheap: true,
		Break: func(ctx context.Context, r *Round) error {
			if err := r.Until(ctx, float64(r.Chance(20, 90))/100); err != nil {
				return err
			}
			err := r.House.js.DeleteConsumer(ctx, stream.EventsStream, consumers.Durable)
			if err != nil && !errors.Is(err, jetstream.ErrConsumerNotFound) {
				return fmt.Errorf("delete the durable: %w", err)
			}
			return nil
		},
	}
}
