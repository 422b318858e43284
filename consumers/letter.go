package consumers

import (
	"encoding/json"
	"errors"
	"strings"
	"unicode/utf8"

	"github.com/turnout/turnout/internal/stream"
	"github.com/turnout/turnout/internal/warehouse"
	"github.com/turnout/turnout/schemas"
)

const (
	codeWarehouse = "warehouse" // the warehouse refuses the row
	maxClue       = 1024        // bytes of an attribute that is repeated in a dead letter
)

// newLetter makes the dead letter of an input. Its attributes are read as far as they can be.
func newLetter(in *stream.Incoming, d *delivery, violation *schemas.Violation) stream.DeadLetter {
	letter := stream.DeadLetter{
		ID: stream.LetterID(d.seq, in.Index), Tenant: d.tenant,
		Code: violation.Code, Reason: violation.Detail, Pointer: violation.Pointer, Hint: violation.Hint,
		Subject: d.subject, StreamSeq: d.seq, Index: in.Index, Time: d.received, Headers: d.header, Body: in.Raw,
	}
	if e := in.Event; e != nil {
		letter.Type, letter.Source, letter.EventID = e.Type, e.Source, e.ID
		if letter.Tenant == "" {
			letter.Tenant = e.Tenant
		}
		return letter
	}
	tenant := clues(&letter)
	if letter.Tenant == "" {
		letter.Tenant = tenant
	}
	return letter
}

// clues reads what an input that could not be decoded says about itself.
func clues(letter *stream.DeadLetter) (tenant string) {
	said := map[string]string{}
	var object map[string]json.RawMessage
	if json.Unmarshal(letter.Body, &object) == nil {
		for name, raw := range object {
			var text string
			if json.Unmarshal(raw, &text) == nil {
				said[name] = text
			}
		}
	}
	for name, values := range letter.Headers {
		if attribute, ok := strings.CutPrefix(strings.ToLower(name), "ce-"); ok && len(values) > 0 {
			said[attribute] = values[0]
		}
	}
	clue := func(name string) string {
		text := said[name]
		if len(text) > maxClue || !utf8.ValidString(text) {
			return ""
		}
		return text
	}
	letter.Type, letter.Source, letter.EventID = clue("type"), clue("source"), clue("id")
	if validTenant(said["tenant"]) {
		return said["tenant"]
	}
	return ""
}

const maxTenant = 64

func validTenant(name string) bool {
	if name == "" || len(name) > maxTenant {
		return false
	}
	return strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
}

func violationOf(err error) *schemas.Violation {
	if violation, ok := errors.AsType[*schemas.Violation](err); ok {
		return violation
	}
	return &schemas.Violation{Code: "internal", Detail: err.Error(), Hint: "this is a fault of the program; report it with the event"}
}

// mirror is the warehouse's row of a letter.
func mirror(letter *stream.DeadLetter, state string) warehouse.DeadLetter {
	return warehouse.DeadLetter{
		Tenant: letter.Tenant, ID: letter.ID, State: state, Type: letter.Type, Source: letter.Source, EventID: letter.EventID,
		Code: letter.Code, Reason: letter.Reason, Pointer: letter.Pointer, Subject: letter.Subject,
		Seq: letter.StreamSeq, Index: letter.Index, At: letter.Time,
	}
}
