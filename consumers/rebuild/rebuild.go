package rebuild

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/turnout/turnout/consumers/audit"
	"github.com/turnout/turnout/internal/erasures"
	"github.com/turnout/turnout/internal/stream"
	"github.com/turnout/turnout/internal/warehouse"
	"github.com/turnout/turnout/schemas"
)

// Config is what a Rebuilder needs; all fields but Patience are required.
type Config struct {
	Stream   jetstream.JetStream
	DB       *warehouse.DB
	Registry *schemas.Registry
	Auditor  *audit.Auditor
	Rollups  *warehouse.Rollups
	Notes    *stream.Dirty
	// Patience is how long rebuilding waits for consumers and for the rollups' worker without seeing any progress; 0 is a minute.
	Patience time.Duration
}

// Rebuilder rebuilds.
type Rebuilder struct {
	cfg   Config
	fence *audit.Fence
}

// New makes a Rebuilder.
func New(cfg Config) (*Rebuilder, error) {
	if cfg.Stream == nil || cfg.DB == nil || cfg.Registry == nil || cfg.Auditor == nil || cfg.Rollups == nil || cfg.Notes == nil {
		return nil, errors.New("configure rebuild: every field but Patience is required")
	}
	if cfg.Patience == 0 {
		cfg.Patience = time.Minute
	}
	return &Rebuilder{cfg: cfg, fence: audit.NewFence(cfg.Stream)}, nil
}

// Request says what to rebuild.
type Request struct {
	Tenant  string // "" is all communities
	Facts   bool
	Rollups bool
}

// Result says what was done.
type Result struct {
	Tenant string `json:"tenant,omitempty"`
	// Facts is what was done to facts; absent when they were not asked for.
	Facts *Facts `json:"facts,omitempty"`
	// Rollups counts the communities whose rollups were computed again; absent when they were not asked for.
	Rollups *Rollups `json:"rollups,omitempty"`
	Seconds float64  `json:"seconds"`
}

// Facts says what was done to facts: keys that were put in, put right and taken out.
type Facts struct {
	Missing uint64 `json:"missing"`
	Changed uint64 `json:"changed"`
	Extra   uint64 `json:"extra"`
}

// Rollups says what was done to rollups.
type Rollups struct {
	Communities uint64 `json:"communities"`
}

// Run rebuilds. It waits for an erasure, a backup or another rebuild to end.
func (r *Rebuilder) Run(ctx context.Context, request Request, progress audit.Progress) (*Result, error) {
	started := time.Now()
	result := &Result{Tenant: request.Tenant}
	progress("wait for an erasure or a backup", 0, 0)
	err := stream.WithLock(ctx, r.cfg.Stream, erasures.Lock, func(ctx context.Context) error {
		changed := map[string]bool{}
		if request.Facts {
			result.Facts = &Facts{}
			if err := r.facts(ctx, request.Tenant, result.Facts, changed, progress); err != nil {
				return err
			}
		}
		if !request.Rollups {
			// Whatever was right before is as it was; what follows from the others is computed in a moment.
			return r.cfg.Notes.Touch(ctx, slices.Collect(maps.Keys(changed))...)
		}
		result.Rollups = &Rollups{}
		return r.rollups(ctx, request.Tenant, result.Rollups, progress)
	})
	if err != nil {
		return nil, fmt.Errorf("rebuild: %w", err)
	}
	result.Seconds = time.Since(started).Seconds()
	return result, nil
}
