package schemas

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// schemaFile is the part of a schema file that the pipeline reads itself; validation proper is the JSON Schema library's.
type schemaFile struct {
	Schema      string              `json:"$schema"`
	ID          string              `json:"$id"`
	Title       string              `json:"title"`
	Description string              `json:"description"`
	Type        any                 `json:"type"`
	Properties  json.RawMessage     `json:"properties"`
	Required    []string            `json:"required"`
	Defs        map[string]property `json:"$defs"`
	Closed      *bool               `json:"unevaluatedProperties"`
	Examples    []json.RawMessage   `json:"examples"`
	Annotation  *annotation         `json:"x-turnout"`
}

// property is one entry of properties.
type property struct {
	Ref         string          `json:"$ref"`
	Type        json.RawMessage `json:"type"`
	Format      string          `json:"format"`
	Description string          `json:"description"`
	Enum        []any           `json:"enum"`
	Const       any             `json:"const"`
	Items       *property       `json:"items"`
}

// annotation is the x-turnout object.
type annotation struct {
	Key             []string          `json:"key"`
	Person          string            `json:"person"`
	Gathering       string            `json:"gathering"`
	Mode            json.RawMessage   `json:"mode"`
	Time            string            `json:"time"`
	Promote         []string          `json:"promote"`
	Personal        []string          `json:"personal"`
	Refs            map[string]string `json:"refs"`
	Order           [][2]string       `json:"order"`
	CounterExamples []CounterExample  `json:"counter_examples"`
}

// parseType reads a schema file. name is that of the file without .json; the type is called so.
func parseType(name string, source []byte) (*Type, error) {
	if _, err := Canonical(source); err != nil {
		return nil, fmt.Errorf("read schema: %w", err)
	}
	base, version, err := splitName(name)
	if err != nil {
		return nil, err
	}
	var file schemaFile
	if err := json.Unmarshal(source, &file); err != nil {
		return nil, fmt.Errorf("read schema: %w", err)
	}
	if err := file.complete(); err != nil {
		return nil, err
	}
	note, err := readAnnotation(source)
	if err != nil {
		return nil, err
	}
	t := &Type{
		Name: name, Base: base, Version: version, Title: file.Title, Description: file.Description,
		Key: note.Key, Person: note.Person, Gathering: note.Gathering, BusinessTime: note.Time,
		Personal: note.Personal, Order: note.Order, Source: bytes.Clone(source),
		Examples: file.Examples, CounterExamples: note.CounterExamples,
	}
	if t.Fields, err = file.fields(note); err != nil {
		return nil, err
	}
	t.position = make(map[string]int, len(t.Fields))
	t.typeHash = typeHash(t.Base)
	for i, field := range t.Fields {
		t.position[field.Name] = i
		t.sorted = append(t.sorted, i)
		if field.Promoted {
			t.Promoted = append(t.Promoted, field)
		}
	}
	slices.SortFunc(t.sorted, func(a, b int) int { return strings.Compare(t.Fields[a].Name, t.Fields[b].Name) })
	if t.Mode, err = parseMode(note.Mode); err != nil {
		return nil, err
	}
	if err := t.checkAnnotation(note); err != nil {
		return nil, err
	}
	t.findPlaces()
	return t, nil
}

// splitName takes attendance.recorded.v1 apart.
func splitName(name string) (base string, version int, err error) {
	parts := regexp.MustCompile(`^([a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)+)\.v([1-9][0-9]{0,3})$`).FindStringSubmatch(name)
	if parts == nil {
		return "", 0, fmt.Errorf("event type %q is not named <entity>.<verb>.v<number> in lower case", name)
	}
	if version, err = strconv.Atoi(parts[2]); err != nil {
		return "", 0, fmt.Errorf("read version of event type %q: %w", name, err)
	}
	return parts[1], version, nil
}

func (f *schemaFile) complete() error {
	switch {
	case f.Schema != "https://json-schema.org/draft/2020-12/schema":
		return errors.New(`$schema must be "https://json-schema.org/draft/2020-12/schema"`)
	case f.Title == "" || f.Description == "":
		return errors.New("title and description are needed")
	case f.Type != "object":
		return errors.New(`type must be "object"`)
	case f.Closed == nil || *f.Closed:
		return errors.New("unevaluatedProperties must be false: a contract is closed")
	case f.Annotation == nil:
		return errors.New("the annotation object x-turnout is missing")
	}
	return nil
}

