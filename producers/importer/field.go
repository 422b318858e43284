package importer

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/turnout/turnout/schemas"
)

// kind is how the text of a cell becomes a value.
type kind int

const (
	kindText kind = iota
	kindEnum
	kindInteger
	kindNumber
	kindBool
	kindDate
	kindDateTime
	kindList
	kindOther
)

// emptyRule is what an empty cell means.
type emptyRule string

const (
	emptyError   emptyRule = "error"   // the row is refused
	emptyOmit    emptyRule = "omit"    // the field is left out
	emptySkip    emptyRule = "skip"    // the row is left out, which is no error
	emptyNull    emptyRule = "null"    // the field is null
	emptyDefault emptyRule = "default" // the field has the value under default
)

// field is one value of an event and where it comes from.
type field struct {
	name     string
	kind     kind
	enum     []string
	required bool
	envelope bool

	headers  []header // column and aliases; none for a constant
	fixed    string   // the constant's text
	fallback string   // text under default
	patterns []pattern
	zone     *time.Location
	values   map[string]string // folded word to canonical text
	split    string
	onEmpty  emptyRule
	decimal  byte

	fixedJSON []byte    // of the constant or the default
	fixedAt   time.Time // of a constant or default that is a date
}

// header is a column name as the mapping gives it.
type header struct {
	text      string
	line, col int
}

func newField(spec *schemas.Field) *field {
	f := &field{name: spec.Name, enum: spec.Enum, required: spec.Required}
	switch spec.JSONType {
	case "string":
		switch {
		case spec.Format == "date":
			f.kind = kindDate
		case spec.Format == "date-time":
			f.kind = kindDateTime
		case len(spec.Enum) > 0:
			f.kind = kindEnum
		}
	case "integer":
		f.kind = kindInteger
	case "number":
		f.kind = kindNumber
	case "boolean":
		f.kind = kindBool
	case "array":
		f.kind = kindList
	default:
		f.kind = kindOther
	}
	return f
}

const fieldHint = "write `{column: \"Header\"}` or `{const: value}`"

// readField fills f from its entry; nil when it cannot be used.
func (p *mappingParser) readField(e entry, f *field) *field {
	what := fmt.Sprintf("%q", f.name)
	before := len(p.problems)
	if f.kind == kindOther {
		p.fail(e.name, what+" is an object, which a cell cannot hold", "leave it out, or publish these events as NDJSON")
		return nil
	}
	keys := p.object(e.value, what, fieldHint, "column", "aliases", "const", "date", "zone", "values", "empty", "default", "split")
	if len(p.problems) > before {
		return nil
	}
	f.decimal = p.m.decimal
	p.readOrigin(e, f, keys, what)
	p.readDates(e, f, keys, what)
	p.readSplit(e, f, keys, what)
	if len(p.problems) > before {
		return nil // values, default and const are read by the rules above
	}
	p.readValues(f, keys, what)
	p.readEmpty(f, keys, what)
	if c, ok := keys["const"]; ok {
		f.fixed = p.literal(c.value, f, what+" const")
	}
	if len(p.problems) > before {
		return nil
	}
	if text := f.fixed + f.fallback; text != "" {
		f.fixedJSON, f.fixedAt, _ = f.appendPlain(nil, text) // literal checked it
	}
	return f
}

// readOrigin reads column with aliases, or finds that there is a constant.
func (p *mappingParser) readOrigin(e entry, f *field, keys map[string]entry, what string) {
	column, hasColumn := keys["column"]
	_, hasConst := keys["const"]
	switch {
	case hasColumn && hasConst:
		p.fail(e.value, what+" has both a column and a constant", "keep one; for empty cells use default")
		return
	case !hasColumn && !hasConst:
		p.fail(e.value, what+" has neither a column nor a constant", fieldHint)
		return
	case hasConst:
		for _, key := range []string{"aliases", "values", "empty", "default"} {
			if k, ok := keys[key]; ok {
				p.fail(k.name, fmt.Sprintf("%s is a constant and needs no %s", what, key), "remove it")
			}
		}
		return
	}
	nodes := []*yaml.Node{column.value}
	if _, ok := p.text(column.value, what+" column"); !ok {
		return
	}
	if aliases, ok := keys["aliases"]; ok {
		nodes = append(nodes, p.texts(aliases.value, what+" aliases")...)
	}
	seen := make(map[string]bool)
	for _, n := range nodes {
		folded := foldHeader(n.Value)
		if seen[folded] {
			p.fail(n, fmt.Sprintf("%s names the column %q twice", what, n.Value), "case and spaces in headers do not matter; remove one")
		}
		seen[folded] = true
		f.headers = append(f.headers, header{n.Value, n.Line, n.Column})
	}
}

