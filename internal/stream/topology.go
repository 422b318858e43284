package stream

import (
	"context"
	"fmt"
	"net/url"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// Topology is what of the streams an installation may choose.
type Topology struct {
	// MaxBytes bounds the stream EVENTS; 0 is unbounded. When it is full,
	// publishers are refused and nothing old is lost.
	MaxBytes int64
	// Replicas of each stream in a NATS cluster; 0 means 1.
	Replicas int
	// MaxPayload is the server's limit on a message, in bytes.
	MaxPayload int64
}

// shortestDuplicates is the shortest window JetStream takes. Duplicates are
// the warehouse's work: a publisher's reused Nats-Msg-Id must not swallow a correction.
const shortestDuplicates = 100 * time.Millisecond

// MaxMessageBytes is the most a message in EVENTS may weigh, headers included:
// half of what the server takes, so that a dead letter, which adds its reason,
// always fits; and no more than readers ask for at once, since a larger message
// would never be given to them and hold up all that follow.
func (t Topology) MaxMessageBytes() int { return int(min(t.MaxPayload/2, mostMessageBytes)) }

// mostMessageBytes is half of what consumers and readers pull at once.
const mostMessageBytes = 8 << 20

// EnsureTopology creates the streams or brings them to these settings. It may
// run from several processes at once.
func EnsureTopology(ctx context.Context, js jetstream.JetStream, t Topology) error {
	maxBytes := t.MaxBytes
	if maxBytes <= 0 {
		maxBytes = -1
	}
	configs := []jetstream.StreamConfig{
		{
			Name:        EventsStream,
			Description: "Everything that was accepted, in the order of its arrival",
			Subjects:    []string{eventsPrefix + ">", packsSubject, packsSubject + ".*"},
			Retention:   jetstream.LimitsPolicy,
			Discard:     jetstream.DiscardNew,
			MaxBytes:    maxBytes,
			MaxMsgSize:  int32(t.MaxMessageBytes()),
			Storage:     jetstream.FileStorage,
			Replicas:    max(t.Replicas, 1),
			Duplicates:  shortestDuplicates,
			AllowDirect: true,
		},
		{
			Name:                 DeadLettersStream,
			Description:          "What could not be processed, with the reason",
			Subjects:             []string{deadLettersPrefix + ">"},
			Retention:            jetstream.LimitsPolicy,
			Discard:              jetstream.DiscardNew,
			DiscardNewPerSubject: true,
			MaxMsgsPerSubject:    1,
			MaxBytes:             -1,
			Storage:              jetstream.FileStorage,
			Replicas:             max(t.Replicas, 1),
			Duplicates:           shortestDuplicates,
			AllowDirect:          true,
		},
		{
			Name:               DirtyStream,
			Description:        "Which communities changed: the last note of each",
			Subjects:           []string{dirtyPrefix + "*"},
			Retention:          jetstream.LimitsPolicy,
			Discard:            jetstream.DiscardOld,
			MaxMsgsPerSubject:  1,
			MaxBytes:           -1,
			Storage:            jetstream.FileStorage,
			Replicas:           max(t.Replicas, 1),
			Duplicates:         shortestDuplicates,
			AllowAtomicPublish: true,
			AllowDirect:        true,
		},
	}
	for i := range configs {
		if _, err := js.CreateOrUpdateStream(ctx, configs[i]); err != nil {
			return fmt.Errorf("create stream %s: %w", configs[i].Name, err)
		}
	}
	return nil
}

// Restrict sets the size at which the stream EVENTS refuses new events, 0 for none,
// until the next EnsureTopology. Nothing that is there is lost: the stream discards new.
func Restrict(ctx context.Context, js jetstream.JetStream, maxBytes int64) error {
	events, err := js.Stream(ctx, EventsStream)
	if err != nil {
		return fmt.Errorf("restrict stream %s: %w", EventsStream, err)
	}
	config := events.CachedInfo().Config
	if config.MaxBytes = maxBytes; maxBytes <= 0 {
		config.MaxBytes = -1
	}
	if _, err := js.UpdateStream(ctx, config); err != nil {
		return fmt.Errorf("restrict stream %s: %w", EventsStream, err)
	}
	return nil
}

// redact hides the password of a URL for logs and errors.
func redact(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return "the given URL"
	}
	return u.Redacted()
}
