package warehouse

import (
	"context"
	"fmt"
	"math/big"
	"strings"

	"github.com/ClickHouse/clickhouse-go/v2"
)

// Standing gives, of facts by their key hash, the content of what is the truth now; those that were taken back are not in it.
func (db *DB) Standing(ctx context.Context, tenant string, keys []*big.Int) (map[string]uint64, error) {
	standing := make(map[string]uint64, len(keys))
	for begin := 0; begin < len(keys); begin += hashesAtOnce {
		part := keys[begin:min(begin+hashesAtOnce, len(keys))]
		texts := make([]string, len(part))
		for i, key := range part {
			texts[i] = "toUInt128('" + key.String() + "')"
		}
		query := "SELECT toString(kh), content_hash FROM facts FINAL WHERE tenant = {tenant:String} AND kh IN (" + strings.Join(texts, ", ") + ") AND NOT voided"
		if err := db.standing(private(large(ctx), clickhouse.Parameters{"tenant": tenant}), query, standing); err != nil {
			return nil, fmt.Errorf("look which facts stand: %w", err)
		}
	}
	return standing, nil
}

func (db *DB) standing(ctx context.Context, query string, into map[string]uint64) error {
	rows, err := db.conn.Query(ctx, query)
	if err != nil {
		return err //nolint:wrapcheck // the caller wraps it
	}
	defer rows.Close() //nolint:errcheck // the rows were read to their end or their error is returned
	for rows.Next() {
		var key string
		var content uint64
		if err := rows.Scan(&key, &content); err != nil {
			return err //nolint:wrapcheck // the caller wraps it
		}
		into[key] = content
	}
	return rows.Err() //nolint:wrapcheck // the caller wraps it
}
