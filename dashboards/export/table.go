package export

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/turnout/turnout/dashboards/reporting"
)

// Table is what is written: columns with typed values, and what there is to say about them.
type Table struct {
	// Name is the report's; Part is the measure of a list behind a figure, or empty.
	Name, Part string
	// Title, Question and Definition are for people, in Language.
	Title, Question, Definition string
	// Language is that of the labels: en or ru.
	Language string
	Tenant   string
	Columns  []reporting.Column
	// Rows hold values as reporting.Result does.
	Rows     [][]any
	Location *time.Location
	AsOf     time.Time
	// Settings are the filters in force.
	Settings []Line
	// YearBefore says which time the columns of the year before are about, or is empty.
	YearBefore string
	// Shareable tells that small numbers of persons are hidden; Hidden has what stands in their place.
	Shareable bool
	Hidden    map[Place]string
	// Total is how long the whole list is; -1 where the table is whole by nature.
	Total int64
}

// Line is something said about a table.
type Line struct{ Label, Text string }

// Place is a cell: the index of its row and its column.
type Place struct{ Row, Column int }

// FromResult makes a table of a report's answer.
func FromResult(r *reporting.Result) *Table {
	t := &Table{
		Name: r.Report.Name, Title: r.Report.Title, Question: r.Report.Question, Definition: r.Report.Definition, Language: r.Report.Lang,
		Columns: r.Columns, Rows: r.Rows, Location: r.Location, AsOf: r.AsOf, Total: -1,
	}
	t.set(r.Report, r.Parameters)
	if r.Compared != nil {
		t.YearBefore = r.Compared.To.In(t.Location).Format(moment)
		if r.Compared.From != nil {
			t.YearBefore = r.Compared.From.In(t.Location).Format(moment) + " – " + t.YearBefore
		}
	}
	t.Hidden = make(map[Place]string, len(r.Suppressed))
	for _, s := range r.Suppressed {
		column := slices.IndexFunc(r.Columns, func(c reporting.Column) bool { return c.Name == s.Column })
		t.Hidden[Place{s.Row, column}] = s.Text
	}
	return t
}

// FromRows makes a table of the list behind a figure.
func FromRows(r *reporting.RowsResult) *Table {
	t := &Table{
		Name: r.Report.Name, Part: r.Measure.Name, Title: r.Report.Title, Question: r.Report.Question, Definition: r.Report.Definition, Language: r.Report.Lang,
		Columns: r.Columns, Rows: r.Rows, Location: r.Location, AsOf: r.AsOf, Total: r.Total,
	}
	t.set(r.Report, r.Parameters)
	w := t.words()
	behind := r.Measure.Title
	if behind == "" {
		behind = r.Measure.Name
	}
	if r.Measure.Description != "" {
		behind += ": " + r.Measure.Description
	}
	about := []Line{{w.behind, behind}}
	for _, d := range r.Report.Dimensions {
		value, given := r.Cell[d.Name]
		if !given {
			continue
		}
		label := d.Title
		if label == "" {
			label = d.Name
		}
		if value == nil {
			value = w.none
		}
		about = append(about, Line{label, shown(value)})
	}
	t.Settings = append(about, t.Settings...)
	return t
}

const (
	viewName  = "view"
	shareable = "shareable"
	moment    = "2006-01-02 15:04"
)

// set reads what was asked: the community, the view and the filters.
func (t *Table) set(r *reporting.Report, parameters map[string]any) {
	t.Tenant = shown(parameters["tenant"])
	t.Shareable = parameters[viewName] == shareable
	for _, p := range r.Describe().Parameters {
		value := parameters[p.Name]
		if value == nil || slices.Contains([]string{"tenant", "timezone", viewName}, p.Name) {
			continue
		}
		t.Settings = append(t.Settings, Line{p.Title, shown(value)})
	}
}

func shown(value any) string {
	switch v := value.(type) {
	case nil:
		return ""
	case string:
		return v
	case []string:
		return strings.Join(v, ", ")
	default:
		return fmt.Sprint(v)
	}
}

// About is what there is to say about the table, in the order in which people ask.
func (t *Table) About() []Line {
	w := t.words()
	lines := []Line{{w.report, t.Title + " (" + t.Name + ")"}}
	add := func(label, text string) {
		if text = strings.Join(strings.Fields(text), " "); text != "" {
			lines = append(lines, Line{label, text})
		}
	}
	add(w.question, t.Question)
	add(w.definition, t.Definition)
	add(w.community, t.Tenant)
	for _, s := range t.Settings {
		add(s.Label, s.Text)
	}
	add(w.yearBefore, t.YearBefore)
	add(w.zone, t.Location.String())
	add(w.asOf, t.AsOf.In(t.Location).Format("2006-01-02 15:04:05 -07:00"))
	if t.Total > int64(len(t.Rows)) {
		add(w.rows, fmt.Sprintf(w.of, len(t.Rows), t.Total))
	}
	add(w.empty, w.emptyMeans)
	if t.Shareable {
		add(w.shareable, w.shareableMeans)
	}
	return lines
}

// FileName is a good name for the file: what, of which day, of whom.
func (t *Table) FileName(f reporting.Format) string {
	parts := []string{t.Name}
	if t.Part != "" {
		parts = append(parts, t.Part)
	}
	parts = append(parts, t.AsOf.In(t.Location).Format(time.DateOnly))
	if t.Tenant != "" {
		parts = append(parts, t.Tenant)
	}
	if t.Shareable {
		parts = append(parts, shareable)
	}
	return strings.Join(parts, "_") + "." + extension(f)
}
