package bench

import (
	"context"
	"fmt"
	"os"
)

// coldStarts starts the program on empty folders, and looks at the memory of the last one at rest.
func (r *run) coldStarts(ctx context.Context) error {
	if r.remote() {
		return nil
	}
	for n := range r.scale.starts {
		r.progress(float64(n) / float64(r.scale.starts+1))
		h, err := r.enter(ctx, strict, fmt.Sprintf("cold-%d", n))
		if err != nil {
			return err
		}
		r.found.add("start_ms.cold", milliseconds(h.readyAfter))
		if n == r.scale.starts-1 {
			if err := r.memory(ctx, "memory_mb.idle"); err != nil {
				return err
			}
		}
		if err := r.stopHouse(); err != nil {
			return err
		}
		if err := os.RemoveAll(h.data); err != nil {
			return fmt.Errorf("remove a folder: %w", err)
		}
	}
	return nil
}

// warmStarts starts it again on the folder that the other sections filled.
func (r *run) warmStarts(ctx context.Context) error {
	if r.remote() {
		return nil
	}
	for n := range r.scale.starts {
		r.progress(float64(n) / float64(r.scale.starts))
		if _, err := r.main(ctx); err != nil {
			return err
		}
		if err := r.stopHouse(); err != nil {
			return err
		}
		h, err := r.main(ctx)
		if err != nil {
			return err
		}
		r.found.add("start_ms.warm", milliseconds(h.readyAfter))
	}
	return nil
}

// memory looks at the private memory of all processes after a rest.
func (r *run) memory(ctx context.Context, key string) error {
	if err := pause(ctx, r.scale.rest); err != nil {
		return err
	}
	if bytes := private(r.house.processes()); bytes > 0 {
		r.found.add(key, bytes/megabyte)
	}
	return nil
}
