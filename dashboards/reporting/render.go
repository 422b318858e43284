package reporting

import (
	"cmp"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// titleOf is the heading for people: the one declared, else the name in words.
func titleOf(title, name string) string {
	if title != "" {
		return title
	}
	words := strings.ReplaceAll(name, "_", " ")
	if words == "" {
		return ""
	}
	return strings.ToUpper(words[:1]) + words[1:]
}

// MarshalJSON writes the result in the form that is promised to programs:
// {report, title, definition, parameters, timezone, as_of, columns, rows}.
func (r *Result) MarshalJSON() ([]byte, error) {
	rows, err := jsonArray(r.Columns, r.Rows, r.Location)
	if err != nil {
		return nil, err
	}
	return json.Marshal(struct { //nolint:wrapcheck // the caller is json.Marshal itself
		Report     string          `json:"report"`
		Title      string          `json:"title"`
		Definition string          `json:"definition"`
		Parameters map[string]any  `json:"parameters"`
		Timezone   string          `json:"timezone"`
		AsOf       string          `json:"as_of"`
		Compared   *Compared       `json:"compared,omitempty"`
		Columns    []Column        `json:"columns"`
		Rows       json.RawMessage `json:"rows"`
		Suppressed any             `json:"suppressed,omitempty"`
	}{
		r.Report.Name, r.Report.Title, r.Report.Definition, r.Parameters, r.Location.String(),
		r.AsOf.Format(time.RFC3339), r.Compared, r.Columns, rows, r.suppressed(),
	})
}

// MarshalJSON writes {report, title, measure, cell, parameters, timezone, as_of, value, total, limit, offset, next_offset, columns, rows}.
func (r *RowsResult) MarshalJSON() ([]byte, error) {
	var next *int64
	if end := r.Offset + int64(len(r.Rows)); end < r.Total && len(r.Rows) > 0 {
		next = &end
	}
	rows, err := jsonArray(r.Columns, r.Rows, r.Location)
	if err != nil {
		return nil, err
	}
	return json.Marshal(struct { //nolint:wrapcheck // the caller is json.Marshal itself
		Report     string          `json:"report"`
		Title      string          `json:"title"`
		Measure    string          `json:"measure"`
		Cell       map[string]any  `json:"cell"`
		Parameters map[string]any  `json:"parameters"`
		Timezone   string          `json:"timezone"`
		AsOf       string          `json:"as_of"`
		Value      any             `json:"value"`
		Total      int64           `json:"total"`
		Limit      int64           `json:"limit"`
		Offset     int64           `json:"offset"`
		NextOffset *int64          `json:"next_offset"`
		Columns    []Column        `json:"columns"`
		Rows       json.RawMessage `json:"rows"`
	}{
		r.Report.Name, r.Report.Title, r.Measure.Name, r.Cell, r.Parameters, r.Location.String(), r.AsOf.Format(time.RFC3339),
		jsonValue(r.Figure, r.Measure.Type, r.Location), r.Total, r.Limit, r.Offset, next,
		r.Columns, rows,
	})
}

// Format is a form in which rows leave.
type Format string

// The forms for programs. A terminal's table is drawn by the command line.
const (
	JSON   Format = "json"
	CSV    Format = "csv"
	NDJSON Format = "ndjson"
)

// ContentType is the media type of f.
func (f Format) ContentType() string {
	switch f {
	case CSV:
		return "text/csv; charset=utf-8"
	case NDJSON:
		return "application/x-ndjson"
	case JSON:
	}
	return "application/json"
}

// Write writes the result in the given form; only JSON carries more than the rows.
func (r *Result) Write(w io.Writer, f Format) error {
	if f == CSV {
		return writeCSV(w, r.Columns, r.Rows, r.Location, r.Marks())
	}
	return write(w, f, r, r.Columns, r.Rows, r.Location)
}

// Write writes the list in the given form; only JSON carries more than the rows.
func (r *RowsResult) Write(w io.Writer, f Format) error {
	return write(w, f, r, r.Columns, r.Rows, r.Location)
}

func write(w io.Writer, f Format, whole any, columns []Column, rows [][]any, location *time.Location) error {
	switch f {
	case CSV:
		return writeCSV(w, columns, rows, location, func(int, string) string { return "" })
	case NDJSON:
		return writeLines(w, columns, rows, location)
	case JSON:
	}
	if err := json.NewEncoder(w).Encode(whole); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	return nil
}

func writeLines(w io.Writer, columns []Column, rows [][]any, location *time.Location) error {
	list, err := newJSONRows(columns, rows, location)
	if err != nil {
		return err
	}
	var line []byte
	for _, row := range rows {
		if line, err = list.object(line[:0], row); err != nil {
			return err
		}
		if _, err := w.Write(append(line, '\n')); err != nil {
			return fmt.Errorf("write a row: %w", err)
		}
	}
	return nil
}

func writeCSV(w io.Writer, columns []Column, rows [][]any, location *time.Location, mark func(row int, column string) string) error {
	out := csv.NewWriter(w)
	line := make([]string, len(columns))
	for i, c := range columns {
		line[i] = c.Name
	}
	if err := out.Write(line); err != nil {
		return fmt.Errorf("write the head: %w", err)
	}
	for row, values := range rows {
		for i, c := range columns {
			line[i] = SafeCell(cmp.Or(mark(row, c.Name), Text(values[i], c.Type, location)))
		}
		if err := out.Write(line); err != nil {
			return fmt.Errorf("write a row: %w", err)
		}
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return fmt.Errorf("write rows: %w", err)
	}
	return nil
}

// SafeCell keeps a spreadsheet from taking a text for a formula. Numbers pass:
// a minus sign before digits is no formula.
func SafeCell(s string) string {
	if first, _ := utf8.DecodeRuneInString(s); s == "" || !strings.ContainsRune("=+-@\t\r\n＝＋－＠", first) {
		return s
	}
	if _, err := strconv.ParseFloat(s, 64); err == nil {
		return s
	}
	return "'" + s
}

// Text is a value as text, unrounded; empty for nil.
func Text(value any, typ Type, location *time.Location) string {
	switch v := jsonValue(value, typ, location).(type) {
	case nil:
		return ""
	case string:
		return v
	case int64:
		return strconv.FormatInt(v, 10)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case bool:
		return strconv.FormatBool(v)
	default:
		return fmt.Sprint(v)
	}
}
