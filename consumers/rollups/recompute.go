package rollups

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"

	"github.com/turnout/turnout/internal/crashpoint"
	"github.com/turnout/turnout/internal/stream"
	"github.com/turnout/turnout/internal/warehouse"
)

// job is a community in a statement, with the note that was held when the statement was made.
type job struct {
	waiting

	facts uint64
}

// result is what became of a statement.
type result struct {
	jobs []job
	took time.Duration
	more bool // others are due
	err  error
}

// recompute serves as many of the due communities as go into one statement: those first, of the time zone of the first.
func (w *Worker) recompute(ctx context.Context, created time.Time, due []waiting) result {
	begun := w.now()
	jobs, zone, err := w.choose(ctx, due)
	r := result{jobs: jobs, more: len(jobs) < len(due), err: err}
	if err == nil {
		r.err = w.insert(ctx, created, zone, jobs)
	}
	r.took = w.now().Sub(begun)
	return r
}

// choose bounds a statement by communities and by facts.
func (w *Worker) choose(ctx context.Context, due []waiting) ([]job, string, error) {
	zone := w.cfg.Zone(due[0].tenant)
	var names []string
	var jobs []job
	for _, one := range due {
		if len(jobs) == w.cfg.MaxTenants || len(jobs) > 0 && (one.alone || jobs[0].alone) {
			break
		}
		if w.cfg.Zone(one.tenant) == zone {
			jobs = append(jobs, job{waiting: one})
			names = append(names, one.tenant)
		}
	}
	counts, err := w.cfg.Warehouse.CountFacts(ctx, names)
	if err != nil {
		return jobs, zone, fmt.Errorf("plan a recomputation: %w", err)
	}
	var sum uint64
	for i := range jobs {
		jobs[i].facts = counts[jobs[i].tenant]
		if sum += jobs[i].facts; i > 0 && sum > w.cfg.MaxFacts {
			return jobs[:i], zone, nil
		}
	}
	return jobs, zone, nil
}

// insert computes and replaces the rows. The stream is asked for its creation after the notes were taken: they are of this stream.
func (w *Worker) insert(ctx context.Context, created time.Time, zone string, jobs []job) error {
	now, err := w.dirty.Created(ctx)
	if err != nil {
		return fmt.Errorf("recognise the stream of changes: %w", err)
	}
	if now != created {
		return errAnew
	}
	of, names := make([]warehouse.Rollup, len(jobs)), make([]string, len(jobs))
	for i, one := range jobs {
		of[i] = warehouse.Rollup{Tenant: one.tenant, Version: stream.Version{Created: created, Seq: one.seq}.UInt128()}
		names[i] = one.tenant
	}
	stretches := []warehouse.Months{{}}
	if len(jobs) == 1 && jobs[0].facts > w.cfg.MaxFacts {
		if stretches, err = w.cfg.Warehouse.Stretches(ctx, jobs[0].tenant, w.cfg.MaxFacts); err != nil {
			return fmt.Errorf("plan a recomputation: %w", err)
		}
	}
	for _, months := range stretches {
		if err := w.cfg.Warehouse.Recompute(ctx, zone, months, of...); err != nil {
			return fmt.Errorf("recompute %d communities: %w", len(jobs), err)
		}
		crashpoint.Here("during-rollup")
	}
	return w.lookBehind(ctx, created, names)
}

// lookBehind asks for the recomputation of communities of which a month is older than the others: it was written by a slower worker, after
// this one had looked for the months there are. Whichever of the two was last sees the other's rows. Rows of a stream that was created
// after this one can only be of one that is no more, under a clock that was set back since: they would win for ever.
func (w *Worker) lookBehind(ctx context.Context, created time.Time, tenants []string) error {
	if err := w.cfg.Warehouse.DropFrom(ctx, after(created), tenants); err != nil {
		return fmt.Errorf("look for what was left ahead: %w", err)
	}
	mixed, err := w.cfg.Warehouse.Mixed(ctx, tenants)
	if err != nil {
		return fmt.Errorf("look for what was left behind: %w", err)
	}
	if err := w.dirty.Touch(ctx, mixed...); err != nil {
		return fmt.Errorf("ask for another recomputation: %w", err)
	}
	return nil
}

// settle acknowledges what was served and says when to go on. Of a statement that was refused every community is tried alone, later and
// behind the others: one of them may be what ClickHouse refuses.
func (w *Worker) settle(q *queue, r result) time.Time {
	now := w.now()
	if r.err != nil {
		w.metrics.failures.Inc()
		pause := w.cfg.RetryAtMost
		refused := asked(r.err)
		if !refused || len(r.jobs) > 1 {
			pause = min(max(w.cfg.RetryAtLeast, r.took), w.cfg.RetryAtMost)
		}
		w.cfg.Logger.Warn("Rollups cannot be recomputed; trying again", "communities", len(r.jobs), "pause", pause, "error", r.err)
		for _, one := range r.jobs {
			q.refused(one.tenant, refused, now.Add(pause), now)
		}
		return now.Add(w.cfg.RetryAtLeast)
	}
	w.metrics.duration.Observe(r.took.Seconds())
	w.metrics.recomputed.Add(float64(len(r.jobs)))
	until := now.Add(w.cfg.rest(r.took / time.Duration(len(r.jobs))))
	for _, one := range r.jobs {
		w.metrics.facts.Add(float64(one.facts))
		if settled := q.served(one.tenant, one.seq, until, now); settled != nil {
			w.acknowledge(settled)
		}
	}
	return now.Add(w.cfg.pause(r.took, r.more))
}

// asked tells whether ClickHouse was reached and refused.
func asked(err error) bool {
	var refusal *clickhouse.Exception
	return errors.As(err, &refusal)
}

// foreign reports whether a stored version is of another stream than the one that was created then.
func foreign(version *big.Int, created time.Time) bool {
	return version.Cmp(stream.Version{Created: created}.UInt128()) < 0 || version.Cmp(after(created)) >= 0
}

// after is the first version of a stream that was created later.
func after(created time.Time) *big.Int {
	return stream.Version{Created: created.Add(time.Nanosecond)}.UInt128()
}
