package cli

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// result is a report's answer, or the list behind a figure.
type result struct {
	Report     string                       `json:"report"`
	Title      string                       `json:"title"`
	Question   string                       `json:"question"`
	Definition string                       `json:"definition"`
	Measure    string                       `json:"measure"`
	Timezone   string                       `json:"timezone"`
	AsOf       string                       `json:"as_of"`
	Total      *int                         `json:"total"`
	Parameters map[string]json.RawMessage   `json:"parameters"`
	Cell       map[string]json.RawMessage   `json:"cell"`
	Columns    []resultColumn               `json:"columns"`
	Rows       []map[string]json.RawMessage `json:"rows"`
	Suppressed []suppressed                 `json:"suppressed"`
	Chart      *resultChart                 `json:"chart"`
	Pivot      *resultPivot                 `json:"pivot"`

	hidden   map[suppressed]string // what stands in the place of a suppressed figure, by row and column
	noEvents bool                  // the community is known to have no events at all
}

// suppressed is a cell that the shareable view hides.
type suppressed struct {
	Row    int    `json:"row"`
	Column string `json:"column"`
	Text   string `json:"text"`
}

type resultColumn struct {
	Name        string            `json:"name"`
	Title       string            `json:"title"`
	Type        string            `json:"type"`
	Unit        string            `json:"unit"`
	Role        string            `json:"role"`
	Description string            `json:"description"`
	NullText    string            `json:"null_text"`
	Compares    string            `json:"compares"`
	Texts       map[string]string `json:"texts"`
}

type resultChart struct {
	Kind     string   `json:"kind"`
	X        string   `json:"x"`
	Y        []string `json:"y"`
	Total    string   `json:"total"`
	Negative []string `json:"negative"`
}

type resultPivot struct {
	Rows    []string `json:"rows"`
	Columns string   `json:"columns"`
	Value   string   `json:"value"`
}

func decodeResult(raw []byte) (*result, error) {
	var r result
	if err := json.Unmarshal(raw, &r); err != nil {
		return nil, fmt.Errorf("read the report: %w", err)
	}
	r.hidden = make(map[suppressed]string, len(r.Suppressed))
	for _, s := range r.Suppressed {
		r.hidden[suppressed{Row: s.Row, Column: s.Column}] = s.Text
	}
	return &r, nil
}

// hiddenAt is what stands in the place of a suppressed figure, or empty.
func (r *result) hiddenAt(row int, column string) string {
	return r.hidden[suppressed{Row: row, Column: column}]
}

// column finds a column by name.
func (r *result) column(name string) (resultColumn, bool) {
	for _, c := range r.Columns {
		if c.Name == name {
			return c, true
		}
	}
	return resultColumn{}, false
}

// unfinished is the column that marks what is not over yet.
const unfinished = "unfinished"

// open tells whether a row is about a time that is not over yet.
func (r *result) open(row int) bool { return string(r.Rows[row][unfinished]) == "true" }

// heading is a column's title for people.
func (c resultColumn) heading() string {
	if c.Title != "" {
		return c.Title
	}
	return strings.ReplaceAll(c.Name, "_", " ")
}

func (c resultColumn) numeric() bool { return slices.Contains([]string{"integer", "number"}, c.Type) }

func (c resultColumn) share() bool { return c.Unit == "share" || c.Unit == "%" }

// value is a cell as Go knows it: nil, text, a number kept to the letter, or
// the JSON itself.
func value(raw json.RawMessage) any {
	switch {
	case len(raw) == 0 || string(raw) == "null":
		return nil
	case raw[0] == '"':
		var text string
		if json.Unmarshal(raw, &text) == nil {
			return text
		}
		return string(raw)
	case raw[0] == '-' || (raw[0] >= '0' && raw[0] <= '9'):
		return number(raw)
	case string(raw) == "true":
		return true
	case string(raw) == "false":
		return false
	default:
		return raw
	}
}

// amount is a figure as a number, and whether it is one.
func amount(raw json.RawMessage) (float64, bool) {
	n, ok := value(raw).(number)
	if !ok {
		return 0, false
	}
	f, err := strconv.ParseFloat(string(n), 64)
	return f, err == nil
}
