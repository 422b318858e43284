package warehouse

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"

	"github.com/turnout/turnout/schemas"
)

// Rollup is a community whose rollups are to be computed, as of a version of it.
type Rollup struct {
	Tenant  string
	Version *big.Int // of the note that asks for it (stream.Version.UInt128); nil is 0, for those who only compare figures
}

// Months are months of the community's days from the first up to the last, each named by any of its days. The zero value is all months.
type Months struct{ First, Last time.Time }

// Rollups computes what follows from facts.
type Rollups struct {
	db     *DB
	months string
}

// NewRollups prepares the statements for the registry's types.
func NewRollups(db *DB, registry *schemas.Registry) (*Rollups, error) {
	statements, err := readStatements("rollups/months.sql")
	if err != nil {
		return nil, err
	}
	if len(statements) != 1 {
		return nil, errors.New("read rollups/months.sql: it must be one statement")
	}
	return &Rollups{db: db, months: fillKeys(strings.ReplaceAll(statements[0], "{dated_types}", datedTypes(registry)))}, nil
}

// Select is the statement that computes from facts what the rows of rollup_months should be, in the order of its columns, for communities
// whose days are those of one time zone. The lists in a row are sorted: two runs over the same facts give the same rows. Rows of months in
// which nothing happened have empty lists; they stand for every month that something may have left.
func (r *Rollups) Select(zone string, within Months, of ...Rollup) string {
	tenants, versions := make([]string, len(of)), make([]string, len(of))
	for i, one := range of {
		version := "0"
		if one.Version != nil {
			version = one.Version.String()
		}
		tenants[i], versions[i] = quoteText(one.Tenant), "toUInt128("+quoteText(version)+")"
	}
	return strings.NewReplacer(
		"{tenants}", "["+strings.Join(tenants, ", ")+"]", "{versions}", "["+strings.Join(versions, ", ")+"]",
		"{zone}", quoteText(zone), "{within}", within.condition(),
	).Replace(r.months)
}

func (m Months) condition() string {
	if m == (Months{}) {
		return "1"
	}
	month := func(t time.Time) string { return "toDate32(" + quoteText(t.Format("2006-01")+"-01") + ")" }
	return "month BETWEEN " + month(m.First) + " AND " + month(m.Last)
}

// Recompute replaces the rollups of communities whose days are those of one time zone. The versions must have been learnt before, so that
// what they stand for is in facts by now. All rows go in as one block: no reader sees a part of them.
func (r *Rollups) Recompute(ctx context.Context, zone string, within Months, of ...Rollup) error {
	whole := clickhouse.Context(ctx, clickhouse.WithSettings(oneBlock()))
	if err := r.db.conn.Exec(whole, "INSERT INTO rollup_months "+r.Select(zone, within, of...)); err != nil {
		return fmt.Errorf("recompute rollups: %w", err)
	}
	return nil
}

// oneBlock are the settings under which INSERT SELECT writes one block, in however many pieces the aggregation comes.
func oneBlock() clickhouse.Settings {
	const unbounded = 1 << 40
	return clickhouse.Settings{
		"max_insert_threads": 1, "max_insert_block_size": unbounded, "min_insert_block_size_rows": unbounded, "min_insert_block_size_bytes": unbounded,
		"insert_deduplicate": 0, "compile_expressions": 0, "compile_aggregate_expressions": 0,
	}
}

