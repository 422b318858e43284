package stream

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// Durable is a durable consumer of a stream.
type Durable struct{ Stream, Name string }

// Watch keeps messages coming when the clock of the NATS server is set back. The server notes by the wall clock when it delivered a
// message, and delivers again AckWait after that: what was delivered to a process that died would stay away for as long as the clock was
// set back. Watch has it delivered at once instead; what others still hold comes twice, which changes nothing.
type Watch struct {
	Stream   jetstream.JetStream
	Durables []Durable
	Logger   *slog.Logger
	// Fresh says that the server has just started: nobody knows what its clock showed before, and nobody is at work on anything yet.
	Fresh bool
	// Every is the time between two looks at the clock; 0 is half a second. What lasts shorter may go unseen.
	Every time.Duration
}

const lookEvery = 500 * time.Millisecond

// Run looks at the server's clock until ctx ends.
func (w *Watch) Run(ctx context.Context) {
	every := w.Every
	if every == 0 {
		every = lookEvery
	}
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	again := w.Fresh
	var before glance
	for {
		if now, err := look(ctx, w.Stream); err == nil {
			if before.setBack(now) {
				w.Logger.Warn("The clock of the NATS server was set back; what is not acknowledged is delivered again", "to", now.shown)
				again = true
			}
			before = now
		}
		if again {
			again = w.redeliver(ctx) != nil
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// redeliver lets the consumers begin again behind what was acknowledged; an error is worth another try.
func (w *Watch) redeliver(ctx context.Context) error {
	for _, d := range w.Durables {
		_, err := w.Stream.Consumer(ctx, d.Stream, d.Name)
		if errors.Is(err, jetstream.ErrConsumerNotFound) {
			continue // nothing was ever delivered
		}
		if err == nil {
			_, err = w.Stream.ResetConsumer(ctx, d.Stream, d.Name)
		}
		switch {
		case err == nil:
		case errors.Is(err, nats.ErrNoResponders):
			w.Logger.Warn("The NATS server is too old to deliver anew what is not acknowledged: what a dead process held comes when the clock has gone on", "consumer", d.Name)
		default:
			if ctx.Err() == nil {
				w.Logger.Warn("What is not acknowledged cannot be delivered anew; trying again", "consumer", d.Name, "error", err)
			}
			return fmt.Errorf("reset consumer %s: %w", d.Name, err)
		}
	}
	return nil
}

// glance is what the server's clock showed, some time between two moments of this process's monotonic clock.
type glance struct {
	asked, answered time.Time
	shown           time.Time
}

func look(ctx context.Context, js jetstream.JetStream) (glance, error) {
	g := glance{asked: time.Now()}
	events, err := js.Stream(ctx, EventsStream)
	if err != nil {
		return g, fmt.Errorf("ask the NATS server for the time: %w", err)
	}
	g.answered, g.shown = time.Now(), events.CachedInfo().TimeStamp
	return g, nil
}

// tolerated is how far a clock may be set back unnoticed: AckWait is longer.
const tolerated = 500 * time.Millisecond

// setBack tells whether the clock went on less than the least time that has passed.
func (g glance) setBack(next glance) bool {
	return !g.shown.IsZero() && next.shown.Sub(g.shown) < next.asked.Sub(g.answered)-tolerated
}
