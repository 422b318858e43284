package draw

import (
	"cmp"
	"math"
	"strings"

	"github.com/mattn/go-runewidth"
)

// lineHeight is how many rows a line chart has.
const lineHeight = 10

// marks are the points of series; open ones are of periods that are not over.
func marks() []rune { return []rune{'●', '■', '▲', '◆', '▼', '✚'} }

func openMarks() []rune { return []rune{'○', '□', '△', '◇', '▽', '✛'} }

// Lines draws each series as a line over the labels. What was not recorded is a gap; a point of a
// period that is not over is hollow and not joined, so that it does not look like a fall.
func (c *Chart) Lines() string {
	low, high := c.span()
	axis := []string{c.tick(high), c.tick((high + low) / 2), c.tick(low)} // the middle
	margin := 0
	for _, text := range axis {
		margin = max(margin, runewidth.StringWidth(text))
	}
	room := max(leastBar, c.Width-margin-2) // the axis and a space
	p := &plot{cells: make([][]string, lineHeight), room: room}
	for y := range p.cells {
		p.cells[y] = make([]string, room)
	}
	for n, s := range c.Series {
		c.line(p, n, s, low, high)
	}
	var out strings.Builder
	for y, row := range p.cells {
		text := ""
		switch y {
		case 0:
			text = axis[0]
		case lineHeight / 2: // the middle
			text = axis[1]
		case lineHeight - 1:
			text = axis[2]
		}
		out.WriteString(strings.Repeat(" ", margin-runewidth.StringWidth(text)) + text + " ┤")
		out.WriteString(strings.TrimRight(joined(row), " ") + "\n")
	}
	out.WriteString(strings.Repeat(" ", margin+1) + "└" + strings.Repeat("─", room-1) + "\n")
	out.WriteString(strings.Repeat(" ", margin+2) + c.ends(room) + "\n") // likewise
	out.WriteString(c.lineLegend(margin + 2))                            // likewise
	return out.String()
}

// joined is a row of the plot as text.
func joined(row []string) string {
	var line strings.Builder
	for _, cell := range row {
		line.WriteString(cmp.Or(cell, " "))
	}
	return line.String()
}

type plot struct {
	cells [][]string
	room  int
}

// span is what the axis shows: from 0, or from below it, to the largest value.
func (c *Chart) span() (low, high float64) {
	for _, s := range c.Series {
		for _, v := range s.Values {
			if v.Known && v.Hidden == "" {
				low, high = min(low, v.Number), max(high, v.Number)
			}
		}
	}
	if low == high {
		high = low + 1
	}
	return low, high
}

func (c *Chart) tick(v float64) string {
	if !c.Share {
		v = math.Round(v*100) / 100 // an axis needs no more
	}
	return c.written(Value{Number: v, Known: true})
}

// line draws one series: its points, and between known neighbours dots.
func (c *Chart) line(p *plot, n int, s Series, low, high float64) {
	points := make([]point, len(s.Values))
	for i, v := range s.Values {
		points[i] = point{known: v.Known && v.Hidden == "", open: c.open(i)}
		if len(s.Values) > 1 {
			points[i].x = i * (p.room - 1) / (len(s.Values) - 1)
		}
		points[i].y = lineHeight - 1 - int(math.Round((v.Number-low)/(high-low)*(lineHeight-1)))
	}
	color := colors()[n%len(colors())]
	for i := 1; i < len(points); i++ {
		if points[i-1].known && points[i].known && !points[i].open {
			p.join(points[i-1], points[i], c.paint(color, "·"))
		}
	}
	for _, at := range points {
		mark := marks()[n%len(marks())]
		if at.open {
			mark = openMarks()[n%len(openMarks())]
		}
		if at.known {
			p.cells[at.y][at.x] = c.paint(color, string(mark))
		}
	}
}

type point struct {
	x, y        int
	known, open bool
}

// join dots the way between two points, where nothing is drawn yet.
func (p *plot) join(a, b point, dot string) {
	for x := a.x + 1; x < b.x; x++ {
		y := a.y + int(math.Round(float64(b.y-a.y)*float64(x-a.x)/float64(b.x-a.x)))
		if p.cells[y][x] == "" {
			p.cells[y][x] = dot
		}
	}
}

// ends writes the first and the last label below the axis, and one between where there is room.
func (c *Chart) ends(room int) string {
	if len(c.Labels) == 0 {
		return ""
	}
	short := func(i int) string {
		text := runewidth.Truncate(c.Labels[i], longestLabel/2, "…") // two of them stand side by side
		if c.open(i) {
			text += Mark
		}
		return text
	}
	first, last := short(0), short(len(c.Labels)-1)
	if len(c.Labels) == 1 {
		return first
	}
	gap := room - runewidth.StringWidth(first) - runewidth.StringWidth(last)
	if gap < 1 {
		return first
	}
	return first + strings.Repeat(" ", gap) + last
}

func (c *Chart) lineLegend(indent int) string {
	if len(c.Series) < 2 { // one needs no legend
		return ""
	}
	entries := make([]string, len(c.Series))
	for n, s := range c.Series {
		entries[n] = c.paint(colors()[n%len(colors())], string(marks()[n%len(marks())])) + " " + s.Name
	}
	return strings.Repeat(" ", indent) + strings.Join(entries, "   ") + "\n"
}

// Heat paints the background of a cell by a share from 0 to 1: darker is more. Without colours the text says it all.
func Heat(text string, share float64, color bool) string {
	if !color {
		return text
	}
	steps := []string{"48;5;254;38;5;16", "48;5;153;38;5;16", "48;5;117;38;5;16", "48;5;75;38;5;16", "48;5;32;38;5;231", "48;5;25;38;5;231"}
	step := min(len(steps)-1, max(0, int(share*float64(len(steps)))))
	return "\x1b[" + steps[step] + "m" + text + "\x1b[0m"
}
