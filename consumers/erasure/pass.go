package erasure

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/turnout/turnout/internal/erasures"
	"github.com/turnout/turnout/schemas"
)

// eraser goes over everything until a pass finds nothing.
type eraser struct {
	cfg     *Config
	work    *work
	removed map[*erasures.Pending]*erasures.Removed
	checked erasures.Checked // by the last pass
	passed  int
	changed bool // by this pass
}

// mostPasses bounds the work at a time. The second pass finds nothing, unless something was under way.
const mostPasses = 10

var errNeverClean = errors.New("the passes go on finding events of erased persons: some process stores without asking the list")

// passes repeats until a whole pass has found nothing, and then has readers see it.
func (e *eraser) passes(ctx context.Context) error {
	e.removed = map[*erasures.Pending]*erasures.Removed{}
	for e.passed < mostPasses {
		e.passed++
		e.changed, e.checked = false, erasures.Checked{}
		for _, step := range []func(context.Context) error{e.stream, e.tables, e.letters} {
			if err := e.leaveLifted(ctx); err != nil {
				return err
			}
			if err := step(ctx); err != nil {
				return err
			}
		}
		if e.changed {
			continue
		}
		return e.settle(ctx)
	}
	return errNeverClean
}

// leaveLifted leaves alone whoever was lifted from the list meanwhile, where only the arrival of further events has asked for them.
func (e *eraser) leaveLifted(ctx context.Context) error {
	list, err := e.cfg.Store.Refresh(ctx)
	if err != nil {
		return fmt.Errorf("read the list of erased persons: %w", err)
	}
	for tenant, targets := range e.work.targets {
		maps.DeleteFunc(targets, func(id string, t target) bool {
			again := !slices.ContainsFunc(t.owners, func(p *erasures.Pending) bool { return p.Kind != erasures.KindAgain })
			return again && !list.Holds(tenant, id)
		})
	}
	return nil
}

// settle tells readers, and has the rollups computed again. It runs also when nothing was found: an interruption may have come between
// the last change and this.
func (e *eraser) settle(ctx context.Context) error {
	if err := e.cfg.Notes.Touch(ctx, e.work.tenants()...); err != nil {
		return fmt.Errorf("note that persons were erased: %w", err)
	}
	if e.cfg.Rollups == nil {
		return nil
	}
	here("erasure-before-rollups")
	e.say(ctx, "", "computing rollups again", 0, 0)
	if err := e.rollups(ctx); err != nil {
		return fmt.Errorf("compute rollups without the erased: %w", err)
	}
	e.checked.Rollups = true
	return nil
}

// count adds to the counts of the requests. Whoever counts has changed something.
func (e *eraser) count(whose owners, add func(*erasures.Removed)) {
	e.changed = true
	for p := range whose {
		if e.removed[p] == nil {
			e.removed[p] = &erasures.Removed{}
		}
		add(e.removed[p])
	}
}

// redact takes the persons out of an event and tells whose it was; doubtful, when it may be known in another form.
func (e *eraser) redact(event *schemas.Event) (outcome Outcome, changed *schemas.Event, whose owners, doubtful bool) {
	whose = owners{}
	outcome, changed = Redact(e.cfg.Registry, event, func(event *schemas.Event, id string) (Fate, bool) {
		fate, goes := e.work.judge(event, id)
		if goes {
			whose.add(e.work.targets[event.Tenant][id])
		}
		doubtful = doubtful || fate.Doubtful
		return fate, goes
	})
	return outcome, changed, whose, doubtful
}

// say tells everybody who waits for the community's requests ("" for all) how far the work is.
func (e *eraser) say(ctx context.Context, tenant, step string, done, total uint64) {
	for _, p := range e.work.requests {
		if tenant != "" && p.Tenant != tenant {
			continue
		}
		if err := e.cfg.Store.Progress(ctx, p, step, done, total); err != nil {
			e.cfg.Logger.Debug("The progress of an erasure cannot be told", "request", p.ID, "error", err)
		}
	}
}
