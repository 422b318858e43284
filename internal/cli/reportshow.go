package cli

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/text"
	"github.com/mattn/go-runewidth"
)

// absent stands in a table for a figure that was not recorded: it is not zero.
const absent = "–"

// show prints the result for a person: what it is, the table, a chart when there
// is room for one, and how it was counted.
func (r *result) show(w io.Writer, chart bool) error {
	terminal := width(w) > 0
	title := r.Title
	if title == "" {
		title = r.Report
	}
	if r.Measure != "" {
		title += ", behind " + strings.ReplaceAll(r.Measure, "_", " ")
	}
	if terminal {
		title = text.Bold.Sprint(title)
	}
	fmt.Fprintln(w, title)
	if r.Question != "" && r.Measure == "" {
		fmt.Fprintln(w, r.Question)
	}
	fmt.Fprintln(w)
	grid := r.people()
	grid.tidy()
	dropped := grid.fit(width(w), r.lesser())
	grid.empty = "Nothing to show: no events match. `turnout publish` puts some in."
	if err := grid.print(w, formatTable); err != nil {
		return err
	}
	if chart && terminal && r.Chart != nil && len(r.Rows) > 0 {
		if err := r.draw(w, width(w)); err != nil {
			return err
		}
	}
	return r.footer(w, grid, dropped)
}

func (r *result) footer(w io.Writer, grid *grid, dropped []string) error {
	var notes []string
	if len(dropped) > 0 {
		notes = append(notes, "not shown for want of room: "+strings.Join(dropped, ", "))
	}
	if grid.hasAbsent() {
		notes = append(notes, absent+" not recorded or not defined")
	}
	if r.Total != nil && *r.Total > len(r.Rows) {
		notes = append(notes, fmt.Sprintf("%d of %d rows", len(r.Rows), *r.Total))
	}
	if r.Timezone != "" {
		notes = append(notes, "times in "+r.Timezone)
	}
	if asOf, err := time.Parse(time.RFC3339Nano, r.AsOf); err == nil {
		notes = append(notes, "as of "+r.local(asOf))
	}
	if _, err := fmt.Fprintf(w, "\n%s\n", strings.Join(notes, " · ")); err != nil {
		return fmt.Errorf("print: %w", err)
	}
	return nil
}

// tidy takes out the columns that say nothing: without any value, or "no" throughout.
func (g *grid) tidy() {
	for i := len(g.columns) - 1; i > 0; i-- {
		silent := !slices.ContainsFunc(g.rows, func(row []any) bool { return row[i] != nil && row[i] != "no" })
		if silent && len(g.rows) > 0 && i > 0 && !slices.ContainsFunc(g.rows, func(row []any) bool { return isNumber(row[i]) }) {
			g.drop(i)
		}
	}
}

// lesser are the columns that a narrow table can do without first: what only
// describes a row, other than what the chart is labelled with.
func (r *result) lesser() []string {
	var names []string
	for _, column := range r.Columns {
		if column.Role == "attribute" && (r.Chart == nil || r.Chart.X != column.Name) {
			names = append(names, column.Name)
		}
	}
	return names
}

// fit drops columns until the table is no wider than a terminal and gives their
// names: the lesser ones first, each kind from the right. A width of 0 is no terminal.
func (g *grid) fit(columns int, lesser []string) []string {
	var dropped []string
	for columns > 0 && len(g.columns) > 1 && g.width() > columns {
		last := len(g.columns) - 1
		for i := last; i > 0; i-- {
			if slices.Contains(lesser, g.columns[i]) {
				last = i
				break
			}
		}
		dropped = append(dropped, strings.ReplaceAll(g.columns[last], "_", " "))
		g.drop(last)
	}
	return dropped
}

func (g *grid) drop(i int) {
	g.columns = slices.Delete(slices.Clone(g.columns), i, i+1)
	for n, row := range g.rows {
		g.rows[n] = slices.Delete(slices.Clone(row), i, i+1)
	}
}

// width is that of the printed table.
func (g *grid) width() int {
	const gap = 2
	total := 0
	for i, name := range g.columns {
		widest := runewidth.StringWidth(name)
		for _, row := range g.rows {
			widest = max(widest, runewidth.StringWidth(g.cell(row[i])))
		}
		total += widest + gap
	}
	return total
}

func (g *grid) hasAbsent() bool {
	return slices.ContainsFunc(g.rows, func(row []any) bool { return slices.Contains(row, nil) })
}

// people is the result as people read it: pivoted where the report says so,
// percentages and local times.
func (r *result) people() *grid {
	if r.Pivot != nil && r.Measure == "" {
		return r.pivoted()
	}
	names := make([]string, len(r.Columns))
	for i, column := range r.Columns {
		names[i] = column.Name
	}
	grid := newGrid(names...)
	grid.null = absent
	for _, row := range r.Rows {
		values := make([]any, len(r.Columns))
		for i, column := range r.Columns {
			values[i] = r.human(column, value(row[column.Name]))
		}
		grid.add(values...)
	}
	return grid
}

func (r *result) human(column resultColumn, v any) any {
	n, isNumber := v.(number)
	switch {
	case v == nil:
		return nil
	case isNumber && (column.Unit == "share" || column.Unit == "%"):
		f, err := strconv.ParseFloat(string(n), 64)
		if err != nil {
			return v
		}
		const whole = 100
		return number(strconv.FormatFloat(f*whole, 'f', 1, 64) + " %")
	case isNumber && column.Type == "number":
		f, err := strconv.ParseFloat(string(n), 64)
		if err != nil {
			return v
		}
		return number(strconv.FormatFloat(f, 'f', -1, 64))
	case column.Type == "datetime":
		if t, err := time.Parse(time.RFC3339Nano, fmt.Sprint(v)); err == nil {
			return r.local(t)
		}
		return v
	case v == true:
		return "yes"
	case v == false:
		return "no"
	default:
		return v
	}
}

// local writes an instant in the report's zone.
func (r *result) local(t time.Time) string {
	zone, err := time.LoadLocation(r.Timezone)
	if err != nil {
		zone = time.UTC
	}
	return t.In(zone).Format("2006-01-02 15:04")
}

// pivoted lays a long result out: one row for each combination of the pivot's
// rows, one column for each value of its columns.
func (r *result) pivoted() *grid {
	byName := make(map[string]resultColumn, len(r.Columns))
	for _, column := range r.Columns {
		byName[column.Name] = column
	}
	heads, seen := []string{}, map[string]int{}
	for _, row := range r.Rows {
		head := plain(r.human(byName[r.Pivot.Columns], value(row[r.Pivot.Columns])))
		if _, known := seen[head]; !known {
			seen[head] = len(heads)
			heads = append(heads, head)
		}
	}
	grid := newGrid(append(slices.Clone(r.Pivot.Rows), heads...)...)
	grid.null = ""
	places := map[string]int{}
	for _, row := range r.Rows {
		cells := make([]any, len(grid.columns))
		for i, name := range r.Pivot.Rows {
			cells[i] = r.human(byName[name], value(row[name]))
		}
		key := fmt.Sprint(cells...)
		place, known := places[key]
		if !known {
			place = len(grid.rows)
			places[key] = place
			grid.add(cells...)
		}
		head := plain(r.human(byName[r.Pivot.Columns], value(row[r.Pivot.Columns])))
		grid.rows[place][len(r.Pivot.Rows)+seen[head]] = r.human(byName[r.Pivot.Value], value(row[r.Pivot.Value]))
	}
	return grid
}
