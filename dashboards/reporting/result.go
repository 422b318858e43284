package reporting

import (
	"slices"
	"time"
)

// Column describes one column of a result.
type Column struct {
	Name        string `json:"name"`
	Type        Type   `json:"type"`
	Unit        string `json:"unit"`
	Description string `json:"description"`
	// Compares names the column of which this is the year before; empty for others.
	Compares string `json:"compares,omitempty"`

	// Title is the heading for people; Role is dimension, attribute or measure.
	// They are in the report's description, not in the exact form of a result.
	Title string `json:"-"`
	Role  Role   `json:"-"`
}

// Role tells what a column is to the report.
type Role string

// A dimension parts the rows, an attribute describes a group, a measure is a figure with a list behind it.
const (
	DimensionRole Role = "dimension"
	AttributeRole Role = "attribute"
	MeasureRole   Role = "measure"
)

// Result is a report's answer. A value in Rows is nil (unknown, not zero), string,
// int64, float64, bool or time.Time: the day at midnight UTC for a date, the
// instant in UTC for a datetime.
type Result struct {
	Report *Report
	// Parameters are those that were in force, by name; nil for one without a value.
	Parameters map[string]any
	Location   *time.Location
	AsOf       time.Time
	Columns    []Column
	Rows       [][]any
	// Compared is the time of the columns that compare; nil when there are none.
	Compared *Compared
	// Threshold is what the shareable view hides counts below, Suppressed are the cells hidden; 0 and
	// nil in the full view.
	Threshold  int
	Suppressed []Suppressed
	// Took is how long the engine needed.
	Took time.Duration
}

// RowsResult is the list behind one cell.
type RowsResult struct {
	Report     *Report
	Measure    Measure
	Cell       map[string]any
	Parameters map[string]any
	Location   *time.Location
	AsOf       time.Time
	// Figure is the cell's value, computed in the same call.
	Figure any
	// Total counts the whole list; Rows holds the part of it from Offset on.
	Total         int64
	Limit, Offset int64
	Columns       []Column
	Rows          [][]any
}

// Columns describes the report's result.
func (r *Report) Columns() []Column {
	out := make([]Column, 0, len(r.Dimensions)+len(r.Measures))
	for _, d := range r.Dimensions {
		out = append(out, Column{Name: d.Name, Type: d.Type, Description: d.Description, Title: titleOf(d.Title, d.Name), Role: DimensionRole})
	}
	for _, m := range r.Measures {
		role := MeasureRole
		if m.Attribute() {
			role = AttributeRole
		}
		out = append(out, Column{Name: m.Name, Type: m.Type, Unit: m.Unit, Description: m.Description, Title: titleOf(m.Title, m.Name), Role: role})
	}
	slices.SortStableFunc(out, func(a, b Column) int { return r.place(a.Name) - r.place(b.Name) })
	return out
}

// place is where a column stands; those that are not named keep their order after the others.
func (r *Report) place(column string) int {
	if i := slices.Index(r.columns, column); i >= 0 {
		return i
	}
	return len(r.columns)
}

// rowColumns are the columns of the report's rows of which the file tells something:
// dimensions, and what measures take as a value.
func (r *Report) rowColumns() []Column {
	var out []Column
	for _, c := range r.Columns() {
		m, isMeasure := r.Measure(c.Name)
		if isMeasure && m.Value == "" {
			continue
		}
		if isMeasure {
			c.Name = m.Value
		}
		out = append(out, c)
	}
	return out
}
