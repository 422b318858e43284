package draw

import (
	"math"
	"strconv"
	"strings"

	"github.com/mattn/go-runewidth"
)

// Value is one figure. The zero Value was not recorded, or is not defined.
type Value struct {
	Number float64
	Known  bool
	// Hidden stands in the place of a figure that may not be shown, such as "fewer than 5".
	Hidden string
	// Text is how the figure is written; empty for plain digits.
	Text string
}

// Series is one measure along all labels.
type Series struct {
	Name   string
	Values []Value
}

// Chart is what is drawn: a value of each series for each label.
type Chart struct {
	Labels []string
	// Open tells of each label whether its period is not over yet; nil means that all are.
	Open   []bool
	Series []Series
	// Totals are written at the ends of stacked bars instead of the sums of their parts; may be nil.
	Totals []Value
	// Steps are, of each stage of a funnel, its share of the stage before; may be nil.
	Steps []Value
	// Absent says in a few words that a figure was not recorded.
	Absent string
	// Share tells that figures are parts of 1, written as percentages.
	Share bool
	// Width in columns; Color allows colours.
	Width int
	Color bool
}

// Mark is what follows the label of a period that is not over yet.
const Mark = " *"

const (
	longestLabel = 28
	leastBar     = 10
)

// colors are the SGR codes of series, fills their characters without colour.
func colors() []string { return []string{"34", "33", "32", "35", "36", "31"} }

func fills() []rune { return []rune{'█', '▒', '░', '▓', '▚', '▞'} }

// paint puts a text in a colour, when there are any.
func (c *Chart) paint(code, text string) string {
	if !c.Color || text == "" {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

// block is a bar's piece of a series: solid in its colour, or of its own characters.
func (c *Chart) block(series, length int) string {
	if c.Color {
		return c.paint(colors()[series%len(colors())], strings.Repeat("█", length))
	}
	return strings.Repeat(string(fills()[series%len(fills())]), length)
}

// open tells whether a label's period is not over yet.
func (c *Chart) open(label int) bool { return label < len(c.Open) && c.Open[label] }

// counted is the total of a label that was counted; unknown where there is none.
func (c *Chart) counted(label int) Value {
	if label < len(c.Totals) {
		return c.Totals[label]
	}
	return Value{}
}

// faint is a text that stands back.
func (c *Chart) faint(text string) string { return c.paint("2", text) }

// labels are all of one width, marked where a period is not over.
func (c *Chart) labels() ([]string, int) {
	out, widest := make([]string, len(c.Labels)), 0
	longest := min(longestLabel, c.Width/3) // the rest is for bars and figures
	for i, label := range c.Labels {
		if c.open(i) {
			out[i] = runewidth.Truncate(label, longest-len(Mark), "…") + Mark
		} else {
			out[i] = runewidth.Truncate(label, longest, "…")
		}
		widest = max(widest, runewidth.StringWidth(out[i]))
	}
	for i := range out {
		out[i] = runewidth.FillRight(out[i], widest)
	}
	return out, widest
}

// written is a known value as text.
func (c *Chart) written(v Value) string {
	switch {
	case v.Hidden != "":
		return v.Hidden
	case !v.Known:
		return c.Absent
	case v.Text != "":
		return v.Text
	case c.Share:
		return strconv.FormatFloat(v.Number*100, 'f', 1, 64) + " %" // per cent
	default:
		return strconv.FormatFloat(v.Number, 'f', -1, 64)
	}
}

// most is the largest known value of all.
func most(series ...Series) float64 {
	largest := 0.0
	for _, s := range series {
		for _, v := range s.Values {
			if v.Known && v.Number > largest {
				largest = v.Number
			}
		}
	}
	return largest
}

// length is that of a bar in characters; what is more than nothing has at least one.
func length(number, largest float64, room int) int {
	if number <= 0 || largest <= 0 {
		return 0
	}
	return max(1, int(math.Round(number/largest*float64(room))))
}

// legend names the series, when there are several.
func (c *Chart) legend(indent int, series ...Series) string {
	if len(series) < 2 { // one needs no legend
		return ""
	}
	var lines []string
	line, used := "", 0
	for i, s := range series {
		entry := runewidth.StringWidth(s.Name) + len("# "+"   ")
		if used > 0 && indent+used+entry > c.Width {
			lines, line, used = append(lines, line), "", 0
		}
		line += c.block(i, 1) + " " + s.Name + "   "
		used += entry
	}
	lines = append(lines, line)
	var out strings.Builder
	for _, line := range lines {
		out.WriteString(strings.Repeat(" ", indent) + strings.TrimRight(line, " ") + "\n")
	}
	return out.String()
}
