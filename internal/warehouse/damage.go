package warehouse

import (
	"context"
	"errors"
	"fmt"

	"github.com/ClickHouse/clickhouse-go/v2"
)

// DamagedPart is a part of a table whose files are not what was written: a disk failed.
type DamagedPart struct {
	Table  string `json:"table"`
	Part   string `json:"part"`
	Reason string `json:"reason"` // ClickHouse's own words
}

// Damaged reads the tables' files from end to end and tells which parts are damaged. A table that holds one cannot be read where it is.
func (db *DB) Damaged(ctx context.Context, tables ...string) ([]DamagedPart, error) {
	var found []DamagedPart
	for _, table := range tables {
		rows, err := db.conn.Query(ctx, "CHECK TABLE "+quoteName(table)+" SETTINGS check_query_single_value_result = 0")
		if err != nil {
			return nil, fmt.Errorf("check the files of %s: %w", table, err)
		}
		for rows.Next() {
			var (
				part   = DamagedPart{Table: table}
				passed bool
			)
			if err := rows.Scan(&part.Part, &passed, &part.Reason); err != nil {
				return nil, errors.Join(fmt.Errorf("check the files of %s: %w", table, err), rows.Close())
			}
			if !passed {
				found = append(found, part)
			}
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			return nil, fmt.Errorf("check the files of %s: %w", table, err)
		}
	}
	return found, nil
}

// SetAside takes a damaged part out of its table; its files stay in the table's folder "detached". Everything that is in it has to be in
// the table otherwise: call it after that has been stored again.
func (db *DB) SetAside(ctx context.Context, part DamagedPart) error {
	if err := db.conn.Exec(ctx, "ALTER TABLE "+quoteName(part.Table)+" DETACH PART '"+part.Part+"'"); err != nil {
		return fmt.Errorf("set the damaged part %s of %s aside: %w", part.Part, part.Table, err)
	}
	return nil
}

// FilesDamaged tells whether a query failed because files are damaged: CHECKSUM_DOESNT_MATCH, CORRUPTED_DATA or CANNOT_DECOMPRESS.
func FilesDamaged(err error) bool {
	exception, ok := errors.AsType[*clickhouse.Exception](err)
	return ok && (exception.Code == 40 || exception.Code == 246 || exception.Code == 271)
}

// Excluded counts the parts that ClickHouse could not load at its start and left out of the tables: whatever is in them is not counted.
func (db *DB) Excluded(ctx context.Context) ([]DamagedPart, error) {
	rows, err := db.conn.Query(ctx, "SELECT table, name, reason FROM system.detached_parts WHERE database = currentDatabase() AND startsWith(reason, 'broken') ORDER BY table, name")
	if err != nil {
		return nil, fmt.Errorf("look for parts that were left out: %w", err)
	}
	var found []DamagedPart
	for rows.Next() {
		var part DamagedPart
		if err := rows.Scan(&part.Table, &part.Part, &part.Reason); err != nil {
			return nil, errors.Join(fmt.Errorf("look for parts that were left out: %w", err), rows.Close())
		}
		found = append(found, part)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return nil, fmt.Errorf("look for parts that were left out: %w", err)
	}
	return found, nil
}
