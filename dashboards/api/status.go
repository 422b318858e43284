package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"

	"github.com/turnout/turnout/internal/auth"
)

// statusTime bounds how long a status may take; what is not known by then is null.
const statusTime = 5 * time.Second

// Status is the state of the pipeline. What is not known is null, never 0.
type Status struct {
	Version      string            `json:"version"`
	Durability   string            `json:"durability"`
	Stream       *StreamStatus     `json:"stream"`
	Warehouse    WarehouseStatus   `json:"warehouse"`
	DeadLetters  *int64            `json:"dead_letters"`
	Tenants      []TenantStatus    `json:"tenants"`
	StoredLastAt *time.Time        `json:"stored_last_at"`
	Checks       map[string]string `json:"checks"`
}

// StreamStatus is the state of the stream EVENTS; Pending are messages that are not yet stored.
type StreamStatus struct {
	Messages uint64 `json:"messages"`
	Bytes    uint64 `json:"bytes"`
	FirstSeq uint64 `json:"first_seq"`
	LastSeq  uint64 `json:"last_seq"`
	Pending  uint64 `json:"pending"`
}

// WarehouseStatus is the state of the warehouse: "ok", or why it does not answer.
type WarehouseStatus struct {
	State  string `json:"state"`
	Events *int64 `json:"events"`
	Facts  *int64 `json:"facts"`
}

// TenantStatus is what is stored of one community.
type TenantStatus struct {
	Tenant      string     `json:"tenant"`
	Events      int64      `json:"events"`
	LastEventAt *time.Time `json:"last_event_at"`
}

func (a *API) showStatus(w http.ResponseWriter, r *http.Request) error {
	if err := onlyParameters(r, "tenant"); err != nil {
		return err
	}
	seen, err := reach(r)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(r.Context(), statusTime)
	defer cancel()
	status := Status{Version: a.config.Version, Durability: a.config.Durability, Tenants: []TenantStatus{}, Checks: map[string]string{}}
	if a.config.Checks != nil {
		status.Checks = a.config.Checks(ctx)
	}
	if a.config.Stream != nil && auth.From(r.Context()).Tenant == "" {
		if status.Stream, err = a.config.Stream(ctx); err != nil {
			a.config.Logger.WarnContext(ctx, "the stream's state is not known", "error", err)
			status.Stream = nil
		}
	}
	if a.config.CountLetters != nil {
		if n, err := a.config.CountLetters(ctx, seen); err == nil {
			count := int64(n)
			status.DeadLetters = &count
		}
	}
	if err := a.askWarehouse(ctx, seen, &status); err != nil {
		a.config.Logger.WarnContext(ctx, "the warehouse's state is not known", "error", err)
		status.Warehouse = WarehouseStatus{State: "unavailable"}
		status.Tenants, status.StoredLastAt = []TenantStatus{}, nil
	}
	return writeJSON(w, status)
}

// askWarehouse counts what is stored of one community, or of all for "".
func (a *API) askWarehouse(ctx context.Context, seen string, status *Status) error {
	if a.config.Conn == nil {
		return errors.New("no warehouse is configured")
	}
	rows, err := a.config.Conn.Query(ctx, `SELECT toString(tenant), toInt64(count()), max(time), max(received)
FROM events FINAL WHERE {tenant:String} = '' OR tenant = {tenant:String} GROUP BY tenant ORDER BY tenant LIMIT 10000`,
		clickhouse.Named("tenant", seen))
	if err != nil {
		return fmt.Errorf("count events: %w", err)
	}
	defer func() { _ = rows.Close() }()
	var events int64
	for rows.Next() {
		var t TenantStatus
		var last, stored time.Time
		if err := rows.Scan(&t.Tenant, &t.Events, &last, &stored); err != nil {
			return fmt.Errorf("read the events' counts: %w", err)
		}
		last, stored = last.UTC(), stored.UTC()
		t.LastEventAt = &last
		if status.StoredLastAt == nil || stored.After(*status.StoredLastAt) {
			status.StoredLastAt = &stored
		}
		events += t.Events
		status.Tenants = append(status.Tenants, t)
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("read the events' counts: %w", err)
	}
	facts, err := a.countFacts(ctx, seen)
	if err != nil {
		return err
	}
	status.Warehouse = WarehouseStatus{State: "ok", Events: &events, Facts: &facts}
	return nil
}

func (a *API) countFacts(ctx context.Context, seen string) (int64, error) {
	rows, err := a.config.Conn.Query(ctx,
		"SELECT toInt64(count()) FROM facts FINAL WHERE ({tenant:String} = '' OR tenant = {tenant:String}) AND NOT voided",
		clickhouse.Named("tenant", seen))
	if err != nil {
		return 0, fmt.Errorf("count facts: %w", err)
	}
	defer func() { _ = rows.Close() }()
	var facts int64
	for rows.Next() {
		if err := rows.Scan(&facts); err != nil {
			return 0, fmt.Errorf("read the count of facts: %w", err)
		}
	}
	if err := rows.Err(); err != nil {
		return 0, fmt.Errorf("read the count of facts: %w", err)
	}
	return facts, nil
}
