package faults

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/turnout/turnout/schemas"
)

// Plan says what a run plays.
type Plan struct {
	Binary string        // of the program, built by Build
	Folder string        // for data folders and logs; those of failed rounds stay
	Seed   uint64        // of the run; each round has its own, drawn from it
	Rounds int           // 0 is until Time is over
	Time   time.Duration // 0 is until Rounds are played
	Kinds  []Kind        // to choose from
	Each   bool          // plays every kind once, in the order of the table, instead of choosing
	Small  bool          // leaves out simulated communities, for short runs
	Houses int           // that are broken at the same time, each by rounds of its own; 0 is 1
	Only   uint64        // a round's seed: plays that round alone
	Out    io.Writer     // the live table
}

// roundsPerHouse live on one data folder, one after the other.
const roundsPerHouse = 25

// Played is one round and how it went.
type Played struct {
	Number  int
	Seed    uint64
	Kind    string
	Took    time.Duration
	Verdict *Verdict // nil when the round could not be played
	Missed  bool     // the fault did not strike
	Err     error
	Events  int              // acknowledged
	Usage   map[string]Usage // of program and engine, at its end
}

// Failed tells whether somebody has to look at it.
func (p *Played) Failed() bool { return p.Err != nil || p.Verdict == nil || !p.Verdict.Clean() }

// Build builds the program with the tag `faults`, whose crash points work and whose clock can be moved, and returns its file.
func Build(ctx context.Context, folder string) (string, error) {
	binary := filepath.Join(folder, "turnout-faults")
	build := exec.CommandContext(ctx, "go", "build", "-tags", "faults", "-o", binary, "github.com/turnout/turnout/e2e/faults/program") //nolint:gosec // the file is this function's own choice
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build the program: %w\n%s", err, out)
	}
	return binary, nil
}

// runner plays rounds on a house that it renews now and then.
type runner struct {
	plan     Plan
	registry *schemas.Registry
	house    *House
	folder   string        // of the house
	release  func() error  // takes the folder away
	lived    int           // rounds on it
	first    map[int]Usage // of a process, after its first round
}

// deck hands out rounds, in an order that follows from the run's seed, and takes down how they went.
type deck struct {
	plan   Plan
	mu     sync.Mutex
	random *rand.Rand
	began  time.Time
	dealt  int
	played []Played
}

// deal gives the next round; false when there is none.
func (d *deck) deal() (number int, seed uint64, kind Kind, more bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	plan, n := &d.plan, d.dealt
	if (plan.Rounds > 0 && n >= plan.Rounds) || (plan.Time > 0 && time.Since(d.began) >= plan.Time) || (plan.Only != 0 && n > 0) || (plan.Each && n >= len(plan.Kinds)) {
		return 0, 0, Kind{}, false
	}
	d.dealt++
	seed = d.random.Uint64N(1 << 40) // short enough to be typed
	if plan.Only != 0 {
		seed = plan.Only
	}
	kind = plan.Kinds[rand.New(rand.NewPCG(seed, 0)).IntN(len(plan.Kinds))] //nolint:gosec // it must be the same again
	if plan.Each {
		kind = plan.Kinds[n]
	}
	return d.dealt, seed, kind, true
}

// Run plays a plan and gives every round. An error means that it could not go on.
func Run(ctx context.Context, plan Plan) ([]Played, error) {
	registry, err := schemas.Builtin()
	if err != nil {
		return nil, fmt.Errorf("load the contract: %w", err)
	}
	d := &deck{plan: plan, random: rand.New(rand.NewPCG(plan.Seed, 0)), began: time.Now()} //nolint:gosec // it must be the same again
	houses := make([]error, max(plan.Houses, 1))
	var playing sync.WaitGroup
	for i := range houses {
		playing.Go(func() {
			r := &runner{plan: plan, registry: registry}
			houses[i] = r.run(ctx, d)
		})
	}
	playing.Wait()
	slices.SortFunc(d.played, func(a, b Played) int { return a.Number - b.Number })
	return d.played, errors.Join(errors.Join(houses...), ctx.Err())
}

// run plays rounds until there are no more.
func (r *runner) run(ctx context.Context, d *deck) error {
	for ctx.Err() == nil {
		number, seed, kind, more := d.deal()
		if !more {
			break
		}
		one := r.round(ctx, number, seed, kind)
		d.mu.Lock()
		d.played = append(d.played, one)
		fmt.Fprintln(r.plan.Out, one.line())
		if one.Failed() {
			r.keep(&one)
		}
		d.mu.Unlock()
	}
	return r.leave()
}

