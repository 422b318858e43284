package api

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// accounts asks for everything that was received, stored and refused, by community and source. A receipt is a set of
// positions, so that counting again changes nothing. Rows of the log that replace each other share a partition (its sorting
// key's content hash covers the time), so that FINAL has nothing to do in those that are merged.
const accounts = `SELECT tenant, source, sum(received) AS received, sum(stored) AS stored, sum(letters) AS letters,
    max(last_event) AS last_event, max(last_stored) AS last_stored
FROM (
    SELECT toString(tenant) AS tenant, toString(source) AS source, toInt64(0) AS received, toInt64(count()) AS stored, toInt64(0) AS letters,
        toNullable(max(events.time)) AS last_event, toNullable(max(events.received)) AS last_stored
    FROM events FINAL WHERE {tenant:String} = '' OR tenant = {tenant:String} GROUP BY tenant, source
    UNION ALL
    SELECT toString(tenant), toString(source), toInt64(groupBitmapMerge(receipts.received)), 0, 0, NULL, NULL
    FROM receipts WHERE {tenant:String} = '' OR tenant = {tenant:String} GROUP BY tenant, source
    UNION ALL
    SELECT toString(tenant), toString(source), -toInt64(groupBitmapMerge(erased_receipts.received)), 0, 0, NULL, NULL
    FROM erased_receipts WHERE {tenant:String} = '' OR tenant = {tenant:String} GROUP BY tenant, source
    UNION ALL
    SELECT toString(tenant), toString(source), 0, 0, toInt64(count()), NULL, NULL
    FROM dead_letters FINAL WHERE {tenant:String} = '' OR tenant = {tenant:String} GROUP BY tenant, source
)
GROUP BY tenant, source ORDER BY tenant, source LIMIT 100000
SETTINGS do_not_merge_across_partitions_select_final = 1`

const letterCodes = `SELECT toString(code) AS code, toInt64(countIf(state = 'open')), toInt64(countIf(state != 'open'))
FROM dead_letters FINAL WHERE {tenant:String} = '' OR tenant = {tenant:String} GROUP BY code ORDER BY code`

const factCount = `SELECT toInt64(count()) FROM facts FINAL WHERE ({tenant:String} = '' OR tenant = {tenant:String}) AND NOT voided`

// askWarehouse fills in what is stored of one community, or of all for "".
func (a *API) askWarehouse(ctx context.Context, seen string, status *Status) error {
	if a.config.Conn == nil {
		return errors.New("no warehouse is configured")
	}
	books := ledger{sources: map[string]*SourceStatus{}, tenants: map[string]*TenantStatus{}, zone: a.config.Timezone}
	if err := a.each(ctx, "count what was received", accounts, seen, books.read); err != nil {
		return err
	}
	var facts int64
	err := a.each(ctx, "count facts", factCount, seen, func(rows driver.Rows) error {
		err := rows.Scan(&facts)
		return err //nolint:wrapcheck // each wraps it
	})
	if err != nil {
		return err
	}
	err = a.each(ctx, "count dead letters", letterCodes, seen, func(rows driver.Rows) error {
		var c CodeStatus
		err := rows.Scan(&c.Code, &c.Open, &c.Closed)
		status.DeadLetterCodes = append(status.DeadLetterCodes, c)
		return err //nolint:wrapcheck // each wraps it
	})
	if err != nil {
		return err
	}
	status.Warehouse = WarehouseStatus{State: "ok", Events: &books.events, Facts: &facts}
	status.StoredLastAt = books.storedLast
	status.Reconciliation, status.Tenants = sorted(books.sources), sorted(books.tenants)
	return nil
}

// each runs a query about one community, or all, and reads its rows.
func (a *API) each(ctx context.Context, what, query, seen string, read func(driver.Rows) error) error {
	rows, err := a.config.Conn.Query(ctx, query, clickhouse.Named("tenant", seen))
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		if err := read(rows); err != nil {
			return fmt.Errorf("%s: %w", what, err)
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}

// ledger adds the accounts up.
type ledger struct {
	events     int64
	storedLast *time.Time
	sources    map[string]*SourceStatus
	tenants    map[string]*TenantStatus
	zone       func(tenant string) string
}

func (l *ledger) read(rows driver.Rows) error {
	var tenant, source string
	var received, stored, letters int64
	var lastEvent, lastStored *time.Time
	if err := rows.Scan(&tenant, &source, &received, &stored, &letters, &lastEvent, &lastStored); err != nil {
		return err //nolint:wrapcheck // each wraps it
	}
	s := l.sources[source]
	if s == nil {
		s = &SourceStatus{Source: source}
		l.sources[source] = s
	}
	s.Received, s.Stored, s.DeadLetters = s.Received+received, s.Stored+stored, s.DeadLetters+letters
	s.Duplicates += received - stored - letters
	l.events += stored
	l.storedLast = later(l.storedLast, lastStored)
	if stored == 0 {
		return nil // of a community that has only dead letters nothing is stored
	}
	t := l.tenants[tenant]
	if t == nil {
		t = &TenantStatus{Tenant: tenant, Timezone: "UTC"}
		if l.zone != nil && l.zone(tenant) != "" {
			t.Timezone = l.zone(tenant)
		}
		l.tenants[tenant] = t
	}
	t.Events += stored
	t.LastEventAt, t.StoredLastAt = later(t.LastEventAt, lastEvent), later(t.StoredLastAt, lastStored)
	return nil
}

// later gives the later of two moments, in UTC; nil is none.
func later(a, b *time.Time) *time.Time {
	if b == nil || (a != nil && !b.After(*a)) {
		return a
	}
	utc := b.UTC()
	return &utc
}