// readAnnotation reads x-turnout and refuses members it does not know, so that a slip does not go unseen.
func readAnnotation(source []byte) (*annotation, error) {
	var outer struct {
		Annotation json.RawMessage `json:"x-turnout"`
	}
	if err := json.Unmarshal(source, &outer); err != nil {
		return nil, fmt.Errorf("read schema: %w", err)
	}
	decoder := json.NewDecoder(bytes.NewReader(outer.Annotation))
	decoder.DisallowUnknownFields()
	note := &annotation{}
	if err := decoder.Decode(note); err != nil {
		return nil, fmt.Errorf("read x-turnout: %w", err)
	}
	return note, nil
}

// fields reads properties in the order of the file.
func (f *schemaFile) fields(note *annotation) ([]Field, error) {
	names, err := memberNames(f.Properties)
	if err != nil {
		return nil, fmt.Errorf("read properties: %w", err)
	}
	var properties map[string]property
	if err := json.Unmarshal(f.Properties, &properties); err != nil {
		return nil, fmt.Errorf("read properties: %w", err)
	}
	fields := make([]Field, 0, len(names))
	for _, name := range names {
		field, err := f.field(name, properties[name], note)
		if err != nil {
			return nil, fmt.Errorf("read property %s: %w", name, err)
		}
		fields = append(fields, field)
	}
	return fields, nil
}

func (f *schemaFile) field(name string, p property, note *annotation) (Field, error) {
	if !regexp.MustCompile(`^[a-z][a-z0-9_]{0,62}$`).MatchString(name) {
		return Field{}, errors.New("a field is named in lower case with underscores")
	}
	resolved, err := f.resolve(p)
	if err != nil {
		return Field{}, err
	}
	field := Field{
		Name: name, Format: resolved.Format, Description: resolved.Description,
		Required: slices.Contains(f.Required, name), Promoted: slices.Contains(note.Promote, name), Ref: note.Refs[name],
	}
	if field.Description == "" {
		return Field{}, errors.New("a description is needed")
	}
	if field.JSONType, field.Nullable, err = jsonType(resolved.Type); err != nil {
		return Field{}, err
	}
	for _, value := range resolved.Enum {
		if text, ok := value.(string); ok {
			field.Enum = append(field.Enum, text)
		}
	}
	if text, ok := resolved.Const.(string); ok {
		field.Enum = []string{text}
	}
	if resolved.Items != nil {
		items, err := f.resolve(*resolved.Items)
		if err != nil {
			return Field{}, err
		}
		resolved.Items = &items
	}
	field.ClickHouse, err = columnType(field, resolved)
	return field, err
}

// resolve follows a $ref into $defs of the same file.
func (f *schemaFile) resolve(p property) (property, error) {
	if p.Ref == "" {
		return p, nil
	}
	target, ok := f.Defs[strings.TrimPrefix(p.Ref, "#/$defs/")]
	if !ok || target.Ref != "" {
		return p, fmt.Errorf("$ref %q does not lead to an entry of $defs", p.Ref)
	}
	if p.Description != "" {
		target.Description = p.Description
	}
	return target, nil
}

// jsonType reads "string" or ["string", "null"].
func jsonType(raw json.RawMessage) (name string, nullable bool, err error) {
	var names []string
	if json.Unmarshal(raw, &name) == nil {
		names = []string{name}
	} else if err := json.Unmarshal(raw, &names); err != nil {
		return "", false, errors.New("a type is needed: string, integer, number, boolean or array")
	}
	rest := slices.DeleteFunc(slices.Clone(names), func(n string) bool { return n == "null" })
	if len(rest) != 1 || !contains([]string{"string", "integer", "number", "boolean", "array"}, rest[0]) {
		return "", false, errors.New("the type must be one of string, integer, number, boolean or array, with null beside it at most")
	}
	return rest[0], len(rest) < len(names), nil
}

func columnType(field Field, p property) (string, error) {
	switch field.JSONType {
	case "integer":
		return "Nullable(Int64)", nil
	case "number":
		return "Nullable(Decimal(18, 4))", nil
	case "boolean":
		return "Nullable(Bool)", nil
	case "array":
		if p.Items == nil {
			return "", errors.New("an array needs items")
		}
		if name, nullable, err := jsonType(p.Items.Type); err != nil || nullable || name != "string" {
			return "", errors.New("the items of an array must be strings")
		}
		return "Array(String)", nil
	}
	switch {
	case field.Format == "date":
		return "Nullable(Date32)", nil
	case field.Format == "date-time":
		return "Nullable(DateTime64(3, 'UTC'))", nil
	case len(field.Enum) > 0:
		return "LowCardinality(String)", nil
	default:
		return "String", nil
	}
}

