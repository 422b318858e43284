package rebuild

import (
	"context"
	"fmt"
	"net/http"

	"github.com/turnout/turnout/consumers/audit"
	"github.com/turnout/turnout/internal/problem"
	"github.com/turnout/turnout/internal/warehouse"
)

// mender finds damaged files and sets them aside; *warehouse.DB is one.
type mender interface {
	Damaged(ctx context.Context, tables ...string) ([]warehouse.DamagedPart, error)
	SetAside(ctx context.Context, part warehouse.DamagedPart) error
}

// setAside takes damaged parts out of tables once everything in them was stored again: until then whoever reads them is told of an
// error, never a figure that lacks something.
func setAside(ctx context.Context, in mender, progress audit.Progress, tables ...string) error {
	progress("look for damaged files", 0, 0)
	damaged, err := in.Damaged(ctx, tables...)
	if err != nil {
		return err
	}
	for _, part := range damaged {
		if err := in.SetAside(ctx, part); err != nil {
			return err
		}
	}
	return nil
}

// mendReplayed does so after the whole stream was read again.
func mendReplayed(ctx context.Context, in mender, whole bool, progress audit.Progress) error {
	tables := []string{"events", "facts", "receipts", "dead_letters"}
	if whole {
		return setAside(ctx, in, progress, tables...)
	}
	damaged, err := in.Damaged(ctx, tables...)
	if err != nil {
		return err
	}
	if len(damaged) == 0 {
		return nil
	}
	return &problem.Error{
		Status: http.StatusConflict, Code: "damaged_files", Title: "Files of the warehouse are damaged",
		Detail: fmt.Sprintf("%d parts cannot be read, the first is %s of %s: %s", len(damaged), damaged[0].Part, damaged[0].Table, damaged[0].Reason),
		Hint:   "Replay the whole stream (turnout replay --from 1), which brings back what is in them; where the stream no longer begins with the first event, restore a backup.",
	}
}

// mendFacts fills the facts from the whole log before it sets damaged ones aside, since comparing would read them.
func (r *Rebuilder) mendFacts(ctx context.Context, progress audit.Progress) error {
	progress("look for damaged files", 0, 0)
	damaged, err := r.cfg.DB.Damaged(ctx, "facts")
	if err != nil || len(damaged) == 0 {
		return err
	}
	if err := r.cfg.DB.FillFacts(ctx, r.cfg.Registry.PromotedColumns(), "true"); err != nil {
		return err
	}
	return setAside(ctx, r.cfg.DB, progress, "facts")
}
