package importer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/turnout/turnout/schemas"
)

// Options of one import. The functions are called in file order from the
// goroutine that called Import; nil ones are not called.
type Options struct {
	File   string // what problems call the CSV file
	Tenant string // put on every event; empty leaves it to the receiver

	Event   func(line int, event *schemas.Event) error // a good row; owns the event; an error ends the import
	Problem func(Problem)                              // a row or cell that cost the row
	Note    func(Problem)                              // worth knowing, cost nothing: a repeated row
}

// Summary accounts for every row: Rows = Events + Repeated + Rejected + Skipped.
type Summary struct {
	Rows     int // records behind the header that are not blank
	Events   int // rows that became an event
	Repeated int // rows that say the same as an earlier one of the file
	Rejected int // rows with at least one problem
	Skipped  int // rows left out by `empty: skip`
	Blank    int // records without any text

	Encoding  string
	Delimiter string   // comma, semicolon or tab
	Ignored   []string // columns that the mapping does not read
	First     time.Time
	Last      time.Time // the range of the events' times; zero without events
	// RepeatsUnchecked says that the file has more rows than are compared with
	// one another; later repetitions were passed on, which is harmless.
	RepeatsUnchecked bool
}

// Import reads a CSV file and hands over one event for every good row. The
// summary is true up to where it stopped when the error is not nil. The error
// is [Problems] when file and mapping do not fit.
func (m *Mapping) Import(ctx context.Context, r io.Reader, opts Options) (Summary, error) {
	run := &run{m: m, opts: opts, seen: newMemory(maxRemembered)}
	text, actual, err := decodeReader(r, m.charset)
	if err != nil {
		return run.sum, named(err, opts.File)
	}
	run.charset, run.sum.Encoding = actual, string(actual)
	records, cols, err := openTable(newSource(text), m, actual)
	if err != nil {
		return run.sum, named(err, opts.File)
	}
	run.records, run.cols = records, cols
	run.sum.Ignored = cols.ignored
	run.sum.Delimiter = delimiterName(records.delim)
	err = run.all(ctx)
	run.sum.RepeatsUnchecked = run.seen.full
	return run.sum, err
}

// named puts the CSV file's name into problems that have no file yet.
func named(err error, file string) error {
	if one, ok := errors.AsType[Problem](err); ok {
		return named(Problems{one}, file)
	}
	list, ok := errors.AsType[Problems](err)
	if !ok {
		return err
	}
	for i := range list {
		if list[i].File == "" {
			list[i].File = file
		}
	}
	return list
}

func delimiterName(b byte) string {
	switch b {
	case ';':
		return "semicolon"
	case '\t':
		return "tab"
	default:
		return "comma"
	}
}

// run is the state of one import.
type run struct {
	m       *Mapping
	opts    Options
	charset charset
	records *recordReader
	cols    *columns
	seen    *memory
	sum     Summary
	scratch []byte
	row     rowState
}

// rowState is what is known about the current row.
type rowState struct {
	bad      bool
	skip     bool
	problems []Problem // told when the row is not skipped after all
	identity [16]byte
}

func (r *run) all(ctx context.Context) error {
	for {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("import %s: %w", r.opts.File, err)
		}
		got, problem := r.records.read()
		if err := r.records.src.failure(); err != nil {
			return fmt.Errorf("read %s at line %d: %w", r.opts.File, r.records.line, err)
		}
		switch got {
		case gotEnd:
			return nil
		case gotProblem:
			r.sum.Rows++
			r.row = rowState{problems: r.row.problems[:0]}
			r.reject(problem)
			r.tell()
			continue
		}
		if r.records.rec.blank() {
			r.sum.Blank++
			continue
		}
		r.sum.Rows++
		if err := r.take(&r.records.rec); err != nil {
			return err
		}
	}
}

// reject notes a problem of the current row.
func (r *run) reject(p Problem) {
	r.row.bad = true
	if p.File == "" {
		p.File = r.opts.File
	}
	r.row.problems = append(r.row.problems, p)
}

// tell reports the problems of a refused row, in the order of its cells' lines.
func (r *run) tell() {
	r.sum.Rejected++
	if r.opts.Problem == nil {
		return
	}
	slices.SortStableFunc(r.row.problems, func(a, b Problem) int { return a.Line - b.Line })
	for _, p := range r.row.problems {
		r.opts.Problem(p)
	}
}

// take turns one record into an event, or says why not.
func (r *run) take(rec *record) error {
	r.row = rowState{problems: r.row.problems[:0]}
	event := r.build(rec)
	switch {
	case r.row.skip:
		r.sum.Skipped++
		return nil
	case r.row.bad:
		r.tell()
		return nil
	}
	if earlier := r.seen.first(r.row.identity, rec.line); earlier > 0 {
		r.sum.Repeated++
		if r.opts.Note != nil {
			r.opts.Note(Problem{
				File: r.opts.File, Line: rec.line, Code: CodeDuplicate,
				Reason: fmt.Sprintf("says the same as line %d: the two are one event", earlier),
			})
		}
		return nil
	}
	r.sum.Events++
	if r.sum.First.IsZero() || event.Time.Before(r.sum.First) {
		r.sum.First = event.Time
	}
	if event.Time.After(r.sum.Last) {
		r.sum.Last = event.Time
	}
	if r.opts.Event == nil {
		return nil
	}
	if err := r.opts.Event(rec.line, event); err != nil {
		return fmt.Errorf("hand over line %d: %w", rec.line, err)
	}
	return nil
}
