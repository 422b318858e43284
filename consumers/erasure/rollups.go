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
	// DropBefore deletes what has an older version than its community's here, and tells how many rows that was.
	DropBefore(ctx context.Context, versions map[string]*big.Int) (uint64, error)
}

const rollupsEvery = 50 * time.Millisecond

// rollups waits until the communities' rollups are computed from what is stored now, and deletes what they were before: until a merge,
// the replaced rows hold the person on disk. A worker that was slow may put an old row in behind that; it is found by the next look.
func (e *eraser) rollups(ctx context.Context) error {
	wanted := map[string]*big.Int{}
	for _, tenant := range e.work.tenants() {
		version, err := stream.NewDirty(e.cfg.Stream).Version(ctx, tenant)
		if err != nil {
			return err
		}
		wanted[tenant] = version.UInt128()
	}
	for {
		for tenant, version := range wanted {
			if err := e.computed(ctx, tenant, version); err != nil {
				return err
			}
		}
		if dropped, err := e.cfg.Rollups.DropBefore(ctx, wanted); err != nil || dropped == 0 {
			return err
		}
	}
}

// computed waits until a community's rollups have seen what the version stands for.
func (e *eraser) computed(ctx context.Context, tenant string, version *big.Int) error {
	ticker := time.NewTicker(rollupsEvery)
	defer ticker.Stop()
	for {
		oldest, newest, err := e.cfg.Rollups.Versions(ctx, tenant)
		if err != nil {
			return err
		}
		if newest.Sign() == 0 || oldest.Cmp(version) >= 0 {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait for the rollups of %s: %w", tenant, ctx.Err())
		case <-ticker.C:
		}
	}
}
