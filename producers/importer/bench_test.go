package importer

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/turnout/turnout/schemas"
)

func table(rows int) []byte {
	var b bytes.Buffer
	b.WriteString(sheetHeader)
	for i := range rows {
		fmt.Fprintf(&b, "2022-05-%02d %02d:%02d,g-%d,p-%06d,ja,participant,%d\n", i%28+1, i%24, i%60, i%40, i, i%200)
	}
	return b.Bytes()
}

func report(b *testing.B, rows int) {
	b.Helper()
	b.ReportMetric(float64(rows)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}

// BenchmarkImport is the whole way of a row to a checked event.
func BenchmarkImport(b *testing.B) {
	const rows = 10_000
	csv := table(rows)
	m := mustMapping(b, sheet)
	b.SetBytes(int64(len(csv)))
	b.ReportAllocs()
	for b.Loop() {
		sum, err := m.Import(b.Context(), bytes.NewReader(csv), Options{Event: func(int, *schemas.Event) error { return nil }})
		if err != nil || sum.Events != rows {
			b.Fatalf("%v, %+v", err, sum)
		}
	}
	report(b, rows)
}

// BenchmarkRecords is reading alone.
func BenchmarkRecords(b *testing.B) {
	const rows = 10_000
	csv := table(rows)
	b.SetBytes(int64(len(csv)))
	b.ReportAllocs()
	for b.Loop() {
		r := newRecordReader(newSource(bytes.NewReader(csv)))
		n := 0
		for {
			got, _ := r.read()
			if got == gotEnd {
				break
			}
			n++
		}
		if n != rows+1 {
			b.Fatal(n)
		}
	}
	report(b, rows)
}

// BenchmarkParseMapping is what an import costs before its first row.
func BenchmarkParseMapping(b *testing.B) {
	registry := builtin(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ParseMapping("m.yaml", []byte(sheet), registry); err != nil {
			b.Fatal(err)
		}
	}
}
