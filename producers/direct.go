package producers

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"
	"golang.org/x/sync/errgroup"

	"github.com/turnout/turnout/internal/stream"
	"github.com/turnout/turnout/schemas"
)

// DirectConfig says how to publish over NATS without the gateway.
type DirectConfig struct {
	// Stream is the JetStream to publish to, usually a jetstream.JetStream.
	Stream Stream
	// Tenant is the community that the packs' subject binds every event to; an
	// event that names another is rejected. Empty publishes on the gateways'
	// subject, where every event must carry its own: trusted clients only.
	Tenant string
	// Registry, when given, checks events before they are sent, as the gateway
	// does. Without it only the envelope is checked, and what breaks its schema
	// becomes a dead letter.
	Registry *schemas.Registry
	// MaxPayload is the server's max_payload; 0 means 1 MiB, the server's default.
	MaxPayload int64
	// Timeout of one acknowledgement; 0 means 5 s. Each message is tried Attempts times; 0 means 5.
	Timeout  time.Duration
	Attempts int
	// Backoff between the attempts; the zero value is a sensible default.
	Backoff Backoff
}

const (
	defaultMaxPayload    = 1 << 20
	defaultDirectTimeout = 5 * time.Second
	defaultAttempts      = 5
	directInFlight       = 2
)

// Direct publishes events over NATS: in packs, or singly on the event's own
// subject. It may be used by several goroutines.
type Direct struct{ cfg DirectConfig }

// NewDirect makes a client; it does not connect.
func NewDirect(cfg DirectConfig) *Direct {
	if cfg.MaxPayload == 0 {
		cfg.MaxPayload = defaultMaxPayload
	}
	if cfg.Timeout == 0 {
		cfg.Timeout = defaultDirectTimeout
	}
	if cfg.Attempts == 0 {
		cfg.Attempts = defaultAttempts
	}
	cfg.Backoff = cfg.Backoff.withDefaults()
	return &Direct{cfg: cfg}
}

