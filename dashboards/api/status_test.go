package api_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/turnout/turnout/dashboards/api"
	"github.com/turnout/turnout/internal/auth"
	"github.com/turnout/turnout/internal/warehouse"
)

// TestStatusAccountsForEverything: what was received is stored, a duplicate or a dead letter.
func TestStatusAccountsForEverything(t *testing.T) {
	t.Parallel()
	db, registry := emptyHouse(t)
	ctx := context.Background()
	attend(t, db, registry, "a")
	attend(t, db, registry, "b")
	day := time.Date(2022, 5, 27, 0, 0, 0, 0, time.UTC)
	for range 2 { // a redelivery changes nothing
		if err := db.InsertReceipts(ctx, []warehouse.Receipt{
			{Tenant: "a", Source: "test", Day: day, Positions: []uint64{1024, 2048, 3072}}, {Tenant: "a", Source: "test", Day: day.AddDate(0, 0, 1), Positions: []uint64{4096}},
			{Tenant: "a", Source: "desk", Day: day, Positions: []uint64{5120}}, {Tenant: "b", Source: "test", Day: day, Positions: []uint64{6144}}, {Day: day, Positions: []uint64{7168}},
		}); err != nil {
			t.Fatal(err)
		}
		if err := db.InsertDeadLetters(ctx, []warehouse.DeadLetter{
			{Tenant: "a", ID: "4-0", State: warehouse.LetterOpen, Source: "test", Code: "schema", At: day}, {Tenant: "a", ID: "5-0", State: warehouse.LetterReplayed, Source: "desk", Code: "schema", At: day},
			{ID: "7-0", State: warehouse.LetterOpen, Code: "malformed_json", At: day},
		}); err != nil {
			t.Fatal(err)
		}
	}
	arrived := time.Now().Add(-90 * time.Second)
	h := api.New(api.Config{
		Conn: db.Conn(), Timezone: func(tenant string) string { return map[string]string{"a": "Asia/Kathmandu"}[tenant] },
		Stream: func(context.Context) (*api.StreamStatus, error) {
			return &api.StreamStatus{Messages: 7, LastSeq: 7, Pending: 2, OldestPendingAt: &arrived}, nil
		},
		Rejections: func() (time.Time, map[string]int64) { return day, map[string]int64{"schema": 3} },
	})
	all := decode[api.Status](t, ask(t, h, auth.Everyone(), "GET", "/v1/status", ""))
	want := []api.SourceStatus{
		{Source: "", Received: 1, DeadLetters: 1}, {Source: "desk", Received: 1, DeadLetters: 1},
		{Source: "test", Received: 5, Stored: 2, Duplicates: 2, DeadLetters: 1},
	}
	if diff := cmp.Diff(want, all.Reconciliation); diff != "" {
		t.Errorf("all (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]api.CodeStatus{{Code: "malformed_json", Open: 1}, {Code: "schema", Open: 1, Closed: 1}}, all.DeadLetterCodes); diff != "" {
		t.Errorf("codes (-want +got):\n%s", diff)
	}
	if len(all.Tenants) != 2 || all.Tenants[0].Timezone != "Asia/Kathmandu" || all.Tenants[1].Timezone != "UTC" || all.Tenants[0].StoredLastAt == nil {
		t.Errorf("tenants are %+v", all.Tenants)
	}
	if all.Stream == nil || all.LagSeconds == nil || *all.LagSeconds < 80 || *all.LagSeconds > 200 || all.Rejections == nil || all.Rejections.ByCode["schema"] != 3 {
		t.Errorf("the stream is %+v, the lag %v, refused %v", all.Stream, all.LagSeconds, all.Rejections)
	}
	bound := auth.Identity{KeyID: "k", Tenant: "a", Scopes: []auth.Scope{auth.Read}}
	own := decode[api.Status](t, ask(t, h, bound, "GET", "/v1/status", ""))
	want = []api.SourceStatus{{Source: "desk", Received: 1, DeadLetters: 1}, {Source: "test", Received: 4, Stored: 1, Duplicates: 2, DeadLetters: 1}}
	if diff := cmp.Diff(want, own.Reconciliation); diff != "" {
		t.Errorf("own (-want +got):\n%s", diff)
	}
	if own.Stream != nil || own.Rejections != nil || own.LagSeconds == nil || len(own.Tenants) != 1 || *own.Warehouse.Events != 1 || *own.Warehouse.Facts != 1 {
		t.Errorf("a key of one community sees %+v", own)
	}
}

// TestStatusWithoutParts: what is not known is null, and the answer is one all the same.
func TestStatusWithoutParts(t *testing.T) {
	t.Parallel()
	h := api.New(api.Config{
		Stream: func(context.Context) (*api.StreamStatus, error) { return nil, errors.New("not connected") },
		Checks: func(context.Context) map[string]string {
			return map[string]string{"warehouse": "the engine is restarting"}
		},
	})
	got := decode[api.Status](t, ask(t, h, auth.Everyone(), "GET", "/v1/status", ""))
	if got.Stream != nil || got.LagSeconds != nil || got.DeadLetters != nil || got.Rejections != nil || got.Warehouse.Events != nil || len(got.Reconciliation) != 0 ||
		got.Warehouse.State != "unavailable" || got.Warehouse.Detail != "the engine is restarting" {
		t.Errorf("%+v", got)
	}
}
