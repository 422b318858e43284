package erasure

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/turnout/turnout/internal/stream"
)

const (
	// rewrittenAtOnce messages are found before the first of them is written anew: their positions are noted by one insert.
	rewrittenAtOnce = 1000
	walkLinger      = time.Minute
	walkWait        = 5 * time.Second
	toldEvery       = 10_000
)

// stream walks through the stream once and rewrites what names an erased person.
func (e *eraser) stream(ctx context.Context) error {
	events, err := e.cfg.Stream.Stream(ctx, stream.EventsStream)
	if err != nil {
		return fmt.Errorf("open the stream: %w", err)
	}
	state := events.CachedInfo().State
	last := state.LastSeq
	var found []*rewriting
	flush := func() error {
		err := e.rewrite(ctx, events, found)
		found = found[:0]
		return err
	}
	err = walk(ctx, e.cfg.Stream, max(e.work.from, state.FirstSeq), last, func(m *message) error {
		e.checked.Stream++
		if e.checked.Stream%toldEvery == 0 {
			e.say(ctx, "", "reading the stream", m.seq, last)
		}
		if !e.mayName(m) {
			return nil
		}
		if r := e.examine(m); r != nil {
			found = append(found, r)
		}
		if len(found) < rewrittenAtOnce {
			return nil
		}
		return flush()
	})
	if err != nil {
		return fmt.Errorf("walk through the stream: %w", err)
	}
	return flush()
}

// message is a message of the stream EVENTS.
type message struct {
	seq     uint64
	subject string
	header  nats.Header
	body    []byte
	at      time.Time
}

// walk gives every message from first to last to take, in order.
func walk(ctx context.Context, js jetstream.JetStream, first, last uint64, take func(*message) error) error {
	if first > last {
		return nil
	}
	consumer, err := js.OrderedConsumer(ctx, stream.EventsStream, jetstream.OrderedConsumerConfig{
		DeliverPolicy: jetstream.DeliverByStartSequencePolicy, OptStartSeq: first, InactiveThreshold: walkLinger,
	})
	if err != nil {
		return fmt.Errorf("read the stream: %w", err)
	}
	info, err := consumer.Info(ctx)
	if err != nil {
		return fmt.Errorf("read the stream: %w", err)
	}
	if info.NumPending == 0 {
		return nil
	}
	messages, err := consumer.Messages(jetstream.PullMaxMessagesWithBytesLimit(5000, 16<<20))
	if err != nil {
		return fmt.Errorf("read the stream: %w", err)
	}
	defer messages.Stop()
	for {
		msg, err := messages.Next(jetstream.NextMaxWait(walkWait))
		if errors.Is(err, nats.ErrTimeout) && ctx.Err() == nil {
			// What was left has been deleted meanwhile, or the server is slow: ask.
			if info, err := consumer.Info(ctx); err == nil && info.NumPending == 0 {
				return nil
			}
			continue
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
		m := &message{seq: meta.Sequence.Stream, subject: msg.Subject(), header: msg.Headers(), body: msg.Data(), at: meta.Timestamp.UTC().Truncate(time.Millisecond)}
		if err := take(m); err != nil {
			return err
		}
		if m.seq == last || meta.NumPending == 0 {
			return nil
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
	}
}

// mayName reports whether one of the ids can stand in the message. Where nothing is escaped, an id stands between quotation marks as it
// is; what is escaped has to be decoded.
func (e *eraser) mayName(m *message) bool {
	if bytes.IndexByte(m.body, '\\') >= 0 || len(m.header["ce-specversion"]) > 0 {
		return true
	}
	goes := e.work.goes("", nil)
	for name, values := range m.header {
		if len(name) > 3 && (name[0] == 'c' || name[0] == 'C') && name[2] == '-' { // a binary event: its attributes are headers
			return true
		}
		for _, value := range values {
			if goes(value) {
				return true
			}
		}
	}
	return quoted(m.body, goes)
}
