package schemas

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"strconv"
	"time"
)

// Derive computes what the warehouse stores beside the event itself. It assumes that Check passed; an event of an unknown type or
// without its key is an error. The definitions are in doc.go and never change once released.
func (r *Registry) Derive(e *Event) (Record, error) {
	t, ok := r.types[e.Type]
	if !ok {
		return Record{}, fmt.Errorf("derive record: %w", r.unknownType(e.Type))
	}
	var room [24][]byte // keeps the usual type's values off the heap
	values := room[:]
	if len(t.Fields) > len(room) {
		values = make([][]byte, len(t.Fields))
	}
	if !t.fieldValues(e.Data, values) {
		return Record{}, fmt.Errorf("derive record of %s: the data is not canonical JSON", e.Type)
	}
	key, err := t.deriveKey(values)
	if err != nil {
		return Record{}, fmt.Errorf("derive record of %s: %w", e.Type, err)
	}
	record := Record{
		Key: key, KeyHash: t.keyHash(key), ContentHash: ContentHash(e),
		Person: t.text(values, t.Person), Gathering: t.text(values, t.Gathering),
		At: e.Time, Mode: t.mode(values), Promoted: make([]any, len(r.promoted)),
	}
	record.Version = version(e, record.ContentHash)
	if value := t.member(values, t.BusinessTime); value != nil {
		field, _ := t.Field(t.BusinessTime)
		if at, ok := parseMoment(field.Format, unquote(value)); ok {
			record.At = at
		}
	}
	for i, field := range t.Promoted {
		record.Promoted[t.promoted[i]] = columnValue(field, values[t.position[field.Name]])
	}
	return record, nil
}

// fieldValues puts each member's text at its field's place; null is as good as absent. False when data is not canonical.
func (t *Type) fieldValues(data []byte, values [][]byte) bool {
	walk := newMembers(data)
	place := 0
	for {
		name, value, ok := walk.next()
		if !ok {
			return !walk.bad
		}
		for place < len(t.sorted) && t.Fields[t.sorted[place]].Name < string(name) {
			place++
		}
		if place < len(t.sorted) && t.Fields[t.sorted[place]].Name == string(name) && value[0] != 'n' {
			values[t.sorted[place]] = value
		}
	}
}

func (t *Type) member(values [][]byte, name string) []byte {
	if i, ok := t.position[name]; ok {
		return values[i]
	}
	return nil
}

// text is the value of a string field; "" when the type has no such field or the event no such member.
func (t *Type) text(values [][]byte, name string) string {
	value := t.member(values, name)
	if len(value) == 0 || value[0] != '"' {
		return ""
	}
	return unquote(value)
}

// deriveKey writes the key fields' values as a canonical JSON array. Times are brought to UTC first, so that two spellings of one
// instant are one key.
func (t *Type) deriveKey(values [][]byte) (string, error) {
	var room [256]byte
	key := room[:0]
	for i, name := range t.Key {
		position := t.position[name]
		value := values[position]
		if len(value) == 0 {
			return "", fmt.Errorf("the key field %s is missing", name)
		}
		key = append(key, "[,"[min(i, 1)])
		if t.Fields[position].Format == "date-time" {
			at, ok := parseMoment("date-time", unquote(value))
			if !ok {
				return "", fmt.Errorf("the key field %s is no date-time", name)
			}
			key = append(key, '"')
			key = appendTimestamp(key, at)
			key = append(key, '"')
			continue
		}
		key = append(key, value...)
	}
	return string(append(key, ']')), nil
}

// keyHash puts 32 bits of the type before 96 bits of the key, so that the facts of one type stand together.
func (t *Type) keyHash(key string) (hash [16]byte) {
	var room [256]byte
	text := append(append(room[:0], "key\x00"...), t.Base...)
	text = append(append(text, 0), key...)
	sum := sha256.Sum256(text)
	copy(hash[:4], t.typeHash[:])
	copy(hash[4:], sum[:12])
	return hash
}

