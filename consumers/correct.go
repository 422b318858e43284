package consumers

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/nats-io/nats.go"

	"github.com/turnout/turnout/internal/stream"
	"github.com/turnout/turnout/schemas"
)

// prepare makes the messages that replay a letter: one for every event in it. The error is a *schemas.Violation when the letter, with its
// corrections, still cannot be taken.
func (r *Reviewer) prepare(letter *stream.DeadLetter, request *ReplayRequest) ([]*nats.Msg, error) {
	bodies, err := structured(letter)
	if err != nil {
		return nil, err
	}
	messages := make([]*nats.Msg, 0, len(bodies))
	for _, body := range bodies {
		body, err := r.correct(body, request.Set)
		if err != nil {
			return nil, err
		}
		event, err := schemas.DecodeStructured(body)
		if err != nil {
			return nil, violationOf(err)
		}
		if event.Tenant == "" {
			event.Tenant = or(letter.Tenant, stream.DefaultTenant)
		}
		if bound := or(request.Tenant, letter.Tenant); bound != "" && event.Tenant != bound {
			return nil, &schemas.Violation{
				Code: "tenant_mismatch", Pointer: "/tenant", Detail: fmt.Sprintf("the event names the tenant %q, the dead letter is %q's", event.Tenant, bound),
				Hint: "set the attribute tenant to " + bound,
			}
		}
		if err := r.registry.Check(event); err != nil {
			return nil, violationOf(err)
		}
		msg := nats.NewMsg(stream.EventSubject(event.Tenant, event.Type))
		msg.Header.Set(stream.HeaderContentType, stream.MediaStructured)
		msg.Data = event.AppendJSON(nil)
		messages = append(messages, msg)
	}
	return messages, nil
}

func or(value, otherwise string) string {
	if value == "" {
		return otherwise
	}
	return value
}

// structured gives the letter's events in structured mode. A letter is the whole of a message, in whatever form that came, or one event
// of a pack, which is structured.
func structured(letter *stream.DeadLetter) ([]json.RawMessage, error) {
	if header := attributes(letter.Headers); header["specversion"] != "" {
		return binaryLetter(letter, header)
	}
	body := bytes.TrimSpace(letter.Body)
	if bytes.HasPrefix(body, []byte("{")) && !bytes.Contains(body, []byte("\n{")) {
		return []json.RawMessage{body}, nil
	}
	var raws []json.RawMessage
	if bytes.HasPrefix(body, []byte("[")) {
		events, err := schemas.SplitBatch(body)
		if err != nil {
			return nil, violationOf(err)
		}
		raws = events
	} else {
		for _, line := range schemas.SplitLines(body) {
			raws = append(raws, line)
		}
	}
	if len(raws) == 0 {
		return nil, &schemas.Violation{Code: "empty_pack", Detail: "the dead letter carries no event", Hint: "discard it"}
	}
	return raws, nil
}

func attributes(header nats.Header) map[string]string {
	said := map[string]string{}
	for name, values := range header {
		attribute, ok := strings.CutPrefix(strings.ToLower(name), "ce-")
		if !ok || len(values) == 0 {
			continue
		}
		if value, err := schemas.DecodeHeaderValue(values[0]); err == nil {
			said[attribute] = value
		}
	}
	return said
}

// binaryLetter puts the attributes from the headers and the data from the body into one object, unchecked: corrections come next.
func binaryLetter(letter *stream.DeadLetter, header map[string]string) ([]json.RawMessage, error) {
	if !json.Valid(letter.Body) {
		return nil, &schemas.Violation{Code: "malformed_json", Pointer: "/data", Detail: "the data is not JSON", Hint: "discard it and have its source send it again"}
	}
	object := map[string]any{"data": json.RawMessage(letter.Body)}
	for name, value := range header {
		object[name] = value
	}
	for _, name := range []string{"revision", "voided"} {
		if value, ok := header[name]; ok && json.Valid([]byte(value)) {
			object[name] = json.RawMessage(value)
		}
	}
	object["datacontenttype"] = "application/json"
	body, err := json.Marshal(object)
	if err != nil {
		return nil, fmt.Errorf("put dead letter %s together: %w", letter.ID, err)
	}
	return []json.RawMessage{body}, nil
}