// CountFacts gives how many rows facts has of each community: what recomputing it will read, no less.
func (r *Rollups) CountFacts(ctx context.Context, tenants []string) (map[string]uint64, error) {
	counts := make(map[string]uint64, len(tenants))
	err := r.db.each(ctx, "SELECT tenant, count() FROM facts WHERE tenant IN "+list(tenants)+" GROUP BY tenant", func(scan func(...any) error) error {
		var tenant string
		var count uint64
		err := scan(&tenant, &count)
		counts[tenant] = count
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("count facts: %w", err)
	}
	return counts, nil
}

// Stretches cuts a community's time into stretches of about so many facts each, together all months, to be recomputed one after the other
// in this order. The last one has the earliest month there is, which gets a row now: until it is replaced, the versions differ, and nobody
// takes a part for the whole.
func (r *Rollups) Stretches(ctx context.Context, tenant string, facts uint64) ([]Months, error) {
	if err := r.db.conn.Exec(ctx, "INSERT INTO rollup_months (tenant, month) SELECT "+quoteText(tenant)+", toDate32('1900-01-01')"); err != nil {
		return nil, fmt.Errorf("mark the rollups of %s as unfinished: %w", tenant, err)
	}
	first, last := time.Date(1900, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2299, 12, 1, 0, 0, 0, 0, time.UTC)
	var parts []Months
	var sum uint64
	query := "SELECT toDate32(toStartOfMonth(at)) AS month, count() FROM facts WHERE tenant = " + quoteText(tenant) + " GROUP BY month ORDER BY month"
	err := r.db.each(ctx, query, func(scan func(...any) error) error {
		var month time.Time
		var count uint64
		if err := scan(&month, &count); err != nil {
			return err
		}
		if sum > 0 && sum+count > facts {
			parts = append(parts, Months{first, month.AddDate(0, 0, -1)})
			first, sum = month, 0
		}
		sum += count
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("count the facts of %s by month: %w", tenant, err)
	}
	parts = append(parts, Months{first, last})
	slices.Reverse(parts)
	return parts, nil
}

// Mixed gives those of the communities whose months are of different versions: a recomputation that was slower than a newer one has
// left a month that the newer one did not know of, or one of several parts is still to come.
func (r *Rollups) Mixed(ctx context.Context, tenants []string) ([]string, error) {
	var mixed []string
	query := "SELECT tenant FROM (SELECT tenant, month, max(version) AS newest FROM rollup_months WHERE tenant IN " + list(tenants) +
		" GROUP BY tenant, month) GROUP BY tenant HAVING min(newest) != max(newest)"
	err := r.db.each(ctx, query, func(scan func(...any) error) error {
		var tenant string
		err := scan(&tenant)
		mixed = append(mixed, tenant)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("compare the versions of months: %w", err)
	}
	return mixed, nil
}

// Versions gives the lowest and the highest version of a community's months; both are 0 when it has none. A recomputation writes every month
// that has a row: once the lowest is at least some version, every figure has seen what that version stands for.
func (r *Rollups) Versions(ctx context.Context, tenant string) (oldest, newest *big.Int, err error) {
	oldest, newest = new(big.Int), new(big.Int)
	query := "SELECT toString(min(newest)), toString(max(newest)) FROM (SELECT max(version) AS newest FROM rollup_months WHERE tenant = " +
		quoteText(tenant) + " GROUP BY month)"
	err = r.db.each(ctx, query, func(scan func(...any) error) error {
		var low, high string
		if err := scan(&low, &high); err != nil {
			return err
		}
		oldest.SetString(low, 10)
		newest.SetString(high, 10)
		return nil
	})
	if err != nil {
		return nil, nil, fmt.Errorf("read the version of the rollups of %s: %w", tenant, err)
	}
	return oldest, newest, nil
}

// Newest is the highest version that stands for any of the communities, 0 when none has rows.
func (r *Rollups) Newest(ctx context.Context, tenants []string) (*big.Int, error) {
	newest := new(big.Int)
	query := "SELECT toString(max(version)) FROM rollup_months WHERE tenant IN " + list(tenants)
	err := r.db.each(ctx, query, func(scan func(...any) error) error {
		var text string
		if err := scan(&text); err != nil {
			return err
		}
		newest.SetString(text, 10)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read the newest version of rollups: %w", err)
	}
	return newest, nil
}

// DropFrom deletes rows of communities from a version on. Rows below them take their place at once: readers see no gap. It is for versions
// that no stream of notes gives any more, to which every new row would lose.
func (r *Rollups) DropFrom(ctx context.Context, version *big.Int, tenants []string) error {
	statement := "DELETE FROM rollup_months WHERE tenant IN " + list(tenants) + " AND version >= toUInt128(" + quoteText(version.String()) + ")"
	if err := r.db.conn.Exec(ctx, statement); err != nil {
		return fmt.Errorf("drop rollups of lost notes: %w", err)
	}
	return nil
}

// RollupState is what is stored of a community.
type RollupState struct {
	Tenant         string
	Oldest, Newest *big.Int // versions of its months; 0 where nothing is stored
	Zone           string   // of the newest
}

// States gives what is stored of every community that the log knows or that has rollups.
func (r *Rollups) States(ctx context.Context) ([]RollupState, error) {
	var states []RollupState
	query := `SELECT tenant, toString(min(newest)), toString(max(newest)), argMax(zone, newest) FROM
(
    SELECT tenant, month, max(version) AS newest, argMax(zone, version) AS zone FROM rollup_months GROUP BY tenant, month
    UNION ALL
    SELECT DISTINCT tenant, toDate32(0), toUInt128(0), '' FROM events WHERE tenant NOT IN (SELECT tenant FROM rollup_months)
)
GROUP BY tenant ORDER BY tenant`
	err := r.db.each(ctx, query, func(scan func(...any) error) error {
		var state RollupState
		var oldest, newest string
		if err := scan(&state.Tenant, &oldest, &newest, &state.Zone); err != nil {
			return err
		}
		state.Oldest, _ = new(big.Int).SetString(oldest, 10)
		state.Newest, _ = new(big.Int).SetString(newest, 10)
		states = append(states, state)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read the state of the rollups: %w", err)
	}
	return states, nil
}

// each runs a query and hands every row to take.
func (db *DB) each(ctx context.Context, query string, take func(scan func(...any) error) error) error {
	rows, err := db.conn.Query(ctx, query)
	if err != nil {
		return err //nolint:wrapcheck // the caller says what was asked
	}
	defer rows.Close() //nolint:errcheck // the rows were read to their end or their error is returned
	for rows.Next() {
		if err := take(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err() //nolint:wrapcheck // likewise
}

// list makes the right side of an IN.
func list(texts []string) string {
	quoted := make([]string, len(texts))
	for i, text := range texts {
		quoted[i] = quoteText(text)
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}
