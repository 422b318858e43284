package erasure

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/turnout/turnout/internal/erasures"
	"github.com/turnout/turnout/internal/stream"
	"github.com/turnout/turnout/internal/warehouse"
	"github.com/turnout/turnout/schemas"
)

// Notes keeps which communities changed; *stream.Dirty is one.
type Notes interface {
	Touch(ctx context.Context, tenants ...string) error
}

// Config is what erasing needs. All but the last group is required.
type Config struct {
	Stream    jetstream.JetStream
	Registry  *schemas.Registry
	Warehouse *warehouse.DB
	Letters   *stream.DeadLetters
	Store     *erasures.Store
	Notes     Notes
	Logger    *slog.Logger
	// Policy is the policy of a community: tenants.PolicyDelete or PolicyAnonymise.
	Policy func(tenant string) string
	// Durable is the consumer whose acknowledgements say what has been stored. Sweep needs none.
	Durable string

	// Rollups are brought up to what is stored, and what they held before is taken away; nil where there are none.
	Rollups Rollups
	// Registerer takes the metrics; nil means that nobody asks for them.
	Registerer prometheus.Registerer
	// Every is how often the worker looks for requests; 0 is 2 s.
	Every time.Duration
	// LookEvery is how often it looks whether the log names somebody who was erased; 0 is an hour.
	LookEvery time.Duration
}

// Validate says what is missing.
func (c *Config) Validate() error {
	if c.Stream == nil || c.Registry == nil || c.Warehouse == nil || c.Letters == nil || c.Store == nil || c.Notes == nil || c.Logger == nil || c.Policy == nil {
		return errors.New("configure erasure: Stream, Registry, Warehouse, Letters, Store, Notes, Logger and Policy are required")
	}
	return nil
}

// Worker works on the requests of all communities, one process at a time in a cluster.
type Worker struct {
	cfg     Config
	metrics *metrics
	idle    uint64 // revision of the requests as of which none waited
}

// New makes a worker; Run runs it.
func New(cfg Config) (*Worker, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	if cfg.Durable == "" {
		return nil, errors.New("configure erasure: Durable is required")
	}
	if cfg.Every == 0 {
		cfg.Every = 2 * time.Second
	}
	if cfg.LookEvery == 0 {
		cfg.LookEvery = time.Hour
	}
	m, err := newMetrics(cfg.Registerer)
	if err != nil {
		return nil, fmt.Errorf("register erasure metrics: %w", err)
	}
	return &Worker{cfg: cfg, metrics: m}, nil
}

// Run works until ctx ends. Trouble is logged and tried again: a request waits until it can be done.
func (w *Worker) Run(ctx context.Context) {
	defer w.metrics.unregister(w.cfg.Registerer)
	ticker, looks := time.NewTicker(w.cfg.Every), time.NewTicker(w.cfg.LookEvery)
	defer ticker.Stop()
	defer looks.Stop()
	for {
		if err := w.Work(ctx); err != nil && ctx.Err() == nil {
			w.cfg.Logger.Warn("Erasing was interrupted; trying again", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		case <-looks.C:
			if err := w.look(ctx); err != nil && ctx.Err() == nil {
				w.cfg.Logger.Warn("The log was not searched for erased persons; it is tried again later", "error", err)
			}
		}
	}
}

// Work works on the requests that wait, together, and returns when they are done; nil when none waits.
func (w *Worker) Work(ctx context.Context) error {
	revision, err := w.cfg.Store.Revision(ctx)
	if err != nil || revision == w.idle {
		return err
	}
	waiting, err := w.cfg.Store.Waiting(ctx)
	if err != nil {
		return fmt.Errorf("look for requests: %w", err)
	}
	w.metrics.see(waiting)
	if len(waiting) == 0 {
		w.idle = revision
		return nil
	}
	return stream.WithLock(ctx, w.cfg.Stream, erasures.Lock, func(ctx context.Context) error {
		waiting, err := w.cfg.Store.Waiting(ctx) // another process may have done them meanwhile
		if err != nil {
			return fmt.Errorf("look for requests: %w", err)
		}
		if err := w.erase(ctx, waiting); err != nil {
			return err
		}
		left, err := w.cfg.Store.Waiting(ctx)
		w.metrics.see(left)
		return err
	})
}

// erase works on the requests with one walk for all.
func (w *Worker) erase(ctx context.Context, waiting []erasures.Pending) error {
	work, err := w.prepare(ctx, waiting)
	if err != nil || len(work.requests) == 0 {
		return err
	}
	begun := time.Now()
	if err := w.suppress(ctx, work); err != nil {
		return err
	}
	e := &eraser{cfg: &w.cfg, work: work}
	if err := e.passes(ctx); err != nil {
		return err
	}
	return w.finish(ctx, work, e, begun)
}

// suppress puts the persons on the list and waits until everything that was in the stream by then is stored and acknowledged: whoever
// stores anything later asks the list before.
func (w *Worker) suppress(ctx context.Context, work *work) error {
	here("erasure-before-suppress")
	for _, p := range work.requests {
		w.progress(ctx, p, "waiting for what is under way", 0, 0)
		if p.Kind == erasures.KindAgain {
			continue // who is on the list already, and must not be put on it again when they are lifted
		}
		ids := make([]string, 0, len(p.Persons))
		for id := range p.Persons {
			ids = append(ids, id)
		}
		if err := w.cfg.Store.Suppress(ctx, p.Tenant, p.ID, p.Policy, ids...); err != nil {
			return fmt.Errorf("suppress the persons of request %s: %w", p.ID, err)
		}
	}
	here("erasure-after-suppress")
	events, err := w.cfg.Stream.Stream(ctx, stream.EventsStream)
	if err != nil {
		return fmt.Errorf("open the stream: %w", err)
	}
	return w.acknowledged(ctx, events.CachedInfo().State.LastSeq)
}

const floorEvery = 100 * time.Millisecond

// acknowledged waits until every message up to seq is stored.
func (w *Worker) acknowledged(ctx context.Context, seq uint64) error {
	ticker := time.NewTicker(floorEvery)
	defer ticker.Stop()
	for {
		consumer, err := w.cfg.Stream.Consumer(ctx, stream.EventsStream, w.cfg.Durable)
		if err != nil {
			return fmt.Errorf("ask how far events are stored: %w", err)
		}
		info := consumer.CachedInfo()
		if info.AckFloor.Stream >= seq || info.NumPending == 0 && info.NumAckPending == 0 {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait until events are stored: %w", ctx.Err())
		case <-ticker.C:
		}
	}
}

// progress tells people who wait; that it cannot be told stops nothing.
func (w *Worker) progress(ctx context.Context, p *erasures.Pending, step string, done, total uint64) {
	if err := w.cfg.Store.Progress(ctx, p, step, done, total); err != nil {
		w.cfg.Logger.Debug("The progress of an erasure cannot be told", "request", p.ID, "error", err)
	}
}