func (p *mappingParser) readDates(e entry, f *field, keys map[string]entry, what string) {
	date, hasDate := keys["date"]
	zone, hasZone := keys["zone"]
	isDate := f.kind == kindDate || f.kind == kindDateTime
	if !isDate {
		if hasDate {
			p.fail(date.name, what+" is no date", "remove date")
		}
		if hasZone {
			p.fail(zone.name, what+" is no date and needs no zone", "remove zone")
		}
		return
	}
	f.zone = p.m.zone
	if hasZone {
		f.zone = p.readZone(zone.value)
	}
	nodes := []*yaml.Node{{Value: rfc3339Name}}
	if f.kind == kindDate {
		nodes = []*yaml.Node{{Value: "YYYY-MM-DD"}}
	}
	if hasDate {
		nodes = p.texts(date.value, what+" date")
	}
	for _, n := range nodes {
		layout, err := compilePattern(n.Value)
		if err != nil {
			p.fail(n, fmt.Sprintf("the date layout %q cannot be read: %v", n.Value, err),
				"write it like DD.MM.YYYY HH:mm, YYYY-MM-DD or rfc3339")
			continue
		}
		if f.kind == kindDateTime && !layout.hasZone && f.zone == nil && !hasZone {
			p.fail(e.name, fmt.Sprintf("%s is a time without an offset, and the mapping has no zone", what), "add zone, such as zone: Europe/Moscow")
		}
		f.patterns = append(f.patterns, layout)
	}
}

func (p *mappingParser) readSplit(e entry, f *field, keys map[string]entry, what string) {
	split, ok := keys["split"]
	switch {
	case f.kind == kindList && !ok:
		p.fail(e.value, what+" is a list, and the mapping does not say what stands between its items", `add split, such as split: "|"`)
	case f.kind != kindList && ok:
		p.fail(split.name, what+" is no list", "remove split")
	case ok:
		if _, good := p.text(split.value, what+" split"); good {
			f.split = split.value.Value
		}
	}
}

// readValues reads the translation of words. A word that becomes nothing
// ("-": "") counts as an empty cell.
func (p *mappingParser) readValues(f *field, keys map[string]entry, what string) {
	e, ok := keys["values"]
	if !ok {
		return
	}
	if f.kind == kindList {
		p.fail(e.name, what+" is a list; its items cannot be translated yet", "remove values")
		return
	}
	pairs := p.entries(e.value, what+" values", "write `word: value` lines")
	if len(pairs) == 0 && e.value.Kind == yaml.MappingNode {
		p.fail(e.value, what+" values is empty", "add `word: value` lines or remove it")
	}
	f.values = make(map[string]string, len(pairs))
	for _, pair := range pairs {
		folded := foldWord(pair.key)
		if _, twice := f.values[folded]; twice {
			p.fail(pair.name, fmt.Sprintf("%s translates %q twice", what, pair.key), "case and outer spaces do not matter; remove one")
			continue
		}
		if pair.value.Kind == yaml.ScalarNode && (pair.value.Value == "" || pair.value.Tag == "!!null") {
			f.values[folded] = ""
			continue
		}
		f.values[folded] = p.literal(pair.value, f, fmt.Sprintf("%s value of %q", what, pair.key))
	}
}

func (p *mappingParser) readEmpty(f *field, keys map[string]entry, what string) {
	empty, hasEmpty := keys["empty"]
	fallback, hasDefault := keys["default"]
	f.onEmpty = emptyOmit
	if f.required {
		f.onEmpty = emptyError
	}
	switch {
	case hasEmpty && hasDefault:
		p.fail(empty.name, what+" has both empty and default", "keep one")
	case hasDefault:
		f.onEmpty = emptyDefault
		f.fallback = p.literal(fallback.value, f, what+" default")
	case hasEmpty:
		rules := []string{string(emptyError), string(emptyOmit), string(emptySkip), string(emptyNull)}
		f.onEmpty = emptyRule(empty.value.Value)
		switch {
		case !slices.Contains(rules, empty.value.Value):
			p.fail(empty.value, fmt.Sprintf("%s has no rule %q for empty cells", what, empty.value.Value), "possible: "+strings.Join(rules, ", "))
		case f.onEmpty == emptyOmit && f.required:
			p.fail(empty.value, what+" is required and cannot be left out", "use empty: error, empty: skip or default")
		case f.onEmpty == emptyNull && f.envelope:
			p.fail(empty.value, what+" cannot be null", "use empty: error or empty: skip")
		}
	}
}

// literal reads a value written in the mapping itself and checks that f can
// take it, so that a wrong constant is found before the first row.
func (p *mappingParser) literal(n *yaml.Node, f *field, what string) string {
	text, ok := p.text(n, what)
	if !ok {
		return ""
	}
	if _, _, fault := f.appendPlain(nil, trimCell(text)); fault != nil {
		p.fail(n, what+": "+fault.reason, fault.hint)
	}
	return trimCell(text)
}
