package gateway

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/turnout/turnout/internal/auth"
	"github.com/turnout/turnout/internal/problem"
	"github.com/turnout/turnout/producers"
	"github.com/turnout/turnout/schemas"
)

// maxShownID is the longest id that is repeated in an answer.
const maxShownID = 1024

// intake decodes, binds and checks every event. It gives a result for each and
// the lines of those that may be stored. An error means that the body as a whole
// cannot be read, which in the modes of one event is the same as that event.
func (g *Gateway) intake(mode mode, header http.Header, bind *binder, raws [][]byte) (producers.Report, []line, error) {
	report := producers.Report{Results: make([]producers.Result, 0, len(raws))}
	lines := make([]line, 0, len(raws))
	text := make([]byte, 0, roomFor(raws)) // of all lines; those that it was too small for keep their own
	for i, raw := range raws {
		event, err := g.admit(mode, header, bind, raw)
		if err == nil {
			start := len(text)
			text = event.AppendJSON(text)
			encoded := text[start:len(text):len(text)]
			if len(encoded) <= g.committer.packBytes {
				lines = append(lines, line{typ: event.Type, json: encoded})
				report.Results = append(report.Results, producers.Result{Index: i, ID: event.ID, Status: producers.Accepted})
				continue
			}
			err = tooLarge(len(encoded), g.committer.packBytes, "The event, written out in full,")
		}
		if mode == modeStructured || mode == modeBinary {
			if violation := asViolation(err); violation != nil && violation.Code == schemas.CodeMalformedJSON {
				return producers.Report{}, nil, unreadable(violation)
			}
		}
		result := producers.Reject(i, idOf(event, mode, header, raw), err)
		g.metrics.refused(result.Code)
		report.Results = append(report.Results, result)
	}
	report.Accepted, report.Rejected = len(lines), len(raws)-len(lines)
	return report, lines, nil
}

// encodingRoom is what the canonical form usually adds to an event: its tenant and full timestamps.
const encodingRoom = 96

func roomFor(raws [][]byte) int {
	size := encodingRoom * len(raws)
	for _, raw := range raws {
		size += len(raw)
	}
	return size
}

// admit gives the event ready to be stored, or the event as far as it got and a *schemas.Violation.
func (g *Gateway) admit(mode mode, header http.Header, bind *binder, raw []byte) (*schemas.Event, error) {
	if len(raw) > g.limits.EventBytes {
		return nil, tooLarge(len(raw), g.limits.EventBytes, "The event")
	}
	event, err := decode(mode, header, raw)
	if err != nil {
		return nil, err
	}
	if event.Tenant, err = bind.tenant(event.Tenant); err != nil {
		return event, err
	}
	return event, g.registry.Check(event)
}

func decode(mode mode, header http.Header, raw []byte) (*schemas.Event, error) {
	if mode != modeBinary {
		return schemas.DecodeStructured(raw) // a *schemas.Violation, shown as it is
	}
	attributes, err := attributesOf(header)
	if err != nil {
		return nil, err
	}
	return schemas.DecodeBinary(attributes, raw) // a *schemas.Violation, shown as it is
}

// attributesOf collects the context attributes of binary mode.
func attributesOf(header http.Header) (map[string]string, error) {
	attributes := make(map[string]string, len(header))
	for name, values := range header {
		if !strings.HasPrefix(name, ceHeaderPrefix) {
			continue
		}
		attribute := strings.ToLower(strings.TrimPrefix(name, ceHeaderPrefix))
		if len(values) > 1 {
			return nil, &schemas.Violation{
				Code: schemas.CodeDuplicateMember, Pointer: "/" + attribute,
				Detail: fmt.Sprintf("The header ce-%s is there %d times.", attribute, len(values)),
				Hint:   "name each attribute once",
			}
		}
		value, err := schemas.DecodeHeaderValue(values[0])
		if err != nil {
			if violation := asViolation(err); violation != nil {
				violation.Pointer = "/" + attribute
			}
			return nil, err // a *schemas.Violation, shown as it is
		}
		attributes[attribute] = value
	}
	if _, given := attributes["datacontenttype"]; given {
		return nil, &schemas.Violation{
			Code: schemas.CodeBadAttribute, Pointer: "/datacontenttype",
			Detail: "In binary mode the attribute datacontenttype is the header Content-Type, not ce-datacontenttype.",
			Hint:   "remove the header ce-datacontenttype",
		}
	}
	attributes["datacontenttype"] = header.Get("Content-Type")
	return attributes, nil
}

