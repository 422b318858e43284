package schemas

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// compile prepares the two schemas of a type: the one of the file, and the one for voided events, which asks for the key fields only.
func (t *Type) compile() error {
	document, err := decodeAny(t.Source)
	if err != nil {
		return fmt.Errorf("read schema: %w", err)
	}
	object, ok := document.(map[string]any)
	if !ok {
		return errors.New("read schema: not an object")
	}
	if t.full, err = compileSchema(t.Name, object); err != nil {
		return err
	}
	if t.void, err = compileSchema(t.Name, voidSchema(object, t.Key)); err != nil {
		return err
	}
	t.quick = newQuickType(t)
	return nil
}

// voidSchema leaves out every keyword that asks for more members than the key fields.
func voidSchema(document map[string]any, key []string) map[string]any {
	void := maps.Clone(document)
	for _, keyword := range []string{"required", "anyOf", "oneOf", "allOf", "not", "if", "then", "else", "minProperties", "dependentRequired", "dependentSchemas"} {
		delete(void, keyword)
	}
	required := make([]any, len(key))
	for i, name := range key {
		required[i] = name
	}
	void["required"] = required
	return void
}

func compileSchema(name string, document map[string]any) (*jsonschema.Schema, error) {
	document = maps.Clone(document)
	delete(document, "$id") // it plays no part, and a relative one would be resolved
	compiler := jsonschema.NewCompiler()
	compiler.DefaultDraft(jsonschema.Draft2020)
	compiler.AssertFormat()
	compiler.RegisterFormat(&jsonschema.Format{Name: "date-time", Validate: validateTime(parseTime)})
	compiler.RegisterFormat(&jsonschema.Format{Name: "date", Validate: validateTime(parseDate)})
	compiler.UseLoader(noLoader{})
	location := "turnout:" + name
	if err := compiler.AddResource(location, document); err != nil {
		return nil, fmt.Errorf("add schema: %w", err)
	}
	schema, err := compiler.Compile(location)
	if err != nil {
		return nil, fmt.Errorf("compile schema: %w", err)
	}
	return schema, nil
}

// noLoader keeps schemas from reaching out for others.
type noLoader struct{}

func (noLoader) Load(url string) (any, error) {
	return nil, fmt.Errorf("load %s: a schema file stands alone; copy what you need into its $defs", url)
}

func unmarshalNumber(raw []byte) (any, error) {
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return nil, fmt.Errorf("parse JSON: %w", err)
	}
	return value, nil
}
