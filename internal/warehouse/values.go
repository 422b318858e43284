package warehouse

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"time"

	"github.com/turnout/turnout/schemas"
)

// valueColumn holds a promoted column's values.
type valueColumn interface {
	add(value any) error // nil is absent
	slice(low, high int) valueColumn
	part() part  // as the Native format has them
	values() any // as the driver takes them
	grow(n int)
}

func newColumn(field schemas.Field) valueColumn {
	switch {
	case strings.HasPrefix(field.ClickHouse, "Array("):
		return &textLists{}
	case isText(field):
		return &textColumn{}
	case strings.Contains(field.ClickHouse, "Bool"):
		return &nullable{kind: boolValue}
	case strings.Contains(field.ClickHouse, "Int64"):
		return &nullable{kind: integerValue}
	case strings.Contains(field.ClickHouse, "Decimal"):
		return &nullable{kind: decimalValue}
	case strings.Contains(field.ClickHouse, "Date32"):
		return &nullable{kind: dayValue}
	default:
		return &nullable{kind: instantValue}
	}
}

func unfit(value any) error { return fmt.Errorf("a value of type %T does not fit", value) }

// textColumn is a column in which an absent value is the empty one.
type textColumn struct{ all []string }

func (c *textColumn) add(value any) error {
	text, ok := value.(string)
	if !ok && value != nil {
		return unfit(value)
	}
	c.all = append(c.all, text)
	return nil
}

func (c *textColumn) slice(low, high int) valueColumn { return &textColumn{all: c.all[low:high]} }
func (c *textColumn) part() part                      { return texts(c.all) }
func (c *textColumn) values() any                     { return c.all }
func (c *textColumn) grow(n int)                      { c.all = slices.Grow(c.all, n) }

// textLists is a column of lists, in which an absent one is empty.
type textLists struct{ all [][]string }

func (c *textLists) add(value any) error {
	list, ok := value.([]string)
	if !ok && value != nil {
		return unfit(value)
	}
	c.all = append(c.all, list)
	return nil
}

func (c *textLists) slice(low, high int) valueColumn { return &textLists{all: c.all[low:high]} }
func (c *textLists) values() any                     { return c.all }
func (c *textLists) grow(n int)                      { c.all = slices.Grow(c.all, n) }

// part has where each list ends before the texts of all. The stretches are read in order.
func (c *textLists) part() part {
	end := uint64(0)
	ends := func(to []byte, low, high int) []byte {
		for _, list := range c.all[low:high] {
			end += uint64(len(list))
			to = binary.LittleEndian.AppendUint64(to, end)
		}
		return to
	}
	items := func(to []byte, low, high int) []byte {
		for _, list := range c.all[low:high] {
			for _, text := range list {
				to = appendText(to, text)
			}
		}
		return to
	}
	return part{len(c.all), []func([]byte, int, int) []byte{ends, items}}
}

type valueKind byte

const (
	boolValue    valueKind = iota
	integerValue           // Int64
	decimalValue           // Decimal(18, 4): in ten-thousandths
	dayValue               // Date32: days since 1970
	instantValue           // DateTime64(3): milliseconds since 1970
)

const (
	decimalPlaces = 4
	tenThousand   = 10_000
)

// nullable is a column of numbers in which an absent value is null.
type nullable struct {
	kind    valueKind
	missing []bool
	numbers []int64
}

func (c *nullable) add(value any) error {
	number, err := int64(0), error(nil)
	if value != nil {
		number, err = c.kind.number(value)
	}
	if err != nil {
		return err
	}
	c.missing, c.numbers = append(c.missing, value == nil), append(c.numbers, number)
	return nil
}

// number is the value as the column has it.
func (k valueKind) number(value any) (int64, error) {
	switch v := value.(type) {
	case bool:
		if k == boolValue {
			return int64(flagByte(v)), nil
		}
	case int64:
		if k == integerValue {
			return v, nil
		}
	case string:
		if k == decimalValue {
			return decimal(v)
		}
	case time.Time:
		switch k {
		case dayValue:
			return floorDiv(v.Unix(), secondsPerDay), nil
		case instantValue:
			return v.UnixMilli(), nil
		}
	}
	return 0, unfit(value)
}

const secondsPerDay = 24 * 60 * 60

func floorDiv(n, by int64) int64 {
	if n < 0 {
		return -((by - 1 - n) / by)
	}
	return n / by
}

var errNoDecimal = errors.New("it is no number that a Decimal(18, 4) holds")

// decimal reads a number of JSON in ten-thousandths; what is smaller is cut off.
func decimal(text string) (int64, error) {
	if len(text) > len("1e-1000") && strings.ContainsAny(text, "eE") || len(text) > 64 { // never of a checked event
		return 0, fmt.Errorf("read %q: %w", text[:min(len(text), 64)], errNoDecimal)
	}
	number, ok := new(big.Rat).SetString(text)
	if !ok {
		return 0, fmt.Errorf("read %q: %w", text, errNoDecimal)
	}
	number.Mul(number, big.NewRat(tenThousand, 1))
	whole := new(big.Int).Quo(number.Num(), number.Denom())
	if !whole.IsInt64() {
		return 0, fmt.Errorf("read %q: %w", text, errNoDecimal)
	}
	return whole.Int64(), nil
}

func (c *nullable) slice(low, high int) valueColumn {
	return &nullable{kind: c.kind, missing: c.missing[low:high], numbers: c.numbers[low:high]}
}

func (c *nullable) grow(n int) {
	c.missing, c.numbers = slices.Grow(c.missing, n), slices.Grow(c.numbers, n)
}

// part has the marks of absent values before the values.
func (c *nullable) part() part {
	marks, values := flags(c.missing), numbers(c.numbers)
	switch c.kind {
	case boolValue:
		values.values[0] = func(to []byte, low, high int) []byte {
			for _, n := range c.numbers[low:high] {
				to = append(to, byte(n))
			}
			return to
		}
	case dayValue:
		values.values[0] = func(to []byte, low, high int) []byte {
			for _, n := range c.numbers[low:high] {
				to = binary.LittleEndian.AppendUint32(to, uint32(int32(n)))
			}
			return to
		}
	}
	return part{min(marks.length, values.length), append(marks.values, values.values...)}
}

func (c *nullable) values() any {
	switch c.kind {
	case boolValue:
		return pointers(c, func(n int64) bool { return n != 0 })
	case integerValue:
		return pointers(c, func(n int64) int64 { return n })
	case decimalValue:
		return pointers(c, func(n int64) string { return new(big.Rat).SetFrac64(n, tenThousand).FloatString(decimalPlaces) })
	case dayValue:
		return pointers(c, func(n int64) time.Time { return time.Unix(n*secondsPerDay, 0).UTC() })
	default:
		return pointers(c, func(n int64) time.Time { return time.UnixMilli(n).UTC() })
	}
}

func pointers[T any](c *nullable, convert func(int64) T) []*T {
	all := make([]*T, len(c.numbers))
	for i, missing := range c.missing {
		if !missing {
			value := convert(c.numbers[i])
			all[i] = &value
		}
	}
	return all
}
