package stream

import (
	"fmt"
	"strings"
)

// Names of streams, subjects and headers. They are part of the contract with
// systems that publish over NATS directly and never change.
const (
	EventsStream      = "EVENTS"
	DeadLettersStream = "DEADLETTERS"

	eventsPrefix      = "turnout.events."
	packsSubject      = "turnout.packs"
	storedPrefix      = "turnout.stored."
	deadLettersPrefix = "turnout.deadletters."

	// HeaderCount carries the number of events in a pack.
	HeaderCount = "Turnout-Count"
	// HeaderContentType carries the media type of a message's body.
	HeaderContentType = "Content-Type"

	// MaxPackEvents is the most events one message may carry.
	MaxPackEvents = 1000
	// PositionsPerMessage is the stride of Position: at least MaxPackEvents.
	PositionsPerMessage = 1024
)

// Media types of a message's body.
const (
	MediaStructured = "application/cloudevents+json"
	MediaBatch      = "application/cloudevents-batch+json"
	MediaLines      = "application/x-ndjson"
	MediaJSON       = "application/json"
)

// Kind tells what a subject promises of its message.
type Kind int

// The kinds of subjects in the stream EVENTS.
const (
	Single     Kind = iota + 1 // turnout.events.<tenant>.<type>
	Pack                       // turnout.packs
	TenantPack                 // turnout.packs.<tenant>
)

// EventSubject is where one event of a tenant and type is published.
func EventSubject(tenant, typ string) string { return eventsPrefix + tenant + "." + typ }

// PackSubject is where a pack is published; an empty tenant means a gateway's
// pack, whose events carry their own.
func PackSubject(tenant string) string {
	if tenant == "" {
		return packsSubject
	}
	return packsSubject + "." + tenant
}

// StoredSubject is where an Announcement is told: what of a tenant's was stored
// (core NATS, nothing is kept).
func StoredSubject(tenant string) string { return storedPrefix + tenant }

// Position numbers an event within the stream: its message's sequence and its
// index in the pack, in one number that grows with both.
func Position(seq uint64, index int) uint64 {
	return seq*PositionsPerMessage + uint64(index)
}

// ParseSubject takes a subject of the stream EVENTS apart. Tenant and type are
// empty where the subject does not bind them.
func ParseSubject(subject string) (kind Kind, tenant, typ string, err error) {
	if subject == packsSubject {
		return Pack, "", "", nil
	}
	if tenant, found := strings.CutPrefix(subject, packsSubject+"."); found && !strings.Contains(tenant, ".") && tenant != "" {
		return TenantPack, tenant, "", nil
	}
	if rest, found := strings.CutPrefix(subject, eventsPrefix); found {
		tenant, typ, ok := strings.Cut(rest, ".")
		if ok && tenant != "" && typ != "" {
			return Single, tenant, typ, nil
		}
	}
	return 0, "", "", fmt.Errorf("subject %q is none of turnout.events.<tenant>.<type>, turnout.packs.<tenant> and turnout.packs", subject)
}
