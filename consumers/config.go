package consumers

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/turnout/turnout/internal/stream"
	"github.com/turnout/turnout/internal/warehouse"
	"github.com/turnout/turnout/schemas"
)

// Durable is the name of the consumer that all processes share.
const Durable = "turnout-warehouse"

// Warehouse is where rows go; *warehouse.DB is one. Every call may be repeated.
type Warehouse interface {
	InsertEvents(ctx context.Context, rows *warehouse.Rows) error
	InsertReceipts(ctx context.Context, receipts []warehouse.Receipt) error
	InsertErasedReceipts(ctx context.Context, receipts []warehouse.Receipt) error
	InsertDeadLetters(ctx context.Context, letters []warehouse.DeadLetter) error
	KnownOtherwise(ctx context.Context, tenant string, identities []warehouse.Identity) (map[warehouse.Identity]bool, error)
}

// Letters keeps what cannot be stored; *stream.DeadLetters is one. Putting a position again changes nothing.
type Letters interface {
	Put(ctx context.Context, letter *stream.DeadLetter) error
}

// Notes keeps which communities changed; *stream.Dirty is one. A note may be repeated.
type Notes interface {
	Touch(ctx context.Context, tenants ...string) error
}

// Announcer tells others on core NATS; *nats.Conn is one.
type Announcer interface {
	Publish(subject string, data []byte) error
}

// Config is what a Consumer needs. The first six fields are required; every limit has a default.
type Config struct {
	Stream    jetstream.JetStream
	Registry  *schemas.Registry
	Warehouse Warehouse
	Letters   Letters
	Notes     Notes
	Logger    *slog.Logger

	// Erased keeps who was erased, and takes requests for it; nil means that nobody ever asks.
	Erased Erased
	// Announcer is told of what was stored; nil means that nobody is.
	Announcer Announcer
	// Registerer takes the metrics; nil means that nobody asks for them.
	Registerer prometheus.Registerer

	// A batch is inserted when it has MaxRows rows or MaxBytes bytes, or is MaxAge old, or Linger after nothing more was pending. After
	// Burst such batches a steady trickle waits for an Interval each: every insert costs some 30 ms of CPU, however small.
	// The larger the batches of a backlog, the fewer parts are written and merged; two of them are held.
	MaxRows  int           // 0 is 100,000
	MaxBytes int           // 0 is 128 MiB
	MaxAge   time.Duration // 0 is 1 s
	Linger   time.Duration // 0 is 5 ms
	Interval time.Duration // 0 is 300 ms
	Burst    int           // 0 is 2

	// AckWait is how long the stream waits for an acknowledgement or a sign of life before it delivers again; 0 is 30 s.
	AckWait time.Duration
	// MaxAckPending bounds the messages that are under way in all processes together; 0 is 200,000.
	MaxAckPending int
	// RetryAtLeast and RetryAtMost bound the pause between tries; 0 is 100 ms and 5 s.
	RetryAtLeast, RetryAtMost time.Duration
}

// Validate says what is missing or cannot be.
func (c *Config) Validate() error {
	switch {
	case c.Stream == nil, c.Registry == nil, c.Warehouse == nil, c.Letters == nil, c.Notes == nil, c.Logger == nil:
		return errors.New("configure consumer: Stream, Registry, Warehouse, Letters, Notes and Logger are required")
	case c.MaxRows < 0, c.MaxBytes < 0, c.MaxAge < 0, c.Linger < 0, c.Interval < 0, c.Burst < 0, c.AckWait < 0, c.MaxAckPending < 0, c.RetryAtLeast < 0, c.RetryAtMost < 0:
		return errors.New("configure consumer: no limit may be negative")
	}
	return nil
}

func (c *Config) setDefaults() {
	set(&c.MaxRows, 100_000)
	set(&c.MaxBytes, 128<<20)
	set(&c.MaxAge, time.Second)
	set(&c.Linger, 5*time.Millisecond)
	set(&c.Interval, 300*time.Millisecond)
	set(&c.Burst, 2)
	set(&c.AckWait, 30*time.Second)
	set(&c.MaxAckPending, 200_000)
	set(&c.RetryAtLeast, 100*time.Millisecond)
	set(&c.RetryAtMost, 5*time.Second)
}

func set[T comparable](value *T, otherwise T) {
	var zero T
	if *value == zero {
		*value = otherwise
	}
}
