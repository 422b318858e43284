package bench

import (
	"context"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/turnout/turnout/consumers"
	"github.com/turnout/turnout/internal/stream"
)

// longestHold is when a consumer goes on by itself, should we die.
const longestHold = 10 * time.Minute

// hold keeps the stream from giving the consumers anything, so that a backlog can grow.
func (h *house) hold(ctx context.Context) error {
	if _, err := h.js.PauseConsumer(ctx, stream.EventsStream, consumers.Durable, time.Now().Add(longestHold)); err != nil {
		return fmt.Errorf("hold the consumers back: %w", err)
	}
	return nil
}

// releaseIn is when consumers go on that are released: the server wakes those who wait at the end of a pause, not when a pause is
// taken back.
const releaseIn = 50 * time.Millisecond

// release lets them go on, and returns when they do.
func (h *house) release(ctx context.Context) error {
	at := time.Now().Add(releaseIn)
	if _, err := h.js.PauseConsumer(ctx, stream.EventsStream, consumers.Durable, at); err != nil {
		return fmt.Errorf("let the consumers go on: %w", err)
	}
	return pause(ctx, time.Until(at))
}

// waiting is how many messages are not yet stored and acknowledged.
func (h *house) waiting(ctx context.Context) (uint64, error) {
	source, err := h.js.Consumer(ctx, stream.EventsStream, consumers.Durable)
	if err != nil {
		return 0, fmt.Errorf("ask for the consumer's state: %w", err)
	}
	info := source.CachedInfo() // asked for a moment ago
	return info.NumPending + uint64(info.NumAckPending), nil
}

const drainLimit = 10 * time.Minute

// drained waits until everything in the stream is stored and acknowledged.
func (h *house) drained(ctx context.Context) error {
	return until(ctx, drainLimit, "the backlog to be stored", func() (bool, error) {
		n, err := h.waiting(ctx)
		return n == 0, err
	})
}

// publishAsync stores messages in a stream, many under way at once, and waits for the last acknowledgement.
func publishAsync(ctx context.Context, nc *nats.Conn, messages []*nats.Msg, window int) error {
	failed := make(chan error, 1)
	js, err := jetstream.New(nc, jetstream.WithPublishAsyncMaxPending(window), jetstream.WithPublishAsyncErrHandler(
		func(_ jetstream.JetStream, _ *nats.Msg, err error) {
			select {
			case failed <- err:
			default: // the first one is enough
			}
		}))
	if err != nil {
		return fmt.Errorf("open the stream: %w", err)
	}
	for _, msg := range messages {
		if _, err := js.PublishMsgAsync(msg, jetstream.WithStallWait(time.Minute)); err != nil {
			return fmt.Errorf("publish: %w", err)
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
	}
	select {
	case <-js.PublishAsyncComplete():
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	select {
	case err := <-failed:
		return fmt.Errorf("publish: %w", err)
	default:
		return nil
	}
}

// packMessages are messages of ready packs on a subject.
func packMessages(subject string, bodies [][]byte) []*nats.Msg {
	messages := make([]*nats.Msg, len(bodies))
	for i, body := range bodies {
		messages[i] = nats.NewMsg(subject)
		messages[i].Header.Set(stream.HeaderContentType, stream.MediaLines)
		messages[i].Data = body
	}
	return messages
}

// packsAtOnce and eventsAtOnce are under way before the first must be acknowledged.
const (
	packsAtOnce  = 16
	eventsAtOnce = 4096
	slice        = 100_000 // events that are held in memory before they are sent
)

// pile publishes so many events in ready packs.
func (r *run) pile(ctx context.Context, h *house, events int) error {
	for left := events; left > 0; left -= slice {
		messages := packMessages(stream.PackSubject(""), r.mix.packs(min(left, slice), r.scale.pack))
		if err := publishAsync(ctx, h.nc, messages, packsAtOnce); err != nil {
			return err
		}
	}
	return nil
}
