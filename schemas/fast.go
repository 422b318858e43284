package schemas

import (
	"bytes"
	"encoding/binary"
	"slices"
	"unicode/utf8"
)

// The fast way of decoding reads what nearly all events are: a flat envelope of plain strings, integers and booleans around a flat object.
// It never refuses: at anything unusual (an escape, an odd number, a nested object, a mistake) it gives up, and the strict parser decides
// and explains. A fuzz test holds that both ways give the same event.

// fastMembers is how many members of data the fast way sorts.
const fastMembers = 32

// fastStructured decodes a structured event into an empty one; false to give up. Attributes are cut from text, which is raw; the data, too,
// may share its memory when it is owned.
func fastStructured(event *Event, raw []byte, text string, owned bool) bool {
	*event = Event{}
	env := envelope{event: event}
	var seen [fastMembers]string
	count := 0
	i := skipSpace(raw, 0)
	if i == len(raw) || raw[i] != '{' {
		return false
	}
	for i++; ; i++ {
		nameStart := skipSpace(raw, i)
		nameEnd, valueStart := fastName(raw, nameStart)
		if valueStart < 0 || count == fastMembers {
			return false
		}
		name := text[nameStart+1 : nameEnd-1]
		if slices.Contains(seen[:count], name) {
			return false
		}
		seen[count] = name
		count++
		if i = fastMember(&env, raw, text, name, valueStart, owned); i < 0 {
			return false
		}
		i = skipSpace(raw, i)
		if i == len(raw) {
			return false
		}
		if raw[i] == '}' {
			break
		}
		if raw[i] != ',' {
			return false
		}
	}
	if skipSpace(raw, i+1) != len(raw) || env.finish() != nil {
		return false
	}
	return true
}

// fastMember takes one member of the envelope whose value begins at i, and returns where it ends; -1 to give up.
func fastMember(env *envelope, raw []byte, text, name string, i int, owned bool) int {
	if name == "data" {
		data, end := fastObject(raw, i, owned)
		env.event.Data = data
		return end
	}
	if name == "data_base64" {
		return -1
	}
	end := fastScalar(raw, i)
	if end < 0 {
		return -1
	}
	attr := attribute{text: text[i:end]}
	switch raw[i] {
	case '"':
		attr.kind, attr.text = kindString, text[i+1:end-1]
	case 't', 'f':
		attr.kind = kindBool
	case 'n':
		return end // null is as good as absent
	default:
		attr.kind = kindNumber
	}
	if env.attribute(name, attr) != nil {
		return -1
	}
	return end
}

// spans are members of an object in the order of their names.
type spans struct {
	list  [fastMembers]struct{ name, value []byte }
	count int
	moved bool // one of them was not in its place
}

// insert puts a member at its place; false when its name is there already or there are too many.
func (s *spans) insert(name, value []byte) bool {
	if s.count == fastMembers {
		return false
	}
	place := s.count
	for ; place > 0; place-- {
		order := bytes.Compare(s.list[place-1].name, name)
		if order == 0 {
			return false
		}
		if order < 0 {
			break
		}
		s.list[place], s.moved = s.list[place-1], true
	}
	s.list[place].name, s.list[place].value = name, value
	s.count++
	return true
}

// fastObject gives a flat object that begins at i in canonical form, as a part of raw when it is owned and canonical as it stands, else as a
// copy; end is -1 to give up.
func fastObject(raw []byte, i int, owned bool) (object []byte, end int) {
	if i == len(raw) || raw[i] != '{' {
		return nil, -1
	}
	start := i
	if i = skipSpace(raw, i+1); i < len(raw) && raw[i] == '}' {
		return []byte("{}"), i + 1
	}
	var members spans
	end, size := members.read(raw, i)
	if end < 0 {
		return nil, -1
	}
	if owned && !members.moved && size == end-start {
		return raw[start:end:end], end
	}
	object = make([]byte, 0, size)
	for n, member := range members.list[:members.count] {
		object = append(object, "{,"[min(n, 1)])
		object = append(object, member.name...)
		object = append(object, ':')
		object = append(object, member.value...)
	}
	return append(object, '}'), end
}

