package consumers

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/turnout/turnout/internal/crashpoint"
	"github.com/turnout/turnout/internal/stream"
)

// Consumer moves events from the stream into the warehouse until it is stopped. While one batch is inserted the next is decoded; no
// more than these two are held.
type Consumer struct {
	cfg     Config
	metrics *metrics
	now     func() time.Time

	source  atomic.Pointer[jetstream.Consumer]
	trouble atomic.Pointer[trouble] // nil while all is well

	stopping chan struct{}      // closed: take nothing more, finish what is here
	abort    context.CancelFunc // gives up even that
	done     sync.WaitGroup
	stopOnce sync.Once
}

type trouble struct {
	what string
	err  error
}

// New makes a consumer; it does nothing until Start.
func New(cfg Config) (*Consumer, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	cfg.setDefaults()
	m, err := newMetrics(cfg.Registerer)
	if err != nil {
		return nil, fmt.Errorf("register consumer metrics: %w", err)
	}
	return &Consumer{cfg: cfg, metrics: m, now: time.Now, stopping: make(chan struct{})}, nil
}

// Start creates the shared durable consumer when it is not there, and begins to work. It returns at once; ctx bounds only the creation.
func (c *Consumer) Start(ctx context.Context) error {
	if err := c.join(ctx); err != nil {
		return err
	}
	working, abort := context.WithCancel(context.WithoutCancel(ctx))
	c.abort = abort
	messages, batches := make(chan jetstream.Msg, handedOver), make(chan *batch)
	c.done.Add(4)
	go func() { defer c.done.Done(); defer close(messages); c.pull(working, messages) }()
	go func() { defer c.done.Done(); defer close(batches); c.assemble(working, messages, batches) }()
	go func() { defer c.done.Done(); c.insert(working, batches) }()
	go func() { defer c.done.Done(); c.watch(working) }()
	return nil
}

// join finds the durable consumer that all share, or creates it.
func (c *Consumer) join(ctx context.Context) error {
	source, err := c.cfg.Stream.CreateOrUpdateConsumer(ctx, stream.EventsStream, jetstream.ConsumerConfig{
		Durable:       Durable,
		Description:   "Takes events into the warehouse; shared by all consumer processes",
		AckPolicy:     jetstream.AckExplicitPolicy,
		AckWait:       c.cfg.AckWait,
		MaxAckPending: c.cfg.MaxAckPending,
		MaxDeliver:    -1,
		DeliverPolicy: jetstream.DeliverAllPolicy,
	})
	if err != nil {
		return fmt.Errorf("create consumer %s: %w", Durable, err)
	}
	c.source.Store(&source)
	return nil
}

// Stop takes no more messages, stores and acknowledges those that are here, and returns. When ctx ends first it gives up: what was not
// acknowledged is delivered again, to this process's successor or another.
func (c *Consumer) Stop(ctx context.Context) error {
	c.stopOnce.Do(func() { close(c.stopping) })
	defer c.metrics.unregister(c.cfg.Registerer)
	if c.abort == nil {
		return nil
	}
	defer c.abort()
	finished := make(chan struct{})
	go func() { c.done.Wait(); close(finished) }()
	select {
	case <-finished:
		return nil
	case <-ctx.Done():
		c.abort()
		<-finished
		return fmt.Errorf("drain consumer: %w", ctx.Err())
	}
}

// Ready is nil while storing works, else what it waits for.
func (c *Consumer) Ready() error {
	if t := c.trouble.Load(); t != nil {
		return fmt.Errorf("%s: %w", t.what, t.err)
	}
	return nil
}

// insert stores one batch after the other and acknowledges its messages.
func (c *Consumer) insert(ctx context.Context, batches <-chan *batch) {
	for b := range batches {
		if err := c.alive(b, func() error { return c.store(ctx, b) }); err != nil {
			continue // aborted: not acknowledged, so the messages come again
		}
		c.trouble.Store(nil)
		crashpoint.Here("before-acknowledgement")
		for _, msg := range b.messages {
			if err := msg.Ack(); err != nil {
				c.cfg.Logger.Warn("An acknowledgement failed; the message will come again and change nothing", "error", err)
				break
			}
		}
	}
}

// alive tells the stream that the batch's messages are being worked on while work runs.
func (c *Consumer) alive(b *batch, work func() error) error {
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		ticker := time.NewTicker(c.cfg.AckWait / heartbeatsPerWait)
		defer ticker.Stop()
		for {
			select {
			case <-stop:
				return
			case <-ticker.C:
				heartbeat(b)
			}
		}
	}()
	err := work()
	close(stop)
	<-stopped
	return err
}

const heartbeatsPerWait = 3

// heartbeat asks for more time. A failure needs no answer: the message is delivered again at worst.
func heartbeat(b *batch) {
	for _, msg := range b.messages {
		if msg.InProgress() != nil {
			return
		}
	}
}

const watchEvery = 2 * time.Second

// watch keeps the lag's gauges.
func (c *Consumer) watch(ctx context.Context) {
	ticker := time.NewTicker(watchEvery)
	defer ticker.Stop()
	for {
		info, err := (*c.source.Load()).Info(ctx)
		switch {
		case err == nil:
			c.metrics.lag.Set(float64(info.NumPending))
			c.metrics.unacked.Set(float64(info.NumAckPending))
		case !errors.Is(err, context.Canceled):
			c.cfg.Logger.Debug("The consumer's lag cannot be read", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-c.stopping:
			return
		case <-ticker.C:
		}
	}
}
