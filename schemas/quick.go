package schemas

import (
	"bytes"
	"encoding/json"
	"math"
	"slices"
	"strconv"
	"unicode/utf8"
)

// quickType is a check compiled from a type's schema that stands before the JSON Schema library: what it accepts the library accepts too
// (a fuzz test holds that), what it does not accept the library decides. It reads canonical data without building values.
type quickType struct {
	fields     []quickField // by name, as the members of canonical data
	required   uint64       // bits of fields
	key        uint64       // what a voided event needs
	anyOf      []uint64     // at least one of these sets must be complete
	orderRules func(data []byte) bool
}

type quickField struct {
	name               string
	kind               string // as JSONType
	null               bool
	enum               [][]byte // literals, quotes included
	minLength          int      // in characters
	maxLength          int
	pattern            func([]byte) bool
	format             string
	minimum, maximum   float64
	items              *quickField
	minItems, maxItems int
	unique             bool
}

// Numbers that a column holds without loss, where a schema says nothing narrower.
const (
	maxInteger = 1<<53 - 1
	maxDecimal = 1e14 // Decimal(18, 4): below this
)

func (q *quickType) accepts(data []byte, voided bool) bool {
	walk := newMembers(data)
	var seen uint64
	place := 0
	for {
		name, value, ok := walk.next()
		if !ok {
			break
		}
		for place < len(q.fields) && q.fields[place].name != string(name) {
			place++
		}
		if place == len(q.fields) || !q.fields[place].accepts(value) {
			return false
		}
		seen |= 1 << place
		place++
	}
	if walk.bad {
		return false
	}
	if voided {
		return seen&q.key == q.key && q.orderRules(data)
	}
	return seen&q.required == q.required && q.anyOfHolds(seen) && q.orderRules(data)
}

func (q *quickType) anyOfHolds(seen uint64) bool {
	for _, set := range q.anyOf {
		if seen&set == set {
			return true
		}
	}
	return len(q.anyOf) == 0
}

func (f *quickField) accepts(value []byte) bool {
	if f.null && string(value) == "null" {
		return true
	}
	switch f.kind {
	case "string":
		return value[0] == '"' && f.acceptsString(value)
	case "boolean":
		return string(value) == "true" || string(value) == "false"
	case "integer":
		n, ok := canonicalInteger(value)
		return ok && n >= f.minimum && n <= f.maximum
	case "number":
		n, ok := canonicalNumber(value)
		return ok && n >= f.minimum && n <= f.maximum
	default:
		return value[0] == '[' && f.acceptsArray(value)
	}
}

func (f *quickField) acceptsString(value []byte) bool {
	if f.enum != nil {
		for _, word := range f.enum {
			if bytes.Equal(word, value) {
				return true
			}
		}
		return false
	}
	text := value[1 : len(value)-1]
	length, ok := plainLength(text)
	if !ok || length < f.minLength || length > f.maxLength || f.pattern != nil && !f.pattern(text) {
		return false
	}
	switch f.format {
	case "date-time":
		_, problem := parseTime(string(text))
		return problem == ""
	case "date":
		_, problem := parseDate(string(text))
		return problem == ""
	}
	return true
}

func (f *quickField) acceptsArray(value []byte) bool {
	const small = 16 // beyond, comparing all pairs is the library's work
	var items [small][]byte
	count := 0
	for i := 1; i < len(value)-1; {
		end := skipValue(value, i)
		if end == i || end >= len(value) || count == small || !f.items.accepts(value[i:end]) {
			return false
		}
		if f.unique && slices.ContainsFunc(items[:count], func(other []byte) bool { return bytes.Equal(other, value[i:end]) }) {
			return false
		}
		items[count] = value[i:end]
		count++
		if end == len(value)-1 {
			break
		}
		if value[end] != ',' || end+1 == len(value)-1 {
			return false
		}
		i = end + 1
	}
	return count >= f.minItems && count <= f.maxItems
}

// plainLength counts the characters of a string's inside; false when it holds escapes, control characters or invalid UTF-8.
func plainLength(text []byte) (length int, ok bool) {
	ascii := true
	for _, c := range text {
		if c < 0x20 || c == '\\' {
			return 0, false
		}
		if c >= utf8.RuneSelf {
			ascii = false
		}
	}
	if ascii {
		return len(text), true
	}
	return utf8.RuneCount(text), utf8.Valid(text)
}

// canonicalInteger reads a whole number in the one spelling that RFC 8785 allows.
func canonicalInteger(value []byte) (float64, bool) {
	digits := bytes.TrimPrefix(value, []byte("-"))
	if len(digits) == 0 || len(digits) > 16 || digits[0] == '0' && len(value) > 1 {
		return 0, false
	}
	n := 0
	for _, c := range digits {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int(c-'0')
	}
	if n > maxInteger {
		return 0, false
	}
	if len(digits) < len(value) {
		n = -n
	}
	return float64(n), true
}

// canonicalNumber also reads plain fractions of up to 15 digits; other spellings are left to the library.
func canonicalNumber(value []byte) (float64, bool) {
	whole, part, fraction := bytes.Cut(value, []byte("."))
	if !fraction {
		return canonicalInteger(value)
	}
	if len(value) > 16 || len(part) == 0 || part[len(part)-1] == '0' || bytes.HasPrefix(part, []byte("000000")) {
		return 0, false
	}
	if _, ok := canonicalInteger(whole); !ok && string(whole) != "-0" {
		return 0, false
	}
	for _, c := range part {
		if c < '0' || c > '9' {
			return 0, false
		}
	}
	n, err := strconv.ParseFloat(string(value), 64)
	return n, err == nil
}

