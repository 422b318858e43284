package faults

import (
	"context"
	"fmt"
	"path/filepath"
	"time"
)

// clocks are the kinds that set the wall clock of the program and of the NATS server in it. The engine's stays, as on a machine of its
// own. All clocks go right again before the round is counted, which is one more jump.
func clocks() []Kind {
	if !clocksMove {
		return nil
	}
	return []Kind{
		jumps("clock-forward", "the wall clock of the program jumps forward, up to three times, by a minute to two days each", time.Duration.Abs),
		jumps("clock-backward", "the wall clock of the program jumps backward, up to three times, by a minute to two days each", func(jump time.Duration) time.Duration { return -jump }),
		driftingClock(), clocksApart(), startWrong(),
	}
}

const (
	leastJump = 1               // minutes
	mostJump  = 2 * 24 * 60     // likewise
	mostYears = 30              // that a machine's clock is wrong by at its start
	fewLooks  = 3 * time.Second // of the program at the server's clock: what comes and goes between two is not seen
	tick      = 5 * time.Millisecond
)

// jump is how far a clock is set, in one direction or the other.
func (r *Round) jump() time.Duration {
	return time.Duration(r.Chance(leastJump, mostJump)) * time.Minute
}

// set moves the clock of the house and makes sure that program and stream follow it.
func (r *Round) set(ctx context.Context, shift time.Duration) error {
	r.House.Clock.Set(shift)
	r.Notef("the clock differs by %s", shift)
	if err := r.House.Clock.shown(ctx, r.House.HTTP); err != nil {
		return err
	}
	return r.House.streamShows(ctx)
}

func jumps(name, does string, direction func(time.Duration) time.Duration) Kind {
	return Kind{
		Name: name, Does: does, Heal: "it is set right", Cheap: true,
		Break: func(ctx context.Context, r *Round) error {
			times := r.Chance(1, 3)
			for i := range times {
				if err := r.Until(ctx, float64(r.Chance(5, 30)*(i+1))/100); err != nil {
					return err
				}
				if err := r.set(ctx, r.House.Clock.Shift()+direction(r.jump())); err != nil {
					return err
				}
			}
			return r.Until(ctx, float64(r.Chance(90, 100))/100)
		},
		Mend: setRight,
	}
}

// setRight sets the clock of the house to what it is.
func setRight(_ context.Context, r *Round) error {
	r.House.Clock.Set(0)
	return nil
}

// driftingClock lets the clock run at a wrong speed, even backward, for some seconds.
func driftingClock() Kind {
	return Kind{
		Name: "clock-drift", Does: "the wall clock of the program runs up to a hundred times too fast, or as fast backward, for one to three seconds", Heal: "it is set right",
		Cheap: true,
		Break: func(ctx context.Context, r *Round) error {
			if err := r.Until(ctx, float64(r.Chance(5, 50))/100); err != nil {
				return err
			}
			speed := float64(r.Chance(-100, 100))
			ctx, cancel := context.WithTimeout(ctx, time.Duration(r.Chance(1000, 3000))*time.Millisecond)
			defer cancel()
			began := time.Now()
			for ctx.Err() == nil {
				r.House.Clock.Set(time.Duration(speed * float64(time.Since(began))))
				r.pause(ctx, tick)
			}
			r.Notef("the clock ran at %g times its speed, and differs by %s", speed+1, r.House.Clock.Shift())
			return r.House.Clock.shown(context.WithoutCancel(ctx), r.House.HTTP)
		},
		Mend: setRight,
	}
}

// clocksApart gives two further consumers clocks of their own, and kills one of them, so that the stream hands over what it held.
func clocksApart() Kind {
	return Kind{
		Name: "clocks-apart", Does: "the clocks of the program and of two further consumers jump, each by itself, up to two days either way; one consumer is killed",
		Heal: "they are set right; nothing starts the consumer again", Cheap: true,
		Prepare: func(ctx context.Context, r *Round) error {
			for i := range 2 {
				own, err := newClock(filepath.Join(filepath.Dir(r.House.Dir), fmt.Sprintf("clock-%d-%d", r.Number, i)))
				if err != nil {
					return err
				}
				own.Set(r.either())
				_, address, err := r.House.Serve(ctx, []string{"consumer"}, "", "", own.environment())
				if err == nil {
					err = own.shown(ctx, address)
				}
				if err != nil {
					return err
				}
				own.Set(r.either())
				if err := own.close(); err != nil {
					return err
				}
			}
			return nil
		},
		Break: func(ctx context.Context, r *Round) error {
			if err := r.Until(ctx, float64(r.Chance(5, 40))/100); err != nil {
				return err
			}
			if err := r.set(ctx, r.either()); err != nil {
				return err
			}
			if err := r.Until(ctx, float64(r.Chance(40, 80))/100); err != nil {
				return err
			}
			r.House.Serving[r.Random.IntN(len(r.House.Serving))].Kill()
			r.pause(ctx, fewLooks)
			return r.Until(ctx, 1)
		},
		Mend: setRight,
	}
}

// either is a jump in either direction.
func (r *Round) either() time.Duration {
	return r.jump() * time.Duration(2*r.Random.IntN(2)-1)
}

// startWrong kills the program and starts it on a machine whose clock is years off, or days; then the clock is set right.
func startWrong() Kind {
	return Kind{
		Name: "clock-wrong-at-start", Does: "kill -9 of the program, which starts again with a clock that is wrong by days or years, is killed again, and starts with the right one",
		Heal: "it is started with the right clock", Cheap: true,
		Break: func(ctx context.Context, r *Round) error {
			if err := r.Until(ctx, float64(r.Chance(5, 50))/100); err != nil {
				return err
			}
			r.House.Program.Kill()
			shift := r.either()
			if r.Chance(0, 1) == 0 {
				shift *= time.Duration(1 + r.Random.IntN(mostYears*365*24*60/mostJump))
			}
			r.House.Clock.Set(shift)
			r.Notef("it starts with a clock that differs by %s", shift)
			if err := r.House.Start(); err != nil {
				return err
			}
			if err := r.House.Clock.shown(ctx, r.House.HTTP); err != nil {
				return err
			}
			if err := r.Until(ctx, float64(r.Chance(50, 100))/100); err != nil {
				return err
			}
			r.House.Program.Kill()
			return nil
		},
		Mend: setRight,
	}
}
