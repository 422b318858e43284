package importer

import (
	"fmt"
	"strings"
)

// Problem is one thing that is wrong in a mapping, a manifest or a CSV file:
// where it is, what it is, and what to do about it. It implements error.
type Problem struct { //nolint:errname // data first: problems are collected and listed
	File   string // as the caller named it; may be empty
	Line   int    // 1-based physical line; 0 when the whole file is meant
	Col    int    // 1-based character on the line in YAML files; 0 in CSV files
	Column string // header name of the CSV column, when one cell is at fault
	Code   string // stable slug, see the Code constants
	Reason string // a sentence without its full stop
	Hint   string // what to do; may be empty
}

// Codes of problems; they never change once released.
const (
	CodeYAML      = "malformed_yaml"
	CodeMapping   = "bad_mapping"
	CodeManifest  = "bad_manifest"
	CodeEncoding  = "bad_encoding"
	CodeQuote     = "bad_quote"
	CodeTooLong   = "too_long"
	CodeRagged    = "ragged_row"
	CodeHeader    = "bad_header"
	CodeEmpty     = "empty_cell"
	CodeValue     = "bad_value"
	CodeTime      = "bad_time"
	CodeSchema    = "schema"
	CodeDuplicate = "duplicate_row"
)

// Error renders "file:line:col: column "x": reason; hint".
func (p Problem) Error() string {
	var b strings.Builder
	if p.File != "" {
		b.WriteString(p.File)
	} else {
		b.WriteString("line")
	}
	if p.Line > 0 {
		sep := ":"
		if p.File == "" {
			sep = " "
		}
		fmt.Fprintf(&b, "%s%d", sep, p.Line)
		if p.Col > 0 {
			fmt.Fprintf(&b, ":%d", p.Col)
		}
	}
	b.WriteString(": ")
	if p.Column != "" {
		fmt.Fprintf(&b, "column %q: ", p.Column)
	}
	b.WriteString(p.Reason)
	if p.Hint != "" {
		b.WriteString("; ")
		b.WriteString(p.Hint)
	}
	return b.String()
}

// Problems are all the things that are wrong with one mapping or manifest, in
// file order. As an error they print one a line.
type Problems []Problem //nolint:errname // see Problem

func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i := range p {
		lines[i] = p[i].Error()
	}
	return strings.Join(lines, "\n")
}
