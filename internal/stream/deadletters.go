package stream

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/turnout/turnout/schemas"
)

const (
	// headerLetter carries what is known of a dead letter, as JSON; the message's
	// body is the original bytes, untouched.
	headerLetter = "Turnout-Letter"
	// headerLetterBytes says that this JSON stands in the body instead, before
	// the original bytes, and how long it is: a server takes 64 KiB of headers,
	// and the headers of the original alone may be as many.
	headerLetterBytes = "Turnout-Letter-Bytes"
	mostHeaderBytes   = 32 << 10
	// mostTextBytes of a reason, a hint or a pointer are kept: they may repeat
	// names that a publisher made as long as a message.
	mostTextBytes = 2 << 10
)

// unknownTenant stands in a dead letter's subject where no valid tenant is
// known. An underscore cannot be in a tenant's name.
const unknownTenant = "_"

// ErrNoDeadLetter says that no dead letter has the given id (any more).
var ErrNoDeadLetter = errors.New("no such dead letter")

// DeadLetter is an event, or a whole message, that could not be processed.
type DeadLetter struct {
	ID        string      `json:"id"` // <stream sequence>-<index in the pack>
	Tenant    string      `json:"tenant"`
	Type      string      `json:"type,omitempty"`
	Source    string      `json:"source,omitempty"`
	EventID   string      `json:"event_id,omitempty"`
	Code      string      `json:"code"`
	Reason    string      `json:"reason"`
	Pointer   string      `json:"pointer,omitempty"`
	Hint      string      `json:"hint,omitempty"`
	Subject   string      `json:"subject"`
	StreamSeq uint64      `json:"stream_seq"`
	Index     int         `json:"index"`
	Time      time.Time   `json:"time"` // when it was received
	Headers   nats.Header `json:"headers,omitempty"`
	Body      []byte      `json:"-"`
	// Cursor orders letters within their stream, for paging.
	Cursor uint64 `json:"-"`
}

// LetterID names the position of a dead letter.
func LetterID(seq uint64, index int) string { return fmt.Sprintf("%d-%d", seq, index) }

// DeadLetters is the stream of dead letters.
type DeadLetters struct {
	js jetstream.JetStream
	id *regexp.Regexp
}

// NewDeadLetters gives access to the dead letters kept in js.
func NewDeadLetters(js jetstream.JetStream) *DeadLetters {
	return &DeadLetters{
		js: js,
		id: regexp.MustCompile(`^([0-9]{1,20}-[0-9]{1,4}|0-[0-9]{1,20})$`),
	}
}

// Put keeps a letter. Putting the same position again changes nothing.
func (d *DeadLetters) Put(ctx context.Context, letter *DeadLetter) error {
	kept := *letter
	kept.Reason, kept.Hint, kept.Pointer = clip(kept.Reason), clip(kept.Hint), clip(kept.Pointer)
	meta, err := json.Marshal(&kept)
	if err != nil {
		return fmt.Errorf("encode dead letter %s: %w", letter.ID, err)
	}
	msg := nats.NewMsg(d.subject(letter.Tenant, letter.ID))
	if len(meta) <= mostHeaderBytes {
		msg.Header.Set(headerLetter, string(meta))
		msg.Data = letter.Body
	} else {
		msg.Header.Set(headerLetterBytes, strconv.Itoa(len(meta)))
		msg.Data = slices.Concat(meta, letter.Body)
	}
	if _, err := d.js.PublishMsg(ctx, msg); err != nil && !alreadyKept(err) {
		return fmt.Errorf("keep dead letter %s: %w", letter.ID, err)
	}
	return nil
}

// clip shortens a text to what is kept of it.
func clip(text string) string {
	if len(text) <= mostTextBytes {
		return text
	}
	return strings.ToValidUTF8(text[:mostTextBytes], "") + "…"
}

func (d *DeadLetters) subject(tenant, id string) string {
	if !schemas.ValidTenant(tenant) {
		tenant = unknownTenant
	}
	return deadLettersPrefix + tenant + "." + id
}

// alreadyKept recognises the refusal of a second message on a subject
// (JSStreamStoreFailedF, "maximum messages per subject exceeded").
func alreadyKept(err error) bool {
	var api *jetstream.APIError
	return errors.As(err, &api) && api.ErrorCode == codeStoreFailed && api.Description == "maximum messages per subject exceeded"
}

// Full tells whether the server refused a message for want of room: the stream has its size, or the server its own.
func Full(err error) bool {
	var api *jetstream.APIError
	if !errors.As(err, &api) || alreadyKept(err) {
		return false
	}
	switch api.ErrorCode {
	case codeAccountResources, codeInsufficientResources, codeStorageResources, codeStoreFailed:
		return true
	default:
		return false
	}
}

// JetStream's error codes that mean: refused for want of room. They are part of its API (server/errors.json).
const (
	codeAccountResources      jetstream.ErrorCode = 10002
	codeInsufficientResources jetstream.ErrorCode = 10023
	codeStorageResources      jetstream.ErrorCode = 10047
)

const (
	codeStoreFailed jetstream.ErrorCode = 10077
	// readerLinger is how long the server keeps the cursor of a finished listing.
	readerLinger = 5 * time.Second
)

