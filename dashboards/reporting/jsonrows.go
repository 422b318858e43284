package reporting

import (
	"encoding/json"
	"fmt"
	"strconv"
	"time"
	"unicode/utf8"
)

// jsonRows writes rows as JSON objects whose members stand in the order of the columns. Answers may have a million values, so that
// it does not ask encoding/json for each of them.
type jsonRows struct {
	columns  []Column
	names    [][]byte // `"name":`
	rows     [][]any
	location *time.Location
}

func newJSONRows(columns []Column, rows [][]any, location *time.Location) (jsonRows, error) {
	names := make([][]byte, len(columns))
	for i, c := range columns {
		name, err := json.Marshal(c.Name)
		if err != nil {
			return jsonRows{}, fmt.Errorf("write column %s: %w", c.Name, err)
		}
		names[i] = append(name, ':')
	}
	return jsonRows{columns, names, rows, location}, nil
}

// jsonArray writes all rows as one array.
func jsonArray(columns []Column, rows [][]any, location *time.Location) (json.RawMessage, error) {
	list, err := newJSONRows(columns, rows, location)
	if err != nil {
		return nil, err
	}
	return list.array()
}

// array writes all rows.
func (j jsonRows) array() (json.RawMessage, error) {
	out := make([]byte, 0, 2+len(j.rows)*len(j.columns)*24)
	out = append(out, '[')
	for i, row := range j.rows {
		if i > 0 {
			out = append(out, ',')
		}
		var err error
		if out, err = j.object(out, row); err != nil {
			return nil, err
		}
	}
	return append(out, ']'), nil
}

// object appends one row.
func (j jsonRows) object(out []byte, row []any) ([]byte, error) {
	out = append(out, '{')
	for i, value := range row {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(out, j.names[i]...)
		var err error
		if out, err = appendJSON(out, jsonValue(value, j.columns[i].Type, j.location)); err != nil {
			return nil, fmt.Errorf("write a value of %s: %w", j.columns[i].Name, err)
		}
	}
	return append(out, '}'), nil
}

func appendJSON(out []byte, value any) ([]byte, error) {
	switch v := value.(type) {
	case nil:
		return append(out, "null"...), nil
	case bool:
		return strconv.AppendBool(out, v), nil
	case int64:
		return strconv.AppendInt(out, v, 10), nil
	case string:
		if plainText(v) {
			return append(append(append(out, '"'), v...), '"'), nil
		}
	}
	text, err := json.Marshal(value)
	return append(out, text...), err
}

// plainText tells whether a text stands in JSON as it is; what HTML would read is escaped, as encoding/json does it.
func plainText(text string) bool {
	for i := range len(text) {
		switch c := text[i]; {
		case c < ' ' || c >= utf8.RuneSelf, c == '"', c == '\\', c == '<', c == '>', c == '&':
			return false
		}
	}
	return true
}

// jsonValue gives times their form: a day, or an instant in the report's zone.
func jsonValue(value any, typ Type, location *time.Location) any {
	t, ok := value.(time.Time)
	if !ok {
		return value
	}
	if typ == Date {
		return t.Format(time.DateOnly)
	}
	return t.In(location).Format("2006-01-02T15:04:05.999Z07:00")
}
