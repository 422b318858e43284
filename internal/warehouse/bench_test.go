package warehouse_test

import (
	"fmt"
	"strconv"
	"testing"

	"github.com/turnout/turnout/internal/warehouse"
	"github.com/turnout/turnout/schemas"
)

// attendances makes n different events of some 340 bytes, as a source would send them.
func attendances(b *testing.B, n int) [][]byte {
	b.Helper()
	raws := make([][]byte, n)
	for i := range raws {
		e := event(b, fmt.Sprintf(`attendance.recorded 2022-%02d-27 id=a%d {"gathering_id":"gathering-%04d","person_id":"person-%06d","present":true,"role":"participant","method":"qr","minutes":%d,"at":"2022-05-27T18:05:00Z"}`,
			1+i%12, i, i%2000, i, i%180))
		raws[i] = e.AppendJSON(nil)
	}
	return raws
}

func decode(b *testing.B, registry *schemas.Registry, raws [][]byte) *warehouse.Rows {
	b.Helper()
	rows := warehouse.NewRows(registry.PromotedColumns(), len(raws))
	for i, raw := range raws {
		e, err := schemas.DecodeStructured(raw)
		must(b, err)
		must(b, registry.Check(e))
		record, err := registry.Derive(e)
		must(b, err)
		must(b, rows.Append(e, &record, warehouse.Arrival{Received: e.Time, Seq: uint64(i)}))
	}
	return rows
}

// BenchmarkDecode is the way from bytes to columns.
func BenchmarkDecode(b *testing.B) {
	registry, err := schemas.Builtin()
	must(b, err)
	const n = 10_000
	raws := attendances(b, n)
	b.ReportAllocs()
	for b.Loop() {
		decode(b, registry, raws)
	}
	b.ReportMetric(float64(b.N)*n/b.Elapsed().Seconds(), "events/s")
}

// BenchmarkInsert stores batches in events and, by the view, in facts.
func BenchmarkInsert(b *testing.B) {
	h := newHouse(b)
	for _, n := range []int{1_000, 10_000, 50_000} {
		rows := decode(b, h.registry, attendances(b, n))
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				must(b, h.db.InsertEvents(b.Context(), rows))
			}
			b.ReportMetric(float64(b.N)*float64(n)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}
