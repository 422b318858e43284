package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/jedib0t/go-pretty/v6/text"
	"github.com/mattn/go-runewidth"
)

const (
	mostBars     = 40 // a longer result shows its end: the latest periods
	longestLabel = 24
	leastBar     = 10
)

// series is one measure of a chart.
type series struct {
	name  string
	color text.Color
	fill  rune
}

// draw prints a small bar chart: a line for each row, its measures one behind
// the other. What was not recorded has no bar and says so.
func (r *result) draw(w io.Writer, columns int) error {
	all := r.series()
	if len(all) == 0 || !slices.ContainsFunc(r.Columns, func(c resultColumn) bool { return c.Name == r.Chart.X }) {
		return nil
	}
	rows := r.Rows[max(0, len(r.Rows)-mostBars):]
	labels, longest, most := make([]string, len(rows)), 0, 0.0
	var x resultColumn
	for _, column := range r.Columns {
		if column.Name == r.Chart.X {
			x = column
		}
	}
	for i, row := range rows {
		labels[i] = runewidth.Truncate(printable(plain(r.human(x, value(row[x.Name])))), longestLabel, "…")
		longest = max(longest, runewidth.StringWidth(labels[i]))
		sum := 0.0
		for _, s := range all {
			sum += amount(row[s.name])
		}
		most = max(most, sum)
	}
	const sumWidth = 8
	room := max(leastBar, columns-longest-sumWidth)
	var out strings.Builder
	out.WriteByte('\n')
	for i, row := range rows {
		out.WriteString(runewidth.FillRight(labels[i], longest) + " ")
		drawBars(&out, row, all, most, room)
		out.WriteByte('\n')
	}
	legend(&out, all, longest)
	if _, err := io.WriteString(w, out.String()); err != nil {
		return fmt.Errorf("print: %w", err)
	}
	return nil
}

// series are the measures that the chart names, or the first of the result.
func (r *result) series() []series {
	colors := []text.Color{text.FgBlue, text.FgYellow, text.FgGreen, text.FgMagenta, text.FgCyan}
	fills := []rune{'█', '▓', '▒', '░', '▚'}
	var all []series
	for i, name := range r.Chart.Y {
		all = append(all, series{name, colors[i%len(colors)], fills[i%len(fills)]})
	}
	return all
}

func drawBars(out *strings.Builder, row map[string]json.RawMessage, all []series, most float64, room int) {
	sum, known := 0.0, false
	for _, s := range all {
		if value(row[s.name]) == nil {
			continue
		}
		known = true
		n := amount(row[s.name])
		sum += n
		length := 0
		if most > 0 {
			length = int(n / most * float64(room))
		}
		if n > 0 && length == 0 {
			length = 1
		}
		out.WriteString(s.color.Sprint(strings.Repeat(string(s.fill), length)))
	}
	if !known {
		out.WriteString(text.Faint.Sprint("not recorded"))
		return
	}
	out.WriteString(" " + strconv.FormatFloat(sum, 'f', -1, 64))
}

func legend(out *strings.Builder, all []series, indent int) {
	if len(all) == 1 {
		return
	}
	out.WriteString(strings.Repeat(" ", indent+1))
	for _, s := range all {
		out.WriteString(s.color.Sprint(string(s.fill)) + " " + strings.ReplaceAll(s.name, "_", " ") + "   ")
	}
	out.WriteByte('\n')
}

// amount is the length of a measure's bar; what is not a number has none.
func amount(raw json.RawMessage) float64 {
	n, ok := value(raw).(number)
	if !ok {
		return 0
	}
	f, err := strconv.ParseFloat(string(n), 64)
	if err != nil {
		return 0
	}
	return f
}
