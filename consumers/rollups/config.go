package rollups

import (
	"context"
	"errors"
	"log/slog"
	"math/big"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/turnout/turnout/internal/warehouse"
)

// Durable is the name of the consumer that all processes share.
const Durable = "turnout-rollups"

// Warehouse is where facts are and rollups go; *warehouse.Rollups is one.
type Warehouse interface {
	Recompute(ctx context.Context, zone string, within warehouse.Months, of ...warehouse.Rollup) error
	CountFacts(ctx context.Context, tenants []string) (map[string]uint64, error)
	Stretches(ctx context.Context, tenant string, facts uint64) ([]warehouse.Months, error)
	Mixed(ctx context.Context, tenants []string) ([]string, error)
	Newest(ctx context.Context, tenants []string) (*big.Int, error)
	DropFrom(ctx context.Context, version *big.Int, tenants []string) error
	States(ctx context.Context) ([]warehouse.RollupState, error)
}

// Config is what a Worker needs. The first four fields are required; every limit has a default.
type Config struct {
	Stream    jetstream.JetStream
	Warehouse Warehouse
	// Zone names the time zone of a community's days as of now. Whoever changes it puts a note into DIRTY when the change is known here.
	Zone   func(tenant string) string
	Logger *slog.Logger

	// Registerer takes the metrics; nil means that nobody asks for them.
	Registerer prometheus.Registerer

	// A statement takes MaxTenants communities at most, of Together facts together: some 0.3 KB of the warehouse's memory each. A community
	// that has more of its own has a statement of its own. Of one that has more than MaxFacts stretches of months are recomputed, one block
	// each, and shorter ones after the warehouse ran out of memory.
	MaxTenants int    // 0 is 200
	Together   uint64 // 0 is 400,000
	MaxFacts   uint64 // 0 is 1,000,000

	// Linger is how long the first note waits for others.
	Linger time.Duration // 0 is 100 ms
	// After a statement nothing is recomputed for Pause, or for half of Share times what the statement took when that is longer, 30 s at
	// most: under load rollups leave the machine to what is stored. While others are due and one of them has waited longer than Patience, or
	// nothing more is noted, the pause is only as long as the statement took.
	Pause    time.Duration // 0 is 1 s
	Share    int           // 0 is 10
	Patience time.Duration // 0 is 1 min
	// Rest is how long the same community is left alone after a recomputation, or Share times its part of it when that is longer, a minute
	// at most.
	Rest time.Duration // 0 is 5 s

	// AckWait is how long the stream waits for an acknowledgement or a sign of life before it hands a note to another; 0 is 30 s.
	AckWait time.Duration
	// RetryAtLeast and RetryAtMost bound the pause after a failure; 0 is 200 ms and 10 s.
	RetryAtLeast, RetryAtMost time.Duration
}

// Validate says what is missing or cannot be.
func (c *Config) Validate() error {
	switch {
	case c.Stream == nil, c.Warehouse == nil, c.Zone == nil, c.Logger == nil:
		return errors.New("configure rollups: Stream, Warehouse, Zone and Logger are required")
	case c.MaxTenants < 0, c.Linger < 0, c.Pause < 0, c.Share < 0, c.Patience < 0, c.Rest < 0, c.AckWait < 0, c.RetryAtLeast < 0, c.RetryAtMost < 0:
		return errors.New("configure rollups: no limit may be negative")
	}
	return nil
}

const (
	defaultTenants  = 200
	defaultTogether = 400_000
	defaultFacts    = 1_000_000
	defaultShare    = 10
	defaultPatience = time.Minute
	longestPause    = 30 * time.Second
	longestRest     = time.Minute
)

func (c *Config) setDefaults() {
	set(&c.MaxTenants, defaultTenants)
	set(&c.Together, defaultTogether)
	set(&c.MaxFacts, defaultFacts)
	set(&c.Linger, 100*time.Millisecond)
	set(&c.Pause, time.Second)
	set(&c.Share, defaultShare)
	set(&c.Patience, defaultPatience)
	set(&c.Rest, 5*time.Second)
	set(&c.AckWait, 30*time.Second)
	set(&c.RetryAtLeast, 200*time.Millisecond)
	set(&c.RetryAtMost, 10*time.Second)
}

func set[T comparable](value *T, otherwise T) {
	var zero T
	if *value == zero {
		*value = otherwise
	}
}

// pause is how long nothing is recomputed after a statement that took so long.
func (c *Config) pause(took time.Duration, hurry bool) time.Duration {
	if hurry {
		return min(took, longestPause)
	}
	return min(max(c.Pause, time.Duration(c.Share)*took/2), longestPause)
}

// rest is how long a community is left alone whose part of a statement took so long.
func (c *Config) rest(took time.Duration) time.Duration {
	return max(c.Rest, min(time.Duration(c.Share)*took, longestRest))
}
