package export

import (
	"fmt"
	"io"
	"strings"

	"github.com/turnout/turnout/dashboards/reporting"
)

// The forms that this package writes, beside those of package reporting.
const (
	XLSX     reporting.Format = "xlsx"
	Parquet  reporting.Format = "parquet"
	Markdown reporting.Format = "markdown"
)

// Formats are all forms in which reports and lists leave the program.
func Formats() []reporting.Format {
	return []reporting.Format{reporting.JSON, reporting.CSV, reporting.NDJSON, XLSX, Parquet, Markdown}
}

// ContentType is the media type of a form.
func ContentType(f reporting.Format) string {
	switch f {
	case XLSX:
		return "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	case Parquet:
		return "application/vnd.apache.parquet"
	case Markdown:
		return "text/markdown; charset=utf-8"
	default:
		return f.ContentType()
	}
}

func extension(f reporting.Format) string {
	if f == Markdown {
		return "md"
	}
	return string(f)
}

// Write writes the table in one of the forms of this package.
func (t *Table) Write(w io.Writer, f reporting.Format) error {
	switch f {
	case XLSX:
		return t.writeXLSX(w)
	case Parquet:
		return t.writeParquet(w)
	case Markdown:
		return t.writeMarkdown(w)
	default:
		return fmt.Errorf("write a table: there is no form %q here", f)
	}
}

// WriteComments writes what there is to say about the table as lines that begin with #, for the head of a CSV file.
func (t *Table) WriteComments(w io.Writer) error {
	var out strings.Builder
	for _, line := range t.About() {
		out.WriteString("# " + oneLine(line.Label) + ": " + oneLine(line.Text) + "\n")
	}
	if _, err := io.WriteString(w, out.String()); err != nil {
		return fmt.Errorf("write what the table is about: %w", err)
	}
	return nil
}

// oneLine keeps a text in its line.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