// Publish sends events in packs and waits until they are on disk. Events that
// cannot be read are rejected alone. An error means that some packs were not
// acknowledged; the results of their events are Unknown.
func (d *Direct) Publish(ctx context.Context, events []json.RawMessage) ([]Result, error) {
	results := make([]Result, len(events))
	packs := d.pack(events, results)
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(directInFlight)
	for _, p := range packs {
		group.Go(func() error {
			if err := d.store(ctx, PackMessage(stream.PackSubject(d.cfg.Tenant), p.lines)); err != nil {
				return err
			}
			for _, index := range p.indexes {
				results[index].Status = Accepted
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return results, fmt.Errorf("publish events: %w", err)
	}
	return results, nil
}

// directPack is the lines of one message and where they come from.
type directPack struct {
	lines   [][]byte
	indexes []int
}

func (d *Direct) pack(events []json.RawMessage, results []Result) []directPack {
	limit := PackLimit(d.cfg.MaxPayload)
	var packs []directPack
	size := 0
	for i, raw := range events {
		event, line, err := d.line(raw, limit)
		if err != nil {
			results[i] = Reject(i, idOf(event), err)
			continue
		}
		results[i] = Result{Index: i, ID: event.ID, Status: Unknown}
		last := len(packs) - 1
		if last < 0 || len(packs[last].lines) == stream.MaxPackEvents || size+len(line)+1 > limit {
			packs, size = append(packs, directPack{}), 0
			last++
		}
		packs[last].lines = append(packs[last].lines, line)
		packs[last].indexes = append(packs[last].indexes, i)
		size += len(line) + 1
	}
	return packs
}

// line decodes, binds and checks one event and writes it for a pack.
func (d *Direct) line(raw []byte, limit int) (*schemas.Event, []byte, error) {
	event, err := schemas.DecodeStructured(raw)
	if err != nil {
		return nil, nil, err // a *schemas.Violation, shown as it is
	}
	if err := d.check(event); err != nil {
		return event, nil, err
	}
	line, err := encode(event, limit, len(raw)+lineRoom)
	return event, line, err
}

// lineRoom is what the canonical form of an event usually adds to it.
const lineRoom = 96

// encode writes an event for a pack; room is about as long as it will be.
func encode(event *schemas.Event, limit, room int) ([]byte, error) {
	line := event.AppendJSON(make([]byte, 0, room))
	if len(line) >= limit {
		return nil, &schemas.Violation{
			Code:   schemas.CodeTooLarge,
			Detail: fmt.Sprintf("The event is %d bytes long; a message takes less than %d.", len(line), limit),
			Hint:   "an event states one fact; keep documents elsewhere and refer to them by an id",
		}
	}
	return line, nil
}

func (d *Direct) check(event *schemas.Event) error {
	switch {
	case event.Tenant == "" && d.cfg.Tenant == "":
		return &schemas.Violation{
			Code: schemas.CodeMissingAttribute, Pointer: "/tenant", Detail: "The event names no tenant, and neither does this client.",
			Hint: "name the tenant in the client's configuration or in the event",
		}
	case event.Tenant == "":
		event.Tenant = d.cfg.Tenant
	case d.cfg.Tenant != "" && event.Tenant != d.cfg.Tenant:
		return &schemas.Violation{
			Code: schemas.CodeTenantMismatch, Pointer: "/tenant",
			Detail: fmt.Sprintf("The event names tenant %q, but this client publishes for %q.", event.Tenant, d.cfg.Tenant),
			Hint:   "leave the event's tenant out, or use a client of its own tenant",
		}
	}
	if d.cfg.Registry == nil {
		return nil
	}
	return d.cfg.Registry.Check(event) // a *schemas.Violation, shown as it is
}

// PublishOne sends one event on its own subject, turnout.events.<tenant>.<type>,
// in structured mode, or in binary mode with ce- headers. Whoever publishes many
// single events uses a Packer instead: here each takes a sync to disk of its own. A refused event is a
// *schemas.Violation; any other error means that it was not acknowledged.
func (d *Direct) PublishOne(ctx context.Context, event *schemas.Event, binary bool) error {
	bound := *event
	if err := d.check(&bound); err != nil {
		return err
	}
	msg := nats.NewMsg(stream.EventSubject(bound.Tenant, bound.Type))
	if binary {
		setBinary(msg, &bound)
	} else {
		msg.Header.Set(stream.HeaderContentType, stream.MediaStructured)
		msg.Data = bound.AppendJSON(nil)
	}
	return d.store(ctx, msg)
}

// setBinary writes the context attributes as headers: percent-encoded, as the
// CloudEvents NATS binding says, the data as the body.
func setBinary(msg *nats.Msg, event *schemas.Event) {
	set := func(name, value string) {
		if value != "" {
			msg.Header[http.CanonicalHeaderKey("ce-"+name)] = []string{EncodeHeaderValue(value)}
		}
	}
	set("specversion", "1.0")
	set("id", event.ID)
	set("source", event.Source)
	set("type", event.Type)
	set("subject", event.Subject)
	set("time", formatTime(event.Time))
	set("dataschema", event.DataSchema)
	set("tenant", event.Tenant)
	set("recordedtime", formatTime(event.Recorded))
	set("reason", event.Reason)
	set("traceparent", event.TraceParent)
	if event.Revision != 0 {
		set("revision", strconv.FormatUint(uint64(event.Revision), 10))
	}
	if event.Voided {
		set("voided", "true")
	}
	msg.Header.Set(stream.HeaderContentType, stream.MediaJSON)
	msg.Data = event.Data
}

func formatTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02T15:04:05.999Z")
}

// store sends one message, again and again while the stream is only unavailable.
func (d *Direct) store(ctx context.Context, msg *nats.Msg) error {
	for attempt := 1; ; attempt++ {
		try, cancel := context.WithTimeout(ctx, d.cfg.Timeout)
		_, err := Store(try, d.cfg.Stream, msg)
		cancel()
		if err == nil {
			return nil
		}
		if attempt == d.cfg.Attempts || errors.Is(err, ErrTooLarge) || ctx.Err() != nil {
			return fmt.Errorf("after %d attempts: %w", attempt, err)
		}
		if err := d.cfg.Backoff.wait(ctx, attempt, 0); err != nil {
			return err
		}
	}
}

func idOf(event *schemas.Event) string {
	if event == nil {
		return ""
	}
	return event.ID
}
