package importer

import (
	"bytes"
	"encoding/csv"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/turnout/turnout/schemas"
)

// FuzzMapping: no text makes the parser panic; what it refuses has a place and
// a reason, what it accepts can be used.
func FuzzMapping(f *testing.F) {
	registry := builtin(f)
	f.Add([]byte(sheet))
	f.Add([]byte(attend))
	examples, err := filepath.Glob(filepath.Join("..", "..", "examples", "*", "*.yaml"))
	if err != nil || len(examples) == 0 {
		f.Fatalf("no examples: %v", err)
	}
	for _, path := range examples {
		raw, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		m, err := ParseMapping("m.yaml", raw, registry)
		if err != nil {
			for _, p := range problemsOf(t, err) {
				if p.Line < 1 || p.Col < 1 || p.Reason == "" {
					t.Errorf("%+v says too little", p)
				}
			}
			return
		}
		if _, err := m.Import(t.Context(), strings.NewReader("a,b\n1,2\n"), Options{}); err != nil && len(problemsOf(t, err)) == 0 {
			t.Error("an error without a problem")
		}
	})
}

// FuzzImport: no bytes make an import panic, lose count of a row or hand over
// an event that its type refuses; importing twice gives the same ids.
func FuzzImport(f *testing.F) {
	registry := builtin(f)
	m, err := ParseMapping("m.yaml", []byte(sheet), registry)
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte(sheetHeader + good("1") + "2022-05-27 18:00,g,\"p\r\n\"\"2\"\"\",no,host,5\n"))
	f.Add([]byte("sep=;\n" + strings.ReplaceAll(sheetHeader, ",", ";")))
	f.Add([]byte("\xff\xfeW\x00h\x00"))
	f.Add([]byte(sheetHeader + "\"\n" + good("1")))
	f.Add([]byte(sheetHeader + "2022-10-30 02:30,g,p,ja,host,1\r2022-03-27 02:30,g,p,ja,host,1\r"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		lines := 1 + bytes.Count(raw, []byte{'\n'}) + bytes.Count(raw, []byte{'\r'})
		var ids []string
		check := func(_ int, e *schemas.Event) error {
			ids = append(ids, e.ID)
			if err := registry.Check(e); err != nil {
				t.Errorf("%s: %v", e.Data, err)
			}
			if canonical, err := schemas.Canonical(e.Data); err != nil || !bytes.Equal(canonical, e.Data) {
				t.Errorf("%s is not canonical", e.Data)
			}
			return nil
		}
		problem := func(p Problem) {
			if p.Line < 1 || p.Line > lines || p.Reason == "" {
				t.Errorf("%+v is outside the file of %d lines", p, lines)
			}
		}
		sum, err := m.Import(t.Context(), bytes.NewReader(raw), Options{Event: check, Problem: problem})
		if err != nil && len(problemsOf(t, err)) == 0 {
			t.Error("an error without a problem")
		}
		if sum.Rows != sum.Events+sum.Repeated+sum.Rejected+sum.Skipped || sum.Events != len(ids) || sum.Rows > lines {
			t.Errorf("summary %+v for %d events", sum, len(ids))
		}
		first := slices.Clone(ids)
		ids = nil
		if _, again := m.Import(t.Context(), bytes.NewReader(raw), Options{Event: check}); (again == nil) != (err == nil) || !slices.Equal(first, ids) {
			t.Errorf("the second import gave %v, %v", ids, again)
		}
	})
}

// FuzzRecords compares with the standard library where both accept: the same
// cells on the same lines. Lines that end with a lone CR are ours alone.
func FuzzRecords(f *testing.F) {
	f.Add("a,b\n1,2\n")
	f.Add("\"a\nb\",\"\"\"\"\n\n,\n")
	f.Add("a,\"b\r\nc\"\r\nd,e")
	f.Fuzz(func(t *testing.T, text string) {
		if strings.Contains(strings.ReplaceAll(text, "\r\n", "\n"), "\r") || len(text) > MaxCell {
			return
		}
		standard := csv.NewReader(strings.NewReader(text))
		standard.FieldsPerRecord = -1
		ours := newRecordReader(newSource(strings.NewReader(text)))
		for {
			want, err := standard.Read()
			if err != nil && err != io.EOF {
				return // it stops where we report and go on
			}
			got, problem := ours.read()
			for got == gotRecord && ours.rec.len() == 1 && len(ours.rec.text) == 0 && ours.src.buf[ours.src.pinned] != '"' {
				got, problem = ours.read() // it skips empty lines in silence
			}
			if err == io.EOF {
				if got != gotEnd {
					t.Fatalf("%q: a record behind the end: %v", text, problem)
				}
				return
			}
			if got == gotProblem && problem.Reason == "a space stands before an opening quote" {
				return
			}
			if got != gotRecord || ours.rec.len() != len(want) {
				t.Fatalf("%q: %v (%v), want %q", text, got, problem, want)
			}
			for i := range want {
				line, _ := standard.FieldPos(i)
				if string(ours.rec.cell(i)) != want[i] || ours.rec.lines[i] != line {
					t.Fatalf("%q: cell %d is %q on line %d, want %q on line %d", text, i, ours.rec.cell(i), ours.rec.lines[i], want[i], line)
				}
			}
		}
	})
}

// FuzzPattern: no layout and text make it panic, and what a layout without
// names of months reads is in range.
func FuzzPattern(f *testing.F) {
	f.Add("DD.MM.YYYY HH:mm", "27.05.2022 18:00")
	f.Add("D MMM YYYY [at] h:mm A Z", "1 May 2022 at 1:00 PM +03:00")
	f.Add("rfc3339", "2022-05-27T18:00:00.5Z")
	f.Fuzz(func(t *testing.T, layout, text string) {
		p, err := compilePattern(layout)
		if err != nil {
			return
		}
		c, ok := p.parse(text)
		if ok && (c.month < 1 || c.month > 12 || c.day < 1 || c.day > 31 || c.hour > 23 || c.minute > 59 || c.second > 59 || c.nanos >= 1e9) {
			t.Errorf("%q by %q is %+v", text, layout, c)
		}
	})
}
