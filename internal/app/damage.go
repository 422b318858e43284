package app

import (
	"context"
	"fmt"
	"net/http"

	"github.com/turnout/turnout/consumers"
	"github.com/turnout/turnout/internal/operations"
	"github.com/turnout/turnout/internal/problem"
	"github.com/turnout/turnout/internal/stream"
	"github.com/turnout/turnout/internal/warehouse"
)

// guardSequences looks whether the stream ends before what the consumers were given: then its files were damaged, and it must not count
// anew from there.
func (a *app) guardSequences(ctx context.Context) error {
	reached, err := stream.Reached(ctx, a.js, consumers.Durable)
	if err != nil {
		return fmt.Errorf("look for damage of the stream: %w", err)
	}
	return a.extendStream(ctx, reached)
}

// guardPositions does the same with what the warehouse has received: a server that was killed has forgotten how far its consumers were.
func (a *app) guardPositions(ctx context.Context, db *warehouse.DB) {
	reached, err := db.Reached(ctx)
	if err == nil {
		err = a.extendStream(ctx, reached)
	}
	if err != nil && ctx.Err() == nil {
		a.logger.Error("whether the stream is damaged cannot be told", "error", err)
	}
	excluded, err := db.Excluded(ctx)
	if err != nil && ctx.Err() == nil {
		a.logger.Error("whether the warehouse is damaged cannot be told", "error", err)
	}
	for _, part := range excluded {
		a.logger.Error("ClickHouse left a damaged part out of a table; what only that part held is not counted: run turnout audit --deep, and turnout replay --from 1 if it misses anything",
			"table", part.Table, "part", part.Part, "reason", part.Reason)
	}
}

func (a *app) extendStream(ctx context.Context, reached uint64) error {
	lost, err := stream.Extend(ctx, a.js, reached)
	if lost > 0 {
		a.logger.Error("the stream has lost messages at its end: its files are damaged; what was stored of them stays stored, and new events are numbered behind them. Look at the disk, and run turnout audit --deep",
			"lost", lost, "reached", reached)
	}
	if err != nil {
		return fmt.Errorf("repair the stream: %w", err)
	}
	return nil
}

// tellDamage says what to do when an operation met damaged files.
func tellDamage(of operations.Operation) operations.Operation {
	run := of.Run
	of.Run = func(ctx context.Context, call operations.Call) (any, error) {
		result, err := run(ctx, call)
		if !warehouse.FilesDamaged(err) {
			return result, err
		}
		return nil, &problem.Error{
			Status: http.StatusInternalServerError, Code: "damaged_files", Title: "Files of the warehouse are damaged", Cause: err,
			Detail: "ClickHouse cannot read its own files: " + warehouse.Reason(err),
			Hint:   "Look at the disk. turnout replay --from 1 stores everything again from the stream, and sets the damaged files aside.",
		}
	}
	return of
}
