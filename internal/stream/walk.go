package stream

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

const (
	walkMessages = 5000     // waiting in the client at most
	walkBytes    = 16 << 20 // likewise
	walkExpiry   = 30 * time.Second
	walkQuiet    = 5 * time.Second // after which it is asked whether there is more
)

// Walk reads the stream EVENTS in order, from one sequence to another, both included, and gives every message that is there. It leaves
// nothing behind, acknowledges nothing, and ends early with visit's error. Memory is bounded, however long the stream is.
func Walk(ctx context.Context, js jetstream.JetStream, first, last uint64, visit func(msg jetstream.Msg, seq uint64) error) error {
	if last < first {
		return nil
	}
	if some, err := holds(ctx, js, max(first, 1), last); err != nil || !some {
		return err
	}
	reader, err := js.OrderedConsumer(ctx, EventsStream, jetstream.OrderedConsumerConfig{
		DeliverPolicy: jetstream.DeliverByStartSequencePolicy, OptStartSeq: max(first, 1), InactiveThreshold: walkExpiry,
	})
	if err != nil {
		return fmt.Errorf("open the stream: %w", err)
	}
	messages, err := reader.Messages(jetstream.PullMaxMessagesWithBytesLimit(walkMessages, walkBytes), jetstream.PullExpiry(walkExpiry))
	if err != nil {
		return fmt.Errorf("read the stream: %w", err)
	}
	defer messages.Stop()
	for {
		msg, meta, err := next(ctx, reader, messages)
		switch {
		case err != nil:
			return fmt.Errorf("read the stream: %w", err)
		case msg == nil || meta.Sequence.Stream > last:
			return nil
		}
		if err := visit(msg, meta.Sequence.Stream); err != nil {
			return err
		}
		if more, err := follows(ctx, js, meta, last); err != nil || !more {
			return err
		}
	}
}

// follows tells whether something that is to be read comes behind a message.
func follows(ctx context.Context, js jetstream.JetStream, meta *jetstream.MsgMetadata, last uint64) (bool, error) {
	if meta.Sequence.Stream == last || meta.NumPending > 0 {
		return meta.Sequence.Stream != last, nil
	}
	// The count may be behind the stream.
	return holds(ctx, js, meta.Sequence.Stream+1, last)
}

// next gives the next message with what the stream knows of it; none when nothing more comes: the last messages may be damaged, and the
// server passes over them without a word.
func next(ctx context.Context, reader jetstream.Consumer, messages jetstream.MessagesContext) (jetstream.Msg, *jetstream.MsgMetadata, error) {
	for {
		quiet, cancel := context.WithTimeout(ctx, walkQuiet)
		msg, err := messages.Next(jetstream.NextContext(quiet))
		cancel()
		switch {
		case errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil:
			if info, err := reader.Info(ctx); err == nil && info.NumPending == 0 {
				return nil, nil, nil
			}
		case errors.Is(err, jetstream.ErrNoHeartbeat): // it pulls again by itself
		case err != nil:
			return nil, nil, err //nolint:wrapcheck // the caller says what it was
		default:
			meta, err := msg.Metadata()
			return msg, meta, err //nolint:wrapcheck // likewise
		}
	}
}

// holds tells whether the stream has a message from one sequence to another.
func holds(ctx context.Context, js jetstream.JetStream, first, last uint64) (bool, error) {
	events, err := js.Stream(ctx, EventsStream)
	if err != nil {
		return false, fmt.Errorf("read the stream: %w", err)
	}
	next, err := events.GetMsg(ctx, first, jetstream.WithGetMsgSubject(">"))
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("read the stream: %w", err)
	}
	return next.Sequence <= last, nil
}
