package cli

import (
	"slices"
	"strings"

	"github.com/mattn/go-runewidth"

	"github.com/turnout/turnout/internal/cli/draw"
)

// columnKind is how a column gives way in a narrow table.
type columnKind struct {
	text   bool // long words, which can be cut short and still be told apart
	lesser bool // only describes a row: the first to be left out
	figure bool // what the table is about: the last to be left out
}

// kind tells how a column of the result gives way. What the chart is labelled with names a row, and does more than describe it.
func (r *result) kind(c resultColumn) columnKind {
	return columnKind{
		text:   c.Type == "string" && c.Role != "measure",
		lesser: c.Role == "attribute" && (r.Chart == nil || r.Chart.X != c.Name),
		figure: c.Role == "measure",
	}
}

func (r *result) kinds(columns []resultColumn) []columnKind {
	out := make([]columnKind, len(columns))
	for i, c := range columns {
		out[i] = r.kind(c)
	}
	return out
}

// leastText is how short a text may be cut: the words for what is hidden or was not recorded stay whole.
const leastText = 12

// fit makes the table no wider than a terminal and gives the names of the columns it has to leave out for
// that: only when texts that are cut short do not make room enough. A width of 0 is no terminal.
func (g *grid) fit(columns int) []string {
	if columns <= 0 {
		return nil
	}
	var dropped []string
	for len(g.columns) > 1 && g.widthWithin(leastText) > columns {
		i := g.leastNeeded()
		dropped = append(dropped, g.name(i))
		g.drop(i)
	}
	if g.width() > columns {
		longest := leastText
		for g.widthWithin(longest+1) <= columns {
			longest++
		}
		g.shorten(longest)
	}
	return dropped
}

// leastNeeded is the column to leave out next, of each kind the rightmost: one that only describes, then a figure as
// long as another stays, then what parts the rows, for rows without any figure say nothing. The first column names the row and stays.
func (g *grid) leastNeeded() int {
	figures, last := 0, [4]int{}
	for i := 1; i < len(g.columns); i++ {
		switch kind := g.kinds[i]; {
		case kind.lesser:
			last[0] = i
		case kind.figure:
			figures++
			last[1], last[3] = i, i
		default:
			last[2] = i
		}
	}
	if figures == 1 {
		last[1] = 0
	}
	for _, i := range last {
		if i > 0 {
			return i
		}
	}
	return len(g.columns) - 1
}

// shorten cuts the texts that are wider than longest; the mark on what is not over stays.
func (g *grid) shorten(longest int) {
	for i, kind := range g.kinds {
		if !kind.text || g.widest(i) <= longest {
			continue
		}
		for _, row := range g.rows {
			if row[i] == nil || isNumber(row[i]) {
				continue
			}
			text, open := strings.CutSuffix(g.cell(row[i]), draw.Mark)
			mark := ""
			if open {
				mark = draw.Mark
			}
			row[i] = runewidth.Truncate(text, longest-len(mark), "…") + mark
		}
		if g.heads != nil {
			g.heads[i] = wrapHead(g.heads[i], longest)
		}
	}
}

// name is how people call a column.
func (g *grid) name(column int) string {
	if g.heads != nil {
		return strings.ReplaceAll(g.heads[column], "\n", " ")
	}
	return strings.ReplaceAll(g.columns[column], "_", " ")
}

func (g *grid) drop(i int) {
	g.columns = slices.Delete(slices.Clone(g.columns), i, i+1)
	if g.heads != nil {
		g.heads = slices.Delete(slices.Clone(g.heads), i, i+1)
	}
	if g.kinds != nil {
		g.kinds = slices.Delete(slices.Clone(g.kinds), i, i+1)
	}
	for n, row := range g.rows {
		g.rows[n] = slices.Delete(slices.Clone(row), i, i+1)
	}
}

// width is that of the printed table.
func (g *grid) width() int { return g.widthWithin(0) }

// widthWithin is the width that the table has when its texts are cut to longest; 0 cuts nothing.
func (g *grid) widthWithin(longest int) int {
	const gap = 2
	total := 0
	for i, name := range g.columns {
		widest := g.widest(i)
		if g.heads != nil {
			name = g.heads[i]
		}
		if longest > 0 && g.kinds[i].text && widest > longest {
			widest, name = longest, wrapHead(name, longest)
		}
		for line := range strings.SplitSeq(name, "\n") {
			widest = max(widest, runewidth.StringWidth(line))
		}
		total += widest + gap
	}
	return total
}

// widest is the width of a column's widest cell.
func (g *grid) widest(column int) int {
	widest := 0
	for _, row := range g.rows {
		widest = max(widest, runewidth.StringWidth(g.cell(row[column])))
	}
	return widest
}

// leastHead is how wide a heading may be beside short values before it goes on in the next line.
const leastHead = 12

// wrapHead breaks a heading between words, so that it is not much wider than the values below it.
func wrapHead(heading string, widest int) string {
	return strings.Join(wrapped(strings.Fields(heading), max(leastHead, widest)), "\n")
}

// wrapped sets words in lines of a width; a longer word has a line of its own.
func wrapped(words []string, room int) []string {
	var lines []string
	line := ""
	for _, word := range words {
		if line != "" && runewidth.StringWidth(line)+1+runewidth.StringWidth(word) > room {
			lines, line = append(lines, line), ""
		}
		line = strings.TrimSpace(line + " " + word)
	}
	return append(lines, line)
}

func (g *grid) hasAbsent() bool {
	return slices.ContainsFunc(g.rows, func(row []any) bool {
		return slices.Contains(row, any(absent)) || g.null == absent && slices.Contains(row, nil)
	})
}