// idOf finds the id of a refused event, so that its sender knows which one it was.
func idOf(event *schemas.Event, mode mode, header http.Header, raw []byte) string {
	id := ""
	switch {
	case event != nil:
		id = event.ID
	case mode == modeBinary:
		id, _ = schemas.DecodeHeaderValue(header.Get("Ce-Id")) // "" when it is the id that cannot be decoded
	case len(raw) <= schemas.MaxEventBytes:
		id = peekID(raw)
	}
	if len(id) > maxShownID {
		return ""
	}
	return id
}

// peekID reads the member id of an object that could not be decoded.
func peekID(raw []byte) string {
	decoder := jsontext.NewDecoder(bytes.NewReader(raw), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	if token, err := decoder.ReadToken(); err != nil || token.Kind() != jsontext.KindBeginObject {
		return ""
	}
	for decoder.PeekKind() == jsontext.KindString {
		name, err := decoder.ReadToken()
		if err != nil {
			return ""
		}
		if name.String() != "id" {
			if decoder.SkipValue() != nil {
				return ""
			}
			continue
		}
		if value, err := decoder.ReadToken(); err == nil && value.Kind() == jsontext.KindString {
			return value.String()
		}
		return ""
	}
	return ""
}

func asViolation(err error) *schemas.Violation {
	violation, _ := errors.AsType[*schemas.Violation](err)
	return violation
}

func tooLarge(size, limit int, what string) error {
	return &schemas.Violation{
		Code:   schemas.CodeTooLarge,
		Detail: fmt.Sprintf("%s is %d bytes long; the limit is %d.", what, size, limit),
		Hint:   "an event states one fact; keep documents elsewhere and refer to them by an id",
	}
}

// binder settles the tenant of each event of one request.
type binder struct {
	id        auth.Identity
	requested string // by ?tenant=; may be empty
	fallback  string
	last      string // the last tenant that was found to be allowed
}

// tenantsAsked gives what a request's query says of tenants; few have a query.
func tenantsAsked(target *url.URL) []string {
	if target.RawQuery == "" {
		return nil
	}
	return target.Query()["tenant"]
}

// newBinder refuses a request whose ?tenant= its key may not use.
func newBinder(id auth.Identity, query []string) (*binder, error) {
	query = slices.Compact(query)
	if len(query) > 1 {
		return nil, &problem.Error{
			Status: http.StatusBadRequest, Code: "bad_tenant", Pointer: "/parameters/tenant",
			Detail: "The query names several tenants.", Hint: "Name one, or let each event name its own.",
		}
	}
	b := &binder{id: id}
	if len(query) == 1 {
		b.requested = query[0]
	}
	fallback, err := id.Bind(b.requested)
	if err != nil {
		return nil, fmt.Errorf("bind tenant: %w", err)
	}
	b.fallback, b.last = fallback, fallback
	return b, nil
}

// tenant gives the tenant under which an event is stored: its own, else that of
// the query, the key, or the default. Another than the query's or the key's is refused.
func (b *binder) tenant(own string) (string, error) {
	if own == "" || own == b.last {
		if own == "" {
			return b.fallback, nil
		}
		return own, nil
	}
	if b.requested != "" {
		return "", tenantMismatch(own, fmt.Sprintf("the request is for tenant %q", b.requested))
	}
	if _, err := b.id.Bind(own); err != nil {
		if problem.From(err).Status == http.StatusForbidden {
			return "", tenantMismatch(own, fmt.Sprintf("this key belongs to tenant %q", b.id.Tenant))
		}
		return "", &schemas.Violation{
			Code: schemas.CodeBadAttribute, Pointer: "/tenant", Detail: problem.From(err).Detail, Hint: problem.From(err).Hint,
		}
	}
	b.last = own
	return own, nil
}

func tenantMismatch(own, bound string) error {
	return &schemas.Violation{
		Code: schemas.CodeTenantMismatch, Pointer: "/tenant",
		Detail: fmt.Sprintf("The event names tenant %q, but %s.", own, bound),
		Hint:   "leave the event's tenant out, or send it with a key and a query of its own tenant",
	}
}
