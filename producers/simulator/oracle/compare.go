package oracle

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"
)

// Difference is one place at which a report does not show what it must.
type Difference struct {
	Report string `json:"report"`
	Row    string `json:"row"`    // the values of the key's columns
	Column string `json:"column"` // "" is the whole row
	Got    any    `json:"got"`
	Want   any    `json:"want"`
}

// String says it in one line.
func (d Difference) String() string {
	switch {
	case d.Column != "":
		return fmt.Sprintf("%s [%s] %s: %v, want %v", d.Report, d.Row, d.Column, shown(d.Got), shown(d.Want))
	case d.Want == nil:
		return fmt.Sprintf("%s [%s]: a row too many", d.Report, d.Row)
	}
	return fmt.Sprintf("%s [%s]: no such row", d.Report, d.Row)
}

func shown(value any) any {
	if value == nil {
		return "-"
	}
	return value
}

// Compare says where the rows of an answer, decoded from JSON, differ from the table.
// Columns that the oracle does not compute are left alone; "" is as good as null.
func (t *Table) Compare(rows []map[string]any) []Difference {
	got, want := t.index(rows), t.index(t.plainRows())
	var all []Difference
	if len(got) != len(rows) {
		all = append(all, Difference{Report: t.Report, Row: strings.Join(t.Key, " "), Column: "rows with a key of their own", Got: len(got), Want: len(rows)})
	}
	for _, name := range slices.Sorted(maps.Keys(want)) {
		row, known := got[name]
		if !known {
			all = append(all, Difference{Report: t.Report, Row: name, Want: want[name]})
			continue
		}
		for _, column := range slices.Sorted(maps.Keys(want[name])) {
			if value, has := row[column]; !has || !same(value, want[name][column]) {
				all = append(all, Difference{t.Report, name, column, value, want[name][column]})
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(got)) {
		if want[name] == nil {
			all = append(all, Difference{Report: t.Report, Row: name, Got: got[name]})
		}
	}
	return all
}

// CompareYearBefore says where the columns of the year before differ: t is what the
// report showed then. Columns that the oracle does not compute are left alone.
func (t *Table) CompareYearBefore(rows []map[string]any) []Difference {
	then, columns := map[string]Row{}, set{}
	for _, row := range t.plainRows() {
		then[t.name(t.aYearLater(row))] = row
		for column := range row {
			columns.add(column)
		}
	}
	var all []Difference
	for _, row := range rows {
		name := t.name(row)
		for column, value := range row {
			base, compares := strings.CutSuffix(column, "_year_before")
			want := then[name][base]
			if t.isWithheld(row) {
				want = nil // which of them it was is not told
			}
			if compares && columns[base] && !same(value, want) {
				all = append(all, Difference{t.Report, name, column, value, want})
			}
		}
	}
	return all
}

// aYearLater moves the periods among the key's columns.
func (t *Table) aYearLater(row Row) Row {
	moved := maps.Clone(row)
	for _, column := range t.Key {
		switch value := row[column].(type) {
		case string:
			if column == "period" || column == "cohort" {
				moved[column] = fmt.Sprintf("%04d%s", numberOf(value[:4])+1, value[4:])
			}
		case float64:
			if column == "class" {
				moved[column] = value + 1
			}
		}
	}
	return moved
}

// plainRows are the rows as JSON brings them: numbers are float64.
func (t *Table) plainRows() []map[string]any {
	raw, err := json.Marshal(t.Rows)
	if err != nil {
		return nil // nothing in a row cannot be written
	}
	var rows []map[string]any
	if json.Unmarshal(raw, &rows) != nil {
		return nil
	}
	return rows
}

func (t *Table) index(rows []map[string]any) map[string]Row {
	named := map[string]Row{}
	for _, row := range rows {
		name := t.name(row)
		for n := 2; t.isWithheld(row) && named[name] != nil; n++ {
			name = fmt.Sprintf("%s (%d)", t.name(row), n)
		}
		named[name] = row
	}
	return named
}

// name tells a row apart: the values of the key's columns. Nothing but its figures tells a person whose id is withheld apart.
func (t *Table) name(row Row) string {
	if t.isWithheld(row) {
		return t.figures(row)
	}
	values := make([]string, len(t.Key))
	for i, column := range t.Key {
		values[i] = "-"
		if row[column] != nil && row[column] != "" {
			values[i] = fmt.Sprint(row[column])
		}
	}
	return strings.Join(values, " ")
}

func (t *Table) isWithheld(row Row) bool {
	return slices.ContainsFunc(t.Key, func(column string) bool { return row[column] == Withheld })
}

// figures writes what the oracle computes of a row; several may have the same, and are told apart by index.
func (t *Table) figures(row Row) string {
	var parts []string
	for _, column := range t.columns() {
		value := row[column]
		if text, ok := value.(string); ok {
			if at, err := time.Parse(time.RFC3339Nano, text); err == nil {
				value = at.UnixMilli()
			}
		}
		if value == nil || value == "" {
			value = "-"
		}
		if n, ok := value.(float64); ok {
			value = math.Round(n*1e6) / 1e6
		}
		parts = append(parts, fmt.Sprint(value))
	}
	return strings.Join(parts, " ")
}

// columns are those that the oracle computes.
func (t *Table) columns() []string {
	all := set{}
	for _, row := range t.Rows {
		for column := range row {
			all.add(column)
		}
	}
	return slices.Sorted(maps.Keys(all))
}

// tolerance is for ratios and medians, which are computed in another order elsewhere.
const tolerance = 1e-6

func same(got, want any) bool {
	if a, ok := got.(float64); ok {
		b, ok := want.(float64)
		return ok && math.Abs(a-b) <= tolerance*max(1, math.Abs(b))
	}
	a, isText := got.(string)
	b, wantText := want.(string)
	if !isText || !wantText {
		return got == want || (a == "" && b == "" && (got == nil || isText) && (want == nil || wantText))
	}
	if a == b {
		return true
	}
	x, err := time.Parse(time.RFC3339Nano, a)
	if err != nil {
		return false
	}
	y, err := time.Parse(time.RFC3339Nano, b)
	return err == nil && x.Equal(y)
}
