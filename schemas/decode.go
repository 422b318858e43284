package schemas

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"unsafe"

	"github.com/go-json-experiment/json/jsontext"
)

// DecodeStructured reads one event in structured mode (application/cloudevents+json). The error is always a *Violation.
// Strict: duplicate members, invalid UTF-8 and trailing bytes are refused. raw is not changed and not kept.
func DecodeStructured(raw []byte) (*Event, error) {
	event := &Event{}
	if len(raw) <= MaxEventBytes && fastStructured(event, raw, string(raw), false) { // one string that all attributes are cut from
		return event, nil
	}
	return decodeStrictly(raw)
}

// DecodeOwned is DecodeStructured for whoever does not need raw for anything else: the event shares its memory, and nobody may change it any
// more. The event is put into room when it can be, so that many need one allocation.
func DecodeOwned(raw []byte, room *Event) (*Event, error) {
	if len(raw) <= MaxEventBytes && fastStructured(room, raw, sharedText(raw), true) {
		return room, nil
	}
	return decodeStrictly(raw)
}

func decodeStrictly(raw []byte) (*Event, error) {
	event, violation := strictStructured(raw)
	if violation != nil {
		return nil, violation
	}
	return event, nil
}

// sharedText is a string of the same memory, which must not change any more. That holds for what DecodeOwned and Derive are given: a message's
// body, which nats.go allocates for each message and nobody writes into (consumers TestMessagesAreNeverChanged, FuzzLetter, and FuzzFast here), and
// the data of an event, which whoever changes an event replaces.
func sharedText(raw []byte) string {
	return unsafe.String(unsafe.SliceData(raw), len(raw)) //nolint:gosec // see above
}

// strictStructured decodes without shortcuts and explains what is wrong.
func strictStructured(raw []byte) (*Event, *Violation) {
	canonical, violation := strictObject(raw, "The event")
	if violation != nil {
		return nil, violation
	}
	// One string that all attributes are cut from: one allocation instead of one an attribute.
	text := string(canonical)
	env := envelope{event: &Event{}}
	walk := newMembers(canonical)
	for {
		name, value, ok := walk.next()
		if !ok {
			break
		}
		start := walk.pos - len(value)
		if violation := env.member(name, value, text[start:walk.pos]); violation != nil {
			return nil, violation
		}
	}
	if violation := env.finish(); violation != nil {
		return nil, violation
	}
	return env.event, nil
}

// DecodeBinary reads one event in binary mode: the context attributes by their lower-case names without the transport's prefix,
// already decoded (see DecodeHeaderValue), the media type under "datacontenttype", and the data. The error is always a *Violation,
// whose pointer is that of the same event in structured mode. Neither argument is changed or kept.
func DecodeBinary(attr map[string]string, data []byte) (*Event, error) {
	env := envelope{event: &Event{}}
	for _, name := range sortedKeys(attr) {
		if name == "data" || name == "data_base64" {
			return nil, badAttribute(name, "is the payload, and no header may carry it", "send the data as the body")
		}
		if violation := env.attribute(name, attribute{kind: kindString, text: attr[name], binary: true}); violation != nil {
			return nil, violation
		}
	}
	if len(bytes.TrimSpace(data)) > 0 {
		canonical, violation := decodeData(data)
		if violation != nil {
			return nil, violation
		}
		env.event.Data = canonical
	}
	if violation := env.finish(); violation != nil {
		return nil, violation
	}
	return env.event, nil
}

func decodeData(data []byte) ([]byte, *Violation) {
	if len(data) <= MaxEventBytes {
		if object, end := fastObject(data, skipSpace(data, 0), false); end >= 0 && skipSpace(data, end) == len(data) {
			return object, nil
		}
	}
	canonical, violation := strictObject(data, "The data")
	if violation != nil {
		violation.Pointer = "/data" + violation.Pointer
		return nil, violation
	}
	return canonical, nil
}

// strictObject checks the limits and the syntax of raw and returns it, an object, in canonical form.
func strictObject(raw []byte, what string) ([]byte, *Violation) {
	if len(raw) > MaxEventBytes {
		return nil, &Violation{
			Code:   CodeTooLarge,
			Detail: fmt.Sprintf("%s is %d bytes long; the limit is %d.", what, len(raw), MaxEventBytes),
			Hint:   "an event states one fact; keep documents elsewhere and refer to them by an id",
		}
	}
	if depthOf(raw, MaxDepth) > MaxDepth {
		return nil, &Violation{
			Code:   CodeTooLarge,
			Detail: fmt.Sprintf("%s nests objects or arrays deeper than %d levels.", what, MaxDepth),
			Hint:   "event data is a flat object",
		}
	}
	value := jsontext.Value(bytes.Clone(raw))
	if err := value.Canonicalize(); err != nil {
		return nil, syntaxViolation(raw, err, what)
	}
	if value[0] != '{' {
		return nil, &Violation{
			Code:   CodeMalformedJSON,
			Detail: fmt.Sprintf("%s is %s where a JSON object is needed.", what, describeValue(value)),
			Hint:   "put the members between { and }",
		}
	}
	return value, nil
}

// syntaxViolation explains why the strict parser refused raw.
func syntaxViolation(raw []byte, err error, what string) *Violation {
	violation := &Violation{Code: CodeMalformedJSON, Hint: "check that the text is complete, UTF-8 and plain JSON"}
	if len(bytes.TrimSpace(raw)) == 0 {
		violation.Detail = what + " is empty."
		violation.Hint = "send a JSON object"
		return violation
	}
	var syntax *jsontext.SyntacticError
	if !errors.As(err, &syntax) {
		violation.Detail = what + " is not valid JSON: " + err.Error() + "."
		return violation
	}
	offset := min(max(int(syntax.ByteOffset), 0), len(raw))
	violation.Pointer = string(syntax.JSONPointer)
	reason := strings.TrimPrefix(syntax.Err.Error(), "jsontext: ")
	if errors.Is(syntax, jsontext.ErrDuplicateName) {
		violation.Code = CodeDuplicateMember
		violation.Hint = "name each member once"
		reason = "a member is named twice"
	}
	if bytes.HasPrefix(raw, []byte("\xef\xbb\xbf")) {
		reason, violation.Hint = "it begins with a byte order mark", "save it as UTF-8 without a byte order mark"
	}
	line, column := position(raw, offset)
	violation.Detail = fmt.Sprintf("%s is not valid JSON at line %d, column %d (byte %d): %s.", what, line, column, offset, reason)
	return violation
}

// position counts lines and columns (in characters) from 1.
func position(raw []byte, offset int) (line, column int) {
	before := raw[:offset]
	line = 1 + bytes.Count(before, []byte("\n"))
	lastBreak := bytes.LastIndexByte(before, '\n')
	return line, 1 + len([]rune(string(before[lastBreak+1:])))
}