// read takes in the members of an object whose first may begin at i. It returns where the object ends, -1 to give up, and how long it is in
// canonical form.
func (s *spans) read(raw []byte, i int) (end, size int) {
	size = len("}")
	for {
		nameStart := skipSpace(raw, i)
		nameEnd, valueStart := fastName(raw, nameStart)
		if valueStart < 0 {
			return -1, 0
		}
		valueEnd := fastValue(raw, valueStart)
		if valueEnd < 0 || !s.insert(raw[nameStart:nameEnd], raw[valueStart:valueEnd]) {
			return -1, 0
		}
		size += len("{:") + nameEnd - nameStart + valueEnd - valueStart
		if i = skipSpace(raw, valueEnd); i == len(raw) || raw[i] != '}' && raw[i] != ',' {
			return -1, 0
		}
		i++
		if raw[i-1] == '}' {
			return i, size
		}
	}
}

// fastName reads a member name of plain ASCII (quotes included) and the colon after it; valueStart is -1 to give up.
func fastName(raw []byte, i int) (nameEnd, valueStart int) {
	if i >= len(raw) || raw[i] != '"' {
		return 0, -1
	}
	for i++; i < len(raw) && raw[i] != '"'; i++ {
		// What sorts below the closing quote would spoil the order of names; beyond ASCII the order is that of UTF-16, not of bytes.
		if c := raw[i]; c <= '"' || c == '\\' || c >= utf8.RuneSelf {
			return 0, -1
		}
	}
	if i >= len(raw) {
		return 0, -1
	}
	nameEnd = i + 1
	i = skipSpace(raw, nameEnd)
	if i >= len(raw) || raw[i] != ':' {
		return 0, -1
	}
	return nameEnd, skipSpace(raw, i+1)
}

// fastValue reads a scalar, or an array of scalars without white space; -1 to give up.
func fastValue(raw []byte, i int) int {
	if i >= len(raw) || raw[i] != '[' {
		return fastScalar(raw, i)
	}
	if i+1 < len(raw) && raw[i+1] == ']' {
		return i + 2
	}
	for i < len(raw) {
		if i = fastScalar(raw, i+1); i < 0 || i >= len(raw) {
			return -1
		}
		if raw[i] == ']' {
			return i + 1
		}
		if raw[i] != ',' {
			return -1
		}
	}
	return -1
}

// fastScalar reads a string without escapes, a literal, or a number in canonical form; -1 to give up.
func fastScalar(raw []byte, i int) int {
	if i >= len(raw) {
		return -1
	}
	switch raw[i] {
	case '"':
		return fastString(raw, i)
	case 't':
		return literalEnd(raw, i, "true")
	case 'f':
		return literalEnd(raw, i, "false")
	case 'n':
		return literalEnd(raw, i, "null")
	}
	end := i
	for end < len(raw) && (raw[end] >= '0' && raw[end] <= '9' || raw[end] == '-' || raw[end] == '.') {
		end++
	}
	if _, ok := canonicalNumber(raw[i:end]); !ok {
		return -1
	}
	return end
}

func literalEnd(raw []byte, i int, literal string) int {
	if len(raw)-i < len(literal) || string(raw[i:i+len(literal)]) != literal {
		return -1
	}
	return i + len(literal)
}

// plainWord says that none of eight bytes needs a closer look: no control character, quote, backslash, nor anything beyond ASCII.
// Each term sets the high bit of the bytes that are at fault (and sometimes of one above them, which only costs a closer look).
func plainWord(word uint64) bool {
	const ones, high = 0x0101010101010101, 0x8080808080808080
	quote, backslash := word^ones*'"', word^ones*'\\'
	control := (word - ones*' ') &^ word
	return (word|control|(quote-ones)&^quote|(backslash-ones)&^backslash)&high == 0
}

func fastString(raw []byte, i int) int {
	ascii := true
	end := i + 1
	for end+8 <= len(raw) && plainWord(binary.LittleEndian.Uint64(raw[end:])) {
		end += 8
	}
	for ; end < len(raw); end++ {
		switch c := raw[end]; {
		case c == '"':
			if !ascii && !utf8.Valid(raw[i:end]) {
				return -1
			}
			return end + 1
		case c < ' ' || c == '\\':
			return -1
		case c >= utf8.RuneSelf:
			ascii = false
		}
	}
	return -1
}
