package schemas

import (
	"encoding/json"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
)

// Ranks of violations, most helpful first.
const (
	rankMisspelled = iota
	rankValue
	rankMissing
	rankUnknown
	rankOther
)

type ranked struct {
	*Violation
	rank, depth, place int
}

// explain turns the library's tree of errors into violations in our own words.
func (t *Type) explain(failure *jsonschema.ValidationError, data any) []*Violation {
	var found []ranked
	t.collect(failure, data, &found)
	if len(found) == 0 {
		found = append(found, ranked{Violation: &Violation{Code: CodeSchema, Pointer: "/data", Detail: "The data does not follow the schema of " + t.Name + "."}})
	}
	return t.best(found)
}

// collect walks to the leaves. Alternatives (anyOf, oneOf) are reported as one, since their branches contradict one another.
func (t *Type) collect(failure *jsonschema.ValidationError, data any, found *[]ranked) {
	switch failure.ErrorKind.(type) {
	case *kind.AnyOf, *kind.OneOf, *kind.Not:
		*found = append(*found, t.alternatives(failure))
		return
	}
	if len(failure.Causes) > 0 {
		for _, cause := range failure.Causes {
			t.collect(cause, data, found)
		}
		return
	}
	if missing, ok := failure.ErrorKind.(*kind.Required); ok {
		for _, name := range missing.Missing {
			*found = append(*found, t.missing(failure.InstanceLocation, name))
		}
		return
	}
	if extra, ok := failure.ErrorKind.(*kind.AdditionalProperties); ok {
		for _, name := range extra.Properties {
			*found = append(*found, t.unknown(append(slices.Clip(failure.InstanceLocation), name), data))
		}
		return
	}
	if _, ok := failure.ErrorKind.(*kind.FalseSchema); ok {
		*found = append(*found, t.unknown(failure.InstanceLocation, data))
		return
	}
	*found = append(*found, t.value(failure))
}

func (t *Type) rank(location []string, rank int, v *Violation) ranked {
	v.Code = CodeSchema
	v.Pointer = "/data"
	for _, token := range location {
		v.Pointer += "/" + escapePointer(token)
	}
	place := len(t.Fields)
	if len(location) > 0 {
		if i, ok := t.position[location[0]]; ok {
			place = i
		}
	}
	return ranked{Violation: v, rank: rank, depth: len(location), place: place}
}

func (t *Type) missing(location []string, name string) ranked {
	location = append(slices.Clip(location), name)
	violation := &Violation{Detail: fmt.Sprintf("The required member %s is missing.", name)}
	if field, ok := t.Field(name); ok {
		violation.Hint = "add it: " + field.Description
		if len(field.Enum) > 0 {
			violation.Hint = "add it; allowed are " + list(field.Enum)
		}
	}
	return t.rank(location, rankMissing, violation)
}

// unknown explains a member that the type does not have.
func (t *Type) unknown(location []string, data any) ranked {
	if len(location) == 0 {
		return t.rank(location, rankOther, &Violation{Detail: "No data is allowed here."})
	}
	name := location[len(location)-1]
	violation := &Violation{Detail: fmt.Sprintf("The member %s is unknown to %s.", quoteShort(name), t.Name)}
	present, _ := data.(map[string]any)
	var absent, all []string
	for _, field := range t.Fields {
		all = append(all, field.Name)
		if _, there := present[field.Name]; !there {
			absent = append(absent, field.Name)
		}
	}
	if near := nearest(name, absent); near != "" {
		violation.Hint = "did you mean " + near + "?"
		return t.rank(location, rankMisspelled, violation)
	}
	violation.Hint = "leave it out; " + t.Name + " has " + strings.Join(all, ", ")
	if contains([]string{"tenant", "revision", "voided", "reason", "recordedtime", "subject", "time"}, name) {
		violation.Hint = name + " is an attribute of the event: put it beside data, not into it"
	}
	return t.rank(location, rankUnknown, violation)
}

// alternatives explains anyOf, oneOf and not; where every branch only asks for a member, it names those members.
func (t *Type) alternatives(failure *jsonschema.ValidationError) ranked {
	var names []string
	for _, cause := range failure.Causes {
		for len(cause.Causes) == 1 {
			cause = cause.Causes[0]
		}
		if missing, ok := cause.ErrorKind.(*kind.Required); ok {
			names = append(names, missing.Missing...)
		}
	}
	violation := &Violation{Detail: "The data fits none of the allowed forms.", Hint: "turnout schemas show " + t.Name}
	if len(names) > 0 && len(names) == len(failure.Causes) {
		violation.Detail = "None of the members is given of which at least one is needed."
		violation.Hint = "give " + list(names)
	}
	return t.rank(failure.InstanceLocation, rankOther, violation)
}

