package importer

import (
	"bytes"
	"fmt"
	"strings"
)

// columns is the header of a file, matched with a mapping.
type columns struct {
	names   []string
	index   map[*field]int // for fields that read a column
	ignored []string       // columns that nothing reads
}

// openTable finds the delimiter and the header and leaves the reader at the
// first row behind it.
func openTable(src *source, m *Mapping, c charset) (*recordReader, *columns, error) {
	r := newRecordReader(src)
	delim, err := declaredBySep(src, r)
	if err != nil {
		return nil, nil, err
	}
	switch {
	case m.delim != 0:
		r.delim = m.delim
	case delim != 0:
		r.delim = delim
	default:
		r.delim, err = detectDelimiter(r, m)
		if err != nil {
			return nil, nil, err
		}
	}
	got, problem := r.read()
	for got == gotRecord && r.rec.blank() {
		got, problem = r.read()
	}
	if err := src.failure(); err != nil {
		return nil, nil, fmt.Errorf("read header: %w", err)
	}
	switch got {
	case gotEnd:
		return nil, nil, Problems{{Line: 1, Code: CodeHeader, Reason: "the file is empty", Hint: "it needs a header line and rows"}}
	case gotProblem:
		return nil, nil, headerProblem(problem)
	}
	if reason, hint := textFault(r.rec.text, c); reason != "" {
		return nil, nil, Problems{{Line: r.rec.line, Code: CodeEncoding, Reason: "the header " + reason, Hint: hint}}
	}
	cols, err := matchColumns(&r.rec, m)
	return r, cols, err
}

// declaredBySep takes the line "sep=;" that spreadsheets put before the header.
func declaredBySep(src *source, r *recordReader) (byte, error) {
	src.pin()
	var line [6]byte
	n := 0
	for ; n < len(line); n++ {
		b, ok := src.next()
		if !ok {
			break
		}
		line[n] = b
	}
	if err := src.failure(); err != nil {
		return 0, fmt.Errorf("read file: %w", err)
	}
	if n == len(line) && bytes.EqualFold(line[:4], []byte("sep=")) && strings.IndexByte(",;\t", line[4]) >= 0 && r.endOfLine(line[5]) {
		return line[4], nil
	}
	src.rewind(0)
	return 0, nil
}

// detectDelimiter reads the header with every delimiter and keeps the one that
// finds most of the mapping's columns, then the one that finds most cells.
func detectDelimiter(r *recordReader, m *Mapping) (byte, error) {
	best, bestScore := byte(','), -1
	wanted := make(map[string]bool)
	for _, f := range m.columnFields() {
		for _, h := range f.headers {
			wanted[foldHeader(h.text)] = true
		}
	}
	startLine := r.line
	for _, delim := range []byte{',', ';', '\t'} {
		r.delim = delim
		got, problem := r.read()
		if r.src.lost {
			return 0, headerProblem(problem)
		}
		score := r.rec.len() // also of a header that turned out unreadable
		for i := range r.rec.len() {
			if got == gotRecord && wanted[foldHeader(string(r.rec.cell(i)))] {
				score += MaxColumns + 1
			}
		}
		if score > bestScore {
			best, bestScore = delim, score
		}
		r.src.rewind(0)
		r.line = startLine
	}
	return best, nil
}

func headerProblem(p Problem) error {
	p.Reason = "the header cannot be read: " + p.Reason
	return Problems{p}
}

// columnFields are the fields that read a column, the envelope's before the
// data's, each once.
func (m *Mapping) columnFields() []*field {
	var list []*field
	for _, f := range m.fields() {
		if len(f.headers) > 0 {
			list = append(list, f)
		}
	}
	return list
}

func (m *Mapping) fields() []*field {
	var list []*field
	for _, f := range []*field{m.time, m.recorded, m.subject, m.revision} {
		if f != nil && f.envelope {
			list = append(list, f)
		}
	}
	return append(list, m.data...)
}

func matchColumns(rec *record, m *Mapping) (*columns, error) {
	cols := &columns{index: make(map[*field]int)}
	places := make(map[string][]int)
	for i := range rec.len() {
		name := trimCell(string(rec.cell(i)))
		cols.names = append(cols.names, name)
		if folded := foldHeader(name); folded != "" {
			places[folded] = append(places[folded], i)
		}
	}
	used := make(map[int]bool)
	var problems Problems
	for _, f := range m.columnFields() {
		place, problem := findColumn(f, places, cols.names)
		if problem.Code != "" {
			problem.File = m.file
			problems = append(problems, problem)
			continue
		}
		cols.index[f] = place
		used[place] = true
	}
	if len(problems) > 0 {
		return nil, problems
	}
	for i, name := range cols.names {
		if !used[i] && name != "" {
			cols.ignored = append(cols.ignored, name)
		}
	}
	return cols, nil
}

func findColumn(f *field, places map[string][]int, names []string) (int, Problem) {
	found := -1
	for _, h := range f.headers {
		for _, place := range places[foldHeader(h.text)] {
			if found >= 0 {
				return 0, Problem{
					Line: h.line, Col: h.col, Code: CodeHeader,
					Reason: fmt.Sprintf("%q could be column %d (%q) or column %d (%q) of the file", f.name, found+1, names[found], place+1, names[place]),
					Hint:   "rename one of the two columns, or remove an alias",
				}
			}
			found = place
		}
	}
	if found >= 0 {
		return found, Problem{}
	}
	at := f.headers[0]
	return 0, Problem{
		Line: at.line, Col: at.col, Code: CodeHeader,
		Reason: fmt.Sprintf("the file has no column %q", at.text),
		Hint:   "its header is: " + headerList(names) + "; correct the name, add an alias, or say which delimiter separates the columns",
	}
}

func headerList(names []string) string {
	const most = 20
	shown := names[:min(len(names), most)]
	quoted := make([]string, len(shown))
	for i, name := range shown {
		quoted[i] = quoteCell(name)
	}
	text := strings.Join(quoted, ", ")
	if len(names) > most {
		text += fmt.Sprintf(" and %d more", len(names)-most)
	}
	return text
}
