package schemas

import "slices"

// PersonFields are the fields that refer to persons: the one whom events of the type are about, and others.
func (t *Type) PersonFields() []Field {
	var fields []Field
	for _, field := range t.Fields {
		if field.Ref == "person" || slices.Contains(t.Personal, field.Name) {
			fields = append(fields, field)
		}
	}
	return fields
}

// AnyPerson reports whether is holds for an id of a person in the event's data. It reads canonical data only, and quickly.
func (t *Type) AnyPerson(data []byte, is func(id string) bool) bool {
	walk := newMembers(data)
	for {
		name, value, ok := walk.next()
		if !ok {
			return false
		}
		place, known := t.position[string(name)]
		if !known || t.Fields[place].Ref != "person" && !slices.Contains(t.Personal, t.Fields[place].Name) {
			continue
		}
		switch value[0] {
		case '"':
			if is(unquote(value)) {
				return true
			}
		case '[':
			if slices.ContainsFunc(stringArray(value), is) {
				return true
			}
		}
	}
}
