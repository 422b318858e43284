package schemas_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/turnout/turnout/schemas"
)

func TestAsyncAPI(t *testing.T) {
	registry := builtin(t)
	text, err := schemas.AsyncAPI(registry)
	if err != nil {
		t.Fatal(err)
	}
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	root, ok := document.(map[string]any)
	if !ok || root["asyncapi"] != "3.0.0" {
		t.Fatalf("no AsyncAPI 3 document: %.80s", text)
	}
	walk(root, func(key string, value any) {
		if pointer, ok := value.(string); ok && key == "$ref" && resolve(root, pointer) == nil {
			t.Errorf("the reference %s leads nowhere", pointer)
		}
		if key == "unevaluatedProperties" || key == "$defs" {
			t.Errorf("readers of draft 7 do not know %s", key)
		}
	})
	again, err := schemas.AsyncAPI(registry)
	if err != nil || !bytes.Equal(text, again) {
		t.Error("the document is another one the second time")
	}
}

// TestAsyncAPIPayloads: the payload schemas accept the examples and refuse an event of another type, as a draft 7 reader sees them.
func TestAsyncAPIPayloads(t *testing.T) {
	registry := builtin(t)
	text, err := schemas.AsyncAPI(registry)
	if err != nil {
		t.Fatal(err)
	}
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	compiler.DefaultDraft(jsonschema.Draft7)
	if err := compiler.AddResource("async.json", document); err != nil {
		t.Fatal(err)
	}
	for _, typ := range registry.Types() {
		payload, err := compiler.Compile("async.json#/components/messages/" + typ.Name + "/payload")
		if err != nil {
			t.Fatalf("%s: %v", typ.Name, err)
		}
		for i := range typ.Examples {
			event, err := typ.ExampleEvent(i)
			if err != nil {
				t.Fatal(err)
			}
			if err := payload.Validate(parsed(t, event.AppendJSON(nil))); err != nil {
				t.Errorf("%s refuses its example %d: %v", typ.Name, i, err)
			}
			event.Type = "other.thing.v1"
			if payload.Validate(parsed(t, event.AppendJSON(nil))) == nil {
				t.Errorf("%s takes an event of another type", typ.Name)
			}
			event.Type = typ.Name
			event.Data = append(bytes.TrimSuffix(event.Data, []byte("}")), `,"zz":1}`...)
			if payload.Validate(parsed(t, event.AppendJSON(nil))) == nil {
				t.Errorf("%s takes an unknown member", typ.Name)
			}
		}
	}
}

func parsed(t *testing.T, raw []byte) any {
	t.Helper()
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	return value
}

func walk(value any, visit func(key string, value any)) {
	switch v := value.(type) {
	case map[string]any:
		for key, entry := range v {
			visit(key, entry)
			walk(entry, visit)
		}
	case []any:
		for _, entry := range v {
			walk(entry, visit)
		}
	}
}

func resolve(root map[string]any, pointer string) any {
	var value any = root
	for token := range strings.SplitSeq(strings.TrimPrefix(pointer, "#/"), "/") {
		object, ok := value.(map[string]any)
		if !ok {
			return nil
		}
		value = object[token]
	}
	return value
}
