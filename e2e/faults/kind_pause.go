package faults

import (
	"context"
	"syscall"
	"time"
)

// beyond is longer than the stream waits for a sign of life.
func beyond(r *Round) time.Duration {
	return ackWait + time.Duration(r.Chance(300, 1500))*time.Millisecond
}

// pauseProgram stops the whole program for longer than the stream waits for an acknowledgement.
func pauseProgram() Kind {
	return Kind{
		Name: "pause-program", Does: "SIGSTOP of the program beyond the acknowledgement deadline", Heal: "SIGCONT", Cheap: true,
		Break: func(ctx context.Context, r *Round) error {
			if err := r.Until(ctx, float64(r.Chance(10, 80))/100); err != nil {
				return err
			}
			r.House.Program.Pause()
			r.pause(ctx, beyond(r))
			r.House.Program.Resume()
			return nil
		},
	}
}

// pauseConsumer stops one of several consumers: the others get what it held, and then it goes on with it, too.
func pauseConsumer() Kind {
	return Kind{
		Name: "pause-consumer", Does: "SIGSTOP of one of three consumers beyond the acknowledgement deadline: what it holds is stored twice", Heal: "SIGCONT",
		Cheap:   true,
		Prepare: func(ctx context.Context, r *Round) error { return r.serveConsumers(ctx, 2) },
		Break: func(ctx context.Context, r *Round) error {
			if err := r.Until(ctx, float64(r.Chance(10, 80))/100); err != nil {
				return err
			}
			paused := r.House.Serving[r.Random.IntN(len(r.House.Serving))]
			paused.Pause()
			r.pause(ctx, beyond(r))
			paused.Resume()
			return nil
		},
	}
}

// pauseEngine stops the engine in the middle of whatever it does.
func pauseEngine() Kind {
	return Kind{
		Name: "pause-engine", Does: "SIGSTOP of the engine beyond the acknowledgement deadline", Heal: "SIGCONT", Cheap: true,
		Break: func(ctx context.Context, r *Round) error {
			if err := r.Until(ctx, float64(r.Chance(10, 80))/100); err != nil {
				return err
			}
			pid := r.House.Engine()
			signal(pid, true, syscall.SIGSTOP)
			r.pause(ctx, beyond(r))
			signal(pid, true, syscall.SIGCONT)
			return nil
		},
	}
}
