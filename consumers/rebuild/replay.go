package rebuild

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/turnout/turnout/consumers"
	"github.com/turnout/turnout/consumers/audit"
	"github.com/turnout/turnout/internal/erasures"
	"github.com/turnout/turnout/internal/stream"
)

// Span is what of the stream to read again, by sequence or by time; both ends are included.
type Span struct {
	From, To         uint64    // sequences; 0 is open
	FromTime, ToTime time.Time // when the stream stored it; zero is open
}

// Replay reads a part of the stream again and stores it as consumers do. It waits for an erasure, a backup or a rebuild to end.
func Replay(ctx context.Context, cfg consumers.Config, closed consumers.ClosedLetters, span Span, progress audit.Progress) (*consumers.Replayed, error) {
	progress("wait for an erasure or a backup", 0, 0)
	var done consumers.Replayed
	err := stream.WithLock(ctx, cfg.Stream, erasures.Lock, func(ctx context.Context) error {
		first, last, err := bounds(ctx, cfg.Stream, span)
		if err != nil {
			return err
		}
		done, err = consumers.Replay(ctx, cfg, closed, first, last, func(done, total uint64) { progress("read the stream again", done, total) })
		if in, mends := cfg.Warehouse.(mender); err == nil && mends {
			whole := first <= 1 && span.To == 0 && span.ToTime.IsZero()
			err = mendReplayed(ctx, in, whole, progress)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("replay: %w", err)
	}
	return &done, nil
}

// bounds finds the sequences of a span.
func bounds(ctx context.Context, js jetstream.JetStream, span Span) (first, last uint64, err error) {
	events, err := js.Stream(ctx, stream.EventsStream)
	if err != nil {
		return 0, 0, fmt.Errorf("ask for the stream: %w", err)
	}
	state := events.CachedInfo().State
	first, last = max(span.From, state.FirstSeq), state.LastSeq
	if span.To > 0 {
		last = min(last, span.To)
	}
	if !span.FromTime.IsZero() {
		from, err := firstAt(ctx, js, span.FromTime)
		if err != nil {
			return 0, 0, err
		}
		if from == 0 {
			return last + 1, last, nil // nothing is that young
		}
		first = max(first, from)
	}
	if !span.ToTime.IsZero() {
		after, err := firstAt(ctx, js, span.ToTime.Add(time.Nanosecond))
		if err != nil {
			return 0, 0, err
		}
		if after > 0 {
			last = min(last, after-1)
		}
	}
	return first, last, nil
}

// firstAt is the sequence of the first message that the stream stored at the time or later; 0 when there is none.
func firstAt(ctx context.Context, js jetstream.JetStream, at time.Time) (uint64, error) {
	reader, err := js.OrderedConsumer(ctx, stream.EventsStream, jetstream.OrderedConsumerConfig{
		DeliverPolicy: jetstream.DeliverByStartTimePolicy, OptStartTime: &at, HeadersOnly: true, InactiveThreshold: time.Minute,
	})
	if err != nil {
		return 0, fmt.Errorf("look for the time in the stream: %w", err)
	}
	info, err := reader.Info(ctx)
	if err != nil {
		return 0, fmt.Errorf("look for the time in the stream: %w", err)
	}
	if info.NumPending == 0 {
		return 0, nil
	}
	msg, err := reader.Next(jetstream.FetchContext(ctx))
	if errors.Is(err, jetstream.ErrNoMessages) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("look for the time in the stream: %w", err)
	}
	meta, err := msg.Metadata()
	if err != nil {
		return 0, fmt.Errorf("look for the time in the stream: %w", err)
	}
	return meta.Sequence.Stream, nil
}
