package gateway

import (
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/turnout/turnout/internal/stream"
	"github.com/turnout/turnout/producers"
	"github.com/turnout/turnout/schemas"
)

// ErrDiskFull says that the stream's disk has no room for more events.
var ErrDiskFull = errors.New("the disk of the stream is full")

// Config is what a gateway needs. Stream and Registry are required; the zero
// value of everything else stands for its default.
type Config struct {
	Stream   producers.Stream
	Registry *schemas.Registry
	// Ready says why events cannot be stored right now, so that requests are
	// turned away before their bodies are read (ErrDiskFull has a code of its own);
	// nil means always ready.
	Ready      func() error
	Registerer prometheus.Registerer // nil means no metrics
	Logger     *slog.Logger          // nil means none
	Limits     Limits
	// RatePerKey is how many events a second one key (or, without keys, one
	// address) may send on average; 0 means as many as it likes.
	RatePerKey float64
	// RateBurst is how many events it may send at once; at least Limits.Events counts.
	RateBurst int
}

// Limits bound what one request, one client and the whole gateway may hold.
type Limits struct {
	// BodyBytes of one request, after decompression and before; default 16 MiB.
	BodyBytes int64
	// Events of one request; default 10,000.
	Events int
	// EventBytes of one event; default 256 KiB.
	EventBytes int
	// MaxPayload is the NATS server's max_payload; default 1 MiB, as the server's.
	MaxPayload int64
	// QueueEvents and QueueBytes bound what waits for its acknowledgement;
	// default 100,000 events and 128 MiB. One client may hold half of it.
	QueueEvents int
	QueueBytes  int
	// ReadingBytes bounds the bodies of all requests together; default 256 MiB.
	ReadingBytes int64
	// CommitTimeout is how long JetStream may take to acknowledge; default 5 s.
	CommitTimeout time.Duration
}

const (
	defaultBodyBytes     = 16 << 20
	defaultEvents        = 10_000
	defaultEventBytes    = 256 << 10
	defaultMaxPayload    = 1 << 20
	defaultQueueEvents   = 100_000
	defaultQueueBytes    = 128 << 20
	defaultReadingBytes  = 256 << 20
	defaultCommitTimeout = 5 * time.Second
)

func (l Limits) withDefaults() Limits {
	l.BodyBytes = orDefault(l.BodyBytes, defaultBodyBytes)
	l.Events = orDefault(l.Events, defaultEvents)
	l.EventBytes = orDefault(l.EventBytes, defaultEventBytes)
	l.MaxPayload = orDefault(l.MaxPayload, defaultMaxPayload)
	l.QueueEvents = orDefault(l.QueueEvents, defaultQueueEvents)
	l.QueueBytes = orDefault(l.QueueBytes, defaultQueueBytes)
	l.ReadingBytes = orDefault(l.ReadingBytes, defaultReadingBytes)
	l.CommitTimeout = orDefault(l.CommitTimeout, defaultCommitTimeout)
	return l
}

func orDefault[T int | int64 | time.Duration](value, fallback T) T {
	if value == 0 {
		return fallback
	}
	return value
}

// Validate says which setting cannot work.
func (c Config) Validate() error {
	if c.Stream == nil {
		return errors.New("gateway: no stream given")
	}
	if c.Registry == nil {
		return errors.New("gateway: no registry of event types given")
	}
	limits := c.Limits.withDefaults()
	if limits.BodyBytes < 0 || limits.Events < 0 || limits.EventBytes < 0 || limits.QueueEvents < 0 || limits.QueueBytes < 0 || c.RatePerKey < 0 {
		return errors.New("gateway: a limit is negative")
	}
	if pack := producers.PackLimit(limits.MaxPayload); limits.EventBytes > pack {
		return fmt.Errorf("gateway: events of %d bytes do not fit into messages of %d; raise the NATS server's max_payload (now %d)",
			limits.EventBytes, pack, limits.MaxPayload)
	}
	return nil
}

// packLimits is how much goes into one message.
func (l Limits) packLimits() (events, bytes int) {
	return stream.MaxPackEvents, producers.PackLimit(l.MaxPayload)
}
