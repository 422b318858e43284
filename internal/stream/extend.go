package stream

import (
	"context"
	"errors"
	"fmt"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

const (
	// fillerSubject is that of the empty messages of Extend. No tenant may be called so.
	fillerSubject = eventsPrefix + "_.filler"
	// mostFillers bounds what Extend publishes: a few blocks of the stream's files. More is no damaged block but another stream.
	mostFillers  = 1_000_000
	fillersAtOne = 1000 // are under way
)

// Reached is the highest sequence of EVENTS that the durable consumer was ever given; 0 when there is no such consumer.
func Reached(ctx context.Context, js jetstream.JetStream, durable string) (uint64, error) {
	consumer, err := js.Consumer(ctx, EventsStream, durable)
	if errors.Is(err, jetstream.ErrConsumerNotFound) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("ask for consumer %s: %w", durable, err)
	}
	info := consumer.CachedInfo()
	return max(info.Delivered.Stream, info.AckFloor.Stream), nil
}

// Extend makes sure that EVENTS gives no sequence up to `reached` a second time, and returns how many it would have given. A server
// that finds a damaged record in its last file drops everything behind it, and goes on counting from there: the consumers, which are
// further, would never be given the next messages, and positions would stand for two things. So the lost sequences are used up with
// empty messages, which are deleted at once.
func Extend(ctx context.Context, js jetstream.JetStream, reached uint64) (lost uint64, err error) {
	events, err := js.Stream(ctx, EventsStream)
	if err != nil {
		return 0, fmt.Errorf("extend the stream: %w", err)
	}
	last := events.CachedInfo().State.LastSeq
	if last >= reached {
		return 0, nil
	}
	lost = reached - last
	if lost > mostFillers {
		return lost, fmt.Errorf("extend the stream: it ends at %d and the consumers have seen %d; this is another stream than they know", last, reached)
	}
	for last < reached {
		var final jetstream.PubAckFuture
		for range min(fillersAtOne, reached-last) {
			if final, err = js.PublishMsgAsync(nats.NewMsg(fillerSubject)); err != nil {
				return lost, fmt.Errorf("extend the stream: %w", err)
			}
		}
		if err := settle(ctx, final); err != nil {
			return lost, fmt.Errorf("extend the stream: %w", err)
		}
		info, err := events.Info(ctx)
		if err != nil {
			return lost, fmt.Errorf("extend the stream: %w", err)
		}
		last = info.State.LastSeq
	}
	if err := events.Purge(ctx, jetstream.WithPurgeSubject(fillerSubject)); err != nil {
		return lost, fmt.Errorf("extend the stream: %w", err)
	}
	return lost, nil
}
