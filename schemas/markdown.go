package schemas

import (
	"bytes"
	"fmt"
	"io"
	"strings"
)

const markdownIntro = `# Events

This page is made from the schema files in ` + "`schemas/events`" + `; do not edit it. ` + "`go test ./schemas -run Markdown -update`" + ` writes it anew.

An event is a [CloudEvent 1.0](https://github.com/cloudevents/spec): a statement that something happened. Each type's data is a closed
JSON object: members that are not listed are refused, so that a slip does not go unseen.

## Envelope

| attribute | needed | meaning |
|---|---|---|
| ` + "`specversion`" + ` | yes | always ` + "`1.0`" + ` |
| ` + "`id`" + ` | yes | unique within its source; sending an event again with the same id changes nothing |
| ` + "`source`" + ` | yes | the system that publishes, a URI reference |
| ` + "`type`" + ` | yes | one of the types below |
| ` + "`time`" + ` | yes | when it happened, RFC 3339, 1900 to 2100; kept to the millisecond |
| ` + "`subject`" + ` | | the id of the main thing it is about |
| ` + "`datacontenttype`" + ` | | ` + "`application/json`" + ` |
| ` + "`dataschema`" + ` | | a URI; kept, not read |
| ` + "`tenant`" + ` | | the community, ` + "`[a-z0-9-]{1,64}`" + `; absent, the way in decides |
| ` + "`recordedtime`" + ` | | when its source recorded it; absent, ` + "`time`" + ` counts |
| ` + "`revision`" + ` | | 0 to 2147483647, 0 when absent; of events with one business key the highest counts |
| ` + "`voided`" + ` | | ` + "`true`" + ` takes the fact back; data then needs the key fields only |
| ` + "`reason`" + ` | | why it was voided or corrected |
| ` + "`traceparent`" + ` | | W3C trace context |
| ` + "`data`" + ` | yes | the JSON object below; never base64 |

Other extension attributes are transport context: they pass and are dropped.
Ids are opaque strings of up to 256 characters in any script, without control characters and without a space at either end.
Names, e-mail addresses and free text about people have no place in events.

`

const markdownAdding = `
## Adding a type

Put one file into ` + "`schemas/events`" + `, or into a directory given with ` + "`--schemas DIR`" + ` at run time. Its name is the type's name,
` + "`<entity>.<verb>.v<number>.json`" + `. It is JSON Schema 2020-12 of a flat, closed object, with title, description, a description of every
field, at least two examples, and the annotation object ` + "`x-turnout`" + `:

| member | meaning |
|---|---|
| ` + "`key`" + ` | the fields that make the business key, in order; they are required |
| ` + "`person`, `gathering`" + ` | the fields that hold the person who acts and the gathering |
| ` + "`mode`" + ` | ` + "`volunteer`, `experiential`, `philanthropic` or `communication`, or `{field, values, default, when}`" + ` |
| ` + "`time`" + ` | the field that says when it counts; without it the event's ` + "`time`" + ` does |
| ` + "`promote`" + ` | fields that become columns of the tables, for what reports often filter by; one name has one type everywhere |
| ` + "`personal`" + ` | fields that hold a person's id: erasure looks there |
| ` + "`refs`" + ` | what entity a field is an id of |
| ` + "`order`" + ` | pairs of fields of which the first is never after, or more than, the second |
| ` + "`counter_examples`" + ` | at least three of ` + "`{data, pointer, why}`" + ` that must be refused there |

` + "`turnout schemas check`" + ` holds the file against its own examples. A published version gains optional fields and enum values and changes in
nothing else; ` + "`turnout schemas check --against REV-OR-DIR`" + ` says what does. Anything more is a new version in a file of its own; versions
share their business keys.
`

// Markdown writes the reference of all types. Equal registries give equal text.
func Markdown(w io.Writer, r *Registry) error {
	var page bytes.Buffer
	page.WriteString(markdownIntro)
	page.WriteString("## Types\n\n| type | what | mode | business key |\n|---|---|---|---|\n")
	for _, t := range r.Types() {
		fmt.Fprintf(&page, "| [`%s`](#%s) | %s | %s | %s |\n", t.Name, anchor(t.Name), cell(t.Title), cell(t.modeText()), codes(t.Key))
	}
	for _, t := range r.Types() {
		if err := markdownType(&page, t); err != nil {
			return err
		}
	}
	page.WriteString(markdownAdding)
	if _, err := w.Write(page.Bytes()); err != nil {
		return fmt.Errorf("write event reference: %w", err)
	}
	return nil
}

