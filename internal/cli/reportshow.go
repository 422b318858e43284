package cli

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/turnout/turnout/internal/cli/draw"
)

// absent stands in a table for a figure that was not recorded: it is not zero.
const absent = "–"

// show prints the result for a person: what it is, the table, a chart where there
// is a terminal to draw it on, and how it was counted.
func (r *result) show(w io.Writer, s screen, chart bool) error {
	title := r.Title
	if title == "" {
		title = r.Report
	}
	if r.Measure != "" {
		title += ", behind " + strings.ReplaceAll(r.Measure, "_", " ")
	}
	fmt.Fprintln(w, s.bold(s.wrap(title)))
	if r.Question != "" && r.Measure == "" {
		fmt.Fprintln(w, s.wrap(r.Question))
	}
	fmt.Fprintln(w)
	grid := r.people(s)
	grid.tidy(r.describing())
	var dropped []string
	if len(grid.rows) > 0 {
		dropped = grid.fit(s.columns)
	}
	grid.empty = s.wrap(r.nothing())
	if err := grid.print(w, formatTable); err != nil {
		return err
	}
	if chart && s.columns > 0 && r.Chart != nil && len(r.Rows) > 0 {
		if err := r.draw(w, s); err != nil {
			return err
		}
	}
	return r.footer(w, s, grid, dropped)
}

