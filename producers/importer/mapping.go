package importer

import (
	"fmt"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/turnout/turnout/schemas"
)

// Mapping says how the rows of a CSV file become events of one type. It is
// immutable and may be used by several imports at once.
type Mapping struct {
	registry *schemas.Registry
	file     string
	typ      *schemas.Type
	source   string
	zone     *time.Location // nil when the mapping names none
	charset  charset        // empty: by byte order mark, else UTF-8
	delim    byte           // 0: detected
	decimal  byte
	data     []*field // sorted by name
	time     *field
	recorded *field
	subject  *field
	revision *field
}

// Type is the event type the rows become.
func (m *Mapping) Type() string { return m.typ.Name }

// Source is the CloudEvents source of the events.
func (m *Mapping) Source() string { return m.source }

// LoadMapping reads a mapping file. The error is [Problems] when the content is
// wrong.
func LoadMapping(path string, registry *schemas.Registry) (*Mapping, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read mapping: %w", err)
	}
	return ParseMapping(path, raw, registry)
}

// ParseMapping reads a mapping and checks it against its event type, so that
// what can be known before the first row is said before the first row. The
// error is [Problems], in file order; file is what they call the mapping.
func ParseMapping(file string, raw []byte, registry *schemas.Registry) (*Mapping, error) {
	p := &mappingParser{document: document{file: file, code: CodeMapping}}
	p.m = &Mapping{registry: registry, file: file, decimal: '.'}
	if root := p.parse(raw); root != nil {
		p.readMapping(root)
	}
	if err := p.result(); err != nil {
		return nil, err
	}
	return p.m, nil
}

type mappingParser struct {
	document
	m *Mapping
}

const mappingHint = "see docs/importing.md for an example"

func (p *mappingParser) readMapping(root *yaml.Node) {
	keys := p.object(root, "a mapping", mappingHint,
		"type", "source", "zone", "encoding", "delimiter", "decimal", "time", "recordedtime", "subject", "revision", "data")
	for _, need := range []string{"type", "source", "data"} {
		if _, ok := keys[need]; !ok {
			p.fail(root, fmt.Sprintf("the mapping has no %q", need), mappingHint)
		}
	}
	p.readFile(keys)
	if e, ok := keys["source"]; ok {
		p.readSource(e.value)
	}
	if e, ok := keys["type"]; ok {
		p.readType(e.value)
	}
	if p.m.typ == nil {
		return
	}
	if e, ok := keys["data"]; ok {
		p.readData(e)
	}
	p.m.recorded = p.readEnvelope(keys, "recordedtime", kindDateTime)
	p.m.subject = p.readEnvelope(keys, "subject", kindText)
	p.m.revision = p.readEnvelope(keys, "revision", kindInteger)
	p.m.time = p.readEnvelope(keys, "time", kindDateTime)
	if p.m.time == nil && !hasKey(keys, "time") {
		p.defaultTime(root)
	}
}

func hasKey(keys map[string]entry, name string) bool {
	_, ok := keys[name]
	return ok
}

// readFile reads what describes the file itself.
func (p *mappingParser) readFile(keys map[string]entry) {
	if e, ok := keys["zone"]; ok {
		p.m.zone = p.readZone(e.value)
	}
	if e, ok := keys["encoding"]; ok {
		if name, ok := p.text(e.value, "encoding"); ok {
			c, known := parseCharset(name)
			if !known {
				p.fail(e.value, fmt.Sprintf("the encoding %q is not known", name), "possible: "+strings.Join(charsetNames(), ", "))
			}
			p.m.charset = c
		}
	}
	if e, ok := keys["delimiter"]; ok {
		p.m.delim = p.readDelimiter(e.value)
	}
	if e, ok := keys["decimal"]; ok {
		switch e.value.Value {
		case ".", ",":
			p.m.decimal = e.value.Value[0]
		default:
			p.fail(e.value, "decimal must be a point or a comma", `write decimal: "," or leave it out`)
		}
	}
}

func (p *mappingParser) readZone(n *yaml.Node) *time.Location {
	name, ok := p.text(n, "zone")
	if !ok {
		return nil
	}
	zone, err := loadZone(name)
	if err != nil {
		p.fail(n, err.Error(), "use a name of the IANA database, such as Europe/Moscow, or UTC")
		return nil
	}
	return zone
}

func (p *mappingParser) readDelimiter(n *yaml.Node) byte {
	switch n.Value {
	case ",", "comma":
		return ','
	case ";", "semicolon":
		return ';'
	case "\t", `\t`, "tab":
		return '\t'
	}
	p.fail(n, fmt.Sprintf("the delimiter %q is not known", n.Value), "use comma, semicolon or tab, or leave it out to have it detected")
	return 0
}

func (p *mappingParser) readSource(n *yaml.Node) {
	source, ok := p.text(n, "source")
	if !ok {
		return
	}
	if _, err := url.Parse(source); err != nil || strings.ContainsAny(source, " \t\n\r") || len(source) > 1024 {
		p.fail(n, fmt.Sprintf("the source %q is not a URI reference", source), "name the system the file comes from, such as urn:example:sign-in-sheet")
		return
	}
	p.m.source = source
}

func (p *mappingParser) readType(n *yaml.Node) {
	name, ok := p.text(n, "type")
	if !ok {
		return
	}
	if t, ok := p.m.registry.Type(name); ok {
		p.m.typ = t
		return
	}
	names := make([]string, 0, 32)
	for _, t := range p.m.registry.Types() {
		if t.Base == name {
			p.fail(n, fmt.Sprintf("the type %q lacks its version", name), "write "+t.Name)
			return
		}
		names = append(names, t.Name)
	}
	p.fail(n, fmt.Sprintf("there is no event type %q", name), suggest(name, names))
}

func (p *mappingParser) readData(e entry) {
	names := make([]string, 0, len(p.m.typ.Fields))
	for i := range p.m.typ.Fields {
		names = append(names, p.m.typ.Fields[i].Name)
	}
	given := p.object(e.value, "data of "+p.m.typ.Name, mappingHint, names...)
	for i := range p.m.typ.Fields {
		spec := &p.m.typ.Fields[i]
		from, ok := given[spec.Name]
		if !ok {
			if spec.Required {
				p.fail(e.name, fmt.Sprintf("%s requires the field %q, which the mapping does not fill", p.m.typ.Name, spec.Name),
					fmt.Sprintf("add `%s: {column: …}` or `%s: {const: …}`", spec.Name, spec.Name))
			}
			continue
		}
		if f := p.readField(from, newField(spec)); f != nil {
			p.m.data = append(p.m.data, f)
		}
	}
	slices.SortFunc(p.m.data, func(a, b *field) int { return strings.Compare(a.name, b.name) })
}

func (p *mappingParser) readEnvelope(keys map[string]entry, name string, k kind) *field {
	e, ok := keys[name]
	if !ok {
		return nil
	}
	return p.readField(e, &field{name: name, kind: k, required: name == "time", envelope: true})
}

// defaultTime lets an event happen at its type's business time when the
// mapping does not say otherwise.
func (p *mappingParser) defaultTime(root *yaml.Node) {
	for _, f := range p.m.data {
		if f.name != p.m.typ.BusinessTime || f.kind != kindDateTime && f.kind != kindDate {
			continue
		}
		if f.kind == kindDate && f.zone == nil {
			p.fail(root, fmt.Sprintf("%q is a day, and the mapping has no zone to say when that day began", f.name), "add zone, such as zone: Europe/Moscow")
		}
		p.m.time = f
		return
	}
	p.fail(root, "the mapping does not say when an event happened", "add `time: {column: …, date: …}`")
}
