package draw

import (
	"strings"

	"github.com/mattn/go-runewidth"
)

// Bars draws a bar for each value; several series stand below one another at each label.
func (c *Chart) Bars() string {
	labels, widest := c.labels()
	largest, texts := most(c.Series...), 0
	for _, s := range c.Series {
		for _, v := range s.Values {
			texts = max(texts, runewidth.StringWidth(c.written(v)))
		}
	}
	room := max(leastBar, c.Width-widest-texts-2) // the spaces between
	var out strings.Builder
	for i, label := range labels {
		for n, s := range c.Series {
			if n > 0 {
				label = strings.Repeat(" ", widest)
			}
			out.WriteString(label + " " + c.bar(n, s.Values[i], largest, room) + "\n")
		}
	}
	out.WriteString(c.legend(widest+1, c.Series...))
	return out.String()
}

// bar is one value: its bar and its text, or why there is no bar.
func (c *Chart) bar(series int, v Value, largest float64, room int) string {
	if v.Hidden != "" || !v.Known {
		return c.faint(c.written(v))
	}
	if n := length(v.Number, largest, room); n > 0 {
		return c.block(series, n) + " " + c.written(v)
	}
	return c.written(v)
}

// Stacked draws the series behind one another, with their total.
func (c *Chart) Stacked() string {
	labels, widest := c.labels()
	largest, texts := 0.0, 0
	for i := range labels {
		sum, _ := c.sum(i)
		largest = max(largest, sum, c.whole(i))
		texts = max(texts, runewidth.StringWidth(c.total(i)))
	}
	room := max(leastBar, c.Width-widest-texts-2) // the spaces between
	var out strings.Builder
	for i, label := range labels {
		out.WriteString(label + " ")
		_, known := c.sum(i)
		switch drawn := c.pieces(i, c.Series, largest, room); {
		case drawn != "":
			out.WriteString(drawn + " " + c.total(i))
		case known || c.whole(i) > 0:
			out.WriteString(c.total(i))
		default:
			out.WriteString(c.faint(c.total(i)))
		}
		out.WriteByte('\n')
	}
	out.WriteString(c.legend(widest+1, c.Series...))
	return out.String()
}

// whole is the total that was counted, where there is one.
func (c *Chart) whole(label int) float64 {
	if total := c.counted(label); total.Known && total.Hidden == "" {
		return total.Number
	}
	return 0
}

// sum is what the known parts of a label add up to, and whether any is known.
func (c *Chart) sum(label int) (sum float64, known bool) {
	for _, s := range c.Series {
		if v := s.Values[label]; v.Known && v.Hidden == "" {
			sum, known = sum+v.Number, true
		}
	}
	return sum, known
}

// total is what stands at the end of a stacked bar: the total that was counted, else the sum of
// its parts, with "at least" where one of them is hidden.
func (c *Chart) total(label int) string {
	if total := c.counted(label); total.Known || total.Hidden != "" {
		return c.written(total)
	}
	sum, known := c.sum(label)
	hidden := ""
	for _, s := range c.Series {
		if h := s.Values[label].Hidden; h != "" {
			hidden = h
		}
	}
	switch {
	case !known && hidden != "":
		return hidden
	case !known:
		return c.Absent
	case hidden != "":
		return "≥ " + c.written(Value{Number: sum, Known: true})
	default:
		return c.written(Value{Number: sum, Known: true})
	}
}

// unparted fills what of a total no known part accounts for.
const unparted = "╌"

// pieces are a label's parts behind one another, and what of its total they leave open. Their ends are rounded, not their lengths, so
// that together they are as long as their sum.
func (c *Chart) pieces(label int, series []Series, largest float64, room int) string {
	var out strings.Builder
	sum, drawn := 0.0, 0
	for n, s := range series {
		v := s.Values[label]
		if !v.Known || v.Hidden != "" || v.Number <= 0 {
			continue
		}
		sum += v.Number
		if end := min(room, max(length(sum, largest, room), drawn+1)); end > drawn {
			out.WriteString(c.block(n, end-drawn))
			drawn = end
		}
	}
	if whole := c.whole(label); whole > sum {
		if end := length(whole, largest, room); end > drawn {
			out.WriteString(c.faint(strings.Repeat(unparted, end-drawn)))
		}
	}
	return out.String()
}

// Diverging draws the first positive series to the right of a line, the others to its left, as losses are.
func (c *Chart) Diverging(positive int) string {
	labels, widest := c.labels()
	gains, losses := Chart{Series: c.Series[:positive], Absent: c.Absent}, Chart{Series: c.Series[positive:], Absent: c.Absent}
	right, left, rightText, leftText := 0.0, 0.0, 0, 0
	for i := range labels {
		gain, _ := gains.sum(i)
		loss, _ := losses.sum(i)
		right, left = max(right, gain), max(left, loss)
		rightText, leftText = max(rightText, runewidth.StringWidth(gains.total(i))), max(leftText, runewidth.StringWidth(losses.total(i)))
	}
	room := max(leastBar, c.Width-widest-rightText-leftText-5) // the spaces and the line between
	leftRoom := 0
	if right+left > 0 {
		leftRoom = length(left, right+left, room)
	}
	var out strings.Builder
	for i, label := range labels {
		loss, _ := losses.sum(i)
		bar := length(loss, left, leftRoom)
		text := losses.total(i)
		space := strings.Repeat(" ", leftRoom+leftText-bar-runewidth.StringWidth(text))
		out.WriteString(label + " " + space + c.side(&losses, i, text) + " " + c.block(positive, bar) + "│")
		if drawn := c.pieces(i, gains.Series, right, room-leftRoom); drawn != "" {
			out.WriteString(drawn)
		}
		out.WriteString(" " + c.side(&gains, i, gains.total(i)) + "\n")
	}
	out.WriteString(c.legend(widest+1, c.Series...))
	return out.String()
}

// side writes a side's total, standing back where nothing is known.
func (c *Chart) side(of *Chart, label int, text string) string {
	if _, known := of.sum(label); known {
		return text
	}
	return c.faint(text)
}

// Funnel draws the first series as bars one below the other, each with its share of the stage before
// and what the further series say.
func (c *Chart) Funnel() string {
	if len(c.Series) == 0 {
		return ""
	}
	labels, widest := c.labels()
	first := c.Series[0]
	largest := most(first)
	notes, longest := make([]string, len(labels)), 0
	for i := range labels {
		notes[i] = c.note(i)
		longest = max(longest, runewidth.StringWidth(notes[i]))
	}
	room := max(leastBar, c.Width-widest-longest-2) // the spaces between
	var out strings.Builder
	for i, label := range labels {
		v := first.Values[i]
		bar := ""
		if v.Known && v.Hidden == "" {
			bar = c.block(0, length(v.Number, largest, room))
		}
		if bar != "" {
			bar += " "
		}
		out.WriteString(label + " " + bar + notes[i] + "\n")
	}
	return out.String()
}

// note is a stage's figure, its share of the stage before, and the further series by name.
func (c *Chart) note(stage int) string {
	notes := []string{c.written(c.Series[0].Values[stage])}
	if stage < len(c.Steps) && c.Steps[stage].Known {
		share := Chart{Share: true}
		notes[0] += " (" + share.written(c.Steps[stage]) + ")"
	}
	for _, s := range c.Series[1:] {
		if more := s.Values[stage]; more.Hidden != "" || more.Known && more.Number != 0 {
			notes = append(notes, strings.ToLower(s.Name)+" "+c.written(more))
		}
	}
	return strings.Join(notes, " · ")
}
