package erasure

import (
	"bytes"
	"encoding/json"

	"github.com/nats-io/nats.go"

	"github.com/turnout/turnout/schemas"
)

// Mentions reports whether one of the ids stands anywhere in an input that is no valid event: as a value of a header, as a string in its
// JSON, or, where it is no JSON, between quotation marks. What such an input means nobody can say, so every string counts.
func Mentions(raw []byte, header nats.Header, goes func(id string) bool) bool {
	for _, values := range header {
		for _, value := range values {
			decoded, err := schemas.DecodeHeaderValue(value)
			if goes(value) || err == nil && decoded != value && goes(decoded) {
				return true
			}
		}
	}
	lines := [][]byte{raw}
	if !json.Valid(raw) {
		lines = schemas.SplitLines(raw)
	}
	for _, line := range lines {
		var value any
		decoder := json.NewDecoder(bytes.NewReader(line))
		decoder.UseNumber()
		if decoder.Decode(&value) == nil {
			if names(value, goes) {
				return true
			}
			continue
		}
		if quoted(line, goes) {
			return true
		}
	}
	return false
}

func names(value any, goes func(id string) bool) bool {
	switch v := value.(type) {
	case string:
		return goes(v)
	case json.Number:
		return goes(v.String()) // an id that was sent as a number is why it was refused
	case []any:
		for _, item := range v {
			if names(item, goes) {
				return true
			}
		}
	case map[string]any:
		for name, item := range v {
			if goes(name) || names(item, goes) {
				return true
			}
		}
	}
	return false
}

// quoted looks at everything that stands between two quotation marks.
func quoted(raw []byte, goes func(id string) bool) bool {
	for {
		begin := bytes.IndexByte(raw, '"')
		if begin < 0 {
			return false
		}
		raw = raw[begin+1:]
		end := bytes.IndexByte(raw, '"')
		if end < 0 {
			return len(raw) > 0 && goes(string(raw)) // cut off
		}
		if goes(string(raw[:end])) {
			return true
		}
		raw = raw[end:] // the second mark may begin the next string: broken input need not have them in pairs
	}
}