// value explains an error of one value.
func (t *Type) value(failure *jsonschema.ValidationError) ranked {
	name := "The data"
	if len(failure.InstanceLocation) > 0 {
		name = strings.Join(failure.InstanceLocation, " ")
	}
	violation := &Violation{}
	switch k := failure.ErrorKind.(type) {
	case *kind.Type:
		violation.Detail = fmt.Sprintf("%s is %s where %s is needed.", name, article(k.Got), articles(k.Want))
		violation.Hint = typeHint(k.Got, k.Want)
	case *kind.Enum:
		explainEnum(violation, name, k)
	case *kind.Const:
		violation.Detail = fmt.Sprintf("%s is %s; only %s is allowed.", name, literal(k.Got), literal(k.Want))
	case *kind.Format:
		text, _ := k.Got.(string)
		violation.Detail = fmt.Sprintf("%s is %s, which %s.", name, quoteShort(text), formatProblem(k))
		violation.Hint = formatHint(k.Want)
	case *kind.Pattern:
		violation.Detail = fmt.Sprintf("%s is %s, which does not have the form that is needed.", name, quoteShort(k.Got))
		violation.Hint = t.patternHint(failure.InstanceLocation, k.Want)
	case *kind.MinLength:
		violation.Detail = fmt.Sprintf("%s is %d characters long; at least %d are needed.", name, k.Got, k.Want)
		violation.Hint = "an absent value is left out, not sent empty"
	case *kind.MaxLength:
		violation.Detail = fmt.Sprintf("%s is %d characters long; at most %d are allowed.", name, k.Got, k.Want)
		violation.Hint = "shorten it"
	default:
		explainNumber(violation, name, failure)
	}
	return t.rank(failure.InstanceLocation, rankValue, violation)
}

func explainNumber(violation *Violation, name string, failure *jsonschema.ValidationError) {
	switch k := failure.ErrorKind.(type) {
	case *kind.Minimum:
		violation.Detail = fmt.Sprintf("%s is %s; the least allowed is %s.", name, number(k.Got), number(k.Want))
	case *kind.ExclusiveMinimum:
		violation.Detail = fmt.Sprintf("%s is %s; it must be more than %s.", name, number(k.Got), number(k.Want))
	case *kind.Maximum:
		violation.Detail = fmt.Sprintf("%s is %s; the most allowed is %s.", name, number(k.Got), number(k.Want))
	case *kind.ExclusiveMaximum:
		violation.Detail = fmt.Sprintf("%s is %s; it must be less than %s.", name, number(k.Got), number(k.Want))
	case *kind.MultipleOf:
		violation.Detail = fmt.Sprintf("%s is %s, which is no multiple of %s.", name, number(k.Got), number(k.Want))
	case *kind.MaxItems:
		violation.Detail = fmt.Sprintf("%s has %d entries; at most %d are allowed.", name, k.Got, k.Want)
	case *kind.MinItems:
		violation.Detail = fmt.Sprintf("%s has %d entries; at least %d are needed.", name, k.Got, k.Want)
	case *kind.UniqueItems:
		violation.Detail = fmt.Sprintf("%s names the same thing twice, at %d and %d.", name, k.Duplicates[0], k.Duplicates[1])
		violation.Hint = "name each once"
	default:
		keyword := strings.Join(failure.ErrorKind.KeywordPath(), " ")
		violation.Detail = fmt.Sprintf("%s does not follow the schema's keyword %s.", name, keyword)
	}
	if violation.Hint == "" {
		violation.Hint = "check the value and its unit"
	}
}

func explainEnum(violation *Violation, name string, k *kind.Enum) {
	allowed := make([]string, 0, len(k.Want))
	for _, want := range k.Want {
		if text, ok := want.(string); ok {
			allowed = append(allowed, text)
		} else {
			allowed = append(allowed, literal(want))
		}
	}
	violation.Detail = fmt.Sprintf("%s is %s, which is not one of the allowed values.", name, literal(k.Got))
	violation.Hint = "allowed are " + list(allowed)
	if text, ok := k.Got.(string); ok {
		if near := nearest(text, allowed); near != "" {
			violation.Hint = "did you mean " + near + "? " + violation.Hint
		}
	}
}

func formatProblem(k *kind.Format) string {
	if k.Err != nil {
		return k.Err.Error()
	}
	return "is no valid " + k.Want
}

func formatHint(format string) string {
	switch format {
	case "date-time":
		return hintTime
	case "date":
		return hintDate
	default:
		return "see the format " + format + " of JSON Schema"
	}
}

func (t *Type) patternHint(location []string, pattern string) string {
	if len(location) > 0 {
		if field, ok := t.Field(location[0]); ok && field.Ref != "" {
			return "an id has no control characters and neither begins nor ends with a space"
		}
	}
	return "it must match " + pattern
}

func typeHint(got string, want []string) string {
	switch {
	case got == "null" && !contains(want, "null"):
		return "leave the member out when there is no value"
	case got == "string" && (contains(want, "integer") || contains(want, "number") || contains(want, "boolean")):
		return "write the value without quotes"
	case contains(want, "string"):
		return "put the value in quotes"
	case got == "number" && contains(want, "integer"):
		return "write a whole number"
	default:
		return "send the type that the schema asks for"
	}
}

func article(name string) string {
	switch name {
	case "null":
		return "null"
	case "integer", "array", "object":
		return "an " + name
	default:
		return "a " + name
	}
}

func articles(names []string) string {
	words := make([]string, len(names))
	for i, name := range names {
		words[i] = article(name)
	}
	return list(words)
}

func literal(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		return fmt.Sprint(value)
	}
	if runes := []rune(string(text)); len(runes) > 80 {
		return string(runes[:80]) + "…"
	}
	return string(text)
}

func number(value *big.Rat) string {
	if value.IsInt() {
		return value.Num().String()
	}
	return strings.TrimRight(value.FloatString(6), "0")
}

// validateTime makes a JSON Schema format of one of our parsers. Values that are no strings are another keyword's matter.
func validateTime(parse func(string) (time.Time, string)) func(any) error {
	return func(value any) error {
		text, ok := value.(string)
		if !ok {
			return nil
		}
		if _, problem := parse(text); problem != "" {
			return problemError(problem)
		}
		return nil
	}
}

// problemError is the rest of a sentence whose subject is a value.
type problemError string

func (p problemError) Error() string { return string(p) }
