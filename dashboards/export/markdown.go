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
	out.WriteString("# " + escape(t.Title) + "\n\n")
	if len(t.Rows) > 0 {
		t.markdownTable(&out)
		out.WriteString("\n")
	}
	for _, line := range t.About() {
		text := line.Text
		if line.Label == t.words().empty {
			line.Label, text = absent, t.words().emptyMeans
		}
		out.WriteString("- **" + escape(oneLine(line.Label)) + ":** " + escape(oneLine(text)) + "\n")
	}
	if _, err := io.WriteString(w, out.String()); err != nil {
		return fmt.Errorf("write Markdown: %w", err)
	}
	return nil
}

func (t *Table) markdownTable(out *strings.Builder) {
	lines := make([][]string, 0, len(t.Rows)+1)
	head := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		head[i] = escape(oneLine(heading(c)))
	}
	lines = append(lines, head)
	for n, row := range t.Rows {
		line := make([]string, len(t.Columns))
		for i, c := range t.Columns {
			line[i] = t.person(Place{n, i}, row[i], c)
		}
		lines = append(lines, line)
	}
	widths := make([]int, len(t.Columns))
	for _, line := range lines {
		for i, text := range line {
			widths[i] = max(widths[i], runewidth.StringWidth(text), len("---:"))
		}
	}
	for n, line := range lines {
		for i, text := range line {
			room := strings.Repeat(" ", widths[i]-runewidth.StringWidth(text))
			if right(t.Columns[i]) {
				text = room + text
			} else {
				text += room
			}
			out.WriteString("| " + text + " ")
		}
		out.WriteString("|\n")
		if n == 0 {
			t.rule(out, widths)
		}
	}
}

func (t *Table) rule(out *strings.Builder, widths []int) {
	for i, width := range widths {
		line := strings.Repeat("-", width)
		if right(t.Columns[i]) {
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
		return escape(text)
	}
	switch v := value.(type) {
	case nil:
		return absent
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return absent
		}
		if c.Unit == unitShare {
			return strconv.FormatFloat(v*100, 'f', 1, 64) + " %" //nolint:mnd // per cent
		}
		return strconv.FormatFloat(v, 'f', -1, 64)
	case time.Time:
		if c.Type == reporting.DateTime {
			return v.In(t.Location).Format(moment)
		}
	}
	return escape(oneLine(reporting.Text(value, c.Type, t.Location)))
}

// escape keeps a text from being read as Markdown or HTML.
func escape(s string) string {
	return strings.NewReplacer(`\`, `\\`, "|", `\|`, "<", `\<`, ">", `\>`, "*", `\*`, "_", `\_`, "`", "\\`", "[", `\[`, "]", `\]`, "#", `\#`, "~", `\~`, "&", "&amp;").Replace(s)
}