// correct sets members of an event by their paths.
func (r *Reviewer) correct(body json.RawMessage, corrections map[string]any) (json.RawMessage, error) {
	if len(corrections) == 0 {
		return body, nil
	}
	event, data := map[string]json.RawMessage{}, map[string]json.RawMessage{}
	if err := object(body, &event); err != nil {
		return nil, uncorrectable("", err)
	}
	if raw, ok := event["data"]; ok {
		if err := object(raw, &data); err != nil {
			return nil, uncorrectable("/data", err)
		}
	}
	if err := r.setAll(event, data, corrections); err != nil {
		return nil, err
	}
	raw, err := json.Marshal(data)
	if err != nil {
		return nil, fmt.Errorf("encode corrected data: %w", err)
	}
	event["data"] = raw
	corrected, err := json.Marshal(event)
	if err != nil {
		return nil, fmt.Errorf("encode corrected event: %w", err)
	}
	return corrected, nil
}

// object reads a JSON object strictly: of a member that is there twice nobody can say which one was meant.
func object(raw json.RawMessage, members *map[string]json.RawMessage) error {
	canonical, err := schemas.Canonical(raw)
	if err != nil {
		return err
	}
	if !bytes.HasPrefix(canonical, []byte("{")) {
		return errors.New("it is not an object")
	}
	return json.Unmarshal(raw, members) //nolint:wrapcheck // likewise
}

func uncorrectable(pointer string, err error) *schemas.Violation {
	return &schemas.Violation{
		Code: "malformed_json", Pointer: pointer, Detail: "nothing in the dead letter can be set: " + err.Error(),
		Hint: "discard it and have its source send it again",
	}
}

// setAll sets the attributes first, since a field is checked against the corrected type.
func (r *Reviewer) setAll(event, data map[string]json.RawMessage, corrections map[string]any) error {
	for path, value := range corrections {
		if err := setAttribute(event, path, value); err != nil {
			return err
		}
	}
	var typ string
	_ = json.Unmarshal(event["type"], &typ) // a type that is no text is found when the event is decoded
	for path, value := range corrections {
		if err := r.setField(data, typ, path, value); err != nil {
			return err
		}
	}
	return nil
}

// setAttribute sets an attribute of the envelope; the paths of data fields are left to setField.
func setAttribute(event map[string]json.RawMessage, path string, value any) error {
	if name, ok := strings.CutPrefix(path, "data."); ok && name != "" && !strings.Contains(name, ".") {
		return nil
	}
	if path == "" || path == "data" || strings.Contains(path, ".") {
		return badCorrection(path, "a path is an attribute, such as time, or data. and a field, such as data.role")
	}
	raw, err := json.Marshal(value)
	if err != nil {
		return badCorrection(path, err.Error())
	}
	event[path] = raw
	return nil
}

// setField sets a field of data; typ is the event's type after its own correction.
func (r *Reviewer) setField(data map[string]json.RawMessage, typ, path string, value any) error {
	name, ok := strings.CutPrefix(path, "data.")
	if !ok {
		return nil
	}
	raw, err := r.value(typ, name, value)
	if err != nil {
		return badCorrection(path, err.Error())
	}
	data[name] = raw
	return nil
}

func badCorrection(path, detail string) *schemas.Violation {
	return &schemas.Violation{Code: "bad_correction", Detail: fmt.Sprintf("%q cannot be set: %s", path, detail), Hint: "for example data.role=host"}
}

// value encodes a correction. On a command line every value is a text; where the type's field is none, the text is read as JSON.
func (r *Reviewer) value(typ, name string, value any) (json.RawMessage, error) {
	text, isText := value.(string)
	if t, ok := r.registry.Type(typ); ok && isText {
		if field, ok := t.Field(name); ok && field.JSONType != "string" && json.Valid([]byte(text)) {
			return json.RawMessage(text), nil
		}
	}
	raw, err := json.Marshal(value)
	if err != nil {
		return nil, fmt.Errorf("encode value: %w", err)
	}
	return raw, nil
}
