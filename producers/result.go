package producers

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"
	"unicode/utf8"

	"github.com/turnout/turnout/schemas"
)

// Status is what became of one event.
type Status string

// The states of a Result. Unknown is only seen beside an error: the event may
// or may not be stored, and may be sent again.
const (
	Accepted Status = "accepted"
	Rejected Status = "rejected"
	Unknown  Status = "unknown"
)

// Result says what became of one event of a publish.
type Result struct {
	// Index is the event's place in what was sent, from 0.
	Index int `json:"index"`
	// ID is the event's own id; empty when it could not be read.
	ID     string `json:"id"`
	Status Status `json:"status"`
	// Code, Pointer, Detail and Hint are those of schemas.Violation; empty unless
	// Rejected. A Pointer that is empty then is the whole event (RFC 6901).
	Code    string `json:"code,omitempty"`
	Pointer string `json:"pointer"`
	Detail  string `json:"detail"`
	Hint    string `json:"hint,omitempty"`
}

// Report is the gateway's answer to a request that could be read.
type Report struct {
	Accepted int      `json:"accepted"`
	Rejected int      `json:"rejected"`
	Results  []Result `json:"results"`
}

// AppendJSON appends the report in JSON, as encoding/json writes it.
func (r *Report) AppendJSON(dst []byte) []byte {
	dst = append(dst, `{"accepted":`...)
	dst = strconv.AppendInt(dst, int64(r.Accepted), 10)
	dst = append(dst, `,"rejected":`...)
	dst = strconv.AppendInt(dst, int64(r.Rejected), 10)
	if r.Results == nil {
		return append(dst, `,"results":null}`...)
	}
	dst = append(dst, `,"results":[`...)
	for i := range r.Results {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = r.Results[i].appendJSON(dst)
	}
	return append(dst, "]}"...)
}

func (r *Result) appendJSON(dst []byte) []byte {
	dst = append(dst, `{"index":`...)
	dst = strconv.AppendInt(dst, int64(r.Index), 10)
	dst = appendMember(dst, `,"id":`, r.ID)
	if r.Status == Accepted && r.Code == "" && r.Pointer == "" && r.Detail == "" && r.Hint == "" { // as most are
		return append(dst, `,"status":"accepted","pointer":"","detail":""}`...)
	}
	dst = appendMember(dst, `,"status":`, string(r.Status))
	if r.Code != "" {
		dst = appendMember(dst, `,"code":`, r.Code)
	}
	dst = appendMember(dst, `,"pointer":`, r.Pointer)
	dst = appendMember(dst, `,"detail":`, r.Detail)
	if r.Hint != "" {
		dst = appendMember(dst, `,"hint":`, r.Hint)
	}
	return append(dst, '}')
}

// appendMember appends a name, as it is given, and a text in quotes.
func appendMember(dst []byte, name, text string) []byte {
	dst = append(dst, name...)
	for i := range len(text) {
		if c := text[i]; c < ' ' || c >= utf8.RuneSelf || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&' {
			quoted, _ := json.Marshal(text) // of a string: it cannot fail
			return append(dst, quoted...)
		}
	}
	dst = append(dst, '"')
	dst = append(dst, text...)
	return append(dst, '"')
}

// Publisher is what HTTP and Direct have in common: it publishes CloudEvents in
// structured JSON and gives one Result each, in their order. With an error, the
// results say which of them are certain all the same.
type Publisher interface {
	Publish(ctx context.Context, events []json.RawMessage) ([]Result, error)
}

// Reject makes the result of a refused event.
func Reject(index int, id string, err error) Result {
	result := Result{Index: index, ID: id, Status: Rejected}
	if violation, ok := errors.AsType[*schemas.Violation](err); ok {
		result.Code, result.Pointer = violation.Code, violation.Pointer
		result.Detail, result.Hint = violation.Detail, violation.Hint
		return result
	}
	result.Code, result.Detail = "invalid", err.Error()
	return result
}

// Encode writes events in structured JSON, one message each, for a Publisher.
func Encode(events []*schemas.Event) []json.RawMessage {
	raw := make([]json.RawMessage, len(events))
	for i, event := range events {
		raw[i] = event.AppendJSON(nil)
	}
	return raw
}

func unknownResults(count int) []Result {
	results := make([]Result, count)
	for i := range results {
		results[i] = Result{Index: i, Status: Unknown}
	}
	return results
}