// round plays one round, on a house of its own where the kind asks for one.
func (r *runner) round(ctx context.Context, number int, seed uint64, kind Kind) Played {
	p := Played{Number: number, Seed: seed, Kind: kind.Name}
	began := time.Now()
	p.Err = r.enter(ctx, kind)
	if p.Err == nil {
		p.Err = r.play(ctx, &p, kind)
	}
	p.Took = time.Since(began)
	if kind.Alone && !p.Failed() {
		p.Err = r.leave()
	}
	return p
}

func (r *runner) play(ctx context.Context, p *Played, kind Kind) error {
	round, err := newRound(p.Number, p.Seed, kind, r.house, r.registry, r.plan.Small)
	if err != nil {
		return err
	}
	defer func() {
		p.Missed = round.Missed
		for _, item := range round.Work.Items {
			if item.Acknowledged() {
				p.Events++
			}
		}
	}()
	r.lived++
	if err := round.play(ctx); err != nil {
		return errors.Join(err, errors.New(joined(round.notes)))
	}
	seen, err := round.observe(ctx)
	if err != nil {
		return err
	}
	p.Verdict = round.judge(seen)
	round.audit(ctx, p.Verdict)
	if kind.Check != nil {
		p.Verdict.differ("check", kind.Check(ctx, round))
	}
	p.Usage = r.watchLeaks(ctx, p.Verdict)
	if !p.Verdict.Clean() {
		p.Verdict.Details = append(p.Verdict.Details, round.notes...)
	}
	return nil
}

// enter makes sure that there is a house for the next round.
func (r *runner) enter(ctx context.Context, kind Kind) error {
	if r.house != nil && (kind.Alone || r.lived >= roundsPerHouse) {
		if err := r.leave(); err != nil {
			return err
		}
	}
	if r.house != nil {
		return nil
	}
	where := kind.Folder
	if where == nil {
		where = plainFolder
	}
	folder, release, err := where(ctx, r.plan.Folder)
	if err != nil {
		return err
	}
	r.release = release
	r.folder, r.lived, r.first = folder, 0, map[int]Usage{}
	r.house, err = OpenHouse(ctx, r.plan.Binary, folder)
	return err
}

// plainFolder makes the folder of a house on the disk that is there.
func plainFolder(_ context.Context, base string) (folder string, release func() error, err error) {
	folder, err = os.MkdirTemp(base, "house-")
	if err != nil {
		return "", nil, fmt.Errorf("make the folder of a house: %w", err)
	}
	return folder, func() error { return os.RemoveAll(folder) }, nil
}

// leave closes the house and removes its folder.
func (r *runner) leave() error {
	if r.house == nil {
		return nil
	}
	err := r.house.Close()
	r.house = nil
	return errors.Join(err, r.release())
}

// keep leaves the data folder and the log of a failed round for whoever looks, and says how to play it again.
func (r *runner) keep(p *Played) {
	fmt.Fprintf(r.plan.Out, "      data and log: %s\n      again: make torture ROUND=%d KIND=%s%s\n", r.folder, p.Seed, p.Kind, map[bool]string{true: " SMALL=true"}[r.plan.Small])
	if p.Err != nil {
		fmt.Fprintf(r.plan.Out, "      %v\n", p.Err)
	}
	if p.Verdict != nil {
		for _, detail := range p.Verdict.Details {
			fmt.Fprintf(r.plan.Out, "      %s\n", detail)
		}
	}
	if r.house != nil {
		if err := r.house.Close(); err != nil {
			fmt.Fprintf(r.plan.Out, "      closing it: %v\n", err)
		}
		r.house = nil
	}
}

func (p *Played) line() string {
	outcome := "not played"
	if p.Verdict != nil {
		outcome = p.Verdict.String()
	}
	if p.Missed {
		outcome += " (the fault did not strike)"
	}
	hold := func(name string) string {
		return fmt.Sprintf("%5d MiB %4d", p.Usage[name].Private>>20, p.Usage[name].Descriptors)
	}
	held := hold("program") + hold("engine")
	return fmt.Sprintf("%4d  %-28s %-13d %5d events %5.1fs %s  %s", p.Number, p.Kind, p.Seed, p.Events, p.Took.Seconds(), held, outcome)
}

func joined(notes []string) string {
	return strings.Join(append([]string{"what happened:"}, slices.Compact(notes)...), "\n      ")
}
