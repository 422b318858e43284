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
)

// Walk reads the stream EVENTS in order, from one sequence to another, both included, and gives every message that is there. It leaves
// nothing behind, acknowledges nothing, and ends early with visit's error. Memory is bounded, however long the stream is.
func Walk(ctx context.Context, js jetstream.JetStream, first, last uint64, visit func(msg jetstream.Msg, seq uint64) error) error {
	if last < first {
		return nil
	}
	reader, err := js.OrderedConsumer(ctx, EventsStream, jetstream.OrderedConsumerConfig{
		DeliverPolicy: jetstream.DeliverByStartSequencePolicy, OptStartSeq: max(first, 1), InactiveThreshold: walkExpiry,
	})
	if err != nil {
		return fmt.Errorf("open the stream: %w", err)
	}
	info, err := reader.Info(ctx)
	if err != nil {
		return fmt.Errorf("open the stream: %w", err)
	}
	if info.NumPending == 0 {
		return nil
	}
	messages, err := reader.Messages(jetstream.PullMaxMessagesWithBytesLimit(walkMessages, walkBytes), jetstream.PullExpiry(walkExpiry))
	if err != nil {
		return fmt.Errorf("read the stream: %w", err)
	}
	defer messages.Stop()
	for {
		msg, err := messages.Next(jetstream.NextContext(ctx))
		if errors.Is(err, jetstream.ErrNoHeartbeat) {
			continue // it pulls again by itself
		}
		if err != nil {
			return fmt.Errorf("read the stream: %w", err)
		}
		meta, err := msg.Metadata()
		if err != nil {
			return fmt.Errorf("read the stream: %w", err)
		}
		if meta.Sequence.Stream > last {
			return nil
		}
		if err := visit(msg, meta.Sequence.Stream); err != nil {
			return err
		}
		if meta.Sequence.Stream == last || meta.NumPending == 0 {
			return nil
		}
	}
}
