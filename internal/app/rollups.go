package app

import (
	"context"
	"fmt"

	"github.com/turnout/turnout/consumers/rollups"
	"github.com/turnout/turnout/internal/stream"
	"github.com/turnout/turnout/internal/warehouse"
)

// rollUp recomputes the rollups of communities that changed until ctx ends. What is under way then is computed anew by the next process.
func (a *app) rollUp(ctx context.Context) {
	select {
	case <-a.house.opened:
	case <-ctx.Done():
		return
	}
	writer, _, err := a.house.databases()
	if err != nil {
		return // closed already
	}
	worker, err := a.newRollups(writer)
	if err != nil {
		a.fatal(err)
		return
	}
	worker.Start(ctx)
	<-ctx.Done()
	worker.Stop()
}

func (a *app) newRollups(writer *warehouse.DB) (*rollups.Worker, error) {
	computed, err := warehouse.NewRollups(writer, a.registry)
	if err != nil {
		return nil, fmt.Errorf("prepare the rollups: %w", err)
	}
	worker, err := rollups.New(rollups.Config{
		Stream: a.js, Warehouse: computed, Logger: a.logger, Registerer: a.metrics.Registerer(), AckWait: a.cfg.AckWait, Rest: a.cfg.RollupRest,
		Zone: func(tenant string) string { return a.tenants.Get(tenant).Timezone },
	})
	if err != nil {
		return nil, fmt.Errorf("make the worker of rollups: %w", err)
	}
	return worker, nil
}

// noteSettings lets what depends on a community's settings be computed anew when they change.
func (a *app) noteSettings() {
	dirty := stream.NewDirty(a.js)
	a.tenants.OnChange(func(ctx context.Context, tenant string) error { return dirty.Touch(ctx, tenant) })
}
