package rebuild

import (
	"context"
	"errors"
	"fmt"

	"github.com/turnout/turnout/consumers/audit"
	"github.com/turnout/turnout/internal/crashpoint"
	"github.com/turnout/turnout/internal/warehouse"
)

// atOnce bounds the keys in one statement.
const atOnce = 2000

// facts puts facts right, piece by piece.
func (r *Rebuilder) facts(ctx context.Context, tenant string, done *Facts, changed map[string]bool, progress audit.Progress) error {
	if err := r.mendFacts(ctx, progress); err != nil {
		return err
	}
	err := r.cfg.Auditor.Differing(ctx, tenant, func(piece, pieces int, condition string, found []audit.Mismatch) error {
		progress("put facts right", uint64(piece), uint64(pieces))
		if len(found) == 0 {
			return nil
		}
		unsaid := map[string][]string{}
		fill := false
		for _, m := range found {
			changed[m.Tenant] = true
			switch m.Kind {
			case audit.KindFactMissing:
				done.Missing++
				fill = true
			case audit.KindFactExtra:
				done.Extra++
				unsaid[m.Tenant] = append(unsaid[m.Tenant], m.Key)
			default:
				done.Changed++
				fill = true
				unsaid[m.Tenant] = append(unsaid[m.Tenant], m.Key)
			}
		}
		if fill {
			if err := r.cfg.DB.FillFacts(ctx, r.cfg.Registry.PromotedColumns(), condition); err != nil {
				return err
			}
		}
		crashpoint.Here("during-rebuild")
		for name, keys := range unsaid {
			if err := r.takeOut(ctx, name, keys); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("put facts right: %w", err)
	}
	return nil
}

// takeOut deletes what the log does not say under the keys, and fills them from the log at once: a merge may have thrown away the right
// row that lay below a wrong one. An event that says what is deleted may come at this very moment, so the keys are filled once more when
// everything that was under way is stored.
func (r *Rebuilder) takeOut(ctx context.Context, tenant string, keys []string) error {
	for len(keys) > 0 {
		some := keys[:min(len(keys), atOnce)]
		keys = keys[len(some):]
		rows, err := r.cfg.DB.UnsaidFacts(ctx, tenant, some)
		if err != nil {
			return err
		}
		if len(rows) == 0 {
			continue
		}
		if err := r.cfg.DB.DropFacts(ctx, tenant, rows); err != nil {
			return err
		}
		crashpoint.Here("during-rebuild")
		if err := r.fill(ctx, tenant, some); err != nil {
			return err
		}
		if err := r.fence.Pass(ctx, r.cfg.Patience); err != nil && !errors.Is(err, audit.ErrNotAcknowledged) {
			return fmt.Errorf("wait for what is under way: %w", err)
		}
		if err := r.fill(ctx, tenant, some); err != nil {
			return err
		}
	}
	return nil
}

func (r *Rebuilder) fill(ctx context.Context, tenant string, keys []string) error {
	return r.cfg.DB.FillFacts(ctx, r.cfg.Registry.PromotedColumns(), warehouse.KeyCondition(tenant, keys))
}
