package app

import (
	"context"
	"fmt"

	"github.com/turnout/turnout/consumers"
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
