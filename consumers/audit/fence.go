package audit

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/turnout/turnout/consumers"
	"github.com/turnout/turnout/internal/stream"
)

// fenceEvery is how often the consumers' progress is asked for.
const fenceEvery = 50 * time.Millisecond

// Fence waits for what is under way: after it, every insert of a message that was delivered before has returned.
type Fence struct{ js jetstream.JetStream }

// NewFence makes a Fence over the consumers that share the stream of js.
func NewFence(js jetstream.JetStream) *Fence { return &Fence{js: js} }

// ErrNotAcknowledged says that the consumers did not acknowledge in time.
var ErrNotAcknowledged = errors.New("the consumers did not acknowledge in time")

// Pass waits until everything that is with the consumers now is acknowledged, at most as long as patience.
func (f *Fence) Pass(ctx context.Context, patience time.Duration) error {
	info, err := f.info(ctx)
	if err != nil || info == nil {
		return err
	}
	left, err := f.WaitFor(ctx, info.Delivered.Stream, patience)
	if err == nil && left > 0 {
		err = fmt.Errorf("wait for %d messages: %w", left, ErrNotAcknowledged)
	}
	return err
}

// WaitFor waits until everything up to the sequence is acknowledged, and gives how many messages still are not when patience ends.
func (f *Fence) WaitFor(ctx context.Context, last uint64, patience time.Duration) (uint64, error) {
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	ticker := time.NewTicker(fenceEvery)
	defer ticker.Stop()
	for {
		left, err := f.behind(ctx, last)
		if err != nil || left == 0 {
			return 0, err
		}
		select {
		case <-ctx.Done():
			return left, ctx.Err() //nolint:wrapcheck // the caller's own
		case <-deadline.C:
			return left, nil
		case <-ticker.C:
		}
	}
}

// behind counts the messages up to last that are not acknowledged; it may count some that lie after it.
func (f *Fence) behind(ctx context.Context, last uint64) (uint64, error) {
	info, err := f.info(ctx)
	if err != nil {
		return 0, err
	}
	if info == nil { // no consumer ever began
		events, err := f.js.Stream(ctx, stream.EventsStream)
		if err != nil {
			return 0, fmt.Errorf("ask for the stream: %w", err)
		}
		return events.CachedInfo().State.Msgs, nil
	}
	waiting := info.NumPending + uint64(max(info.NumAckPending, 0))
	switch {
	case info.AckFloor.Stream >= last, waiting == 0 && info.Delivered.Stream >= last:
		return 0, nil
	case waiting == 0: // it has not heard of the last message yet, or that one was deleted
		return f.unheard(ctx, info, last)
	}
	return min(waiting, last-info.AckFloor.Stream), nil
}

// unheard tells whether messages up to last exist that the idle consumer has yet to see.
func (f *Fence) unheard(ctx context.Context, info *jetstream.ConsumerInfo, last uint64) (uint64, error) {
	events, err := f.js.Stream(ctx, stream.EventsStream)
	if err != nil {
		return 0, fmt.Errorf("ask for the stream: %w", err)
	}
	for seq := last; seq > info.Delivered.Stream && last-seq < unheardAtMost; seq-- {
		_, err := events.GetMsg(ctx, seq)
		if err == nil {
			return 1, nil
		}
		if !errors.Is(err, jetstream.ErrMsgNotFound) {
			return 0, fmt.Errorf("look at message %d: %w", seq, err)
		}
	}
	return 0, nil
}

// unheardAtMost bounds the search for a message at a deleted end of the stream.
const unheardAtMost = 1000

func (f *Fence) info(ctx context.Context) (*jetstream.ConsumerInfo, error) {
	consumer, err := f.js.Consumer(ctx, stream.EventsStream, consumers.Durable)
	if errors.Is(err, jetstream.ErrConsumerNotFound) {
		return nil, nil //nolint:nilnil // there is none, which is no error
	}
	if err != nil {
		return nil, fmt.Errorf("ask for the consumers: %w", err)
	}
	return consumer.CachedInfo(), nil
}
