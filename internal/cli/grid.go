package cli

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"github.com/turnout/turnout/internal/auth"
)

// format is how a result is printed.
type format string

const (
	formatTable  format = "table"
	formatCSV    format = "csv"
	formatJSON   format = "json"
	formatNDJSON format = "ndjson"

	formatXLSX     format = "xlsx"
	formatParquet  format = "parquet"
	formatMarkdown format = "markdown"
)

// grid is a result of named columns.
type grid struct {
	columns []string
	rows    [][]any
	empty   string       // said in place of a table without rows
	null    string       // shown for a value that is not there
	footer  string       // a line under the table
	heads   []string     // for people, in the place of the columns' names; may have several lines
	kinds   []columnKind // of reports: what a narrow table can do without
	// decorate adds colours to a cell's text, which may not change its width; may be nil.
	decorate func(row, column int, text string) string
}

func newGrid(columns ...string) *grid { return &grid{columns: columns, null: ""} }

func (g *grid) add(values ...any) { g.rows = append(g.rows, values) }

// print writes the grid in a form. JSON is a list of objects.
func (g *grid) print(w io.Writer, f format) error {
	var err error
	switch f {
	case formatCSV:
		err = g.printCSV(w)
	case formatNDJSON:
		err = g.printNDJSON(w)
	case formatJSON:
		err = g.printJSON(w)
	case formatTable:
		err = g.printTable(w)
	default:
		return usagef("--format: %q is none of table, csv, json and ndjson", f)
	}
	if err != nil {
		return fmt.Errorf("print: %w", err)
	}
	return nil
}

func (g *grid) printCSV(w io.Writer) error {
	out := csv.NewWriter(w)
	if err := out.Write(g.columns); err != nil {
		return err
	}
	for _, row := range g.rows {
		record := make([]string, len(row))
		for i, value := range row {
			record[i] = plain(value)
		}
		if err := out.Write(record); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

func (g *grid) printNDJSON(w io.Writer) error {
	for _, row := range g.rows {
		line, err := g.object(row)
		if err != nil {
			return err
		}
		if _, err := w.Write(append(line, '\n')); err != nil {
			return err
		}
	}
	return nil
}

func (g *grid) printJSON(w io.Writer) error {
	objects := make([]json.RawMessage, len(g.rows))
	for i, row := range g.rows {
		object, err := g.object(row)
		if err != nil {
			return err
		}
		objects[i] = object
	}
	return printJSON(w, objects)
}

func printJSON(w io.Writer, value any) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(value)
}

// object is a row as JSON with its members in the order of the columns.
func (g *grid) object(row []any) ([]byte, error) {
	var out bytes.Buffer
	out.WriteByte('{')
	for i, value := range row {
		if i > 0 {
			out.WriteByte(',')
		}
		name, err := json.Marshal(g.columns[i])
		if err != nil {
			return nil, fmt.Errorf("encode a column's name: %w", err)
		}
		encoded, err := json.Marshal(value)
		if err != nil {
			return nil, fmt.Errorf("encode %s: %w", g.columns[i], err)
		}
		out.Write(name)
		out.WriteByte(':')
		out.Write(encoded)
	}
	out.WriteByte('}')
	return out.Bytes(), nil
}

func (g *grid) printTable(w io.Writer) error {
	if len(g.rows) == 0 && g.empty != "" {
		_, err := fmt.Fprintln(w, g.empty)
		return err
	}
	t := table.NewWriter()
	t.SetStyle(tableStyle())
	if columns := width(w); columns > 0 {
		t.Style().Size.WidthMax = columns
	}
	t.AppendHeader(g.header())
	t.SetColumnConfigs(g.alignment())
	for n, row := range g.rows {
		cells := make(table.Row, len(row))
		for i, value := range row {
			text := g.cell(value)
			if g.decorate != nil {
				text = g.decorate(n, i, text)
			}
			cells[i] = text
		}
		t.AppendRow(cells)
	}
	if _, err := fmt.Fprintln(w, trimLines(t.Render())); err != nil {
		return err
	}
	if g.footer != "" {
		_, err := fmt.Fprintln(w, g.footer)
		return err
	}
	return nil
}

func (g *grid) header() table.Row {
	header := make(table.Row, len(g.columns))
	for i, name := range g.columns {
		header[i] = strings.ReplaceAll(name, "_", " ")
		if g.heads != nil {
			header[i] = g.heads[i]
		}
	}
	return header
}

// alignment sets columns with numbers to the right.
func (g *grid) alignment() []table.ColumnConfig {
	configs := make([]table.ColumnConfig, len(g.columns))
	for i := range g.columns {
		configs[i] = table.ColumnConfig{Number: i + 1}
		for _, row := range g.rows {
			if isNumber(row[i]) {
				configs[i].Align, configs[i].AlignHeader = text.AlignRight, text.AlignRight
				break
			}
		}
	}
	return configs
}

func (g *grid) cell(value any) string {
	if value == nil {
		return g.null
	}
	return printable(plain(value))
}

// plain is a value as text, without any decoration.
func plain(value any) string {
	switch v := value.(type) {
	case nil:
		return ""
	case string:
		return v
	case []auth.Scope:
		return joinScopes(v)
	default:
		return fmt.Sprint(v)
	}
}

func isNumber(value any) bool {
	switch value.(type) {
	case int, int64, uint64, uint32, float64, json.Number, number:
		return true
	default:
		return false
	}
}

// number is text that stands as a number in a table.
type number string

// MarshalJSON writes the number itself.
func (n number) MarshalJSON() ([]byte, error) { return []byte(n), nil }

// printable shows control characters as a replacement, so that an id from
// outside cannot steer a terminal.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || (r >= 0x80 && r < 0xa0) {
			return '\ufffd'
		}
		return r
	}, s)
}

func tableStyle() table.Style {
	style := table.StyleLight
	style.Options = table.Options{SeparateHeader: true}
	style.Box.PaddingLeft, style.Box.PaddingRight = "", "  "
	style.Format.Header = text.FormatDefault
	return style
}

func trimLines(s string) string {
	lines := strings.Split(s, "\n")
	for i, line := range lines {
		lines[i] = strings.TrimRight(line, " ")
	}
	return strings.Join(lines, "\n")
}