// newQuickType compiles the quick check; nil when the schema uses a keyword that it does not know.
func newQuickType(t *Type) *quickType {
	schema := flatten(t.Source)
	for keyword := range schema {
		if !contains([]string{"type", "properties", "required", "unevaluatedProperties", "anyOf"}, keyword) {
			return nil
		}
	}
	properties := asObject(schema["properties"])
	if len(properties) > 64 {
		return nil
	}
	q := &quickType{orderRules: func(data []byte) bool { return len(t.Order) == 0 || len(t.checkOrder(data)) == 0 }}
	bit := map[string]uint64{}
	for i, name := range sortedKeys(properties) {
		field, ok := newQuickField(asObject(properties[name]))
		if !ok {
			return nil
		}
		field.name = name
		q.fields = append(q.fields, field)
		bit[name] = 1 << i
	}
	for _, field := range t.Fields {
		if field.Required {
			q.required |= bit[field.Name]
		}
	}
	for _, name := range t.Key {
		q.key |= bit[name]
	}
	alternatives, _ := schema["anyOf"].([]any)
	for _, alternative := range alternatives {
		set, ok := requiredOnly(asObject(alternative), bit)
		if !ok {
			return nil
		}
		q.anyOf = append(q.anyOf, set)
	}
	return q
}

// requiredOnly reads {"required": […]} as a set of known fields.
func requiredOnly(schema map[string]any, bit map[string]uint64) (set uint64, ok bool) {
	names, isList := schema["required"].([]any)
	if !isList || len(schema) != 1 {
		return 0, false
	}
	for _, name := range names {
		text, _ := name.(string)
		if bit[text] == 0 {
			return 0, false
		}
		set |= bit[text]
	}
	return set, true
}

func newQuickField(schema map[string]any) (quickField, bool) {
	raw, err := json.Marshal(schema["type"])
	if err != nil {
		return quickField{}, false
	}
	f := quickField{maxLength: math.MaxInt, maxItems: math.MaxInt}
	if f.kind, f.null, err = jsonType(raw); err != nil {
		return f, false
	}
	f.minimum, f.maximum = -maxInteger, maxInteger
	if f.kind == "number" {
		f.minimum, f.maximum = math.Nextafter(-maxDecimal, 0), math.Nextafter(maxDecimal, 0)
	}
	for keyword, value := range schema {
		if keyword != "type" && !f.keyword(keyword, value) {
			return f, false
		}
	}
	if f.enum != nil && len(schema) > 2 {
		return f, false // the enum is all that a string with one is held against
	}
	return f, f.kind != "array" || f.items != nil
}

// keyword takes in one keyword; false means that the quick check does not understand it.
func (f *quickField) keyword(name string, value any) bool {
	switch name {
	case "enum":
		return f.kind == "string" && !f.null && f.takeEnum(value)
	case "format":
		f.format, _ = value.(string)
		return f.kind == "string" && (f.format == "date" || f.format == "date-time")
	case "pattern":
		text, _ := value.(string)
		f.pattern = knownPattern(text)
		return f.kind == "string" && f.pattern != nil
	case "items":
		items, ok := newQuickField(asObject(value))
		f.items = &items
		return f.kind == "array" && ok && items.kind == "string"
	case "uniqueItems":
		f.unique, _ = value.(bool)
		return f.kind == "array"
	}
	n, isNumber := value.(float64)
	return isNumber && f.bound(name, n)
}

// bound takes in a keyword that is a number.
func (f *quickField) bound(name string, n float64) bool {
	switch name {
	case "minLength":
		f.minLength = int(n)
		return f.kind == "string"
	case "maxLength":
		f.maxLength = int(n)
		return f.kind == "string"
	case "minItems":
		f.minItems = int(n)
		return f.kind == "array"
	case "maxItems":
		f.maxItems = int(n)
		return f.kind == "array"
	case "minimum":
		f.minimum = max(f.minimum, n)
		return f.kind == "integer" || f.kind == "number"
	case "maximum":
		f.maximum = min(f.maximum, n)
		return f.kind == "integer" || f.kind == "number"
	default:
		return false
	}
}

func (f *quickField) takeEnum(value any) bool {
	words, ok := value.([]any)
	if !ok {
		return false
	}
	f.enum = [][]byte{}
	for _, word := range words {
		text, isText := word.(string)
		if !isText {
			return false
		}
		f.enum = append(f.enum, appendQuoted(nil, text))
	}
	return true
}

// knownPattern gives patterns that are written by hand here; others are the library's work.
func knownPattern(pattern string) func([]byte) bool {
	switch pattern {
	case `^[^\x00-\x20\x7f]([^\x00-\x1f\x7f]*[^\x00-\x20\x7f])?$`:
		return func(text []byte) bool {
			return len(text) > 0 && text[0] != ' ' && text[len(text)-1] != ' ' && bytes.IndexByte(text, 0x7f) < 0 // controls are refused before
		}
	case `^[A-Z]{3}$`:
		return func(text []byte) bool {
			return len(text) == 3 && isCapital(text[0]) && isCapital(text[1]) && isCapital(text[2])
		}
	default:
		return nil
	}
}

func isCapital(c byte) bool { return c >= 'A' && c <= 'Z' }
