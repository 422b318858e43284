package audit

import (
	"context"
	"fmt"
	"strconv"

	"github.com/turnout/turnout/internal/warehouse"
)

// part is a piece of the tables that is compared in one query: some communities, or a share of one.
type part struct {
	from, to string // communities, both included
	of, nth  uint64 // share of a large one; of is 1 for all
	rows     uint64
}

// parts cuts the log and the facts into pieces of about so many rows. Communities lie together in both tables, so a piece costs what
// it holds; only a community that is larger than a piece is read once for each of its shares.
func (a *Auditor) parts(ctx context.Context, tenant string) ([]part, error) {
	query := "SELECT tenant, max(n) FROM (SELECT tenant, count() AS n FROM events GROUP BY tenant UNION ALL " +
		"SELECT tenant, count() AS n FROM facts GROUP BY tenant) GROUP BY tenant ORDER BY tenant"
	if tenant != "" {
		query = "SELECT " + warehouse.Quote(tenant) + " AS tenant, greatest((SELECT count() FROM events WHERE tenant = " + warehouse.Quote(tenant) +
			"), (SELECT count() FROM facts WHERE tenant = " + warehouse.Quote(tenant) + "))"
	}
	rows, err := a.query(ctx, query)
	if err != nil {
		return nil, fmt.Errorf("list the communities: %w", err)
	}
	defer rows.Close() //nolint:errcheck // read to the end, or its error is returned
	var all []part
	for rows.Next() {
		var name string
		var n uint64
		if err := rows.Scan(&name, &n); err != nil {
			return nil, fmt.Errorf("list the communities: %w", err)
		}
		all = cut(all, name, n, a.cfg.PartRows)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("list the communities: %w", err)
	}
	return all, nil
}

// cut adds a community to the last piece, or to pieces of its own.
func cut(all []part, tenant string, rows, most uint64) []part {
	if last := len(all) - 1; last >= 0 && all[last].of == 1 && all[last].rows+rows <= most {
		all[last].to, all[last].rows = tenant, all[last].rows+rows
		return all
	}
	shares := max((rows+most-1)/most, 1)
	for nth := range shares {
		all = append(all, part{from: tenant, to: tenant, of: shares, nth: nth, rows: rows / shares})
	}
	return all
}

// within is the condition for the piece; share is an expression that parts a large community evenly.
func (p part) within(share string) string {
	condition := "tenant BETWEEN " + warehouse.Quote(p.from) + " AND " + warehouse.Quote(p.to)
	if p.from == p.to {
		condition = "tenant = " + warehouse.Quote(p.from)
	}
	if p.of > 1 {
		condition += " AND " + share + " % " + strconv.FormatUint(p.of, 10) + " = " + strconv.FormatUint(p.nth, 10)
	}
	return condition
}
