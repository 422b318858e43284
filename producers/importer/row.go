package importer

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/turnout/turnout/schemas"
)

// build makes the event of a record. When the row turns out bad or skipped,
// r.row says so and the event is of no use. Every bad cell of a row is
// reported, not only the first.
func (r *run) build(rec *record) *schemas.Event {
	if !r.sound(rec) {
		return nil
	}
	event := &schemas.Event{Source: r.m.source, Type: r.m.typ.Name, Tenant: r.opts.Tenant}
	r.buildData(rec, event)
	r.buildEnvelope(rec, event)
	if r.row.bad || r.row.skip {
		return event
	}
	r.row.identity, r.scratch = identity(r.scratch, event)
	event.ID = identityText(r.row.identity)
	if err := r.m.registry.Check(event); err != nil {
		r.violation(rec, err)
	}
	return event
}

// sound checks what concerns the record as a whole: its text and its number of
// cells. Empty cells beyond the header are what spreadsheets leave behind.
func (r *run) sound(rec *record) bool {
	want := len(r.cols.names)
	extra := ""
	for i := want; i < rec.len() && extra == ""; i++ {
		extra = trimCell(string(rec.cell(i)))
	}
	switch {
	case rec.len() < want:
		r.reject(Problem{
			Line: rec.line, Code: CodeRagged,
			Reason: fmt.Sprintf("has %d cells, the header has %d columns", rec.len(), want),
			Hint:   "add the missing cells, or close a quote",
		})
		return false
	case extra != "":
		r.reject(Problem{
			Line: rec.line, Code: CodeRagged,
			Reason: fmt.Sprintf("has %d cells, the header has %d columns", rec.len(), want),
			Hint:   "put quotes around a cell that holds the delimiter",
		})
		return false
	}
	if reason, _ := textFault(rec.text, r.charset); reason == "" {
		return true
	}
	for i := range rec.len() {
		if reason, hint := textFault(rec.cell(i), r.charset); reason != "" {
			p := Problem{Line: rec.lines[i], Code: CodeEncoding, Reason: reason, Hint: hint}
			if i < want {
				p.Column = r.cols.names[i]
			}
			r.reject(p)
		}
	}
	return false
}

// buildData fills the event's data: its fields are sorted by name and each is
// written canonically, so the object is in the form of RFC 8785.
func (r *run) buildData(rec *record, event *schemas.Event) {
	data := append(make([]byte, 0, 160), '{')
	for _, f := range r.m.data {
		start := len(data)
		if start > 1 {
			data = append(data, ',')
		}
		data = appendString(data, f.name)
		data = append(data, ':')
		value := len(data)
		var at time.Time
		data, at = r.appendField(data, f, rec)
		if len(data) == value {
			data = data[:start]
			continue
		}
		if f == r.m.time {
			event.Time = at
		}
	}
	data = append(data, '}')
	event.Data = data
	if r.m.time != nil && !r.m.time.envelope && event.Time.IsZero() && !r.row.bad && !r.row.skip {
		r.cellProblem(rec, r.m.time, &fault{
			CodeEmpty, "the cell is empty, and it says when the event happened",
			"fill the cell, or name another column under time",
		})
	}
}

func (r *run) buildEnvelope(rec *record, event *schemas.Event) {
	if f := r.m.time; f != nil && f.envelope {
		_, event.Time = r.appendField(nil, f, rec)
	}
	if f := r.m.recorded; f != nil {
		_, event.Recorded = r.appendField(nil, f, rec)
	}
	if f := r.m.subject; f != nil {
		event.Subject = r.text(f, rec)
	}
	if f := r.m.revision; f != nil {
		number, _ := r.appendField(nil, f, rec)
		if len(number) == 0 {
			return
		}
		n, err := strconv.ParseUint(string(number), 10, 32)
		if err != nil || n > schemas.MaxRevision {
			r.cellProblem(rec, f, &fault{CodeValue, fmt.Sprintf("%s is no revision", number), fmt.Sprintf("use a whole number from 0 to %d", schemas.MaxRevision)})
			return
		}
		event.Revision = uint32(n)
	}
}

// text is the plain text of an envelope field.
func (r *run) text(f *field, rec *record) string {
	quoted, _ := r.appendField(nil, f, rec)
	if len(quoted) == 0 {
		return ""
	}
	if len(f.headers) == 0 {
		return f.fixed
	}
	text := r.cellText(f, rec)
	if known, ok := f.values[foldWord(text)]; ok {
		text = known
	}
	if text == "" {
		text = f.fallback
	}
	return text
}

func (r *run) cellText(f *field, rec *record) string {
	return trimCell(string(rec.cell(r.cols.index[f])))
}

// appendField appends the JSON of one field, nothing when it is left out.
func (r *run) appendField(dst []byte, f *field, rec *record) ([]byte, time.Time) {
	if len(f.headers) == 0 {
		return append(dst, f.fixedJSON...), f.fixedAt
	}
	if text := r.cellText(f, rec); text != "" {
		out, at, problem := f.appendValue(dst, text)
		if problem != nil {
			r.cellProblem(rec, f, problem)
			return dst, time.Time{}
		}
		if len(out) > len(dst) {
			return out, at
		}
	}
	switch f.onEmpty {
	case emptyDefault:
		return append(dst, f.fixedJSON...), f.fixedAt
	case emptyNull:
		return append(dst, "null"...), time.Time{}
	case emptySkip:
		r.row.skip = true
	case emptyError:
		r.cellProblem(rec, f, &fault{CodeEmpty, fmt.Sprintf("the cell is empty, and %q needs a value", f.name), "fill the cell, or say under empty or default what an empty cell means"})
	}
	return dst, time.Time{}
}

func (r *run) cellProblem(rec *record, f *field, why *fault) {
	p := Problem{Line: rec.line, Code: why.code, Reason: why.reason, Hint: why.hint}
	if place, ok := r.cols.index[f]; ok {
		p.Line, p.Column = rec.lines[place], r.cols.names[place]
	}
	r.reject(p)
}

// violation reports what the type's schema refuses, at the cell it came from.
func (r *run) violation(rec *record, err error) {
	p := Problem{Line: rec.line, Code: CodeSchema, Reason: err.Error()}
	if v, ok := errors.AsType[*schemas.Violation](err); ok {
		p.Reason, p.Hint = strings.TrimSuffix(v.Detail, "."), v.Hint
		if f := r.m.byPointer(v.Pointer); f != nil {
			p.Reason = fmt.Sprintf("%s: %s", f.name, p.Reason)
			if place, ok := r.cols.index[f]; ok {
				p.Line, p.Column = rec.lines[place], r.cols.names[place]
			}
		}
	}
	r.reject(p)
}

// byPointer finds the field that a pointer such as /data/role/0 lies in.
func (m *Mapping) byPointer(pointer string) *field {
	name, inData := strings.CutPrefix(pointer, "/data/")
	name = strings.TrimPrefix(name, "/")
	name, _, _ = strings.Cut(name, "/")
	for _, f := range m.fields() {
		if f.name == name && f.envelope != inData {
			return f
		}
	}
	return nil
}
