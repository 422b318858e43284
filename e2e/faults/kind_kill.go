package faults

import "context"

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
