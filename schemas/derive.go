package schemas

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"
	"strconv"
	"time"
)

// Derive computes what the warehouse stores beside the event itself. It assumes that Check passed; an event of an unknown type or
// without its key is an error. The definitions are in doc.go and never change once released. The record's texts share the memory of the
// event's data, which nobody may change any more.
func (r *Registry) Derive(e *Event) (Record, error) {
	var record Record
	err := r.DeriveInto(&record, e)
	return record, err
}

// DeriveInto is Derive into a record that is used again and again: what was in its list of promoted values is overwritten.
func (r *Registry) DeriveInto(record *Record, e *Event) error {
	t, ok := r.types[e.Type]
	if !ok {
		return fmt.Errorf("derive record: %w", r.unknownType(e.Type))
	}
	var room [24][]byte // keeps the usual type's values off the heap
	values := room[:]
	if len(t.Fields) > len(room) {
		values = make([][]byte, len(t.Fields))
	}
	if !t.fieldValues(e.Data, values) {
		return fmt.Errorf("derive record of %s: the data is not canonical JSON", e.Type)
	}
	key, err := t.deriveKey(values)
	if err != nil {
		return fmt.Errorf("derive record of %s: %w", e.Type, err)
	}
	promoted := slices.Grow(record.Promoted[:0], len(r.promoted))[:len(r.promoted)]
	clear(promoted)
	*record = Record{
		Key: key, KeyHash: t.keyHash(key), ContentHash: ContentHash(e),
		Person: t.places.person.text(values), Gathering: t.places.gathering.text(values),
		At: e.Time, Mode: t.mode(values), Promoted: promoted,
	}
	record.Version = version(e, record.ContentHash)
	if value := t.places.businessTime.of(values); value != nil {
		if at, ok := parseMoment(t.Fields[t.places.businessTime].Format, sharedUnquote(value)); ok {
			record.At = at
		}
	}
	for i := range t.Promoted {
		promoted[t.promoted[i]] = columnValue(&t.Promoted[i], t.places.promoted[i].of(values))
	}
	return nil
}

// places are where a type's important fields stand among its fields.
type places struct {
	key, promoted                            []place
	person, gathering, businessTime, decides place
	when                                     []condition // in the order of the names
}

type condition struct {
	field   place
	literal string
}

// place is that of a field; below zero when the type has none.
type place int

func (t *Type) place(name string) place {
	if i, ok := t.position[name]; ok {
		return place(i)
	}
	return -1
}

func (t *Type) findPlaces() {
	t.places = places{person: t.place(t.Person), gathering: t.place(t.Gathering), businessTime: t.place(t.BusinessTime), decides: t.place(t.Mode.Field)}
	for _, name := range t.Key {
		t.places.key = append(t.places.key, t.place(name))
	}
	for _, field := range t.Promoted {
		t.places.promoted = append(t.places.promoted, t.place(field.Name))
	}
	for _, name := range sortedKeys(t.Mode.When) {
		t.places.when = append(t.places.when, condition{t.place(name), t.Mode.When[name]})
	}
}

// of is the field's value; nil when the type has no such field or the event no such member.
func (p place) of(values [][]byte) []byte {
	if p < 0 {
		return nil
	}
	return values[p]
}

// text is the value of a string field; "" when it has none.
func (p place) text(values [][]byte) string {
	value := p.of(values)
	if len(value) == 0 || value[0] != '"' {
		return ""
	}
	return sharedUnquote(value)
}

// sharedUnquote is unquote without a copy where there are no escapes.
func sharedUnquote(value []byte) string {
	if inner := value[1 : len(value)-1]; bytes.IndexByte(inner, '\\') < 0 {
		return sharedText(inner)
	}
	return unquote(value)
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

// deriveKey writes the key fields' values as a canonical JSON array. Times are brought to UTC first, so that two spellings of one
// instant are one key.
func (t *Type) deriveKey(values [][]byte) (string, error) {
	var room [256]byte
	key := room[:0]
	for i, position := range t.places.key {
		value := values[position]
		if len(value) == 0 {
			return "", fmt.Errorf("the key field %s is missing", t.Key[i])
		}
		key = append(key, "[,"[min(i, 1)])
		if t.Fields[position].Format == "date-time" {
			at, ok := parseMoment("date-time", sharedUnquote(value))
			if !ok {
				return "", fmt.Errorf("the key field %s is no date-time", t.Key[i])
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
	if t.Person != "" && t.places.person.of(values) == nil {
		return ModeNone
	}
	for _, c := range t.places.when {
		if string(c.field.of(values)) != c.literal {
			return ModeNone
		}
	}
	if t.Mode.Field != "" {
		if mode, ok := t.Mode.Values[t.places.decides.text(values)]; ok {
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
func columnValue(field *Field, value []byte) any {
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
		return sharedText(value)
	case "array":
		return stringArray(value)
	}
	text := sharedUnquote(value)
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
