package warehouse

import (
	"context"
	"fmt"
)

// Reached is the highest sequence of the stream that something was received from, as far as the last two days of receipts know.
func (db *DB) Reached(ctx context.Context) (uint64, error) {
	const query = "SELECT intDiv(max(bitmapMax(received)), 1024) FROM receipts WHERE day >= (SELECT max(day) FROM receipts) - 1"
	var seq uint64
	if err := db.conn.QueryRow(ctx, query).Scan(&seq); err != nil {
		return 0, fmt.Errorf("read how far the receipts are: %w", err)
	}
	return seq, nil
}
