package importer

import (
	"bytes"
	"context"
	"fmt"
	"io"
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
		sum, err := m.Import(context.Background(), bytes.NewReader(csv), Options{Event: func(int, *schemas.Event) error { return nil }})
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
		r := newRecordReader(newSource(bytes.NewReader(csv)), ',')
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

// TestMemoryIsBounded feeds a file far larger than what may be held and looks
// at the reader's buffers.
func TestMemoryIsBounded(t *testing.T) {
	line := good("1")
	endless := io.LimitReader(&repeater{text: []byte(line)}, 64<<20)
	src := newSource(io.MultiReader(bytes.NewReader([]byte("\"never closed,")), endless))
	r := newRecordReader(src, ',')
	records, problems := 0, 0
	for {
		got, _ := r.read()
		if got == gotEnd {
			break
		}
		if got == gotProblem {
			problems++
			continue
		}
		records++
	}
	if len(src.buf) > 4*MaxRecord || cap(r.rec.text) > 2*MaxRecord {
		t.Errorf("the reader holds %d and %d bytes", len(src.buf), cap(r.rec.text))
	}
	if problems != 1 || records != 64<<20/len(line) {
		t.Errorf("%d records, %d problems", records, problems)
	}
}

// repeater is a text over and over.
type repeater struct {
	text []byte
	at   int
}

func (r *repeater) Read(p []byte) (int, error) {
	n := 0
	for n < len(p) {
		c := copy(p[n:], r.text[r.at:])
		n += c
		r.at = (r.at + c) % len(r.text)
	}
	return n, nil
}