func markdownType(page *bytes.Buffer, t *Type) error {
	fmt.Fprintf(page, "\n## %s\n\n%s\n\n", t.Name, t.Description)
	page.WriteString("| field | type | needed | meaning |\n|---|---|---|---|\n")
	for _, field := range t.Fields {
		fmt.Fprintf(page, "| `%s` | %s | %s | %s |\n", field.Name, cell(field.TypeText()), yes(field.Required), cell(field.Description))
	}
	fmt.Fprintf(page, "\n- Business key: %s\n", codes(t.Key))
	fmt.Fprintf(page, "- Counts at: %s\n", timeText(t))
	fmt.Fprintf(page, "- Mode of engagement: %s\n", t.modeText())
	if t.Person != "" {
		fmt.Fprintf(page, "- Person: `%s`\n", t.Person)
	}
	if len(t.Promoted) > 0 {
		names := make([]string, len(t.Promoted))
		for i, field := range t.Promoted {
			names[i] = field.Name
		}
		fmt.Fprintf(page, "- Columns of `events` and `facts`: %s\n", codes(names))
	}
	for _, pair := range t.Order {
		fmt.Fprintf(page, "- `%s` is never beyond `%s`\n", pair[0], pair[1])
	}
	page.WriteString("\n")
	for i := range t.Examples {
		event, err := t.ExampleEvent(i)
		if err != nil {
			return err
		}
		fmt.Fprintf(page, "```json\n%s\n```\n\n", event.AppendJSON(nil))
	}
	page.WriteString("Refused:\n\n")
	for _, counter := range t.CounterExamples {
		fmt.Fprintf(page, "- at `%s`: %s\n", counter.Pointer, counter.Why)
	}
	return nil
}

// TypeText says in words what values a field takes: "date", "one of a, b or c", "id of a person".
func (f Field) TypeText() string {
	text := f.JSONType
	switch {
	case len(f.Enum) > 0:
		text = "one of " + list(f.Enum)
	case f.Format != "":
		text = f.Format
	case f.JSONType == "array":
		text = "array of strings"
	case f.Ref != "":
		text = "id of a " + f.Ref
		if strings.IndexByte("aeiou", f.Ref[0]) >= 0 {
			text = "id of an " + f.Ref
		}
	}
	if f.Nullable {
		text += " or null"
	}
	return text
}

// String says in words in which mode an event counts.
func (m ModeRule) String() string {
	text := m.Default
	if text == "" {
		text = "none"
	}
	byMode := map[string][]string{}
	for _, value := range sortedKeys(m.Values) {
		mode := m.Values[value]
		if mode == "" {
			mode = "none"
		}
		byMode[mode] = append(byMode[mode], value)
	}
	parts := []string{text}
	for _, mode := range sortedKeys(byMode) {
		parts = append(parts, fmt.Sprintf("%s when %s is %s", mode, m.Field, list(byMode[mode])))
	}
	for _, name := range sortedKeys(m.When) {
		parts = append(parts, fmt.Sprintf("only when %s is %s", name, m.When[name]))
	}
	return strings.Join(parts, "; ")
}

// modeText is the rule, with the condition that comes from an optional person.
func (t *Type) modeText() string {
	text := t.Mode.String()
	if person, ok := t.Field(t.Person); ok && !person.Required && text != "none" {
		text += "; only when " + t.Person + " is given"
	}
	return text
}

func timeText(t *Type) string {
	if t.BusinessTime == "" {
		return "the event's `time`"
	}
	if field, _ := t.Field(t.BusinessTime); field.Required {
		return "`" + t.BusinessTime + "`"
	}
	return "`" + t.BusinessTime + "`, or else the event's `time`"
}

func codes(names []string) string { return "`" + strings.Join(names, "`, `") + "`" }

func yes(needed bool) string {
	if needed {
		return "yes"
	}
	return ""
}

func cell(text string) string { return strings.NewReplacer("|", `\|`, "\n", " ").Replace(text) }

// anchor is the fragment that Markdown readers give a heading.
func anchor(heading string) string {
	return strings.NewReplacer(".", "", " ", "-").Replace(strings.ToLower(heading))
}
