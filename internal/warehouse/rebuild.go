package warehouse

import (
	"context"
	"fmt"
	"strings"

	"github.com/ClickHouse/clickhouse-go/v2"

	"github.com/turnout/turnout/schemas"
)

// FillFacts puts every row of the log that meets the condition into facts again, as their view does. Facts that are there already stay
// the same; one that was changed by hand is what the log says afterwards, since the newest of equal versions stands.
func (db *DB) FillFacts(ctx context.Context, promoted []schemas.Field, condition string) error {
	columns := strings.Join(factNames(promoted), ", ")
	patient := clickhouse.Context(ctx, clickhouse.WithSettings(rewriteSettings()))
	if err := db.conn.Exec(patient, "INSERT INTO facts ("+columns+") SELECT "+columns+" FROM events WHERE "+condition); err != nil {
		return fmt.Errorf("fill facts from the log: %w", err)
	}
	return nil
}

// FactRow names a row of facts, whether it is the one that stands or one below it. Numbers are decimal.
type FactRow struct{ Tenant, Key, Version string }

// UnsaidFacts gives the rows of facts under the keys (kh, decimal) that no row of the log says, whether they stand or lie below others.
func (db *DB) UnsaidFacts(ctx context.Context, tenant string, keys []string) ([]FactRow, error) {
	within := " WHERE tenant = " + quoteText(tenant) + " AND kh IN " + keySet(keys)
	var rows []FactRow
	query := "SELECT DISTINCT toString(tenant), toString(kh), toString(version) FROM facts" + within +
		" AND (kh, version) NOT IN (SELECT kh, version FROM events" + within + ")"
	err := db.each(ctx, query, func(scan func(...any) error) error {
		var row FactRow
		err := scan(&row.Tenant, &row.Key, &row.Version)
		rows = append(rows, row)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("look for facts that nothing says: %w", err)
	}
	return rows, nil
}

// DropFacts takes rows of a community out of facts, and returns when readers see them no more.
func (db *DB) DropFacts(ctx context.Context, tenant string, rows []FactRow) error {
	pairs := make([]string, len(rows))
	for i, row := range rows {
		pairs[i] = "(toUInt128(" + quoteText(row.Key) + "), toUInt128(" + quoteText(row.Version) + "))"
	}
	patient := clickhouse.Context(ctx, clickhouse.WithSettings(rewriteSettings()))
	err := db.conn.Exec(patient, "DELETE FROM facts WHERE tenant = "+quoteText(tenant)+" AND (kh, version) IN ("+strings.Join(pairs, ", ")+")")
	if err != nil {
		return fmt.Errorf("delete %d facts that nothing says: %w", len(rows), err)
	}
	return nil
}

// KeyCondition is the condition for facts or rows of the log of a community under keys (kh, decimal).
func KeyCondition(tenant string, keys []string) string {
	return "tenant = " + quoteText(tenant) + " AND kh IN " + keySet(keys)
}

// keySet makes a set of 128-bit numbers: written plainly they would be floating point.
func keySet(decimal []string) string {
	return "(SELECT toUInt128(arrayJoin(['" + strings.Join(decimal, "', '") + "'])))"
}

// rewriteSettings: it takes as long as it takes, every replica has done it when it returns, and a repeated insert is one.
func rewriteSettings() clickhouse.Settings {
	return clickhouse.Settings{
		"insert_deduplicate": 0, "max_execution_time": 0, "max_query_size": 8 << 20, "lightweight_deletes_sync": 2, "max_threads": 1,
	}
}

// ClosedLetters tells which of the dead letters were replayed or discarded.
func (db *DB) ClosedLetters(ctx context.Context, ids []string) (map[string]bool, error) {
	closed := map[string]bool{}
	query := "SELECT id FROM dead_letters WHERE id IN " + list(ids) + " AND state != 'open'"
	err := db.each(ctx, query, func(scan func(...any) error) error {
		var id string
		err := scan(&id)
		closed[id] = true
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the states of dead letters: %w", err)
	}
	return closed, nil
}

// DeleteRollupsAbove takes rows of a community's rollups away that claim a version (decimal) above the newest that was ever given.
func (db *DB) DeleteRollupsAbove(ctx context.Context, tenant, version string) error {
	patient := clickhouse.Context(ctx, clickhouse.WithSettings(rewriteSettings()))
	err := db.conn.Exec(patient, "DELETE FROM rollup_months WHERE tenant = "+quoteText(tenant)+" AND version > toUInt128("+quoteText(version)+")")
	if err != nil {
		return fmt.Errorf("delete rollups of %s that no note asked for: %w", tenant, err)
	}
	return nil
}

// HasActs tells whether the log ever named an act of the community: then it has rollups.
func (db *DB) HasActs(ctx context.Context, tenant string) (bool, error) {
	found := false
	query := "SELECT 1 FROM events WHERE tenant = " + quoteText(tenant) + " AND mode != '' LIMIT 1"
	err := db.each(ctx, query, func(func(...any) error) error { found = true; return nil })
	if err != nil {
		return false, fmt.Errorf("look for acts of %s: %w", tenant, err)
	}
	return found, nil
}
