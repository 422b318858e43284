package bench

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/turnout/turnout/consumers/rollups"
	"github.com/turnout/turnout/internal/stream"
)

// study is what is measured of a warehouse again and again while it grows.
type study struct {
	of     string // begins the names of its curves
	curves []*Curve
	table  Table
}

// study begins one in a house of its own, on a disk that has so many gigabytes of room, and ends it with the house that grow gives back.
func (r *run) study(ctx context.Context, of string, room uint64, grow func(h *house, s *study) (*house, error)) error {
	if r.remote() {
		return nil
	}
	if err := r.need(room); err != nil {
		return err
	}
	r.args = r.hurry()
	defer func() { r.args = nil }()
	r.watch.look(false) // what its questions take is not what the pipeline does
	defer r.watch.look(true)
	h, err := r.enter(ctx, strict, of)
	if err != nil {
		return err
	}
	s := &study{of: of, table: Table{Columns: []string{"report, median ms"}}}
	defer func() { s.into(r.result) }() // what was measured before something failed, too
	if h, err = grow(h, s); err != nil {
		return err
	}
	return r.leave(h)
}

// curve gives one of the study's curves, made when it is asked for first.
func (s *study) curve(name, title, y string) *Curve {
	name = s.of + "-" + name
	at := slices.IndexFunc(s.curves, func(c *Curve) bool { return c.Name == name })
	if at < 0 {
		s.curves = append(s.curves, &Curve{Name: name, Title: title, XLabel: "facts", YLabel: y})
		at = len(s.curves) - 1
	}
	return s.curves[at]
}

func (s *study) into(result *Result) {
	for _, c := range s.curves {
		result.Curves = append(result.Curves, *c)
	}
	if len(s.table.Rows) > 0 {
		s.table.Name = s.of + "-reports"
		result.Tables = append(result.Tables, s.table)
	}
}

func (c *Curve) add(x, y float64, series string, beside map[string]float64) {
	c.Points = append(c.Points, Point{X: x, Y: round(y), Series: series, Beside: beside})
}

var errCounts = errors.New("the counts do not agree")

// agree waits until the rollups stand for all facts, and compares: a fact is the highest version of a key of the log, and the rollups count
// every fact that holds.
func (r *run) agree(ctx context.Context, h *house) (facts float64, err error) {
	if err := h.rolledUp(ctx); err != nil {
		return 0, err
	}
	if facts, err = h.number(ctx, "SELECT count() FROM facts FINAL"); err != nil {
		return 0, err
	}
	keys, err := h.number(ctx, "SELECT sum(n) FROM (SELECT uniqExact(kh) AS n FROM events GROUP BY tenant)")
	if err != nil {
		return 0, err
	}
	hold, err := h.number(ctx, "SELECT count() FROM facts FINAL WHERE NOT voided")
	if err != nil {
		return 0, err
	}
	rolled, err := h.number(ctx, "SELECT sum(facts) FROM facts_daily")
	if err != nil {
		return 0, err
	}
	if keys != facts || rolled != hold {
		return 0, fmt.Errorf("%w: the log has %.0f keys and there are %.0f facts; %.0f of them hold and the rollups count %.0f", errCounts, keys, facts, hold, rolled)
	}
	return facts, nil
}

// rolledUp waits until no note asks for a recomputation.
func (h *house) rolledUp(ctx context.Context) error {
	return until(ctx, drainLimit, "the rollups", func() (bool, error) {
		source, err := h.js.Consumer(ctx, stream.DirtyStream, rollups.Durable)
		if err != nil {
			return false, fmt.Errorf("ask for what is to be recomputed: %w", err)
		}
		info := source.CachedInfo()
		return info.NumPending == 0 && info.NumAckPending == 0, nil
	})
}

// final measures what FINAL costs: the facts as they are now are counted by type, three times.
func (r *run) final(ctx context.Context, h *house, c *Curve, x float64, series string) error {
	const times = 3
	parts, err := h.number(ctx, "SELECT count() FROM system.parts WHERE active AND database = currentDatabase() AND table = 'facts'")
	if err != nil {
		return err
	}
	var took []float64
	before := h.cpu()
	for range times {
		passed, err := h.timed(ctx, "SELECT type, count(), uniq(person) FROM facts FINAL WHERE NOT voided GROUP BY type")
		if err != nil {
			return err
		}
		took = append(took, passed)
	}
	cpu := (h.cpu() - before).Seconds() * 1000 / times
	c.add(x, middle(took), series, map[string]float64{"parts": parts, "CPU ms": round(cpu)})
	return nil
}

// weigh tells what a fact takes on disk: in each large table, in the others, and in the stream.
func (r *run) weigh(ctx context.Context, h *house, c *Curve, x float64) error {
	for _, part := range []struct{ series, which string }{
		{"log", "table = 'events'"}, {"facts", "table = 'facts'"}, {"rollups and receipts", "table NOT IN ('events', 'facts')"},
	} {
		n, err := h.number(ctx, "SELECT sum(bytes_on_disk) FROM system.parts WHERE active AND database = currentDatabase() AND "+part.which)
		if err != nil {
			return err
		}
		c.add(x, n/x, part.series, nil)
	}
	events, err := h.js.Stream(ctx, stream.EventsStream)
	if err != nil {
		return fmt.Errorf("ask for the stream's state: %w", err)
	}
	c.add(x, float64(events.CachedInfo().State.Bytes)/x, "stream", nil)
	return nil
}

// recompute has the rollups of communities computed anew and tells what it costs. What they rest after the time before passes first.
func (r *run) recompute(ctx context.Context, h *house, c *Curve, x float64, tenants []string) error {
	before := h.cpu()
	if err := stream.NewDirty(h.js).Touch(ctx, tenants...); err != nil {
		return fmt.Errorf("ask for recomputations: %w", err)
	}
	if err := h.rolledUp(ctx); err != nil {
		return err
	}
	seconds := (h.cpu() - before).Seconds()
	c.add(x, seconds, "", map[string]float64{"µs a fact": round(seconds * 1e6 / x)})
	return nil
}

// restart stops the program in order and starts it on what is on disk, three times.
func (r *run) restart(ctx context.Context, h *house, c *Curve, x float64, folder string) (*house, error) {
	const times = 3
	var took []float64
	for range times {
		if err := r.stopHouse(); err != nil {
			return nil, err
		}
		var err error
		if h, err = r.enter(ctx, strict, folder); err != nil {
			return nil, err
		}
		took = append(took, milliseconds(h.readyAfter))
	}
	c.add(x, middle(took), "", map[string]float64{"slowest, ms": round(slices.Max(took))})
	return h, nil
}
