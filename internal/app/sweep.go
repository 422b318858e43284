package app

import (
	"context"
	"fmt"

	"github.com/turnout/turnout/consumers/erasure"
	"github.com/turnout/turnout/internal/erasures"
	"github.com/turnout/turnout/internal/stream"
	"github.com/turnout/turnout/internal/tenants"
	"github.com/turnout/turnout/internal/warehouse"
)

// sweep removes whoever is on the list of erased persons from a restored stream and warehouse, before anything else runs on them.
func (a *app) sweep(ctx context.Context, db *warehouse.DB, list *erasures.Store) (erasures.Removed, error) {
	settings, err := tenants.Open(ctx, a.js, a.cfg.StreamReplicas, a.logger)
	if err != nil {
		return erasures.Removed{}, fmt.Errorf("open the tenants' settings: %w", err)
	}
	defer settings.Close()
	removed, err := erasure.Sweep(ctx, erasure.Config{
		Stream: a.js, Registry: a.registry, Warehouse: db, Letters: stream.NewDeadLetters(a.js), Store: list, Notes: stream.NewDirty(a.js),
		Policy: func(tenant string) string { return settings.Get(tenant).ErasurePolicy }, Logger: a.logger,
	})
	if err != nil {
		return removed, fmt.Errorf("remove erased persons: %w", err)
	}
	return removed, nil
}
