package faults

import (
	"context"
	"time"
)

// killProgram kills `turnout up`; its engine ends by itself when it notices.
func killProgram() Kind {
	return Kind{
		Name: "kill-program", Does: "kill -9 of the program while events come in", Heal: "it is started again", Cheap: true,
		Break: func(ctx context.Context, r *Round) error {
			if err := r.Until(ctx, float64(r.Chance(10, 80))/100); err != nil {
				return err
			}
			r.House.Program.Kill()
			return nil
		},
	}
}

// killEngine kills the ClickHouse child; the program starts the next one.
func killEngine() Kind {
	return Kind{
		Name: "kill-engine", Does: "kill -9 of the ClickHouse child, up to three times", Heal: "the program starts it again", Cheap: true,
		Break: func(ctx context.Context, r *Round) error {
			times := r.Chance(1, 3)
			for i := range times {
				if err := r.Until(ctx, float64(r.Chance(10, 30)*(i+1))/100); err != nil {
					return err
				}
				r.House.KillEngine()
			}
			return nil
		},
	}
}

// killBoth kills program and engine at once, as a machine does that goes down without losing what it wrote.
func killBoth() Kind {
	return Kind{
		Name: "kill-both", Does: "kill -9 of the program and its engine at once", Heal: "the program is started again", Cheap: true,
		Break: func(ctx context.Context, r *Round) error {
			if err := r.Until(ctx, float64(r.Chance(10, 80))/100); err != nil {
				return err
			}
			r.House.KillEngine()
			r.House.Program.Kill()
			return nil
		},
	}
}

// killStarting kills the program again while it starts.
func killStarting() Kind {
	return Kind{
		Name: "kill-while-starting", Does: "kill -9 of the program, and up to three times again while it starts", Heal: "it is started again", Cheap: true,
		Break: func(ctx context.Context, r *Round) error {
			if err := r.Until(ctx, float64(r.Chance(10, 70))/100); err != nil {
				return err
			}
			r.House.Program.Kill()
			for range r.Chance(1, 3) {
				if err := r.House.Start(); err != nil {
					return err
				}
				r.pause(ctx, time.Duration(r.Chance(1, 900))*time.Millisecond)
				r.House.Program.Kill()
			}
			return nil
		},
	}
}

// stopProgram ends the program in order, under load.
func stopProgram() Kind {
	return Kind{
		Name: "stop-program", Does: "SIGTERM to the program while events come in: it must finish and end with 0", Heal: "it is started again", Cheap: true,
		Break: func(ctx context.Context, r *Round) error {
			if err := r.Until(ctx, float64(r.Chance(10, 80))/100); err != nil {
				return err
			}
			if err := r.House.Program.Stop(stopLimit); err != nil {
				r.Wrongf("stopping in order failed: %v", err)
			}
			return nil
		},
	}
}

// killConsumer runs consumers of their own beside the house and kills one of them, which nobody starts again.
func killConsumer() Kind {
	return Kind{
		Name: "kill-consumer", Does: "kill -9 of one of three consumers that share the work", Heal: "nothing: the others take what it held", Cheap: true,
		Prepare: func(ctx context.Context, r *Round) error { return r.serveConsumers(ctx, 2) },
		Break: func(ctx context.Context, r *Round) error {
			if err := r.Until(ctx, float64(r.Chance(20, 80))/100); err != nil {
				return err
			}
			r.House.Serving[r.Random.IntN(len(r.House.Serving))].Kill()
			return r.Until(ctx, 1)
		},
	}
}

// killGateway publishes through a gateway of its own and kills that.
func killGateway() Kind {
	return Kind{
		Name: "kill-gateway", Does: "kill -9 of a gateway that is a process of its own", Heal: "publishers send again elsewhere", Cheap: true,
		Prepare: func(ctx context.Context, r *Round) error {
			_, address, err := r.House.Serve(ctx, []string{"gateway"}, "", "")
			r.Via.HTTP = address
			return err
		},
		Break: func(ctx context.Context, r *Round) error {
			if err := r.Until(ctx, float64(r.Chance(20, 80))/100); err != nil {
				return err
			}
			r.House.Serving[0].Kill()
			return r.Until(ctx, 1)
		},
	}
}
