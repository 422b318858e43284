package stream

import (
	"errors"
	"fmt"
	"mime"
	"strings"

	"github.com/nats-io/nats.go"

	"github.com/turnout/turnout/schemas"
)

// DefaultTenant owns events for which nobody named a tenant.
const DefaultTenant = "default"

// ceHeaderPrefix begins the name of a CloudEvents attribute in a message's
// headers (CloudEvents NATS protocol binding 1.0, section 3.2).
const ceHeaderPrefix = "ce-"

// Incoming is one event of a message: decoded, or refused with the reason.
type Incoming struct {
	Index int    // in the pack; 0 for a single event
	Raw   []byte // the event's own bytes, for a dead letter
	Event *schemas.Event
	Err   *schemas.Violation // exactly one of Event and Err is set
}

// Explode takes one message apart: its events in order, each bound to the
// tenant and type that the subject names. An event that cannot be decoded is
// refused alone; only a message whose body is no list of events at all is
// refused as one. The events share body's memory, which nobody may change any more.
func Explode(subject string, header nats.Header, body []byte) []Incoming {
	kind, tenant, typ, err := ParseSubject(subject)
	if err != nil {
		return refused(body, &schemas.Violation{
			Code: "bad_subject", Detail: err.Error(),
			Hint: "publish on turnout.events.<tenant>.<type> or turnout.packs.<tenant>",
		})
	}
	bound := binding{kind: kind, tenant: tenant, typ: typ}
	media, violation := mediaOf(header, kind)
	if violation != nil {
		return refused(body, violation)
	}
	switch media {
	case MediaLines:
		return each(bound, body, schemas.SplitLines(body))
	case MediaBatch:
		raws, err := schemas.SplitBatch(body)
		if err != nil {
			return refused(body, asViolation(err))
		}
		return each(bound, body, raws)
	case MediaJSON:
		event, err := decodeBinary(header, body)
		return []Incoming{bound.incoming(0, body, event, err)}
	default:
		event, err := schemas.DecodeOwned(body, &schemas.Event{})
		return []Incoming{bound.incoming(0, body, event, err)}
	}
}

// mediaOf tells how the body is to be read. A message without a content type
// is a structured event on an event's subject and lines on a pack's.
func mediaOf(header nats.Header, kind Kind) (string, *schemas.Violation) {
	named := lookup(header, HeaderContentType)
	switch named { // as nearly everybody writes them; none of them reads ce- headers
	case MediaStructured, MediaBatch, MediaLines:
		return named, nil
	}
	media, _, err := mime.ParseMediaType(named)
	binary := lookup(header, ceHeaderPrefix+"specversion") != ""
	switch {
	case named == "" && binary:
		return MediaJSON, nil
	case named == "" && kind == Single:
		return MediaStructured, nil
	case named == "":
		return MediaLines, nil
	case err != nil:
	case media == MediaStructured, media == MediaBatch, media == MediaLines:
		return media, nil
	case media == "application/jsonl":
		return MediaLines, nil
	case media == MediaJSON && binary:
		return MediaJSON, nil
	case media == MediaJSON && kind == Single:
		return MediaStructured, nil
	}
	return "", &schemas.Violation{
		Code: "unsupported_media_type", Pointer: "/datacontenttype",
		Detail: fmt.Sprintf("a message with the content type %q cannot be read", named),
		Hint:   "use " + strings.Join([]string{MediaStructured, MediaBatch, MediaLines}, ", ") + ", or ce- headers with " + MediaJSON,
	}
}

type binding struct {
	kind        Kind
	tenant, typ string
}

// each decodes the events of a pack.
func each[Raw ~[]byte](b binding, body []byte, raws []Raw) []Incoming {
	switch {
	case len(raws) == 0:
		return refused(body, &schemas.Violation{
			Code: "empty_pack", Detail: "the message carries no event", Hint: "publish at least one event a message",
		})
	case len(raws) > MaxPackEvents:
		return refused(body, &schemas.Violation{
			Code:   "too_large",
			Detail: fmt.Sprintf("the pack carries %d events; at most %d are taken", len(raws), MaxPackEvents),
			Hint:   "send several packs",
		})
	}
	incoming, room := make([]Incoming, len(raws)), make([]schemas.Event, len(raws))
	for i, raw := range raws {
		event, err := schemas.DecodeOwned(raw, &room[i])
		incoming[i] = b.incoming(i, raw, event, err)
	}
	return incoming
}

// incoming binds a decoded event to what the subject says.
func (b binding) incoming(index int, raw []byte, event *schemas.Event, err error) Incoming {
	in := Incoming{Index: index, Raw: raw}
	if err != nil {
		in.Err = asViolation(err)
		return in
	}
	switch {
	case event.Tenant == "" && b.tenant != "":
		event.Tenant = b.tenant
	case event.Tenant == "":
		event.Tenant = DefaultTenant
	case b.tenant != "" && event.Tenant != b.tenant:
		in.Err = &schemas.Violation{
			Code: "tenant_mismatch", Pointer: "/tenant",
			Detail: fmt.Sprintf("the event names the tenant %q, its subject %q", event.Tenant, b.tenant),
			Hint:   "publish on the subject of the event's own tenant",
		}
		return in
	}
	if b.typ != "" && event.Type != b.typ {
		in.Err = &schemas.Violation{
			Code: "type_mismatch", Pointer: "/type",
			Detail: fmt.Sprintf("the event is of type %q, its subject names %q", event.Type, b.typ),
			Hint:   "publish on the subject of the event's own type",
		}
		return in
	}
	in.Event = event
	return in
}

func decodeBinary(header nats.Header, body []byte) (*schemas.Event, error) {
	attributes := make(map[string]string, len(header))
	for name, values := range header {
		lower := strings.ToLower(name)
		if len(values) == 0 {
			continue
		}
		attribute, found := strings.CutPrefix(lower, ceHeaderPrefix)
		if !found {
			continue
		}
		value, err := schemas.DecodeHeaderValue(values[0])
		if err != nil {
			return nil, &schemas.Violation{
				Code: "bad_attribute", Pointer: "/" + attribute,
				Detail: "the header's value is not percent-encoded UTF-8", Hint: "encode it as the CloudEvents bindings say",
			}
		}
		attributes[attribute] = value
	}
	if media := lookup(header, HeaderContentType); media != "" {
		attributes["datacontenttype"] = media
	}
	return schemas.DecodeBinary(attributes, body)
}

// lookup reads a header whatever the case of its name: NATS keeps the
// publisher's spelling, and CloudEvents SDKs differ in theirs.
func lookup(header nats.Header, name string) string {
	if value := header.Get(name); value != "" {
		return value
	}
	for key, values := range header {
		if len(values) > 0 && strings.EqualFold(key, name) {
			return values[0]
		}
	}
	return ""
}

func refused(body []byte, violation *schemas.Violation) []Incoming {
	return []Incoming{{Raw: body, Err: violation}}
}

func asViolation(err error) *schemas.Violation {
	if violation, ok := errors.AsType[*schemas.Violation](err); ok {
		return violation
	}
	return &schemas.Violation{Code: "malformed_json", Detail: err.Error()}
}