// memberNames lists an object's member names in the order they stand in.
func memberNames(object json.RawMessage) ([]string, error) {
	decoder := jsontext.NewDecoder(bytes.NewReader(object))
	if _, err := decoder.ReadToken(); err != nil {
		return nil, fmt.Errorf("read object: %w", err)
	}
	var names []string
	for decoder.PeekKind() == '"' {
		token, err := decoder.ReadToken()
		if err != nil {
			return nil, fmt.Errorf("read member name: %w", err)
		}
		names = append(names, token.String())
		if err := decoder.SkipValue(); err != nil {
			return nil, fmt.Errorf("read member: %w", err)
		}
	}
	return names, nil
}

func parseMode(raw json.RawMessage) (ModeRule, error) {
	if len(raw) == 0 {
		return ModeRule{}, nil
	}
	var rule ModeRule
	if json.Unmarshal(raw, &rule.Default) != nil {
		decoder := json.NewDecoder(bytes.NewReader(raw))
		decoder.DisallowUnknownFields()
		var object struct {
			Field   string                     `json:"field"`
			Values  map[string]string          `json:"values"`
			Default string                     `json:"default"`
			When    map[string]json.RawMessage `json:"when"`
		}
		if err := decoder.Decode(&object); err != nil {
			return rule, fmt.Errorf("read mode: %w", err)
		}
		rule = ModeRule{Field: object.Field, Values: object.Values, Default: object.Default}
		for name, value := range object.When {
			if rule.When == nil {
				rule.When = map[string]string{}
			}
			rule.When[name] = string(value)
		}
	}
	for _, mode := range append(slices.Collect(maps.Values(rule.Values)), rule.Default) {
		if !contains([]string{ModeNone, ModeVolunteer, ModeExperiential, ModePhilanthropic, ModeCommunication}, mode) {
			return rule, fmt.Errorf("%q is not a mode of engagement", mode)
		}
	}
	return rule, nil
}

// checkAnnotation makes sure that x-turnout speaks of fields that exist and have the right kind.
func (t *Type) checkAnnotation(note *annotation) error {
	if len(t.Key) == 0 {
		return errors.New("x-turnout needs a key")
	}
	named := slices.Concat(t.Key, note.Promote, note.Personal, slices.Collect(maps.Keys(note.Refs)), slices.Collect(maps.Keys(t.Mode.When)))
	for _, single := range []string{t.Person, t.Gathering, t.BusinessTime, t.Mode.Field} {
		if single != "" {
			named = append(named, single)
		}
	}
	for _, pair := range t.Order {
		named = append(named, pair[0], pair[1])
	}
	for _, name := range named {
		if _, ok := t.position[name]; !ok {
			return fmt.Errorf("x-turnout names %q, which is no property", name)
		}
	}
	for _, field := range t.Fields {
		if contains(viewColumns(), field.Name) || field.Promoted && contains(tableColumns(), field.Name) {
			return fmt.Errorf("the field %s would take the name of a column that every event has; give it another name", field.Name)
		}
	}
	return t.checkRoles()
}

// viewColumns are the columns that every typed view has beside the fields.
func viewColumns() []string {
	return []string{"tenant", "event_id", "event_source", "event_type", "event_time", "business_time", "recorded", "received", "revision", "version"}
}

// tableColumns are the columns of the warehouse's tables that are no promoted fields.
func tableColumns() []string {
	return []string{
		"tenant", "type", "source", "id", "content_hash", "subject", "person", "gathering", "mode", "time", "at", "recorded", "received",
		"revision", "voided", "reason", "key", "kh", "version", "stream_seq", "pack_index", "first", "data",
	}
}

// checkRoles makes sure that fields with a role are of a kind that can play it.
func (t *Type) checkRoles() error {
	for _, name := range t.Key {
		if field, _ := t.Field(name); !field.Required || field.JSONType == "array" || field.Nullable {
			return fmt.Errorf("the key field %s must be required and neither an array nor null", name)
		}
	}
	if field, ok := t.Field(t.BusinessTime); ok && field.Format == "" {
		return fmt.Errorf("the business time %s must have the format date or date-time", t.BusinessTime)
	}
	for _, name := range []string{t.Person, t.Gathering, t.Mode.Field} {
		if field, ok := t.Field(name); ok && field.JSONType != "string" {
			return fmt.Errorf("%s must be a string", name)
		}
	}
	return nil
}