// List gives up to limit letters of a tenant ("" for all) that come after the
// cursor, oldest first.
func (d *DeadLetters) List(ctx context.Context, tenant string, limit int, after uint64) ([]DeadLetter, error) {
	consumer, err := d.js.OrderedConsumer(ctx, DeadLettersStream, jetstream.OrderedConsumerConfig{
		FilterSubjects:    []string{d.filter(tenant)},
		DeliverPolicy:     jetstream.DeliverByStartSequencePolicy,
		OptStartSeq:       after + 1,
		InactiveThreshold: readerLinger,
	})
	if err != nil {
		return nil, fmt.Errorf("read the dead letters: %w", err)
	}
	info, err := consumer.Info(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the dead letters: %w", err)
	}
	wanted := min(limit, int(info.NumPending))
	letters := make([]DeadLetter, 0, wanted)
	for len(letters) < wanted {
		msg, err := consumer.Next(jetstream.FetchContext(ctx))
		if err != nil {
			return nil, fmt.Errorf("read the dead letters: %w", err)
		}
		meta, err := msg.Metadata()
		if err != nil {
			return nil, fmt.Errorf("read the dead letters: %w", err)
		}
		letters = append(letters, decodeLetter(&jetstream.RawStreamMsg{
			Subject: msg.Subject(), Sequence: meta.Sequence.Stream, Header: msg.Headers(), Data: msg.Data(), Time: meta.Timestamp,
		}))
	}
	return letters, nil
}

func (d *DeadLetters) filter(tenant string) string {
	if tenant == "" {
		return deadLettersPrefix + ">"
	}
	return d.subject(tenant, "*")
}

// Get gives the letter with the id, or ErrNoDeadLetter.
func (d *DeadLetters) Get(ctx context.Context, id string) (DeadLetter, error) {
	if !d.id.MatchString(id) {
		return DeadLetter{}, fmt.Errorf("%w: %q is not of the form <sequence>-<index>", ErrNoDeadLetter, id)
	}
	stream, err := d.js.Stream(ctx, DeadLettersStream)
	if err != nil {
		return DeadLetter{}, fmt.Errorf("open the dead letters: %w", err)
	}
	var msg *jetstream.RawStreamMsg
	if cursor, foreign := strings.CutPrefix(id, foreignPrefix); foreign {
		msg, err = getBySequence(ctx, stream, cursor)
	} else {
		msg, err = stream.GetLastMsgForSubject(ctx, deadLettersPrefix+"*."+id)
	}
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return DeadLetter{}, fmt.Errorf("%w: %s", ErrNoDeadLetter, id)
	}
	if err != nil {
		return DeadLetter{}, fmt.Errorf("read dead letter %s: %w", id, err)
	}
	return decodeLetter(msg), nil
}

func getBySequence(ctx context.Context, stream jetstream.Stream, cursor string) (*jetstream.RawStreamMsg, error) {
	sequence, err := strconv.ParseUint(cursor, 10, 64)
	if err != nil || sequence == 0 {
		return nil, jetstream.ErrMsgNotFound
	}
	msg, err := stream.GetMsg(ctx, sequence)
	if err != nil {
		return nil, err //nolint:wrapcheck // the caller names the letter
	}
	return msg, nil
}

// Discard removes the letter with the id; a letter that is gone is no error.
func (d *DeadLetters) Discard(ctx context.Context, id string) error {
	letter, err := d.Get(ctx, id)
	if errors.Is(err, ErrNoDeadLetter) && d.id.MatchString(id) {
		return nil
	}
	if err != nil {
		return err
	}
	stream, err := d.js.Stream(ctx, DeadLettersStream)
	if err != nil {
		return fmt.Errorf("open the dead letters: %w", err)
	}
	if err := Erase(ctx, stream, letter.Cursor); err != nil { // whose bytes it holds nobody knows: they must not stay on disk
		return fmt.Errorf("discard dead letter %s: %w", id, err)
	}
	return nil
}

// Count gives the number of letters of a tenant, "" for all.
func (d *DeadLetters) Count(ctx context.Context, tenant string) (uint64, error) {
	consumer, err := d.js.OrderedConsumer(ctx, DeadLettersStream, jetstream.OrderedConsumerConfig{
		FilterSubjects: []string{d.filter(tenant)}, DeliverPolicy: jetstream.DeliverAllPolicy, HeadersOnly: true,
		InactiveThreshold: readerLinger,
	})
	if err != nil {
		return 0, fmt.Errorf("count the dead letters: %w", err)
	}
	info, err := consumer.Info(ctx)
	if err != nil {
		return 0, fmt.Errorf("count the dead letters: %w", err)
	}
	return info.NumPending, nil
}

// CodeForeign is the code of a message that somebody else put among the dead letters.
const CodeForeign = "foreign_message"

// foreignPrefix begins the ids of messages that somebody else put among the
// dead letters: no event has the stream sequence 0.
const foreignPrefix = "0-"

// decodeLetter reads a letter. A message that is none is shown all the same, so
// that it can be looked at and discarded.
func decodeLetter(msg *jetstream.RawStreamMsg) DeadLetter {
	meta, body := []byte(msg.Header.Get(headerLetter)), msg.Data
	if n, err := strconv.Atoi(msg.Header.Get(headerLetterBytes)); err == nil && n >= 0 && n <= len(body) {
		meta, body = body[:n], body[n:]
	}
	var letter DeadLetter
	err := json.Unmarshal(meta, &letter)
	if err != nil || letter.ID == "" {
		letter = DeadLetter{
			ID: foreignPrefix + strconv.FormatUint(msg.Sequence, 10), Code: CodeForeign, Subject: msg.Subject, Time: msg.Time.UTC(),
			Reason: "the message was put among the dead letters by somebody else", Hint: "discard it, or publish it on turnout.events.<tenant>.<type>",
			Headers: msg.Header,
		}
		body = msg.Data
	}
	letter.Body, letter.Cursor = body, msg.Sequence
	return letter
}
