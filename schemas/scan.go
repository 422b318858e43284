package schemas

import (
	"bytes"

	"github.com/go-json-experiment/json/jsontext"
)

// members walks the members of an object that is known to be in canonical form (RFC 8785): sorted names, no white space, minimal escapes.
// On anything else it stops early with bad set, so that a caller can take the slow way.
type members struct {
	text []byte
	pos  int
	bad  bool
}

func newMembers(object []byte) members {
	if len(object) < 2 || object[0] != '{' || object[len(object)-1] != '}' {
		return members{bad: true}
	}
	return members{text: object, pos: 1}
}

// next returns the next member: its name as it stands between the quotes, and its value's text.
func (m *members) next() (name, value []byte, ok bool) {
	if m.bad || m.pos == len(m.text)-1 {
		return nil, nil, false
	}
	if m.pos > 1 {
		if m.text[m.pos] != ',' {
			return nil, nil, m.stop()
		}
		m.pos++
	}
	start := m.pos
	end := skipValue(m.text, start)
	if end >= len(m.text) || m.text[start] != '"' || m.text[end] != ':' {
		return nil, nil, m.stop()
	}
	name = m.text[start+1 : end-1]
	start = end + 1
	end = skipValue(m.text, start)
	if end == start || end >= len(m.text) {
		return nil, nil, m.stop()
	}
	m.pos = end
	return name, m.text[start:end:end], true
}

func (m *members) stop() bool {
	m.bad = true
	return false
}

// skipValue returns the position after the value that begins at i; i itself, or len(b), when there is none.
func skipValue(b []byte, i int) int {
	if i >= len(b) {
		return len(b)
	}
	switch b[i] {
	case '"':
		return skipString(b, i)
	case '{', '[':
		depth := 0
		for i < len(b) {
			switch b[i] {
			case '"':
				i = skipString(b, i)
				continue
			case '{', '[':
				depth++
			case '}', ']':
				depth--
				if depth == 0 {
					return i + 1
				}
			}
			i++
		}
		return len(b)
	default:
		for i < len(b) && b[i] != ',' && b[i] != '}' && b[i] != ']' {
			i++
		}
		return i
	}
}

// skipString returns the position after the string that begins at i, or len(b) when it does not end.
func skipString(b []byte, i int) int {
	for i++; ; {
		n := bytes.IndexByte(b[i:], '"')
		if n < 0 {
			return len(b)
		}
		i += n
		escapes := 0
		for b[i-1-escapes] == '\\' {
			escapes++
		}
		i++
		if escapes%2 == 0 {
			return i
		}
	}
}

// unquote gives the text of a JSON string that is known to be valid.
func unquote(value []byte) string {
	inner := value[1 : len(value)-1]
	if bytes.IndexByte(inner, '\\') < 0 {
		return string(inner)
	}
	text, _ := jsontext.AppendUnquote(nil, value) // valid by contract
	return string(text)
}

// depthOf is the deepest nesting of objects and arrays in b, counted up to limit+1; strings do not count.
func depthOf(b []byte, limit int) int {
	depth, deepest := 0, 0
	for i := 0; i < len(b); i++ {
		switch b[i] {
		case '"':
			i = skipString(b, i) - 1
		case '{', '[':
			depth++
			deepest = max(deepest, depth)
			if deepest > limit {
				return deepest
			}
		case '}', ']':
			depth--
		}
	}
	return deepest
}
