package simulator

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// field is one member of an event's data.
type field struct {
	name    string
	literal string // canonical JSON; "" leaves the member out
}

func text(name, value string) field {
	if value == "" {
		return field{}
	}
	quoted, _ := jsontext.AppendQuote(nil, value) // the error only reports invalid UTF-8, of which there is none
	return field{name, string(quoted)}
}

func number(name string, value int) field { return field{name, strconv.Itoa(value)} }

func truth(name string, value bool) field { return field{name, strconv.FormatBool(value)} }

// instant writes a moment as the local clock shows it; ids that hold it stay the same in any zone.
func instant(name string, at time.Time) field {
	return field{name, `"` + at.Format("2006-01-02T15:04:05.999Z07:00") + `"`}
}

func day(name string, at time.Time) field { return field{name, `"` + at.Format(time.DateOnly) + `"`} }

// hours writes a number of quarters, such as 6 for 1.5.
func hours(n int) field {
	return field{"hours", strconv.FormatFloat(float64(n)/4, 'f', -1, 64)} // exact: a quarter is a binary fraction
}

// object writes the members in canonical order.
func object(fields []field) []byte {
	slices.SortFunc(fields, func(a, b field) int { return strings.Compare(a.name, b.name) })
	dst := []byte{'{'}
	first := true
	for _, f := range fields {
		if f.literal == "" {
			continue
		}
		if !first {
			dst = append(dst, ',')
		}
		first = false
		dst = append(dst, '"')
		dst = append(dst, f.name...)
		dst = append(dst, '"', ':')
		dst = append(dst, f.literal...)
	}
	return append(dst, '}')
}
