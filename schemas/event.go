package schemas

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// Limits of one event. They are generous: the pipeline carries facts, not documents.
const (
	MaxEventBytes = 1 << 20 // of a structured event, or of binary-mode data
	MaxDepth      = 32      // nesting of objects and arrays in one event
	MaxRevision   = 1<<31 - 1
	maxAttribute  = 1024 // bytes of a text attribute
)

// Event is one CloudEvents 1.0 event with Turnout's extension attributes, decoded, not yet validated against its type.
type Event struct {
	ID, Source, Type, Subject, Tenant, DataSchema, Reason, TraceParent string

	Time     time.Time // when it happened, UTC, truncated to milliseconds
	Recorded time.Time // recordedtime; zero when absent (then Time counts)
	Revision uint32    // 0 to MaxRevision
	Voided   bool
	Data     []byte // the JSON object, canonical (RFC 8785), owned by the Event
}

// RecordedOrTime is when the source recorded the event: recordedtime, or time when that is absent.
func (e *Event) RecordedOrTime() time.Time {
	if e.Recorded.IsZero() {
		return e.Time
	}
	return e.Recorded
}

// SetData makes v, marshalled and brought into canonical form, the event's data. It is for producers that build events in Go.
func (e *Event) SetData(v any) error {
	raw, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("marshal event data: %w", err)
	}
	canonical, err := Canonical(raw)
	if err != nil {
		return fmt.Errorf("canonicalise event data: %w", err)
	}
	if !bytes.HasPrefix(canonical, []byte("{")) {
		return fmt.Errorf("event data must be a JSON object, not %s", canonical)
	}
	e.Data = canonical
	return nil
}

// Canonical returns raw in the canonical form of RFC 8785 (members sorted, no white space, one spelling of every number and string).
// It refuses what is not strict JSON; raw is not changed.
func Canonical(raw []byte) ([]byte, error) {
	value := jsontext.Value(bytes.Clone(raw))
	if err := value.Canonicalize(); err != nil {
		return nil, fmt.Errorf("canonicalise JSON: %w", err)
	}
	return value, nil
}

// AppendJSON appends the event in structured mode: one line, members in a fixed order, so that equal events are equal bytes.
// Decoding it gives the same event again.
func (e *Event) AppendJSON(dst []byte) []byte {
	dst = append(dst, `{"specversion":"1.0"`...)
	dst = appendText(dst, "id", e.ID)
	dst = appendText(dst, "source", e.Source)
	dst = appendText(dst, "type", e.Type)
	dst = appendOptional(dst, "subject", e.Subject)
	dst = appendTime(dst, "time", e.Time)
	dst = append(dst, `,"datacontenttype":"application/json"`...)
	dst = appendOptional(dst, "dataschema", e.DataSchema)
	dst = appendOptional(dst, "tenant", e.Tenant)
	if !e.Recorded.IsZero() {
		dst = appendTime(dst, "recordedtime", e.Recorded)
	}
	if e.Revision != 0 {
		dst = append(dst, `,"revision":`...)
		dst = strconv.AppendUint(dst, uint64(e.Revision), 10)
	}
	if e.Voided {
		dst = append(dst, `,"voided":true`...)
	}
	dst = appendOptional(dst, "reason", e.Reason)
	dst = appendOptional(dst, "traceparent", e.TraceParent)
	dst = append(dst, `,"data":`...)
	dst = append(dst, e.Data...)
	return append(dst, '}')
}

func appendOptional(dst []byte, name, value string) []byte {
	if value == "" {
		return dst
	}
	return appendText(dst, name, value)
}

func appendText(dst []byte, name, value string) []byte {
	dst = append(dst, ',', '"')
	dst = append(dst, name...)
	dst = append(dst, '"', ':')
	return appendQuoted(dst, value)
}

func appendTime(dst []byte, name string, t time.Time) []byte {
	dst = append(dst, ',', '"')
	dst = append(dst, name...)
	dst = append(dst, '"', ':', '"')
	dst = appendTimestamp(dst, t)
	return append(dst, '"')
}

// appendQuoted appends a JSON string in canonical form. Invalid UTF-8, which decoding refuses, becomes U+FFFD.
func appendQuoted(dst []byte, value string) []byte {
	if isPlain(value) && strings.IndexByte(value, '"') < 0 && strings.IndexByte(value, '\\') < 0 {
		dst = append(dst, '"')
		dst = append(dst, value...)
		return append(dst, '"')
	}
	quoted, _ := jsontext.AppendQuote(dst, value) // the error only reports the replacement
	return quoted
}

// QuoteJSON is the text as a JSON string in canonical form, as it stands in an event's data.
func QuoteJSON(text string) []byte { return appendQuoted(nil, text) }
