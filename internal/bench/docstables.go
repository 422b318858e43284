package bench

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/turnout/turnout/internal/bench/plot"
)

// figureTable has the figures whose keys begin with one of the prefixes; when only some were measured it names one that was not.
func (r *Result) figureTable(prefixes []string) (table, missing string) {
	var out strings.Builder
	out.WriteString("| what | figure | least – greatest | target |\n|---|---|---|---|\n")
	some, lacking := false, ""
	for i := range r.Figures {
		f := &r.Figures[i]
		if !slices.ContainsFunc(prefixes, func(prefix string) bool { return strings.HasPrefix(f.Key, prefix) }) {
			continue
		}
		if f.Value == nil {
			lacking = f.Key + " was not measured"
			continue
		}
		some = true
		between := ""
		if f.Runs > 1 {
			between = number(f.Least) + " – " + number(f.Greatest)
		}
		fmt.Fprintf(&out, "| %s | %s | %s | %s |\n", f.Label, withUnit(*f.Value, f.Unit), between, f.aim())
	}
	if !some {
		return "", ""
	}
	if lacking != "" {
		return "", lacking
	}
	return out.String(), ""
}

// aim is the target and whether it was reached, in words.
func (f *Figure) aim() string {
	if f.Target == 0 {
		return ""
	}
	bound := "at least "
	if f.AtMost {
		bound = "at most "
	}
	verdict := ": missed"
	if f.Met() {
		verdict = ": reached"
	}
	return bound + withUnit(f.Target, f.Unit) + verdict
}

func withUnit(value float64, unit string) string {
	if unit == "" {
		return number(value)
	}
	return number(value) + " " + unit
}

const reportKeys = "reports_ms."

// reportTable has a line for every report; it is empty when none was measured.
func (r *Result) reportTable() string {
	var names []string
	values := map[string]*Figure{}
	for i := range r.Figures {
		f := &r.Figures[i]
		rest, found := strings.CutPrefix(f.Key, reportKeys)
		name, _, cut := strings.Cut(rest, ".")
		if !found || !cut || f.Value == nil {
			continue
		}
		values[rest] = f
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return ""
	}
	slices.Sort(names)
	var out strings.Builder
	out.WriteString("| report | p50, ms | p95, ms | target |\n|---|---|---|---|\n")
	for _, name := range names {
		median, worst, aim := "", "", ""
		if f := values[name+".p50"]; f != nil {
			median = number(*f.Value)
		}
		if f := values[name+".p95"]; f != nil {
			worst, aim = number(*f.Value), f.aim()
		}
		fmt.Fprintf(&out, "| %s | %s | %s | %s |\n", name, median, worst, aim)
	}
	return out.String()
}

// curveTable has the picture, and a line for every x; it is empty when the curve was not measured.
func (r *Result) curveTable(name string) string {
	at := slices.IndexFunc(r.Curves, func(c Curve) bool { return c.Name == name })
	if at < 0 {
		return ""
	}
	c := &r.Curves[at]
	var out strings.Builder
	fmt.Fprintf(&out, "![%s](%s/%s)\n\n| %s |", c.Title, picturesFolder, picture(c.Name), c.XLabel)
	type column struct{ series, beside string }
	var columns []column
	for _, series := range c.series() {
		for _, beside := range append([]string{""}, c.beside()...) {
			columns = append(columns, column{series, beside})
			fmt.Fprintf(&out, " %s |", heading(c, series, beside))
		}
	}
	out.WriteString("\n|---|" + strings.Repeat("---|", len(columns)) + "\n")
	for _, x := range c.xs() {
		fmt.Fprintf(&out, "| %s |", plot.Short(x))
		for _, col := range columns {
			fmt.Fprintf(&out, " %s |", c.cell(x, col.series, col.beside))
		}
		out.WriteString("\n")
	}
	for _, note := range c.Notes {
		out.WriteString("\n" + note + "\n")
	}
	return out.String()
}

// namedTable has the figures of a Table; it is empty when they were not measured.
func (r *Result) namedTable(name string) string {
	at := slices.IndexFunc(r.Tables, func(t Table) bool { return t.Name == name })
	if at < 0 {
		return ""
	}
	t := &r.Tables[at]
	var out strings.Builder
	fmt.Fprintf(&out, "| %s |\n|%s\n", strings.Join(t.Columns, " | "), strings.Repeat("---|", len(t.Columns)))
	for _, row := range t.Rows {
		fmt.Fprintf(&out, "| %s |", row.Name)
		for _, value := range row.Values {
			if value == nil {
				out.WriteString(" – |")
				continue
			}
			fmt.Fprintf(&out, " %s |", number(*value))
		}
		out.WriteString("\n")
	}
	return out.String()
}

func heading(c *Curve, series, beside string) string {
	what := c.YLabel
	if beside != "" {
		what = beside
	}
	if series == "" {
		return what
	}
	return series + ": " + what
}

func (c *Curve) xs() []float64 {
	var all []float64
	for _, p := range c.Points {
		all = append(all, p.X)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// cell is a figure, or empty when it was not measured.
func (c *Curve) cell(x float64, series, beside string) string {
	for _, p := range c.Points {
		if p.X != x || p.Series != series {
			continue
		}
		if beside == "" {
			return number(p.Y)
		}
		if value, found := p.Beside[beside]; found {
			return number(value)
		}
	}
	return ""
}

// number writes three digits that mean something, or whole numbers with their thousands apart.
func number(value float64) string {
	const precise, rounded = 100, 100_000
	if math.Abs(value) < precise {
		return strconv.FormatFloat(value, 'g', 3, 64)
	}
	whole := math.Round(value)
	if math.Abs(whole) >= rounded {
		whole = math.Round(whole/1000) * 1000
	}
	digits := strconv.FormatFloat(math.Abs(whole), 'f', 0, 64)
	for at := len(digits) - 3; at > 0; at -= 3 {
		digits = digits[:at] + "," + digits[at:]
	}
	if whole < 0 {
		return "-" + digits
	}
	return digits
}
