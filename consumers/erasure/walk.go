package erasure

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/turnout/turnout/internal/stream"
)

const (
	// rewrittenAtOnce messages are found before the first of them is written anew: their positions are noted by one insert.
	rewrittenAtOnce = 1000
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
	err := stream.Walk(ctx, js, first, last, func(msg jetstream.Msg, seq uint64) error {
		meta, err := msg.Metadata()
		if err != nil {
			return fmt.Errorf("read a message's time: %w", err)
		}
		return take(&message{seq: seq, subject: msg.Subject(), header: msg.Headers(), body: msg.Data(), at: meta.Timestamp.UTC().Truncate(time.Millisecond)})
	})
	if err != nil {
		return fmt.Errorf("walk the stream: %w", err)
	}
	return nil
}

// mayName reports whether one of the ids can stand in the message. Where nothing is escaped, an id stands between quotation marks as it
// is; what is escaped has to be decoded.
func (e *eraser) mayName(m *message) bool {
	if bytes.IndexByte(m.body, '\\') >= 0 {
		return true
	}
	goes := e.work.goes("", nil)
	for name, values := range m.header {
		if len(name) > 3 && (name[0] == 'c' || name[0] == 'C') && name[2] == '-' { // a binary event: its attributes are headers
			return true
		}
		if slices.ContainsFunc(values, goes) {
			return true
		}
	}
	return quoted(m.body, goes)
}
