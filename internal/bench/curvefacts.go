package bench

import (
	"context"
	"errors"
	"fmt"

	"github.com/turnout/turnout/internal/bench/plot"
	"github.com/turnout/turnout/producers/simulator"
)

// growingTenant is the community that grows to all facts.
const growingTenant = "one"

// eventsAFact is how many events make a fact: some are duplicates, some correct others.
const eventsAFact = 1.015

// factCurve lets one community grow by publishing and storing, and looks at everything that might become dearer with its facts.
func (r *run) factCurve(ctx context.Context) error {
	const room = 16 // gigabytes: stream, tables, and what merges need meanwhile
	return r.study(ctx, "facts", room, func(h *house, s *study) (*house, error) {
		community := grow(growingTenant, simulator.University, r.growth().years, r.cfg.Seed)
		defer community.stop()
		sizes := r.growth().facts
		published := 0
		for _, facts := range sizes {
			from, all := float64(published), eventsAFact*float64(sizes[len(sizes)-1])
			more := int(eventsAFact*float64(facts)) - published - r.growth().hold
			err := community.publish(ctx, h, more, r.scale.pack, func(done int) { r.progress(0.9 * (from + float64(done)) / all) })
			if err == nil {
				err = h.drained(ctx)
			}
			if err == nil {
				err = r.drainInto(ctx, h, community, s)
			}
			published += more + r.growth().hold
			if err == nil {
				h, err = r.lookAtOne(ctx, h, s)
			}
			if err != nil {
				return nil, fmt.Errorf("at %d facts: %w", facts, err)
			}
		}
		return h, nil
	})
}

// drainInto drains a backlog into what is stored already.
func (r *run) drainInto(ctx context.Context, h *house, community *growing, s *study) error {
	if err := errors.Join(h.rolledUp(ctx), h.unmerged(ctx), h.hold(ctx)); err != nil {
		return err
	}
	events := r.growth().hold
	if err := community.publish(ctx, h, events, r.scale.pack, func(int) {}); err != nil {
		return err
	}
	stored, err := h.number(ctx, "SELECT count() FROM facts")
	if err != nil {
		return err
	}
	took, cpu, err := r.letGo(ctx, h)
	if err != nil {
		return err
	}
	s.curve("drain", "Draining a backlog into a community of so many facts", "events/s").add(stored, float64(events)/took.Seconds(), "",
		map[string]float64{besideCPU: round(float64(cpu.Microseconds()) / float64(events))})
	return nil
}

// lookAtOne measures what a community of so many facts costs. It gives the house that runs then.
func (r *run) lookAtOne(ctx context.Context, h *house, s *study) (*house, error) {
	x, err := r.agree(ctx, h)
	if err != nil {
		return nil, err
	}
	final := s.curve("final", "Reading all facts with FINAL", "ms")
	if err := r.final(ctx, h, final, x, "as inserted"); err != nil {
		return nil, err
	}
	if err := r.settle(ctx, h); err != nil {
		return nil, err
	}
	if err := r.final(ctx, h, final, x, "merged"); err != nil {
		return nil, err
	}
	if err := r.weigh(ctx, h, s.curve("disk", "Bytes on disk, by facts", "bytes a fact"), x); err != nil {
		return nil, err
	}
	s.table.Columns = append(s.table.Columns, plot.Short(x)+" facts")
	reports := s.curve("reports", "All reports of one community, by its facts", "ms, the median of all reports")
	if err := r.askReports(ctx, h, s, reports, x, growingTenant, ""); err != nil {
		return nil, err
	}
	rollups := s.curve("rollups", "Computing all rollups of one community anew", "CPU s")
	if err := r.recompute(ctx, h, rollups, x, []string{growingTenant}); err != nil {
		return nil, err
	}
	return r.restart(ctx, h, s.curve("start", "Start until ready, by the facts on disk", "ms"), x, "facts")
}
