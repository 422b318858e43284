package erasure

import (
	"context"
	"fmt"
	"math/big"
	"time"

	"github.com/turnout/turnout/internal/stream"
)

// Rollups are the rollups of the warehouse; *warehouse.Rollups is one.
type Rollups interface {
	// Versions are those of a community's rows; the newest is 0 when it has none.
	Versions(ctx context.Context, tenant string) (oldest, newest *big.Int, err error)
	// DropBefore deletes what has an older version and tells how many rows that was.
	DropBefore(ctx context.Context, version *big.Int, tenant string) (uint64, error)
}

const rollupsEvery = 50 * time.Millisecond

// rollup waits until a community's rollups are computed from what is stored now, and deletes what they were before: until a merge, the
// replaced rows hold the person on disk. A worker that was slow may put an old row in behind that; it is found by the next look.
func (e *eraser) rollup(ctx context.Context, tenant string) error {
	wanted, err := stream.NewDirty(e.cfg.Stream).Version(ctx, tenant)
	if err != nil {
		return err //nolint:wrapcheck // it says what it was
	}
	version := wanted.UInt128()
	ticker := time.NewTicker(rollupsEvery)
	defer ticker.Stop()
	for {
		oldest, newest, err := e.cfg.Rollups.Versions(ctx, tenant)
		if err != nil {
			return err //nolint:wrapcheck // likewise
		}
		if newest.Sign() == 0 || oldest.Cmp(version) >= 0 {
			dropped, err := e.cfg.Rollups.DropBefore(ctx, version, tenant)
			if err != nil || dropped == 0 {
				return err //nolint:wrapcheck // likewise
			}
			continue
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait for the rollups of %s: %w", tenant, ctx.Err())
		case <-ticker.C:
		}
	}
}
