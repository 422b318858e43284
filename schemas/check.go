package schemas

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// Check holds an event against the rules of the envelope and of its type. The error is a *Violation: the one that helps most.
// A missing tenant passes, since whoever receives the event binds it.
func (r *Registry) Check(e *Event) error {
	t, violation := r.checkEnvelope(e)
	if violation != nil {
		return violation
	}
	if violations := t.checkData(e); len(violations) > 0 {
		return violations[0]
	}
	return nil
}

// CheckAll is Check with every violation of the event's data, the most helpful one first. Empty means that the event is valid.
func (r *Registry) CheckAll(e *Event) []*Violation {
	t, violation := r.checkEnvelope(e)
	if violation != nil {
		return []*Violation{violation}
	}
	return t.checkData(e)
}

// checkEnvelope repeats what decoding checks, cheaply: events may be built in Go. It also finds the type.
func (r *Registry) checkEnvelope(e *Event) (*Type, *Violation) {
	switch {
	case e.ID == "":
		return nil, missingAttribute("id")
	case e.Source == "":
		return nil, missingAttribute("source")
	case e.Type == "":
		return nil, missingAttribute("type")
	case e.Time.IsZero():
		return nil, missingAttribute("time")
	case !inRange(e.Time):
		return nil, timeOutside("time", e.Time)
	case !e.Recorded.IsZero() && !inRange(e.Recorded):
		return nil, timeOutside("recordedtime", e.Recorded)
	case e.Revision > MaxRevision:
		return nil, badAttribute("revision", fmt.Sprintf("is %d", e.Revision), "a revision is at most 2147483647")
	case e.Tenant != "" && !ValidTenant(e.Tenant):
		return nil, badAttribute("tenant", "is "+quoteShort(e.Tenant), hintTenant)
	}
	t, ok := r.types[e.Type]
	if !ok {
		return nil, r.unknownType(e.Type)
	}
	return t, nil
}

func timeOutside(name string, t time.Time) *Violation {
	return &Violation{Code: CodeBadTime, Pointer: "/" + name, Detail: fmt.Sprintf("The %s %s %s.", name, t.Format(time.RFC3339), outside), Hint: hintTime}
}

func (r *Registry) unknownType(name string) *Violation {
	violation := &Violation{Code: CodeUnknownType, Pointer: "/type", Detail: "There is no event type " + quoteShort(name) + "."}
	var versions []string
	base, _, _ := strings.Cut(name, ".v")
	for _, known := range r.names {
		if r.types[known].Base == base {
			versions = append(versions, known)
		}
	}
	switch near := nearest(name, r.names); {
	case len(versions) > 0:
		violation.Hint = "did you mean " + list(versions) + "?"
	case near != "":
		violation.Hint = "did you mean " + near + "?"
	default:
		violation.Hint = "turnout schemas list shows all types; more can be added with --schemas DIR"
	}
	return violation
}

// checkData validates the data; the best violation comes first.
func (t *Type) checkData(e *Event) []*Violation {
	if t.quick != nil && t.quick.accepts(e.Data, e.Voided) {
		return nil
	}
	return t.checkSlow(e)
}

// checkSlow asks the JSON Schema library, which has the last word.
func (t *Type) checkSlow(e *Event) []*Violation {
	canonical, violation := decodeData(e.Data)
	if violation != nil {
		return []*Violation{violation}
	}
	if !bytes.Equal(canonical, e.Data) {
		return []*Violation{{
			Code: CodeMalformedJSON, Pointer: "/data", Detail: "The data is not in canonical form (RFC 8785).",
			Hint: "build events with SetData, or decode them",
		}}
	}
	data, err := unmarshalNumber(canonical)
	if err != nil {
		return []*Violation{{Code: CodeMalformedJSON, Pointer: "/data", Detail: "The data cannot be read: " + err.Error() + "."}}
	}
	schema := t.full
	if e.Voided {
		schema = t.void
	}
	var failure *jsonschema.ValidationError
	switch err := schema.Validate(data); {
	case err == nil:
		return append(t.checkRange(e.Data), t.checkOrder(e.Data)...)
	case errors.As(err, &failure):
		return t.explain(failure, data)
	default:
		return []*Violation{{Code: CodeSchema, Pointer: "/data", Detail: "The data cannot be checked: " + err.Error() + "."}}
	}
}

// checkRange refuses numbers that lose digits on the way into a column; it matters where a schema sets no bounds.
func (t *Type) checkRange(data []byte) []*Violation {
	var violations []*Violation
	for _, field := range t.Fields {
		bound, text := float64(maxInteger), "9007199254740991 (2^53 - 1)"
		if field.JSONType == "number" {
			bound, text = math.Nextafter(maxDecimal, 0), "99999999999999"
		} else if field.JSONType != "integer" {
			continue
		}
		if n, ok := parseNumber(rawMember(data, field.Name)); ok && math.Abs(n) > bound {
			violations = append(violations, &Violation{
				Code: CodeSchema, Pointer: "/data/" + field.Name,
				Detail: fmt.Sprintf("%s is %s; numbers beyond %s cannot be kept exactly.", field.Name, rawMember(data, field.Name), text),
				Hint:   "check the value and its unit",
			})
		}
	}
	return violations
}

// checkOrder compares the pairs of fields that the annotation says come in order, as times, days or numbers.
func (t *Type) checkOrder(data []byte) []*Violation {
	var violations []*Violation
	for _, pair := range t.Order {
		first, okFirst := t.ordinal(data, pair[0])
		second, okSecond := t.ordinal(data, pair[1])
		if okFirst && okSecond && first > second {
			relation := "is before"
			if field, _ := t.Field(pair[0]); field.JSONType != "string" {
				relation = "is less than"
			}
			violations = append(violations, &Violation{
				Code: CodeSchema, Pointer: "/data/" + pair[1],
				Detail: fmt.Sprintf("%s (%s) %s %s (%s).", pair[1], rawMember(data, pair[1]), relation, pair[0], rawMember(data, pair[0])),
				Hint:   "check whether the two are swapped",
			})
		}
	}
	return violations
}

// ordinal gives a field's place on its axis; false when it is absent or null.
func (t *Type) ordinal(data []byte, name string) (float64, bool) {
	value := rawMember(data, name)
	if len(value) == 0 || value[0] == 'n' {
		return 0, false
	}
	field, _ := t.Field(name)
	if field.JSONType == "string" {
		at, ok := parseMoment(field.Format, unquote(value))
		return float64(at.UnixMilli()), ok
	}
	return parseNumber(value)
}

// rawMember finds one member's text in canonical data; nil when there is none.
func rawMember(data []byte, name string) []byte {
	walk := newMembers(data)
	for {
		member, value, ok := walk.next()
		if !ok {
			return nil
		}
		if string(member) == name {
			return value
		}
	}
}

// best sorts violations so that the most helpful comes first: a misspelled member before the value errors (it often causes a missing
// one), deeper before shallower, then in the order of the type's fields.
func (t *Type) best(violations []ranked) []*Violation {
	slices.SortStableFunc(violations, func(a, b ranked) int {
		if a.rank != b.rank {
			return a.rank - b.rank
		}
		if a.depth != b.depth {
			return b.depth - a.depth
		}
		return a.place - b.place
	})
	sorted := make([]*Violation, len(violations))
	for i := range violations {
		sorted[i] = violations[i].Violation
	}
	return sorted
}
