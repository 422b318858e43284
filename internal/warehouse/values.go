package warehouse

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/turnout/turnout/schemas"
)

// valueColumn holds a promoted column's values in the form that the driver takes.
type valueColumn interface {
	add(value any) error // nil is absent
	slice(low, high int) valueColumn
	values() any
	grow(n int)
}

func newColumn(field schemas.Field) valueColumn {
	switch {
	case strings.HasPrefix(field.ClickHouse, "Array("):
		return &plain[[]string]{}
	case isText(field):
		return &plain[string]{}
	case strings.Contains(field.ClickHouse, "Bool"):
		return &nullable[bool]{}
	case strings.Contains(field.ClickHouse, "Int64"):
		return &nullable[int64]{}
	case strings.Contains(field.ClickHouse, "Decimal"):
		return &nullable[string]{}
	default: // dates and times
		return &nullable[time.Time]{}
	}
}

// plain is a column in which an absent value is the empty one.
type plain[T any] struct{ all []T }

func (c *plain[T]) add(value any) error {
	v, ok := value.(T)
	if !ok && value != nil {
		return fmt.Errorf("a value of type %T does not fit", value)
	}
	c.all = append(c.all, v)
	return nil
}

func (c *plain[T]) slice(low, high int) valueColumn { return &plain[T]{all: c.all[low:high]} }
func (c *plain[T]) values() any                     { return c.all }
func (c *plain[T]) grow(n int)                      { c.all = slices.Grow(c.all, n) }

// nullable is a column in which an absent value is null.
type nullable[T any] struct{ all []*T }

func (c *nullable[T]) add(value any) error {
	if value == nil {
		c.all = append(c.all, nil)
		return nil
	}
	v, ok := value.(T)
	if !ok {
		return fmt.Errorf("a value of type %T does not fit", value)
	}
	c.all = append(c.all, &v)
	return nil
}

func (c *nullable[T]) slice(low, high int) valueColumn { return &nullable[T]{all: c.all[low:high]} }
func (c *nullable[T]) values() any                     { return c.all }
func (c *nullable[T]) grow(n int)                      { c.all = slices.Grow(c.all, n) }
