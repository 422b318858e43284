package export

import (
	"fmt"
	"io"
	"math"
	"net/http"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"

	"github.com/turnout/turnout/dashboards/reporting"
	"github.com/turnout/turnout/internal/problem"
)

const (
	mostExact    = 1_000_000_000_000_000 // a spreadsheet keeps 15 digits
	widestColumn = 60.0
	leastColumn  = 8.0
	aboutText    = 100.0
	unitShare    = "share"
)

// writeXLSX writes the table as a workbook: the rows, and a second sheet that says what they are.
func (t *Table) writeXLSX(w io.Writer) (err error) {
	if len(t.Rows) >= excelize.TotalRows {
		return &problem.Error{
			Status: http.StatusRequestEntityTooLarge, Code: "too_many_rows", Pointer: "/parameters/format",
			Detail: fmt.Sprintf("A spreadsheet holds %d rows; there are %d.", excelize.TotalRows-1, len(t.Rows)), Hint: "Ask for csv or parquet, or for less.",
		}
	}
	file := excelize.NewFile()
	defer func() {
		if closing := file.Close(); err == nil && closing != nil {
			err = fmt.Errorf("write the spreadsheet: %w", closing)
		}
	}()
	for _, step := range []func(*excelize.File) error{t.properties, t.dataSheet, t.aboutSheet} {
		if err := step(file); err != nil {
			return fmt.Errorf("write the spreadsheet: %w", err)
		}
	}
	if err := file.Write(w); err != nil {
		return fmt.Errorf("write the spreadsheet: %w", err)
	}
	return nil
}

func (t *Table) properties(file *excelize.File) error {
	if err := file.SetSheetName(file.GetSheetName(0), t.sheetName()); err != nil {
		return err //nolint:wrapcheck // writeXLSX wraps it
	}
	at := t.AsOf.UTC().Format(time.RFC3339)
	return file.SetDocProps(&excelize.DocProperties{Title: t.Title, Creator: "Turnout", Description: oneLine(t.Definition), Created: at, Modified: at}) //nolint:wrapcheck // likewise
}

// sheetName is the report's name as far as a sheet's may be long.
func (t *Table) sheetName() string {
	return t.Name[:min(len(t.Name), excelize.MaxSheetNameLength)] // a report's name is ASCII without what a sheet's must not have
}

func (t *Table) dataSheet(file *excelize.File) error {
	styles, err := t.styles(file)
	if err != nil {
		return err
	}
	out, err := file.NewStreamWriter(t.sheetName())
	if err != nil {
		return err //nolint:wrapcheck // writeXLSX wraps it
	}
	for i := range t.Columns {
		if err := out.SetColWidth(i+1, i+1, t.width(i)); err != nil {
			return err //nolint:wrapcheck // likewise
		}
	}
	if err := out.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return err //nolint:wrapcheck // likewise
	}
	line := make([]any, len(t.Columns))
	for i, c := range t.Columns {
		line[i] = excelize.Cell{StyleID: styles.head, Value: heading(c)}
	}
	if err := out.SetRow("A1", line); err != nil {
		return err //nolint:wrapcheck // likewise
	}
	for n, row := range t.Rows {
		for i := range t.Columns {
			line[i] = t.xlsxCell(Place{n, i}, row[i], styles)
		}
		if err := out.SetRow("A"+strconv.Itoa(n+2), line); err != nil {
			return err //nolint:wrapcheck // likewise
		}
	}
	return out.Flush() //nolint:wrapcheck // likewise
}

func heading(c reporting.Column) string {
	if c.Title != "" {
		return c.Title
	}
	return c.Name
}

// styles are those of the cells: one a column, and those of the head and of what is hidden.
type styles struct {
	head, hidden int
	columns      []int
}

func (t *Table) styles(file *excelize.File) (styles, error) {
	var out styles
	var err error
	if out.head, err = file.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}, Alignment: &excelize.Alignment{WrapText: true, Vertical: "top"}}); err != nil {
		return out, err //nolint:wrapcheck // writeXLSX wraps it
	}
	hidden := excelize.Style{Font: &excelize.Font{Italic: true, Color: "767676"}, Alignment: &excelize.Alignment{Horizontal: "right"}}
	if out.hidden, err = file.NewStyle(&hidden); err != nil {
		return out, err //nolint:wrapcheck // likewise
	}
	for _, c := range t.Columns {
		style := 0
		if format := numberFormat(c); format != "" {
			if style, err = file.NewStyle(&excelize.Style{CustomNumFmt: &format}); err != nil {
				return out, err //nolint:wrapcheck // likewise
			}
		}
		out.columns = append(out.columns, style)
	}
	return out, nil
}

