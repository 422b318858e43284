package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// What a drain tells beside its rate.
const (
	besideCPU    = "CPU µs an event"
	besideMemory = "most private memory, MB"
)

// drainPoint is one point of a curve of drains.
type drainPoint struct {
	x      float64
	mix    *mix
	events int
	pack   int // events of a message
	others int // consumers beside the program's own
	once   bool
}

// drainCurve drains a backlog for each point, on a folder of its own.
func (r *run) drainCurve(ctx context.Context, c Curve, points []drainPoint) error {
	if r.remote() {
		return nil // nothing can be started beside a Turnout that was given, and its events would stay
	}
	const room = 6 // gigabytes
	if err := r.need(room); err != nil {
		return err
	}
	h, err := r.enter(ctx, strict, c.Name)
	if err != nil {
		return err
	}
	c.YLabel, c.Target = "events/s", 130_000
	if r.cfg.Quick {
		c.Target = 0
	}
	for n, p := range points {
		r.progress(float64(n) / float64(len(points)))
		point, err := r.drainPoint(ctx, h, p)
		if err != nil {
			return err
		}
		c.Points = append(c.Points, point)
	}
	r.result.Curves = append(r.result.Curves, c)
	return r.leave(h)
}

// leave stops a house and removes its folder.
func (r *run) leave(h *house) error {
	if err := r.stopHouse(); err != nil {
		return err
	}
	if err := os.RemoveAll(h.data); err != nil {
		return fmt.Errorf("remove a folder: %w", err)
	}
	return nil
}

// warmPacks are enough for every process to get some.
const warmPacks = 20

// drainPoint is the median of the runs.
func (r *run) drainPoint(ctx context.Context, h *house, p drainPoint) (point Point, err error) {
	others, err := r.startConsumers(ctx, h, p.others)
	if err != nil {
		return Point{}, err
	}
	defer func() { err = errors.Join(err, others.stop()) }()
	first := p // the first batch of a process opens its connections: it is not counted
	first.events = min(p.events, warmPacks*p.pack)
	if _, _, err := r.drainBacklog(ctx, h, first, others); err != nil {
		return Point{}, fmt.Errorf("drain at %g: %w", p.x, err)
	}
	runs := r.cfg.Runs
	if p.once {
		runs = 1
	}
	var rates, costs []float64
	var memory watch
	memory.follow(func() []process { return append(h.processes(), others.processes()...) })
	defer memory.follow(nil)
	for range runs {
		took, cpu, err := r.drainBacklog(ctx, h, p, others)
		if err != nil {
			return Point{}, fmt.Errorf("drain at %g: %w", p.x, err)
		}
		rates = append(rates, float64(p.events)/took.Seconds())
		costs = append(costs, float64(cpu.Microseconds())/float64(p.events))
	}
	point = Point{X: p.x, Y: round(middle(rates)), Beside: map[string]float64{}}
	if cost := middle(costs); cost > 0 {
		point.Beside[besideCPU] = round(cost)
	}
	if memory.follow(nil); memory.most > 0 {
		point.Beside[besideMemory] = round(memory.most / megabyte)
	}
	return point, nil
}

// drainBacklog publishes while the consumers are held back and times what follows. Merges that an earlier drain left are waited for: they are
// not this one's.
func (r *run) drainBacklog(ctx context.Context, h *house, p drainPoint, others *helpers) (took, cpu time.Duration, err error) {
	if err := h.unmerged(ctx); err != nil {
		return 0, 0, err
	}
	if err := h.hold(ctx); err != nil {
		return 0, 0, err
	}
	usual, pack := r.mix, r.scale.pack
	r.mix, r.scale.pack = p.mix, p.pack
	err = r.pile(ctx, h, p.events)
	r.mix, r.scale.pack = usual, pack
	if err != nil {
		return 0, 0, err
	}
	before := others.cpu()
	took, cpu, err = r.letGo(ctx, h)
	return took, cpu + others.cpu() - before, err
}

// unmerged waits until the engine merges nothing, a minute at most.
func (h *house) unmerged(ctx context.Context) error {
	deadline := time.Now().Add(time.Minute)
	return until(ctx, 2*time.Minute, "merges to end", func() (bool, error) {
		n, err := h.number(ctx, "SELECT count() FROM system.merges")
		return n == 0 || time.Now().After(deadline), err
	})
}

func (r *run) backlogCurve(ctx context.Context) error {
	const large = 1_000_000
	var points []drainPoint
	for _, events := range r.growth().backlogs {
		m, err := newMix(r.cfg.Seed, r.scale)
		if err != nil {
			return err
		}
		m.sent = len(points) * large * 10 // other events than before
		points = append(points, drainPoint{x: float64(events), mix: m, events: events, pack: r.scale.pack, once: events >= large})
	}
	return r.drainCurve(ctx, Curve{Name: "backlog", Title: "Draining a backlog, by its size", XLabel: "events that wait"}, points)
}

func (r *run) tenantCurve(ctx context.Context) error {
	var points []drainPoint
	for n, tenants := range r.growth().tenants {
		m, err := r.mixOf(tenants, nil)
		if err != nil {
			return err
		}
		m.first = n * mostNames // communities of their own, so that none is large when its turn comes
		points = append(points, drainPoint{x: float64(tenants), mix: m, events: r.growth().backlog, pack: r.scale.pack})
	}
	return r.drainCurve(ctx, Curve{Name: "tenants", Title: "Draining a backlog, by the communities in it", XLabel: "communities"}, points)
}

// mostNames are the names of communities that one point may use.
const mostNames = 20_000

func (r *run) consumerCurve(ctx context.Context) error {
	var points []drainPoint
	for n, processes := range r.growth().consumers {
		m, err := newMix(r.cfg.Seed, r.scale)
		if err != nil {
			return err
		}
		m.sent = n * 10_000_000
		points = append(points, drainPoint{x: float64(processes), mix: m, events: r.growth().shared, pack: r.scale.pack, others: processes - 1})
	}
	return r.drainCurve(ctx, Curve{Name: "consumers", Title: "Draining a backlog, by the processes that do it", XLabel: "consumers"}, points)
}

func (r *run) sizeCurve(ctx context.Context) error {
	folder := filepath.Join(r.dir, "types")
	if err := writeNotedType(folder); err != nil {
		return err
	}
	r.args = []string{"--schemas", folder}
	defer func() { r.args = nil }()
	var points []drainPoint
	for n, bytes := range r.growth().sizes {
		events := min(r.growth().backlog, r.growth().bytes/bytes)
		m := notes(r.cfg.Seed, events*r.cfg.Runs, bytes)
		m.first = n * mostNames
		const mostPack = 2 << 20
		points = append(points, drainPoint{x: float64(bytes), mix: m, events: events, pack: max(1, min(r.scale.pack, mostPack/bytes))})
	}
	return r.drainCurve(ctx, Curve{Name: "sizes", Title: "Draining a backlog, by the size of an event", XLabel: "bytes of an event"}, points)
}
