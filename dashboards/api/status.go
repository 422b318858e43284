package api

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/turnout/turnout/internal/auth"
)

// statusTime bounds how long a status may take; what is not known by then is null.
const statusTime = 5 * time.Second

// Status is the state of the pipeline. What is not known is null, never 0.
type Status struct {
	Version    string    `json:"version"`
	Durability string    `json:"durability"`
	AsOf       time.Time `json:"as_of"`
	// Stream is that of all communities, and null for a key of one.
	Stream *StreamStatus `json:"stream"`
	// LagSeconds is the age of the oldest message that is not yet stored; 0 when none waits.
	LagSeconds *float64        `json:"lag_seconds"`
	Warehouse  WarehouseStatus `json:"warehouse"`
	// Rejections are what the gateway of this process refused, of all communities; null for a key of one.
	Rejections *Rejections `json:"rejections"`
	// DeadLetters are the open ones; DeadLetterCodes parts all of them by the kind of fault.
	DeadLetters     *int64       `json:"dead_letters"`
	DeadLetterCodes []CodeStatus `json:"dead_letter_codes"`
	// Reconciliation accounts for what the stream received, source by source.
	Reconciliation []SourceStatus    `json:"reconciliation"`
	Tenants        []TenantStatus    `json:"tenants"`
	StoredLastAt   *time.Time        `json:"stored_last_at"`
	Checks         map[string]string `json:"checks"`
}

// StreamStatus is the state of the stream EVENTS; Pending are messages that are not yet stored.
type StreamStatus struct {
	Messages uint64 `json:"messages"`
	Bytes    uint64 `json:"bytes"`
	// LimitBytes is the size at which new events are refused; null when there is none.
	LimitBytes *uint64 `json:"limit_bytes"`
	FirstSeq   uint64  `json:"first_seq"`
	LastSeq    uint64  `json:"last_seq"`
	Pending    uint64  `json:"pending"`
	// OldestPendingAt is when the first of the pending messages came; null when none is, or it is not known.
	OldestPendingAt *time.Time `json:"oldest_pending_at"`
}

// WarehouseStatus is the state of the warehouse: "ok" or "unavailable", and then why, as far as everybody may know.
type WarehouseStatus struct {
	State  string `json:"state"`
	Detail string `json:"detail,omitempty"`
	Events *int64 `json:"events"`
	Facts  *int64 `json:"facts"`
}

// Rejections are events, and requests as a whole, that were refused since the process began, by reason.
type Rejections struct {
	Since  time.Time        `json:"since"`
	ByCode map[string]int64 `json:"by_code"`
}

// CodeStatus counts the dead letters of one kind of fault; Closed are those that were replayed or discarded.
type CodeStatus struct {
	Code   string `json:"code"`
	Open   int64  `json:"open"`
	Closed int64  `json:"closed"`
}

// SourceStatus accounts for what came from one system: Received = Stored + Duplicates + DeadLetters, where
// DeadLetters counts the closed ones too. Source is empty where the input did not say it.
type SourceStatus struct {
	Source      string `json:"source"`
	Received    int64  `json:"received"`
	Stored      int64  `json:"stored"`
	Duplicates  int64  `json:"duplicates"`
	DeadLetters int64  `json:"dead_letters"`
}

// TenantStatus is what is stored of one community.
type TenantStatus struct {
	Tenant       string     `json:"tenant"`
	Events       int64      `json:"events"`
	LastEventAt  *time.Time `json:"last_event_at"`
	StoredLastAt *time.Time `json:"stored_last_at"`
	Timezone     string     `json:"timezone"`
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
	status := Status{
		Version: a.config.Version, Durability: a.config.Durability, AsOf: time.Now().UTC().Truncate(time.Millisecond),
		DeadLetterCodes: []CodeStatus{}, Reconciliation: []SourceStatus{}, Tenants: []TenantStatus{}, Checks: map[string]string{},
	}
	if a.config.Checks != nil {
		status.Checks = a.config.Checks(ctx)
	}
	a.askStream(ctx, seen, auth.From(ctx).Tenant == "", &status)
	if err := a.askWarehouse(ctx, seen, &status); err != nil {
		a.config.Logger.WarnContext(ctx, "the warehouse's state is not known", "error", err)
		status.Warehouse = WarehouseStatus{State: "unavailable", Detail: status.Checks["warehouse"]}
		status.Tenants, status.StoredLastAt = []TenantStatus{}, nil
		status.Reconciliation, status.DeadLetterCodes = []SourceStatus{}, []CodeStatus{}
	}
	return writeJSON(w, r, status)
}

// askStream fills in what is known without the warehouse. What counts all communities together is for callers who may see them all.
func (a *API) askStream(ctx context.Context, seen string, all bool, status *Status) {
	if a.config.Stream != nil {
		found, err := a.config.Stream(ctx)
		if err != nil {
			a.config.Logger.WarnContext(ctx, "the stream's state is not known", "error", err)
		}
		if err == nil {
			status.LagSeconds = lag(found, status.AsOf)
		}
		if err == nil && all {
			status.Stream = found
		}
	}
	if a.config.Rejections != nil && all {
		since, byCode := a.config.Rejections()
		status.Rejections = &Rejections{Since: since.UTC(), ByCode: byCode}
	}
	if a.config.CountLetters != nil {
		if n, err := a.config.CountLetters(ctx, seen); err == nil {
			count := int64(n)
			status.DeadLetters = &count
		}
	}
}

func lag(s *StreamStatus, now time.Time) *float64 {
	var seconds float64
	switch {
	case s.Pending == 0:
	case s.OldestPendingAt == nil:
		return nil
	default:
		seconds = max(0, now.Sub(*s.OldestPendingAt).Seconds())
	}
	return &seconds
}

// sorted gives the values in the order of their keys.
func sorted[T any](byKey map[string]*T) []T {
	out := make([]T, 0, len(byKey))
	for _, key := range slices.Sorted(maps.Keys(byKey)) {
		out = append(out, *byKey[key])
	}
	return out
}