// numberFormat is how a spreadsheet shows the column's values, which stay what they are.
func numberFormat(c reporting.Column) string {
	switch {
	case c.Type == reporting.Date:
		return "yyyy-mm-dd"
	case c.Type == reporting.DateTime:
		return "yyyy-mm-dd hh:mm"
	case c.Unit == unitShare:
		return "0.0%"
	case c.Type == reporting.Integer && c.Role == reporting.MeasureRole:
		return "#,##0"
	case c.Type == reporting.Integer:
		return "0" // a year has no thousands
	case c.Type == reporting.Number:
		return "#,##0.0##"
	default:
		return ""
	}
}

// xlsxCell is a value as a typed cell. Texts are texts, whatever they begin with.
func (t *Table) xlsxCell(at Place, value any, s styles) any {
	if text, hidden := t.Hidden[at]; hidden {
		return excelize.Cell{StyleID: s.hidden, Value: text}
	}
	switch v := value.(type) {
	case nil:
		return nil
	case int64:
		if v > mostExact || v < -mostExact {
			return strconv.FormatInt(v, 10)
		}
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil
		}
	case time.Time:
		wall := t.wallClock(v, t.Columns[at.Column].Type)
		if wall.Before(time.Date(1900, 3, 1, 0, 0, 0, 0, time.UTC)) { // before that, spreadsheets disagree about days
			return reporting.Text(v, t.Columns[at.Column].Type, t.Location)
		}
		value = wall
	}
	return excelize.Cell{StyleID: s.columns[at.Column], Value: value}
}

// wallClock is what a clock in the table's zone shows, as a time without a zone: spreadsheets know none.
func (t *Table) wallClock(v time.Time, typ reporting.Type) time.Time {
	if typ == reporting.DateTime {
		v = v.In(t.Location)
	}
	return time.Date(v.Year(), v.Month(), v.Day(), v.Hour(), v.Minute(), v.Second(), v.Nanosecond(), time.UTC)
}

// measured is how many rows the widths are taken from.
const measured = 500

func (t *Table) width(column int) float64 {
	widest := 0
	for _, row := range t.Rows[:min(len(t.Rows), measured)] {
		widest = max(widest, utf8.RuneCountInString(reporting.Text(row[column], t.Columns[column].Type, t.Location)))
	}
	if t.Columns[column].Type == reporting.Number {
		widest = min(widest, len("1,000,000.000"))
	}
	head := utf8.RuneCountInString(heading(t.Columns[column]))
	return min(max(float64(widest), float64(min(head, 24)), leastColumn)+2, widestColumn) // long headings wrap; some room beside the text
}

// aboutSheet says what the rows are: the table's lines, then its columns.
func (t *Table) aboutSheet(file *excelize.File) error {
	w := t.words()
	if _, err := file.NewSheet(w.about); err != nil {
		return err //nolint:wrapcheck // writeXLSX wraps it
	}
	bold, err := file.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}, Alignment: &excelize.Alignment{Vertical: "top"}})
	if err != nil {
		return err //nolint:wrapcheck // likewise
	}
	wrapped, err := file.NewStyle(&excelize.Style{Alignment: &excelize.Alignment{WrapText: true, Vertical: "top"}})
	if err != nil {
		return err //nolint:wrapcheck // likewise
	}
	out, err := file.NewStreamWriter(w.about)
	if err != nil {
		return err //nolint:wrapcheck // likewise
	}
	for column, width := range []float64{28, aboutText, 24, 16} { // widths of the sheet's own columns
		if err := out.SetColWidth(column+1, column+1, width); err != nil {
			return err //nolint:wrapcheck // likewise
		}
	}
	next := 0
	row := func(style int, texts ...string) error {
		next++
		cells := []any{excelize.Cell{StyleID: bold, Value: texts[0]}}
		for _, text := range texts[1:] {
			cells = append(cells, excelize.Cell{StyleID: style, Value: text})
		}
		return out.SetRow("A"+strconv.Itoa(next), cells)
	}
	for _, line := range t.About() {
		if err := row(wrapped, line.Label, line.Text); err != nil {
			return err
		}
	}
	next++
	if err := row(bold, w.column, w.meaning, w.name, w.unit); err != nil {
		return err
	}
	for _, c := range t.Columns {
		if err := row(wrapped, heading(c), oneLine(c.Description), c.Name, c.Unit); err != nil {
			return err
		}
	}
	return out.Flush() //nolint:wrapcheck // likewise
}
