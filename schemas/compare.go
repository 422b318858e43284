package schemas

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
)

// Incompatibility is one change that a released type must not make, since events of the old form are stored and still sent.
type Incompatibility struct {
	Type    string `json:"type"`    // the event type
	Pointer string `json:"pointer"` // RFC 6901 pointer into its schema file
	Detail  string `json:"detail"`  // what changed: one plain sentence
}

func (i Incompatibility) String() string { return i.Type + " " + i.Pointer + ": " + i.Detail }

// Compare lists what of the change from before to after breaks a released type. A type may gain optional fields and enum values, and its
// texts and examples may change; anything else needs a new version beside the old one. Types that are new are no matter of it.
func Compare(before, after *Registry) []Incompatibility {
	var found []Incompatibility
	for _, old := range before.Types() {
		fresh, ok := after.Type(old.Name)
		if !ok {
			found = append(found, Incompatibility{Type: old.Name, Detail: "The type was removed; its events are still stored and sent."})
			continue
		}
		c := comparison{typ: old.Name}
		c.annotations(old, fresh)
		c.schema(old, fresh)
		found = append(found, c.found...)
	}
	return found
}

type comparison struct {
	typ   string
	found []Incompatibility
}

func (c *comparison) addf(pointer, format string, args ...any) {
	c.found = append(c.found, Incompatibility{Type: c.typ, Pointer: pointer, Detail: fmt.Sprintf(format, args...)})
}

// annotations compares what decides how stored facts are keyed, counted and found.
func (c *comparison) annotations(old, fresh *Type) {
	c.same("key", old.Key, fresh.Key)
	c.same("person", old.Person, fresh.Person)
	c.same("gathering", old.Gathering, fresh.Gathering)
	c.same("time", old.BusinessTime, fresh.BusinessTime)
	c.same("mode", old.Mode, fresh.Mode)
	c.same("order", old.Order, fresh.Order)
	for _, name := range old.Personal {
		if !contains(fresh.Personal, name) {
			c.addf("/x-turnout/personal", "%s is no longer personal; erasure would miss it.", name)
		}
	}
	for _, field := range old.Fields {
		now, ok := fresh.Field(field.Name)
		if ok && field.Promoted && !now.Promoted {
			c.addf("/x-turnout/promote", "%s is no longer promoted; reports read its column.", field.Name)
		}
		if ok && field.Ref != now.Ref {
			c.addf("/x-turnout/refs", "%s referred to %q and now to %q.", field.Name, field.Ref, now.Ref)
		}
	}
}

func (c *comparison) same(name string, old, fresh any) {
	if !reflect.DeepEqual(old, fresh) {
		c.addf("/x-turnout/"+name, "It was %s and is now %s; the meaning of stored facts would change.", literal(old), literal(fresh))
	}
}

// schema compares the validating keywords.
func (c *comparison) schema(old, fresh *Type) {
	before, after := flatten(old.Source), flatten(fresh.Source)
	oldFields, newFields := asObject(before["properties"]), asObject(after["properties"])
	for _, name := range sortedKeys(oldFields) {
		pointer := "/properties/" + name
		if _, ok := newFields[name]; !ok {
			c.addf(pointer, "The field was removed; events that carry it would be refused.")
			continue
		}
		c.property(pointer, oldFields[name], newFields[name])
	}
	c.required(old, fresh)
	for _, keyword := range unionOfKeys(before, after) {
		switch keyword {
		case "properties", "required":
		case "anyOf":
			if !gainedOnly(before[keyword], after[keyword]) {
				c.addf("/"+keyword, "The alternatives changed by more than additions.")
			}
		default:
			if !reflect.DeepEqual(before[keyword], after[keyword]) {
				c.addf("/"+keyword, "It was %s and is now %s.", literal(before[keyword]), literal(after[keyword]))
			}
		}
	}
}

func (c *comparison) required(old, fresh *Type) {
	for _, field := range fresh.Fields {
		was, known := old.Field(field.Name)
		switch {
		case field.Required && !known:
			c.addf("/required", "The new field %s is required; events without it would be refused.", field.Name)
		case field.Required && !was.Required:
			c.addf("/required", "%s was optional and is now required; events without it would be refused.", field.Name)
		case known && !field.Required && was.Required:
			c.addf("/required", "%s was required and is now optional; readers rely on it.", field.Name)
		}
	}
}

// property compares one field's schema: its enum may gain values, everything else stays.
func (c *comparison) property(pointer string, old, fresh any) {
	before, after := asObject(old), asObject(fresh)
	for _, keyword := range unionOfKeys(before, after) {
		was, is := before[keyword], after[keyword]
		if keyword == "enum" && was != nil && is != nil {
			if !gainedOnly(was, is) {
				c.addf(pointer+"/enum", "Values were removed: it was %s and is now %s.", literal(was), literal(is))
			}
			continue
		}
		if !reflect.DeepEqual(was, is) {
			c.addf(pointer+"/"+keyword, "It was %s and is now %s.", literal(was), literal(is))
		}
	}
}

// gainedOnly says whether every entry of old is in fresh. Nothing may become something: that would be a new demand.
func gainedOnly(old, fresh any) bool {
	before, okBefore := old.([]any)
	after, okAfter := fresh.([]any)
	if okBefore != okAfter {
		return false
	}
	for _, entry := range before {
		if !slices.ContainsFunc(after, func(other any) bool { return reflect.DeepEqual(entry, other) }) {
			return false
		}
	}
	return true
}

// flatten reads a schema file without what does not validate, with its $refs replaced by what they lead to.
func flatten(source json.RawMessage) map[string]any {
	var document map[string]any
	if json.Unmarshal(source, &document) != nil {
		return nil
	}
	defs := asObject(document["$defs"])
	for _, keyword := range []string{"$schema", "$id", "$defs", "$comment", "title", "description", "examples", "x-turnout"} {
		delete(document, keyword)
	}
	flat := inline(document, defs, true)
	return asObject(flat)
}

// inline replaces references into defs and drops descriptions. Below properties the keys are field names, no keywords: isSchema is false.
func inline(value any, defs map[string]any, isSchema bool) any {
	switch v := value.(type) {
	case []any:
		items := make([]any, len(v))
		for i := range v {
			items[i] = inline(v[i], defs, isSchema)
		}
		return items
	case map[string]any:
		flat := maps.Clone(v)
		if reference, ok := flat["$ref"].(string); ok && isSchema {
			delete(flat, "$ref")
			target := asObject(defs[lastToken(reference)])
			for keyword, entry := range target {
				if _, own := flat[keyword]; !own {
					flat[keyword] = entry
				}
			}
		}
		for _, keyword := range sortedKeys(flat) {
			if isSchema && contains([]string{"description", "title", "$comment", "examples"}, keyword) {
				delete(flat, keyword)
				continue
			}
			if contains([]string{"enum", "const", "default"}, keyword) && isSchema {
				continue
			}
			flat[keyword] = inline(flat[keyword], defs, !isSchema || keyword != "properties")
		}
		return flat
	default:
		return value
	}
}

func lastToken(pointer string) string {
	for i := len(pointer) - 1; i >= 0; i-- {
		if pointer[i] == '/' {
			return pointer[i+1:]
		}
	}
	return pointer
}

func asObject(value any) map[string]any {
	object, _ := value.(map[string]any)
	return object
}

func unionOfKeys(a, b map[string]any) []string {
	union := maps.Clone(a)
	if union == nil {
		union = map[string]any{}
	}
	maps.Copy(union, b)
	return sortedKeys(union)
}
