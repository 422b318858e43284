package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/turnout/turnout/schemas"
)

// Config says what to measure, and where.
type Config struct {
	Runs     int      // of every figure that is a median; 0 is 3, with Quick 1
	Sections []string // only these, by name; nil is all but the curves
	Quick    bool     // measures next to nothing, to show within seconds that everything works
	Full     bool     // adds the curves
	Seed     uint64   // number that all events follow from

	// URL, NATS and ClickHouse are addresses of a running Turnout and its servers, all or none. None starts the program.
	URL, NATS, ClickHouse string
	Key                   string // API key of that Turnout, may be empty

	Dir     string // where the temporary folder is made; "" is the system's place
	Binary  string // the program to start; "" is this one
	Version string // of the program, for the Result

	// Progress is told how far a step has come, from 0 to 1; may be nil. passed is the part of the whole that came before the step.
	Progress func(step string, done, passed float64)
}

// ErrUsage is within errors about the Config itself.
var ErrUsage = errors.New("cannot be measured")

// section is a part of the measurements. Its weight is about the seconds that it takes.
type section struct {
	name   string
	weight float64
	run    func(r *run, ctx context.Context) error
}

// sections are all parts in the order in which they run: what needs the same engine stands together.
func sections() []section {
	return []section{
		{"start", 8, (*run).coldStarts},
		{"ceilings", 13, (*run).ceilings},
		{"drain", 41, (*run).drain},
		{"mixed", 53, (*run).mixed},
		{"ingest", 111, (*run).ingestStrict},
		{"reports", 100, (*run).reports},
		{"disk", 8, (*run).disk},
		{"restart", 3, (*run).warmStarts},
		{"trickle", 17, (*run).trickle},
		{"latency", 115, (*run).latency},
		{"balanced", 45, (*run).ingestBalanced},
	}
}

// SectionNames are the names that Config.Sections takes.
func SectionNames() []string {
	var names []string
	for _, s := range slices.Concat(sections(), curves()) {
		names = append(names, s.name)
	}
	return names
}

// run is one run of the command.
type run struct {
	cfg      Config
	scale    scale
	registry *schemas.Registry
	mix      *mix
	found    *samples
	result   *Result
	dir      string   // temporary; "" with given servers
	house    *house   // the one that runs; nil when none does
	args     []string // of the next house's command, beside the usual ones
	watch    watch
	asked    int // reports of the curves, so that no two questions are alike

	step        string
	passed, all float64 // weights
}

// Run measures. The error wraps ErrUsage when the Config cannot be. With an error there is a result only if nothing but curves failed: half an
// hour of the others is not lost with one of them.
func Run(ctx context.Context, cfg Config) (result *Result, err error) {
	chosen, err := choose(&cfg)
	if err != nil {
		return nil, err
	}
	r, err := newRun(cfg)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, r.close()) }()
	for _, s := range chosen {
		r.all += s.weight
	}
	var failed []error
	for _, s := range chosen {
		r.step = s.name
		r.progress(0)
		r.watch.during(s.name)
		began := time.Now()
		if err := s.run(r, ctx); err != nil {
			err = fmt.Errorf("measure %s: %w", s.name, err)
			if ctx.Err() != nil || !isCurve(s.name) {
				return nil, err
			}
			if failed = append(failed, err); r.giveUp(s.name) != nil {
				return nil, errors.Join(failed...)
			}
		}
		r.result.Took[s.name] = time.Since(began).Seconds()
		r.progress(1)
		r.passed += s.weight
	}
	return r.finish(), errors.Join(failed...)
}

// choose gives the sections to run and fills in what was left out.
func choose(cfg *Config) ([]section, error) {
	given := 0
	for _, address := range []string{cfg.URL, cfg.NATS, cfg.ClickHouse} {
		if address != "" {
			given++
		}
	}
	if given != 0 && given != 3 {
		return nil, fmt.Errorf("a running Turnout %w without all three addresses: --url, --nats and --clickhouse", ErrUsage)
	}
	if cfg.Runs < 0 {
		return nil, fmt.Errorf("%d runs: %w", cfg.Runs, ErrUsage)
	}
	if cfg.Runs == 0 {
		cfg.Runs = 3
		if cfg.Quick {
			cfg.Runs = 1
		}
	}
	if cfg.Binary == "" {
		own, err := os.Executable()
		if err != nil {
			return nil, fmt.Errorf("find this program: %w", err)
		}
		cfg.Binary = own
	}
	all := sections()
	if cfg.Full || len(cfg.Sections) > 0 {
		all = append(all, curves()...)
	}
	if len(cfg.Sections) == 0 {
		return all, nil
	}
	for _, name := range cfg.Sections {
		if !slices.Contains(SectionNames(), name) {
			return nil, fmt.Errorf("section %q %w; there are %s", name, ErrUsage, strings.Join(SectionNames(), ", "))
		}
	}
	return slices.DeleteFunc(all, func(s section) bool { return !slices.Contains(cfg.Sections, s.name) }), nil
}

func newRun(cfg Config) (*run, error) {
	registry, err := schemas.Builtin()
	if err != nil {
		return nil, fmt.Errorf("read the event types: %w", err)
	}
	r := &run{cfg: cfg, scale: scaleOf(cfg.Quick), registry: registry, found: newSamples()}
	if r.mix, err = newMix(cfg.Seed, r.scale); err != nil {
		return nil, err
	}
	where := cfg.Dir
	if r.remote() {
		r.mix.first = int(time.Now().Unix()%100_000) * 10 // not the communities of a former run, whose events are there already
	} else {
		if r.dir, err = os.MkdirTemp(cfg.Dir, "turnout-bench-"); err != nil {
			return nil, fmt.Errorf("make a temporary folder: %w", err)
		}
		where = r.dir
	}
	r.result = &Result{Machine: describeMachine(where), Commit: commit(cfg.Version), At: time.Now().UTC().Truncate(time.Second), Runs: cfg.Runs, Quick: cfg.Quick, Seed: cfg.Seed, Took: map[string]float64{}, Peaks: map[string]float64{}}
	return r, nil
}

// remote tells that the servers were given, so that nothing of theirs can be restarted, and no process looked into.
func (r *run) remote() bool { return r.cfg.URL != "" }

// close ends what was started and removes the folder.
func (r *run) close() error {
	err := r.stopHouse()
	if r.dir != "" {
		if removing := os.RemoveAll(r.dir); removing != nil {
			err = errors.Join(err, fmt.Errorf("remove the temporary folder: %w", removing))
		}
	}
	return err
}

// progress tells that a part of the section under way is done, 0 to 1.
func (r *run) progress(part float64) {
	if r.cfg.Progress != nil {
		r.cfg.Progress(r.step, min(part, 1), r.passed/r.all)
	}
}

// times calls measure for each run, with the progress between from and to of the section.
func (r *run) times(from, to float64, measure func() error) error {
	for n := range r.cfg.Runs {
		r.progress(from + (to-from)*float64(n)/float64(r.cfg.Runs))
		if err := measure(); err != nil {
			return err
		}
	}
	r.progress(to)
	return nil
}

// finish makes the figures of what was measured.
func (r *run) finish() *Result {
	r.watch.note(r.found, r.result)
	r.result.Figures = r.found.figures()
	return r.result
}
