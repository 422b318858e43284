package warehouse

import (
	"fmt"
	"strings"
	"time"

	"github.com/turnout/turnout/schemas"
)

// emptyColumn makes the slice that holds a promoted column's values.
func emptyColumn(field schemas.Field) any {
	switch {
	case strings.HasPrefix(field.ClickHouse, "Array("):
		return [][]string{}
	case isText(field):
		return []string{}
	case strings.Contains(field.ClickHouse, "Bool"):
		return []*bool{}
	case strings.Contains(field.ClickHouse, "Int64"):
		return []*int64{}
	case strings.Contains(field.ClickHouse, "Decimal"):
		return []*string{}
	default: // dates and times
		return []*time.Time{}
	}
}

// appendValue adds one value of a schemas.Record; nil is absent.
func appendValue(column, value any) (any, error) {
	switch c := column.(type) {
	case []string:
		text, ok := value.(string)
		return append(c, text), mismatch(ok, value)
	case [][]string:
		texts, ok := value.([]string)
		return append(c, texts), mismatch(ok, value)
	case []*bool:
		p, ok := pointer[bool](value)
		return append(c, p), mismatch(ok, value)
	case []*int64:
		p, ok := pointer[int64](value)
		return append(c, p), mismatch(ok, value)
	case []*string:
		p, ok := pointer[string](value)
		return append(c, p), mismatch(ok, value)
	case []*time.Time:
		p, ok := pointer[time.Time](value)
		return append(c, p), mismatch(ok, value)
	}
	return nil, fmt.Errorf("no column is a %T", column)
}

func pointer[T any](value any) (*T, bool) {
	if value == nil {
		return nil, true
	}
	v, ok := value.(T)
	return &v, ok
}

func mismatch(ok bool, value any) error {
	if ok || value == nil {
		return nil
	}
	return fmt.Errorf("a value of type %T does not fit", value)
}

func sliceColumn(column any, low, high int) any {
	switch c := column.(type) {
	case []string:
		return c[low:high]
	case [][]string:
		return c[low:high]
	case []*bool:
		return c[low:high]
	case []*int64:
		return c[low:high]
	case []*string:
		return c[low:high]
	case []*time.Time:
		return c[low:high]
	}
	return column
}
