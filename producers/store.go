package producers

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/turnout/turnout/internal/stream"
)

// Stream is the part of jetstream.JetStream that publishing needs.
type Stream interface {
	PublishMsg(ctx context.Context, msg *nats.Msg, opts ...jetstream.PublishOpt) (*jetstream.PubAck, error)
}

// Why a message was not acknowledged. After ErrUnavailable it may be stored all
// the same; after the others it certainly is not.
var (
	ErrUnavailable = errors.New("the event stream does not answer")
	ErrFull        = errors.New("the event stream is full")
	ErrTooLarge    = errors.New("the message is larger than the event stream takes")
)

// JetStream's error codes that mean: refused for want of room. They are part of
// its API (server/errors.json).
const (
	codeAccountResources      = 10002
	codeInsufficientResources = 10023
	codeStorageResources      = 10047
	codeMessageTooLarge       = 10054
	codeStoreFailed           = 10077
)

// headerRoom is kept free of a pack's bytes for its headers.
const headerRoom = 4 << 10

// PackLimit is how many bytes of events fit into one message, given the
// server's max_payload: what the stream takes, less the headers.
func PackLimit(maxPayload int64) int {
	return stream.Topology{MaxPayload: maxPayload}.MaxMessageBytes() - headerRoom
}

// PackMessage makes one message of the lines, each one event in structured JSON
// without a line break.
func PackMessage(subject string, lines [][]byte) *nats.Msg {
	size := 0
	for _, line := range lines {
		size += len(line) + 1
	}
	var body bytes.Buffer
	body.Grow(size)
	for _, line := range lines {
		body.Write(line)
		body.WriteByte('\n')
	}
	msg := nats.NewMsg(subject)
	msg.Header.Set(stream.HeaderContentType, stream.MediaLines)
	msg.Header.Set(stream.HeaderCount, strconv.Itoa(len(lines)))
	msg.Data = body.Bytes()
	return msg
}

// Store publishes one message and waits until the stream EVENTS has it on disk.
// It returns the message's sequence in the stream. An error wraps one of
// ErrUnavailable, ErrFull and ErrTooLarge.
func Store(ctx context.Context, js Stream, msg *nats.Msg) (uint64, error) {
	// Naming the stream makes sure that no other stream's acknowledgement counts.
	ack, err := js.PublishMsg(ctx, msg, jetstream.WithExpectStream(stream.EventsStream))
	if err == nil {
		return ack.Sequence, nil
	}
	var api *jetstream.APIError
	kind := ErrUnavailable
	switch {
	case errors.Is(err, nats.ErrMaxPayload):
		kind = ErrTooLarge
	case errors.As(err, &api):
		switch api.ErrorCode {
		case codeMessageTooLarge:
			kind = ErrTooLarge
		case codeAccountResources, codeInsufficientResources, codeStorageResources, codeStoreFailed:
			kind = ErrFull
		}
	}
	return 0, fmt.Errorf("store %s: %w: %w", msg.Subject, kind, err)
}
