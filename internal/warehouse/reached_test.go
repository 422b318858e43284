package warehouse_test

import (
	"testing"
	"time"

	"github.com/turnout/turnout/internal/stream"
	"github.com/turnout/turnout/internal/warehouse"
)

func TestHowFarTheReceiptsAre(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for _, step := range []struct {
		receipts []warehouse.Receipt
		want     uint64
	}{
		{nil, 0},
		{[]warehouse.Receipt{{Tenant: "a", Day: day(1), Positions: []uint64{stream.Position(7, 3), stream.Position(2, 0)}}}, 7},
		{[]warehouse.Receipt{{Tenant: "b", Day: day(2), Positions: []uint64{stream.Position(5, 1023)}}, {Tenant: "a", Day: day(2), Positions: []uint64{stream.Position(9, 0)}}}, 9},
	} {
		if len(step.receipts) > 0 {
			must(t, h.db.InsertReceipts(t.Context(), step.receipts))
		}
		reached, err := h.db.Reached(t.Context())
		must(t, err)
		if reached != step.want {
			t.Errorf("reached %d, want %d", reached, step.want)
		}
	}
}

func day(n int) time.Time { return time.Date(2026, 1, n, 0, 0, 0, 0, time.UTC) }
