package warehouse_test

import (
	"fmt"
	"math/big"
	"testing"

	"github.com/turnout/turnout/internal/warehouse"
)

// attendances inserts facts without their log: n of a community, as many persons in turn, a gathering a month.
func (h *house) attendances(tenant string, n, persons int) {
	h.t.Helper()
	must(h.t, h.db.Conn().Exec(h.t.Context(), fmt.Sprintf(`INSERT INTO facts (tenant, kh, version, type, id, person, gathering, mode, time, at, recorded, received, present)
SELECT '%s', toUInt128(number), 1, 'attendance.recorded.v1', toString(number), concat('person-', toString(number %% %d)), 'g', 'experiential', d AS time, d AS at, d AS recorded, d AS received, true
FROM (SELECT number, toDateTime64('2004-01-15 12:00:00', 3, 'UTC') + toIntervalMonth(intDiv(number, %d)) AS d FROM numbers(%d))`, tenant, persons, persons, n)))
}

func (h *house) rollups() *warehouse.Rollups {
	h.t.Helper()
	rollups, err := warehouse.NewRollups(h.db, h.registry)
	must(h.t, err)
	return rollups
}

// Past 50 MB an aggregation comes in up to 256 pieces; they must still become one block, or a reader could see some of a community's months.
func TestALargeRecomputationIsOneBlock(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.attendances("acme", 400_000, 20_000)
	must(t, h.db.Conn().Exec(t.Context(), "SYSTEM STOP MERGES rollup_months"))
	must(t, h.rollups().Recompute(t.Context(), "UTC", warehouse.Months{}, warehouse.Rollup{Tenant: "acme", Version: big.NewInt(1)}))
	h.expect("SELECT (count(), sum(length(person)), uniqExact(_part)) FROM rollup_months", "(20,400000,1)")
}

// BenchmarkRollups recomputes a large community, a small one, and 200 small ones in one statement.
func BenchmarkRollups(b *testing.B) {
	const small, many = 1000, 200
	h := newHouse(b)
	h.attendances("large", 300_000, 3000)
	of := make([]warehouse.Rollup, many)
	for i := range of {
		of[i].Tenant = fmt.Sprint("small-", i)
		h.attendances(of[i].Tenant, small, 50)
	}
	must(b, h.db.Conn().Exec(b.Context(), "OPTIMIZE TABLE facts FINAL"))
	rollups, version := h.rollups(), int64(0)
	recompute := func(b *testing.B, of ...warehouse.Rollup) {
		b.Helper()
		for b.Loop() {
			version++
			for i := range of {
				of[i].Version = big.NewInt(version)
			}
			must(b, rollups.Recompute(b.Context(), "Europe/Moscow", warehouse.Months{}, of...))
		}
		b.ReportMetric(float64(b.Elapsed().Milliseconds())/float64(b.N*len(of)), "ms/community")
	}
	b.Run("one of 300000 facts", func(b *testing.B) { recompute(b, warehouse.Rollup{Tenant: "large"}) })
	b.Run("one of 1000 facts", func(b *testing.B) { recompute(b, of[0]) })
	b.Run("200 of 1000 facts", func(b *testing.B) { recompute(b, of...) })
}
