package reporting

import (
	"fmt"
	"math"
	"math/big"
	"reflect"
	"strings"
	"time"

	"github.com/shopspring/decimal"
)

// typeOf is the type that readers see for a ClickHouse type.
func typeOf(clickhouse string) Type {
	name := clickhouse
	for _, wrapper := range []string{"LowCardinality(", "Nullable("} {
		if inner, ok := strings.CutPrefix(name, wrapper); ok {
			name = strings.TrimSuffix(inner, ")")
		}
	}
	switch {
	case name == "Bool" || name == "UInt8":
		// What compares or combines conditions is UInt8: a flag.
		return Boolean
	case name == "Date" || name == "Date32":
		return Date
	case strings.HasPrefix(name, "DateTime"):
		return DateTime
	case strings.HasPrefix(name, "Int"), strings.HasPrefix(name, "UInt"):
		return Integer
	case strings.HasPrefix(name, "Float"), strings.HasPrefix(name, "Decimal"):
		return Number
	}
	return String
}

// plain turns what the driver gave into one of: nil, string, int64, float64, bool, time.Time.
//
//nolint:nilnil // nil is a value: what is not known
func plain(value any, typ Type) (any, error) {
	// What most values are, without reflection.
	switch v := value.(type) {
	case *string:
		return *v, nil
	case **string:
		if *v == nil {
			return nil, nil
		}
		return **v, nil
	}
	v := reflect.ValueOf(value)
	for v.Kind() == reflect.Pointer && v.Type() != reflect.TypeFor[*big.Int]() {
		if v.IsNil() {
			return nil, nil
		}
		v = v.Elem()
	}
	if !v.IsValid() {
		return nil, nil
	}
	switch x := v.Interface().(type) {
	case time.Time:
		return x.UTC(), nil
	case decimal.Decimal:
		return x.InexactFloat64(), nil
	case *big.Int:
		return x.String(), nil
	case []string:
		return strings.Join(x, ", "), nil
	}
	return plainKind(v, typ)
}

func plainKind(v reflect.Value, typ Type) (any, error) {
	switch v.Kind() {
	case reflect.String:
		return v.String(), nil
	case reflect.Bool:
		return v.Bool(), nil
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return whole(v.Int(), typ), nil
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return whole(int64(v.Uint()), typ), nil
	case reflect.Float32, reflect.Float64:
		return fraction(v.Float(), typ), nil
	default:
		return nil, fmt.Errorf("a value of type %s cannot be shown", v.Type())
	}
}

// fraction is a float as the column's declared type wants it. A figure over nothing is not known.
func fraction(f float64, typ Type) any {
	switch {
	case math.IsNaN(f) || math.IsInf(f, 0):
		return nil
	case typ == Integer:
		return int64(f)
	}
	return f
}

// whole is an integer as the column's declared type wants it.
func whole(n int64, typ Type) any {
	switch typ {
	case Boolean:
		return n != 0
	case Number:
		return float64(n)
	case String, Integer, Date, DateTime:
	}
	return n
}
