package cli

import (
	"fmt"
	"io"
	"slices"

	"github.com/turnout/turnout/internal/cli/draw"
)

// mostBars keeps a chart on a screen: of periods the latest are drawn, of everything else the first.
const mostBars = 40

// drawn is a result's chart as package draw takes it, how many of its series are drawn upwards, and what is left out. It is nil
// where there is nothing to draw.
func (r *result) drawn(s screen) (c *draw.Chart, positive int, note string) {
	x, found := r.column(r.Chart.X)
	shown := r.series()
	if !found || len(shown) == 0 {
		return nil, 0, ""
	}
	from, to, note := r.window()
	c = &draw.Chart{Width: s.columns, Color: s.color, Absent: "not recorded", Share: true}
	for row := from; row < to; row++ {
		c.Labels, c.Open = append(c.Labels, r.label(row, x)), append(c.Open, r.open(row))
	}
	for _, column := range shown {
		c.Share = c.Share && column.share()
		c.Series = append(c.Series, draw.Series{Name: column.heading(), Values: r.values(column, from, to)})
		if !slices.Contains(r.Chart.Negative, column.Name) {
			positive++
		}
	}
	if total, known := r.column(r.Chart.Total); known {
		c.Totals = r.values(total, from, to)
	}
	if steps, known := r.column("conversion"); known && steps.share() {
		c.Steps = r.values(steps, from, to)
	}
	return c, positive, note
}

// series are the figures that the chart names, those that are drawn downwards last.
func (r *result) series() []resultColumn {
	var shown []resultColumn
	for _, name := range append(slices.Clone(r.Chart.Y), r.Chart.Negative...) {
		if c, known := r.column(name); known && c.numeric() && name != r.Chart.X {
			shown = append(shown, c)
		}
	}
	return shown
}

// window is the part of the rows that is drawn.
func (r *result) window() (from, to int, note string) {
	all := len(r.Rows)
	switch {
	case all <= mostBars || r.Chart.Kind == "line":
		return 0, all, ""
	case r.byTime():
		return all - mostBars, all, fmt.Sprintf("the last %d of %d", mostBars, all)
	default:
		return 0, mostBars, fmt.Sprintf("the first %d of %d", mostBars, all)
	}
}

// byTime tells whether the rows are periods or gatherings in order of time.
func (r *result) byTime() bool {
	for _, name := range []string{"period", "cohort", "class", "starts_at", "sent_at"} {
		if _, found := r.column(name); found {
			return true
		}
	}
	return false
}

func (r *result) values(c resultColumn, from, to int) []draw.Value {
	out := make([]draw.Value, 0, to-from)
	for row := from; row < to; row++ {
		n, known := amount(r.Rows[row][c.Name])
		v := draw.Value{Number: n, Known: known, Hidden: r.hiddenAt(row, c.Name)}
		if known {
			v.Text = plain(r.human(c, value(r.Rows[row][c.Name])))
		}
		out = append(out, v)
	}
	return out
}

// label names a row on the axis: what the chart says, else the row's other names.
func (r *result) label(row int, x resultColumn) string {
	for _, c := range append([]resultColumn{x}, r.Columns...) {
		if c.Name != x.Name && !slices.Contains([]string{"title", "name", "period", "gathering_id"}, c.Name) {
			continue
		}
		if v := r.human(c, value(r.Rows[row][c.Name])); v != nil {
			return printable(plain(v))
		}
	}
	return absent
}

// draw prints the chart that the report asks for, where its rows can be drawn.
func (r *result) draw(w io.Writer, s screen) error {
	c, positive, note := r.drawn(s)
	if c == nil || r.Chart.Kind == "heatmap" || r.Chart.Kind == "number" || r.laidOut() {
		return nil // a heat table is the table itself, and of a long result the rows of one label are several
	}
	var text string
	switch {
	case positive < len(c.Series):
		text = c.Diverging(positive)
	case r.Chart.Kind == "stacked":
		text = c.Stacked()
	case r.Chart.Kind == "line" && len(c.Labels) > 1:
		text = c.Lines()
	case r.Chart.X == "stage":
		text = c.Funnel()
	default:
		text = c.Bars()
	}
	if note != "" {
		text += " " + s.faint(note) + "\n"
	}
	if _, err := io.WriteString(w, "\n"+text); err != nil {
		return fmt.Errorf("print: %w", err)
	}
	return nil
}

// laidOut tells whether the table has a row for several of the result's.
func (r *result) laidOut() bool { return r.Pivot != nil && r.Measure == "" }
