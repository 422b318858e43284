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
	left time.Time // since when the longest waiting of the others that are due has been; zero when none is
	err  error
}

// recompute serves as many of the due communities as go into one statement: those first, of the time zone of the first.
func (w *Worker) recompute(ctx context.Context, created time.Time, due []waiting) result {
	begun := w.now()
	jobs, zone, err := w.choose(ctx, due)
	r := result{jobs: jobs, left: left(due, jobs), err: err}
	if err == nil {
		r.err = w.insert(ctx, created, zone, jobs)
	}
	r.took = w.now().Sub(begun)
	return r
}

// left is since when the longest waiting of the due communities that are not served now has waited; zero when all are.
func left(due []waiting, jobs []job) (since time.Time) {
	served := make(map[string]bool, len(jobs))
	for _, one := range jobs {
		served[one.tenant] = true
	}
	for _, one := range due {
		if !served[one.tenant] && (since.IsZero() || one.since.Before(since)) {
			since = one.since
		}
	}
	return since
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
		if sum += jobs[i].facts; i > 0 && sum > w.cfg.Together {
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
	last := uint64(0)
	for i, one := range jobs {
		of[i] = warehouse.Rollup{Tenant: one.tenant, Version: stream.Version{Created: created, Seq: one.seq}.UInt128()}
		names[i], last = one.tenant, max(last, one.seq)
	}
	stretches := []warehouse.Months{{}}
	if bound := w.cfg.MaxFacts >> jobs[0].halved; len(jobs) == 1 && jobs[0].facts > bound {
		if stretches, err = w.cfg.Warehouse.Stretches(ctx, jobs[0].tenant, bound); err != nil {
			return fmt.Errorf("plan a recomputation: %w", err)
		}
	}
	for _, months := range stretches {
		if err := w.cfg.Warehouse.Recompute(ctx, zone, months, of...); err != nil {
			return fmt.Errorf("recompute %d communities: %w", len(jobs), err)
		}
		crashpoint.Here("during-rollup")
	}
	if err := w.lookAhead(ctx, created, stream.Version{Created: created, Seq: last}.UInt128(), names); err != nil {
		return err
	}
	return w.lookBehind(ctx, names)
}

// lookBehind asks for the recomputation of communities of which a month is older than the others: it was written by a slower worker, after
// this one had looked for the months there are. Whichever of the two was last sees the other's rows.
func (w *Worker) lookBehind(ctx context.Context, tenants []string) error {
	mixed, err := w.cfg.Warehouse.Mixed(ctx, tenants)
	if err != nil {
		return fmt.Errorf("look for what was left behind: %w", err)
	}
	if err := w.dirty.Touch(ctx, mixed...); err != nil {
		return fmt.Errorf("ask for another recomputation: %w", err)
	}
	return nil
}

// lookAhead drops rows of versions that were never given, as far as the stream knows: it was made anew under a clock that had been set
// back, or lost its end with a damaged file and gives the same sequences again. They would win over everything that is computed now.
// The stream is asked after the rows were seen: what another worker was given meanwhile is none of them.
func (w *Worker) lookAhead(ctx context.Context, created time.Time, written *big.Int, tenants []string) error {
	newest, err := w.cfg.Warehouse.Newest(ctx, tenants)
	if err != nil || newest.Cmp(written) <= 0 {
		return err
	}
	notes, err := w.cfg.Stream.Stream(ctx, stream.DirtyStream)
	if err != nil {
		return fmt.Errorf("ask for the last note: %w", err)
	}
	never := stream.Version{Created: created, Seq: notes.CachedInfo().State.LastSeq + 1}.UInt128()
	if newest.Cmp(never) < 0 {
		return nil
	}
	w.cfg.Logger.Warn("Rollups stand for notes that were lost; they are computed anew", "communities", len(tenants))
	if err := w.cfg.Warehouse.DropFrom(ctx, never, tenants); err != nil {
		return err
	}
	// A worker may have written between the question and the deletion.
	if err := w.dirty.Touch(ctx, tenants...); err != nil {
		return fmt.Errorf("ask for another recomputation: %w", err)
	}
	return nil
}

// quiet is how long nothing was noted when whatever changed the communities is over.
const quiet = 2 * time.Second

// hurries tells whether those who wait on are served without a long pause: one of them has waited for long, or nothing more is stored.
func (w *Worker) hurries(left, now time.Time) bool {
	return !left.IsZero() && (now.Sub(left) > w.cfg.Patience || now.Sub(w.heard) > quiet)
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
			q.refused(one.tenant, refused, len(r.jobs) == 1 && outOfMemory(r.err), now.Add(pause), now)
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
	return now.Add(w.cfg.pause(r.took, w.hurries(r.left, now)))
}

// asked tells whether ClickHouse was reached and refused.
func asked(err error) bool {
	var refusal *clickhouse.Exception
	return errors.As(err, &refusal)
}

// outOfMemory tells whether a statement needed more memory than it or the server may have.
func outOfMemory(err error) bool {
	const memoryLimitExceeded = 241
	var refusal *clickhouse.Exception
	return errors.As(err, &refusal) && refusal.Code == memoryLimitExceeded
}
