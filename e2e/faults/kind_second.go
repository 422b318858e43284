package faults

import (
	"context"
	"time"
)

// secondProgram starts another program on the data folder, which must refuse and leave the first alone.
func secondProgram() Kind {
	return Kind{
		Name: "second-program", Does: "a second `turnout up` is started on the same data folder", Heal: "it must end by itself, with an error", Cheap: true,
		Break: func(ctx context.Context, r *Round) error {
			if err := r.Until(ctx, float64(r.Chance(10, 60))/100); err != nil {
				return err
			}
			addresses, err := freeAddresses(ctx, 3)
			if err != nil {
				return err
			}
			second, err := launch("second turnout up", r.House.Binary,
				[]string{"up", "--data", r.House.Dir, "--http", addresses[0], "--nats", addresses[1], "--clickhouse", addresses[2]}, r.House.environment(), r.House.log)
			if err != nil {
				return err
			}
			soon, cancel := context.WithTimeout(ctx, 20*time.Second)
			defer cancel()
			switch {
			case second.AwaitExit(soon) != nil:
				second.Kill()
				r.Wrongf("a second program runs on the same data folder")
			case second.err == nil:
				r.Wrongf("a second program on the same data folder ended without an error")
			}
			return nil
		},
	}
}
