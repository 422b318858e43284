package export

import (
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/mattn/go-runewidth"

	"github.com/turnout/turnout/dashboards/reporting"
)

// absent stands for what was not recorded or is not defined: it is not zero.
const absent = "–"

// writeMarkdown writes an aligned table for people, and below it what it is about.
func (t *Table) writeMarkdown(w io.Writer) error {
	var out strings.Builder
	out.WriteString("# " + Escape(t.Title) + "\n\n")
	if len(t.Rows) > 0 {
		t.markdownTable(&out)
		out.WriteString("\n")
	}
	for _, line := range t.About() {
		text := line.Text
		if line.Label == t.words().empty {
			line.Label, text = absent, t.words().emptyMeans
		}
		out.WriteString("- **" + Escape(oneLine(line.Label)) + ":** " + Escape(oneLine(text)) + "\n")
	}
	if _, err := io.WriteString(w, out.String()); err != nil {
		return fmt.Errorf("write Markdown: %w", err)
	}
	return nil
}

func (t *Table) markdownTable(out *strings.Builder) {
	heads, rights, rows := make([]string, len(t.Columns)), make([]bool, len(t.Columns)), make([][]string, len(t.Rows))
	for i, c := range t.Columns {
		heads[i], rights[i] = heading(c), right(c)
	}
	for n, row := range t.Rows {
		rows[n] = make([]string, len(t.Columns))
		for i, c := range t.Columns {
			rows[n][i] = t.person(Place{n, i}, row[i], c)
		}
	}
	WriteTable(out, heads, rights, rows)
}

// WriteTable writes an aligned Markdown table of plain texts. The columns for which right is set, such as figures, stand at the right.
func WriteTable(out *strings.Builder, heads []string, right []bool, rows [][]string) {
	lines, widths := make([][]string, 0, len(rows)+1), make([]int, len(heads))
	for _, texts := range append([][]string{heads}, rows...) {
		line := make([]string, len(heads))
		for i, text := range texts {
			line[i] = Escape(oneLine(text))
			widths[i] = max(widths[i], runewidth.StringWidth(line[i]), len("---:"))
		}
		lines = append(lines, line)
	}
	for n, line := range lines {
		for i, text := range line {
			room := strings.Repeat(" ", widths[i]-runewidth.StringWidth(text))
			if right[i] {
				text = room + text
			} else {
				text += room
			}
			out.WriteString("| " + text + " ")
		}
		out.WriteString("|\n")
		if n == 0 {
			rule(out, right, widths)
		}
	}
}

func rule(out *strings.Builder, right []bool, widths []int) {
	for i, width := range widths {
		line := strings.Repeat("-", width)
		if right[i] {
			line = line[1:] + ":"
		}
		out.WriteString("| " + line + " ")
	}
	out.WriteString("|\n")
}

// right tells whether a column's values stand at the right, as figures do.
func right(c reporting.Column) bool { return c.Type == reporting.Integer || c.Type == reporting.Number }

// person is a value as a person reads it: shares as percentages, local times, and what is missing in words.
func (t *Table) person(at Place, value any, c reporting.Column) string {
	if text, hidden := t.Hidden[at]; hidden {
		return text
	}
	switch v := value.(type) {
	case nil:
		return absent
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return absent
		}
		if c.Unit == unitShare {
			return strconv.FormatFloat(v*100, 'f', 1, 64) + " %" // per cent
		}
		return strconv.FormatFloat(v, 'f', -1, 64)
	case time.Time:
		if c.Type == reporting.DateTime {
			return v.In(t.Location).Format(moment)
		}
	}
	return reporting.Text(value, c.Type, t.Location)
}

// Escape keeps a text from being read as Markdown or HTML.
func Escape(s string) string {
	return strings.NewReplacer(`\`, `\\`, "|", `\|`, "<", `\<`, ">", `\>`, "*", `\*`, "_", `\_`, "`", "\\`", "[", `\[`, "]", `\]`, "#", `\#`, "~", `\~`, "&", "&amp;").Replace(s)
}
