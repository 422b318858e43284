package warehouse

import (
	"context"
	"fmt"
	"math/big"
)

// DropBefore deletes a community's rollups of versions before the given one, from the disk too: a mutation writes the parts anew. It is
// for erasures; otherwise merges take replaced rows away. It tells how many rows there were: none, when nothing had to be done.
func (r *Rollups) DropBefore(ctx context.Context, version *big.Int, tenant string) (uint64, error) {
	stale := " WHERE tenant = " + quoteText(tenant) + " AND version < toUInt128('" + version.String() + "')"
	var rows uint64
	if err := r.db.conn.QueryRow(ctx, "SELECT count() FROM rollup_months"+stale).Scan(&rows); err != nil {
		return 0, fmt.Errorf("count the rollups that were replaced: %w", err)
	}
	if rows == 0 {
		return 0, nil
	}
	if err := r.db.mutate(ctx, "ALTER TABLE rollup_months DELETE"+stale); err != nil {
		return 0, fmt.Errorf("delete the rollups that were replaced: %w", err)
	}
	return rows, nil
}
