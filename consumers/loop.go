package consumers

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

const (
	pullMessages = 20_000   // waiting in the client at most
	pullBytes    = 16 << 20 // likewise
	pullExpiry   = 30 * time.Second
	handedOver   = 256 // waiting between reading and decoding: neither wakes the other for each
)

// pull hands on messages until the consumer stops; then it hands on what the client has already, and ends. An iterator that breaks (the
// server restarted, the consumer was deleted) is made anew.
func (c *Consumer) pull(ctx context.Context, out chan<- jetstream.Msg) {
	for ctx.Err() == nil {
		begun := c.now()
		err := c.iterate(ctx, out)
		select {
		case <-c.stopping:
			return
		default:
		}
		if err == nil {
			continue
		}
		soon := c.now().Sub(begun) < c.cfg.RetryAtLeast
		if retryErr := c.retry(ctx, "read the stream", func() error {
			if soon { // what breaks at once is not begun again at once
				soon = false
				return err
			}
			return c.join(ctx)
		}); retryErr != nil {
			return
		}
		c.cfg.Logger.Warn("Reading the stream was interrupted", "error", err)
	}
}

func (c *Consumer) iterate(ctx context.Context, out chan<- jetstream.Msg) error {
	iterator, err := (*c.source.Load()).Messages(jetstream.PullMaxMessagesWithBytesLimit(pullMessages, pullBytes), jetstream.PullExpiry(pullExpiry))
	if err != nil {
		return fmt.Errorf("pull: %w", err)
	}
	ended := make(chan struct{})
	defer close(ended)
	go func() {
		select {
		case <-c.stopping:
			iterator.Drain()
		case <-ctx.Done():
			iterator.Stop()
		case <-ended:
			iterator.Stop()
		}
	}()
	for {
		msg, err := iterator.Next()
		switch {
		case errors.Is(err, jetstream.ErrMsgIteratorClosed):
			return nil
		case errors.Is(err, jetstream.ErrNoHeartbeat):
			continue // the iterator pulls again by itself
		case err != nil:
			return fmt.Errorf("pull: %w", err)
		}
		select {
		case out <- msg:
		case <-ctx.Done():
			return nil
		}
	}
}

// assemble decodes messages into batches and offers each for insertion as soon as it is due. While the inserter is busy a due batch
// goes on growing until it is full.
func (c *Consumer) assemble(ctx context.Context, in <-chan jetstream.Msg, out chan<- *batch) {
	promoted := c.cfg.Registry.PromotedColumns()
	b := newBatch(promoted, 0, c.now())
	b.list = c.list()
	due := time.NewTimer(time.Hour)
	due.Stop()
	defer due.Stop()
	signs := time.NewTicker(c.cfg.AckWait / heartbeatsPerWait)
	defer signs.Stop()
	var offer chan<- *batch         // nil until the batch is due
	lingering, expected := false, 0 // rows of the next batch
	pace := pace{interval: c.cfg.Interval, free: c.cfg.Burst}
	for {
		receive := in
		if c.full(b) {
			receive, offer = nil, out
		}
		select {
		case msg, ok := <-receive:
			if !ok {
				if !b.empty() {
					handOver(ctx, b, out, signs.C)
				}
				return
			}
			pending := c.take(b, msg)
			switch {
			case offer != nil || lingering:
			case pending == 0:
				lingering = true
				due.Reset(max(c.cfg.Linger, pace.wait(c.now())))
			case len(b.messages) == 1:
				due.Reset(c.cfg.MaxAge)
			}
		case <-due.C:
			offer = out
		case offer <- b:
			pace.spend(c.now(), b.rows.Len())
			expected = max(b.rows.Len(), expected/2) // while a backlog is stored batches differ in size
			b, offer, lingering = newBatch(promoted, expected, c.now()), nil, false
			b.list = c.list()
			due.Stop()
		case <-signs.C:
			heartbeat(b)
		case <-ctx.Done():
			return
		}
	}
}

func (c *Consumer) full(b *batch) bool {
	return b.rows.Len() >= c.cfg.MaxRows || b.rows.Bytes()+b.bytes >= c.cfg.MaxBytes || len(b.letters) >= maxLetters
}

// maxLetters bounds the dead letters of a batch, which are kept one by one.
const maxLetters = 2000

// handOver waits for the inserter with the last batch, however long that takes.
func handOver(ctx context.Context, b *batch, out chan<- *batch, signs <-chan time.Time) {
	for {
		select {
		case out <- b:
			return
		case <-signs:
			heartbeat(b)
		case <-ctx.Done():
			return
		}
	}
}

// take decodes a message into the batch and tells how many more are pending.
func (c *Consumer) take(b *batch, msg jetstream.Msg) uint64 {
	meta, err := msg.Metadata()
	if err != nil { // no message of a JetStream consumer is without
		c.cfg.Logger.Error("A message has no metadata; it will come again", "subject", msg.Subject(), "error", err)
		return 0
	}
	if meta.NumDelivered > 1 {
		c.metrics.redelivered.Inc()
	}
	b.add(c.cfg.Registry, msg, meta)
	return meta.NumPending
}