func (r *result) footer(w io.Writer, s screen, grid *grid, dropped []string) error {
	var notes []string
	if len(dropped) > 0 {
		notes = append(notes, "not shown for want of room: "+strings.Join(dropped, ", "))
	}
	if grid.hasAbsent() {
		notes = append(notes, absent+" not recorded or not defined, which is not 0")
	}
	if r.anyOpen() {
		notes = append(notes, strings.TrimSpace(draw.Mark)+" not over yet")
	}
	if len(r.hidden) > 0 {
		notes = append(notes, "small numbers of people are hidden")
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
	if _, err := fmt.Fprintf(w, "\n%s\n", s.faint(s.wrap(strings.Join(notes, " · ")))); err != nil {
		return fmt.Errorf("print: %w", err)
	}
	return nil
}

func (r *result) anyOpen() bool {
	for row := range r.Rows {
		if r.open(row) {
			return true
		}
	}
	return false
}

// tidy takes out those of the named columns that say nothing: without any value, or "no" throughout.
func (g *grid) tidy(names []string) {
	for i := len(g.columns) - 1; i > 0; i-- {
		if !slices.Contains(names, g.columns[i]) {
			continue
		}
		silent := !slices.ContainsFunc(g.rows, func(row []any) bool { return row[i] != nil && row[i] != "no" })
		if silent && len(g.rows) > 0 && i > 0 && !slices.ContainsFunc(g.rows, func(row []any) bool { return isNumber(row[i]) }) {
			g.drop(i)
		}
	}
}

// describing are the columns that are no figures: of a list all of them.
func (r *result) describing() []string {
	var names []string
	for _, column := range r.Columns {
		if column.Role != "measure" {
			names = append(names, column.Name)
		}
	}
	return names
}

// people is the result as people read it: pivoted where the report says so, with titles, percentages,
// local times, words for what is hidden or never was, and a mark on what is not over.
func (r *result) people(s screen) *grid {
	if r.laidOut() {
		return r.pivoted(s)
	}
	var shown []resultColumn
	for _, column := range r.Columns {
		if column.Name != unfinished {
			shown = append(shown, column)
		}
	}
	names, heads := make([]string, len(shown)), make([]string, len(shown))
	for i, column := range shown {
		names[i] = column.Name
	}
	grid := newGrid(names...)
	grid.null, grid.kinds = absent, r.kinds(shown)
	for n, row := range r.Rows {
		values := make([]any, len(shown))
		for i, column := range shown {
			values[i] = r.cell(n, column, value(row[column.Name]))
		}
		if r.open(n) && len(values) > 0 {
			values[0] = plain(values[0]) + draw.Mark
		}
		grid.add(values...)
	}
	for i, column := range shown {
		heads[i] = wrapHead(column.heading(), grid.widest(i))
	}
	grid.heads = heads
	grid.decorate = func(n, i int, text string) string {
		if grid.rows[n][i] == nil || r.hiddenAt(n, grid.columns[i]) != "" {
			return s.faint(text)
		}
		return text
	}
	return grid
}

// longestReason is how long the words for a null may be in a table; longer ones are in the report's description.
const longestReason = 12

// cell is a value with what stands in its place when it is hidden or, for a known reason, null.
func (r *result) cell(row int, column resultColumn, v any) any {
	if text := r.hiddenAt(row, column.Name); text != "" {
		return text
	}
	if v == nil && column.NullText != "" && len(column.NullText) <= longestReason && column.Compares == "" {
		return column.NullText // of a year before, there may have been nothing at all
	}
	return r.human(column, v)
}

// human is a value as people read it: nil when it is not known.
func (r *result) human(column resultColumn, v any) any {
	switch v := v.(type) {
	case number:
		return column.figure(v)
	case bool:
		if v {
			return "yes"
		}
		return "no"
	case string:
		if text := column.Texts[v]; text != "" {
			return text
		}
		if t, err := time.Parse(time.RFC3339Nano, v); err == nil && column.Type == "datetime" {
			return r.local(t)
		}
	}
	return v
}

// figure rounds a number for people: a share to tenths of a per cent, others to hundredths; whole numbers stay.
func (c resultColumn) figure(n number) any {
	f, err := strconv.ParseFloat(string(n), 64)
	switch {
	case err != nil:
		return n
	case c.share():
		const whole = 100
		return number(strconv.FormatFloat(f*whole, 'f', 1, 64) + " %")
	case c.Type == "number":
		const decimals = 2
		return number(strings.TrimSuffix(strings.TrimRight(strconv.FormatFloat(f, 'f', decimals, 64), "0"), "."))
	default:
		return n
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
// rows, one column for each value of its columns. A heat map's cells are the darker the larger they are.
func (r *result) pivoted(s screen) *grid {
	across, _ := r.column(r.Pivot.Columns)
	figure, _ := r.column(r.Pivot.Value)
	heads, seen := []string{}, map[string]int{}
	for _, row := range r.Rows {
		head := plain(r.human(across, value(row[across.Name])))
		if _, known := seen[head]; !known {
			seen[head] = len(heads)
			heads = append(heads, head)
		}
	}
	grid := newGrid(append(slices.Clone(r.Pivot.Rows), heads...)...)
	grid.null = ""
	for _, name := range r.Pivot.Rows {
		column, _ := r.column(name)
		grid.heads, grid.kinds = append(grid.heads, column.heading()), append(grid.kinds, r.kind(column))
	}
	for _, head := range heads {
		grid.heads, grid.kinds = append(grid.heads, wrapHead(head, 0)), append(grid.kinds, columnKind{figure: true})
	}
	places, sources := map[string]int{}, map[[2]int]int{} // of a cell, the row of the result
	for n, row := range r.Rows {
		cells := make([]any, len(grid.columns))
		for i, name := range r.Pivot.Rows {
			column, _ := r.column(name)
			cells[i] = r.cell(n, column, value(row[name]))
		}
		key := fmt.Sprint(cells...)
		place, known := places[key]
		if !known {
			place = len(grid.rows)
			places[key] = place
			grid.add(cells...)
		}
		at := len(r.Pivot.Rows) + seen[plain(r.human(across, value(row[across.Name])))]
		cell := r.cell(n, figure, value(row[figure.Name]))
		switch {
		case cell == nil:
			cell = absent
		case r.open(n):
			cell = number(plain(cell) + draw.Mark)
		}
		grid.rows[place][at], sources[[2]int{place, at}] = cell, n
	}
	all := grid.columns
	grid.decorate = func(place, at int, text string) string {
		return r.heat(s, sources, place, slices.Index(all, grid.columns[at]), text)
	}
	return grid
}

// heat paints a cell of a heat map by its share.
func (r *result) heat(s screen, sources map[[2]int]int, place, at int, text string) string {
	n, drawn := sources[[2]int{place, at}]
	if !drawn || r.Chart == nil || r.Chart.Kind != "heatmap" {
		return text
	}
	share, known := amount(r.Rows[n][r.Pivot.Value])
	if !known {
		return s.faint(text)
	}
	return draw.Heat(text, share, s.color)
}
