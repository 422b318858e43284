package rebuild

import (
	"context"
	"fmt"
	"time"

	"github.com/turnout/turnout/consumers/audit"
	"github.com/turnout/turnout/internal/crashpoint"
	"github.com/turnout/turnout/internal/stream"
	"github.com/turnout/turnout/internal/warehouse"
)

// lookEvery is how often the worker's progress is asked for.
const lookEvery = 200 * time.Millisecond

// rollups asks the rollups' worker to compute communities again and waits until it has. Rows that claim a version which was never given
// would win over every recomputation, so they are taken away first.
func (r *Rebuilder) rollups(ctx context.Context, tenant string, done *Rollups, progress audit.Progress) error {
	if err := setAside(ctx, r.cfg.DB, progress, "rollup_months"); err != nil {
		return err
	}
	states, err := r.states(ctx, tenant)
	if err != nil {
		return err
	}
	names := make([]string, 0, len(states))
	for _, state := range states {
		names = append(names, state.Tenant)
		given, err := r.cfg.Notes.Version(ctx, state.Tenant)
		if err != nil {
			return err
		}
		if state.Newest.Cmp(given.UInt128()) <= 0 {
			continue
		}
		// A row that the worker writes at this moment may go with them: the note below has it computed again.
		if err := r.cfg.DB.DeleteRollupsAbove(ctx, state.Tenant, given.String()); err != nil {
			return err
		}
		crashpoint.Here("during-rebuild")
	}
	if err := r.cfg.Notes.Touch(ctx, names...); err != nil {
		return err
	}
	wanted := make(map[string]stream.Version, len(names))
	for _, name := range names {
		if wanted[name], err = r.cfg.Notes.Version(ctx, name); err != nil {
			return err
		}
	}
	done.Communities = uint64(len(names))
	return r.computed(ctx, tenant, wanted, progress)
}

func (r *Rebuilder) states(ctx context.Context, tenant string) ([]warehouse.RollupState, error) {
	all, err := r.cfg.Rollups.States(ctx)
	if err != nil || tenant == "" {
		return all, err
	}
	for _, state := range all {
		if state.Tenant == tenant {
			return []warehouse.RollupState{state}, nil
		}
	}
	return nil, nil
}

// computed waits until every community's rollups have its version at least.
func (r *Rebuilder) computed(ctx context.Context, tenant string, wanted map[string]stream.Version, progress audit.Progress) error {
	all := len(wanted)
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	deadline := time.NewTimer(r.cfg.Patience)
	defer deadline.Stop()
	for {
		before := len(wanted)
		states, err := r.states(ctx, tenant)
		if err != nil {
			return err
		}
		for _, state := range states {
			// A community in which nothing ever counted as an act has no row.
			if version, waits := wanted[state.Tenant]; waits && (state.Oldest.Cmp(version.UInt128()) >= 0 || state.Newest.Sign() == 0 && r.empty(ctx, state.Tenant)) {
				delete(wanted, state.Tenant)
			}
		}
		progress("compute rollups", uint64(all-len(wanted)), uint64(all))
		if len(wanted) == 0 {
			return nil
		}
		if len(wanted) < before {
			deadline.Reset(r.cfg.Patience)
		}
		select {
		case <-ctx.Done():
			return ctx.Err() //nolint:wrapcheck // the caller's own
		case <-deadline.C:
			return fmt.Errorf("%d communities' rollups were not computed within %s: look whether a consumer runs", len(wanted), r.cfg.Patience)
		case <-ticker.C:
		}
	}
}

// empty tells whether a community never had an act, so that it gets no rollups.
func (r *Rebuilder) empty(ctx context.Context, tenant string) bool {
	acts, err := r.cfg.DB.HasActs(ctx, tenant)
	return err == nil && !acts
}
