package faults

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/turnout/turnout/schemas"
)

// Round is one fault, with what is published around it.
type Round struct {
	Number int
	Seed   uint64
	Kind   Kind
	House  *House
	Work   *Work
	// Random is the kind's own source of chance.
	Random *rand.Rand
	// Via is where the publishers send to (host:port): the house itself, unless the kind puts something between.
	Via struct{ HTTP, NATS string }
	// Missed says that the fault did not strike: a crash point that was not reached, for instance.
	Missed bool

	registry *schemas.Registry
	firstSeq uint64 // of the stream, that this round may have written
	mu       sync.Mutex
	gone     []position // events that damage took from the stream after they were stored
	notes    []string
	wrong    []string
}

// Notef keeps what happened, to be shown if the round fails.
func (r *Round) Notef(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.notes = append(r.notes, fmt.Sprintf(format, args...))
}

// Wrongf says that Turnout did what it must not; it counts as a difference.
func (r *Round) Wrongf(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.wrong = append(r.wrong, fmt.Sprintf(format, args...))
}

// pause waits: how long a fault lasts is part of it.
func (r *Round) pause(ctx context.Context, length time.Duration) {
	timer := time.NewTimer(length)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// serveConsumers starts consumers beside that of the house.
func (r *Round) serveConsumers(ctx context.Context, n int) error {
	for range n {
		if _, _, err := r.House.Serve(ctx, []string{"consumer"}, "", ""); err != nil {
			return err
		}
	}
	return nil
}

// Until waits until that share (0 to 1) of the sends was tried.
func (r *Round) Until(ctx context.Context, share float64) error {
	wanted := int(share * float64(len(r.Work.Sends)))
	for {
		tried, more := r.Work.progress()
		if tried >= wanted {
			return nil
		}
		select {
		case <-more:
		case <-ctx.Done():
			return fmt.Errorf("wait until %d sends were tried, %d were: %w", wanted, tried, context.Cause(ctx))
		}
	}
}

// Chance is a whole number from low to high, both included.
func (r *Round) Chance(low, high int) int { return low + r.Random.IntN(high-low+1) }

// newRound chooses what is published. Two sources of chance: what a kind draws does not change the workload.
func newRound(number int, seed uint64, kind Kind, house *House, registry *schemas.Registry, small bool) (*Round, error) {
	r := &Round{
		Number: number, Seed: seed, Kind: kind, House: house, registry: registry,
		Random: rand.New(rand.NewPCG(seed, 1)), //nolint:gosec // it must be the same again
	}
	r.Via.HTTP, r.Via.NATS = house.HTTP, house.NATS
	work, err := chooseWork(registry, rand.New(rand.NewPCG(seed, 2)), seed, small) //nolint:gosec // likewise
	r.Work = work
	return r, err
}

// play publishes while the kind breaks, and returns when everything works again and is stored.
func (r *Round) play(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, roundLimit)
	defer cancel()
	var err error
	if r.firstSeq, err = r.House.nextSequence(ctx); err != nil {
		return err
	}
	if err := r.settings(ctx); err != nil {
		return err
	}
	if err := r.step(ctx, "prepare", r.Kind.Prepare); err != nil {
		return errors.Join(err, r.House.Whole(ctx))
	}
	p := newPublisher(r)
	defer p.close()
	published := make(chan struct{})
	go func() { defer close(published); p.first(ctx) }()
	broken := r.step(ctx, "break", r.Kind.Break)
	mended := r.step(ctx, "mend", r.Kind.Mend)
	whole := r.House.Whole(ctx)
	<-published
	if err := errors.Join(broken, mended, whole); err != nil {
		return err
	}
	if err := p.again(ctx); err != nil {
		return err
	}
	if err := r.step(ctx, "settle", r.Kind.Settle); err != nil {
		return err
	}
	return r.House.Drained(ctx)
}

func (r *Round) step(ctx context.Context, what string, do func(context.Context, *Round) error) error {
	if do == nil {
		return nil
	}
	if err := do(ctx, r); err != nil {
		return fmt.Errorf("%s (%s): %w", what, r.Kind.Name, err)
	}
	return nil
}
