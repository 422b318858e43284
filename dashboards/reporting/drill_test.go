package reporting_test

import (
	"context"
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/turnout/turnout/dashboards/reporting"
)

// TestEveryCellIsItsList takes every cell of every report and computes it again from
// the list behind it.
func TestEveryCellIsItsList(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "2022-06-10T00:00:00Z")
	c := newCommunityOf(3, 5, 6, 100)
	w.tell(c.events...)
	w.tell(said{typ: "attendance.recorded.v1", id: "twice", time: "2022-02-01T10:00:00Z", received: w.now.Add(-time.Hour), data: map[string]any{
		"gathering_id": "g00", "person_id": "stranger", "present": true, "role": "host", "method": "qr",
	}}, said{typ: "attendance.recorded.v1", id: "twice", time: "2022-02-01T10:00:00Z", data: map[string]any{
		"gathering_id": "g01", "person_id": "stranger", "present": true, "role": "host", "method": "qr",
	}})
	w.now = w.now.AddDate(2, 4, 0)
	for _, event := range hills() {
		event.tenant = "hills"
		w.tell(event)
	}
	tellCareers(w)
	tellGiving(w)
	w.tell(
		sent("c1", "2024-01-10T10:00:00Z", 50), answered("r1", "c1", "s1", "clicked", "2024-01-11T10:00:00Z"), answered("r2", "c9", "s2", "shared", "2024-02-11T10:00:00Z"),
		feedback("f1", "g00", "s1", 9, 4, "2024-01-11T10:00:00Z"), employed("e2", "a", "", "part_time", "", "2024-01-11T10:00:00Z"),
		registered("graduate", "alumnus", map[string]any{"graduation_year": 2019}),
	)
	w.freeze()
	for _, report := range w.runner.Catalog().Reports() {
		t.Run(report.Name, func(t *testing.T) {
			query := "tenant=t&timezone=Asia/Kolkata"
			if asked, ok := overHills()[report.Name]; ok {
				query = "tenant=hills&timezone=Asia/Kolkata" + asked
			}
			result := w.run(report.Name, query)
			if len(result.Rows) == 0 {
				t.Fatal("the report has no rows to test with")
			}
			for _, row := range spread(result.Rows, 7) {
				for i, c := range result.Columns {
					if m, isMeasure := report.Measure(c.Name); isMeasure {
						checkCell(t, w, query, result, row, m, row[i])
					}
				}
			}
		})
	}
}

// spread gives so many of the rows, the first and the last among them: each cell takes two queries.
func spread(rows [][]any, most int) [][]any {
	if len(rows) <= most {
		return rows
	}
	out := make([][]any, most)
	for i := range out {
		out[i] = rows[i*(len(rows)-1)/(most-1)]
	}
	return out
}

// overHills are the reports that the made-up community has nothing for, and what is asked of them besides.
func overHills() map[string]string {
	return map[string]string{
		"activity": "&grain=quarter", "registration-outcomes": "", "graduation-ceremonies": "&grain=month", "student-contact": "&grain=month", "volunteer-hours": "",
		"activation": "", "groups": "", "gathering-groups": "", "initiatives": "", "win-back": "", "members": "", "absence-curve": "", "timeline": "&person=eve",
	}
}

func checkCell(t *testing.T, w *world, query string, result *reporting.Result, row []any, m reporting.Measure, want any) {
	t.Helper()
	values := w.values(query)
	values.Set("measure", m.Name)
	values.Set("limit", "10000")
	for i, c := range result.Columns {
		if c.Role == reporting.DimensionRole {
			values.Set(c.Name, reporting.Text(row[i], c.Type, result.Location))
			if row[i] == nil {
				values.Set(c.Name, reporting.NullText)
			}
		}
	}
	list, err := w.runner.Rows(context.Background(), result.Report.Name, values)
	if err != nil {
		t.Fatalf("rows %s: %v", values.Encode(), err)
	}
	if !same(list.Figure, want) {
		t.Errorf("%s: the list says %v, the report %v", values.Encode(), list.Figure, want)
	}
	if int64(len(list.Rows)) != list.Total {
		t.Errorf("%s: %d rows are listed, the total says %d", values.Encode(), len(list.Rows), list.Total)
	}
	if m.Count != "" && want != nil && !same(want, list.Total) {
		t.Errorf("%s: the cell is %v, its list has %d rows", values.Encode(), want, list.Total)
	}
	got, known := again(list, result.Report, m)
	if want == nil && len(m.Ratio) == 0 && m.Expr == "" && len(list.Rows) > 0 {
		t.Errorf("%s: the cell is unknown, but its list has %d rows", values.Encode(), len(list.Rows))
	}
	if known && want != nil && !same(got, want) {
		t.Errorf("%s: the cell is %v, its list gives %v", values.Encode(), want, got)
	}
}

// again computes a measure from the rows of its list. Only an expression is not known here.
func again(list *reporting.RowsResult, report *reporting.Report, m reporting.Measure) (any, bool) {
	cells := func(name string) []any {
		for i, c := range list.Columns {
			if c.Name == name {
				out := make([]any, len(list.Rows))
				for j, row := range list.Rows {
					out[j] = row[i]
				}
				return out
			}
		}
		return nil
	}
	switch {
	case m.Count != "":
		return int64(len(distinct(cells(m.Count), nil))), true
	case m.Rows:
		return int64(len(list.Rows)), true
	case m.Sum != "":
		sum := 0.0
		for _, value := range cells(m.Sum) {
			sum += float(value)
		}
		return sum, true
	case m.Value != "":
		values := distinct(cells(m.Value), nil)
		if len(values) != 1 {
			return fmt.Sprintf("%d different values", len(values)), true
		}
		return cells(m.Value)[0], true
	case len(m.Ratio) > 0:
		var parts [2]float64
		for i, name := range m.Ratio {
			of, _ := report.Measure(name)
			flags := cells("in_" + name)
			parts[i] = part(of, cells, flags)
		}
		return parts[0] / parts[1], true
	}
	return nil, false
}

// part computes one measure of a ratio from the rows of the ratio's list.
func part(of reporting.Measure, cells func(string) []any, flags []any) float64 {
	if of.Count != "" {
		return float64(len(distinct(cells(of.Count), flags)))
	}
	sum, summands := 0.0, cells(of.Sum)
	for i, flag := range flags {
		switch {
		case flag != true:
		case of.Rows:
			sum++
		default:
			sum += float(summands[i])
		}
	}
	return sum
}

// distinct gives the different values that are not nil, of those with a flag that is not false.
func distinct(values, flags []any) map[string]bool {
	out := map[string]bool{}
	for i, value := range values {
		if value != nil && (len(flags) == 0 || flags[i] == true) {
			out[fmt.Sprint(value)] = true
		}
	}
	return out
}

func float(value any) float64 {
	switch v := value.(type) {
	case int64:
		return float64(v)
	case float64:
		return v
	}
	return 0
}

// same compares as numbers what are numbers.
func same(a, b any) bool {
	if a == nil || b == nil {
		return a == nil && b == nil
	}
	_, aNumber := a.(float64)
	_, bNumber := b.(float64)
	if aNumber || bNumber {
		return math.Abs(float(a)-float(b)) < 1e-12
	}
	return fmt.Sprint(a) == fmt.Sprint(b)
}
