package audit

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/turnout/turnout/internal/erasures"
	"github.com/turnout/turnout/internal/stream"
	"github.com/turnout/turnout/internal/warehouse"
	"github.com/turnout/turnout/schemas"
)

// Querier reads the warehouse; driver.Conn is one.
type Querier interface {
	Query(ctx context.Context, query string, args ...any) (driver.Rows, error)
}

// Config is what an Auditor needs. The fields up to Zone are required; every limit has a default.
type Config struct {
	Stream   jetstream.JetStream
	Conn     Querier
	Registry *schemas.Registry
	Letters  *stream.DeadLetters
	Rollups  *warehouse.Rollups
	Notes    *stream.Dirty
	// Zone names the time zone of a community's days.
	Zone func(tenant string) string

	// Erased is the list of erased persons, whose events are left out; nil means that nobody keeps one.
	Erased *erasures.Store

	// Patience is how long the audit waits for the consumers; 0 is 30 s.
	Patience time.Duration
	// RollupPatience is how long it waits for rollups that are not up to date; 0 is 5 minutes.
	RollupPatience time.Duration
	// PartRows is how many rows are compared in one query; 0 is a million.
	PartRows uint64
	// WindowEvents is how many events of the stream are looked up at once; 0 is 200,000.
	WindowEvents int
	// Threads of the engine that a query may take; 0 is 1: an audit has time.
	Threads int
}

// Auditor looks for what is not as it must be.
type Auditor struct {
	cfg   Config
	fence *Fence
}

// New makes an Auditor.
func New(cfg Config) (*Auditor, error) {
	if cfg.Stream == nil || cfg.Conn == nil || cfg.Registry == nil || cfg.Letters == nil || cfg.Rollups == nil || cfg.Notes == nil || cfg.Zone == nil {
		return nil, errors.New("configure audit: the fields up to Zone are required")
	}
	if cfg.Patience == 0 {
		cfg.Patience = 30 * time.Second
	}
	if cfg.RollupPatience == 0 {
		cfg.RollupPatience = 5 * time.Minute
	}
	if cfg.PartRows == 0 {
		cfg.PartRows = 1_000_000
	}
	if cfg.WindowEvents == 0 {
		cfg.WindowEvents = 200_000
	}
	if cfg.Threads == 0 {
		cfg.Threads = 1
	}
	return &Auditor{cfg: cfg, fence: NewFence(cfg.Stream)}, nil
}

// Request says what to look at.
type Request struct {
	Tenant string // "" is all communities
	Deep   bool
	// Unless is asked once the audit's turn has come; when it says so there is no audit and no report.
	Unless func(ctx context.Context) bool
}

// Progress tells how far an audit is; total is 0 when it is unknown.
type Progress func(step string, done, total uint64)

// lock is held by an audit: two at once would only be slower.
const lock = "audit"

// Run audits. It waits for an audit that runs already, in this process or another, and for an erasure, a backup or a rebuild: in the
// middle of one, tables do not agree.
func (a *Auditor) Run(ctx context.Context, request Request, progress Progress) (*Report, error) {
	if progress == nil {
		progress = func(string, uint64, uint64) {}
	}
	var report *Report
	progress("wait for another audit", 0, 0)
	err := stream.WithLock(ctx, a.cfg.Stream, lock, func(ctx context.Context) error {
		if request.Unless != nil && request.Unless(ctx) {
			return nil
		}
		progress("wait for an erasure, a backup or a rebuild", 0, 0)
		return stream.WithLock(ctx, a.cfg.Stream, erasures.Lock, func(ctx context.Context) error {
			var err error
			report, err = a.run(ctx, request, progress)
			return err
		})
	})
	if err != nil {
		return nil, fmt.Errorf("audit: %w", err)
	}
	return report, nil
}

func (a *Auditor) run(ctx context.Context, request Request, progress Progress) (*Report, error) {
	started := time.Now()
	report := &Report{
		Tenant: request.Tenant, Deep: request.Deep, Started: started.UTC(), Counts: map[string]uint64{}, Differences: []Difference{},
	}
	progress("wait for what is under way", 0, 0)
	if err := a.begin(ctx, report); err != nil {
		return nil, err
	}
	pieces, err := a.parts(ctx, request.Tenant)
	if err != nil {
		return nil, err
	}
	for i, p := range pieces {
		progress("compare the log and the facts", uint64(i), uint64(len(pieces)))
		if err := a.identities(ctx, report, p); err != nil {
			return nil, err
		}
		if err := a.facts(ctx, report, p); err != nil {
			return nil, err
		}
	}
	if err := a.rollups(ctx, report, request.Tenant, progress); err != nil {
		return nil, err
	}
	progress("compare the dead letters", 0, 0)
	if err := a.letters(ctx, report, request.Tenant); err != nil {
		return nil, err
	}
	if request.Deep {
		if err := a.deep(ctx, report, request.Tenant, progress); err != nil {
			return nil, err
		}
	}
	report.OK = len(report.Counts) == 0
	report.Seconds = time.Since(started).Seconds()
	return report, nil
}

// begin fixes the last message that the audit answers for and waits until it is acknowledged.
func (a *Auditor) begin(ctx context.Context, report *Report) error {
	events, err := a.cfg.Stream.Stream(ctx, stream.EventsStream)
	if err != nil {
		return fmt.Errorf("ask for the stream: %w", err)
	}
	state := events.CachedInfo().State
	report.deleted = state.NumDeleted
	report.Stream = StreamState{First: state.FirstSeq, Last: state.LastSeq, Messages: state.Msgs}
	left, err := a.fence.WaitFor(ctx, state.LastSeq, a.cfg.Patience)
	if err != nil {
		return fmt.Errorf("wait for the consumers: %w", err)
	}
	report.Stream.Pending = left
	if left > 0 {
		report.add(Difference{
			Kind: KindPending, Where: fmt.Sprintf("the last %d messages up to %d", left, state.LastSeq),
			Sentence: fmt.Sprintf("the consumers did not acknowledge them within %s", a.cfg.Patience),
		})
	}
	return nil
}

// settle waits until what is with the consumers is stored. A consumer that is stuck has been told of already.
func (a *Auditor) settle(ctx context.Context) error {
	err := a.fence.Pass(ctx, a.cfg.Patience)
	if errors.Is(err, ErrNotAcknowledged) {
		return nil
	}
	return err
}

// query asks with little of the engine: an audit must not slow readers.
func (a *Auditor) query(ctx context.Context, query string) (driver.Rows, error) {
	settings := clickhouse.Settings{
		"max_threads": a.cfg.Threads, "max_bytes_before_external_group_by": spillAt, "max_query_size": longestQuery, "max_execution_time": 0,
	}
	return a.cfg.Conn.Query(clickhouse.Context(ctx, clickhouse.WithSettings(settings)), query)
}

const (
	spillAt      = 512 << 20 // bytes of a comparison that are held before it goes to disk
	longestQuery = 8 << 20   // a list of keys
)
