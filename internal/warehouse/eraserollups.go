package warehouse

import (
	"context"
	"fmt"
	"math/big"
)

// DropBefore deletes the rollups of communities of versions before those given, from the disk too: a mutation writes the parts anew. It
// is for erasures; otherwise merges take replaced rows away. It tells how many rows there were: none, when nothing had to be done.
func (r *Rollups) DropBefore(ctx context.Context, versions map[string]*big.Int) (uint64, error) {
	conditions := make([]string, 0, len(versions))
	for tenant, version := range versions {
		conditions = append(conditions, "(tenant = "+quoteText(tenant)+" AND version < toUInt128('"+version.String()+"'))")
	}
	var dropped uint64
	for condition := range statements(conditions) {
		var rows uint64
		if err := r.db.conn.QueryRow(large(ctx), "SELECT count() FROM rollup_months WHERE "+condition).Scan(&rows); err != nil {
			return dropped, fmt.Errorf("count the rollups that were replaced: %w", err)
		}
		if rows == 0 {
			continue
		}
		if err := r.db.mutate(ctx, "ALTER TABLE rollup_months DELETE WHERE "+condition); err != nil {
			return dropped, fmt.Errorf("delete the rollups that were replaced: %w", err)
		}
		dropped += rows
	}
	return dropped, nil
}