func typeHash(base string) (hash [4]byte) {
	sum := sha256.Sum256([]byte("type\x00" + base))
	copy(hash[:], sum[:4])
	return hash
}

// ContentHash is 64 bits of what the event says: type, subject, times, revision, void and reason, and data. Tenant, source, id,
// traceparent and dataschema take no part, so the same statement has the same hash whatever way it came.
func ContentHash(e *Event) uint64 {
	var room [1024]byte
	text := appendBlock(room[:0], e.Type)
	text = appendBlock(text, e.Subject)
	text = binary.BigEndian.AppendUint64(text, uint64(e.Time.UnixMilli()))
	text = binary.BigEndian.AppendUint64(text, uint64(e.RecordedOrTime().UnixMilli()))
	text = binary.BigEndian.AppendUint32(text, e.Revision)
	if e.Voided {
		text = append(text, 1)
	} else {
		text = append(text, 0)
	}
	text = appendBlock(text, e.Reason)
	text = appendBlock(text, e.Data)
	sum := sha256.Sum256(text)
	return binary.BigEndian.Uint64(sum[:8])
}

// appendBlock writes the length before the bytes, so that no two sequences of values look alike.
func appendBlock[T string | []byte](dst []byte, block T) []byte {
	dst = binary.BigEndian.AppendUint32(dst, uint32(len(block)))
	return append(dst, block...)
}

// version orders events of one key: by revision, then by when they were recorded, then by a fixed hash.
func version(e *Event, contentHash uint64) (v [16]byte) {
	var room [256]byte
	text := appendBlock(room[:0], e.Source)
	text = appendBlock(text, e.ID)
	text = binary.BigEndian.AppendUint64(text, contentHash)
	sum := sha256.Sum256(text)
	recorded := uint64(e.RecordedOrTime().UnixMilli()-epochMillis) & (1<<44 - 1)
	high := uint64(e.Revision)<<32 | recorded>>12
	low := recorded<<52 | binary.BigEndian.Uint64(sum[:8])>>12
	binary.BigEndian.PutUint64(v[:8], high)
	binary.BigEndian.PutUint64(v[8:], low)
	return v
}

// mode applies the type's rule. An act needs somebody who did it: without the person field there is no mode.
func (t *Type) mode(values [][]byte) string {
	if t.Person != "" && t.member(values, t.Person) == nil {
		return ModeNone
	}
	for name, want := range t.Mode.When {
		if string(t.member(values, name)) != want {
			return ModeNone
		}
	}
	if t.Mode.Field != "" {
		if mode, ok := t.Mode.Values[t.text(values, t.Mode.Field)]; ok {
			return mode
		}
	}
	return t.Mode.Default
}

func parseMoment(format, text string) (time.Time, bool) {
	parse := parseTime
	if format == "date" {
		parse = parseDate
	}
	at, problem := parse(text)
	return at, problem == ""
}

func parseNumber(value []byte) (float64, bool) {
	n, err := strconv.ParseFloat(string(value), 64)
	return n, err == nil
}

// columnValue converts a member for its column; nil when it is absent.
func columnValue(field Field, value []byte) any {
	if len(value) == 0 {
		return nil
	}
	switch field.JSONType {
	case "boolean":
		return value[0] == 't'
	case "integer":
		if n, err := strconv.ParseInt(string(value), 10, 64); err == nil {
			return n
		}
		return nil
	case "number":
		return string(value)
	case "array":
		return stringArray(value)
	}
	text := unquote(value)
	if field.Format == "date" || field.Format == "date-time" {
		if at, ok := parseMoment(field.Format, text); ok {
			return at
		}
		return nil
	}
	return text
}

// stringArray reads a canonical array of strings.
func stringArray(value []byte) []string {
	items := []string{}
	for i := 1; i < len(value)-1; {
		end := skipValue(value, i)
		if value[i] == '"' {
			items = append(items, unquote(value[i:end]))
		}
		i = end + 1
	}
	return items
}
