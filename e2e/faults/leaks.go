package faults

import (
	"context"
	"fmt"
)

// What may be held beyond what was held after a process's first round. Caches and pools fill in the first rounds; a leak grows with
// every further one. ClickHouse keeps files of parts open while it merges them: a hundred or two, and soon none.
const (
	moreDescriptors       = 48
	moreEngineDescriptors = 256
	moreMemory            = 192 << 20
)

// watchLeaks compares what program and engine hold now with what they held after their first round. They get some time to let go.
func (r *runner) watchLeaks(ctx context.Context, v *Verdict) map[string]Usage {
	held := map[string]Usage{}
	for name, pid := range map[string]int{"program": r.house.Program.PID, "engine": r.house.Engine()} {
		allowed, last := moreDescriptors, Usage{}
		if name == "engine" {
			allowed = moreEngineDescriptors
		}
		err := await(ctx, patience, name+" to let go of what it held", func(context.Context) error {
			now, err := usage(pid)
			if err != nil {
				return fmt.Errorf("%w: %w", errFinal, err)
			}
			last = now
			first, known := r.first[pid]
			if !known {
				r.first[pid] = now
				return nil
			}
			if now.Descriptors > first.Descriptors+allowed || now.Private > first.Private+moreMemory {
				return fmt.Errorf("%d MiB and %d descriptors, after its first round %d MiB and %d", now.Private>>20, now.Descriptors, first.Private>>20, first.Descriptors)
			}
			return nil
		})
		if err != nil {
			v.findf(&v.Leaks, "%v", err)
		}
		held[name] = last
	}
	return held
}
