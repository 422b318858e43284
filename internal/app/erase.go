package app

import (
	"context"
	"fmt"

	"github.com/turnout/turnout/consumers"
	"github.com/turnout/turnout/consumers/erasure"
	"github.com/turnout/turnout/internal/stream"
	"github.com/turnout/turnout/internal/warehouse"
)

// erase works on requests to be forgotten until ctx ends. What is under way then goes on with the next process.
func (a *app) erase(ctx context.Context) {
	select {
	case <-a.house.opened:
	case <-ctx.Done():
		return
	}
	writer, _, err := a.house.databases()
	if err != nil {
		return // closed already
	}
	worker, err := a.newErasure(writer)
	if err != nil {
		a.fatal(err)
		return
	}
	worker.Run(ctx)
}

func (a *app) newErasure(writer *warehouse.DB) (*erasure.Worker, error) {
	computed, err := warehouse.NewRollups(writer, a.registry)
	if err != nil {
		return nil, fmt.Errorf("prepare the rollups: %w", err)
	}
	worker, err := erasure.New(erasure.Config{
		Stream: a.js, Registry: a.registry, Warehouse: writer, Letters: stream.NewDeadLetters(a.js), Store: a.erased, Notes: stream.NewDirty(a.js),
		Policy: func(tenant string) string { return a.tenants.Get(tenant).ErasurePolicy }, Durable: consumers.Durable, Rollups: computed,
		Logger: a.logger, Registerer: a.metrics.Registerer(),
	})
	if err != nil {
		return nil, fmt.Errorf("make the worker of erasures: %w", err)
	}
	return worker, nil
}
