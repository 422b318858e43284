package cli

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // the zones must not depend on what the machine has installed

	"github.com/alecthomas/kong"
	"golang.org/x/time/rate"

	"github.com/turnout/turnout/internal/bench"
	"github.com/turnout/turnout/internal/config"
	"github.com/turnout/turnout/producers"
	"github.com/turnout/turnout/producers/simulator"
	"github.com/turnout/turnout/producers/simulator/oracle"
	"github.com/turnout/turnout/schemas"
)

// simulateCommand makes communities up and publishes their events, or writes
// them to a file. The same flags give the same events.
type simulateCommand struct {
	config.Client
	Preset      string `default:"university" enum:"seed,university,federation,small" help:"What to simulate: ${enum}. A federation has the tenants NAME-0001, NAME-0002 and so on."`
	Years       int    `default:"2" help:"Years of simulated time." placeholder:"N"`
	Seed        uint64 `default:"1" help:"Number that chance follows from." placeholder:"S"`
	Until       string `default:"${simulateUntil}" help:"Day on which the simulated time ends; it is not simulated any more." placeholder:"YYYY-MM-DD"`
	Timezone    string `default:"${simulateZone}" help:"IANA time zone of the communities." placeholder:"ZONE"`
	Communities int    `default:"${simulateCommunities}" help:"Universities of a federation." placeholder:"N"`
	Rate        int    `help:"Events a second; 0 is as fast as it goes." placeholder:"R"`
	YearEnd     string `default:"12-31" help:"Last day of the communities' year." placeholder:"MM-DD"`
	Expect      string `help:"Write what the reports must show, computed without the warehouse." placeholder:"FILE" type:"path" xor:"expect"`
	Check       string `help:"Simulate nothing; compare the reports with what --expect wrote." placeholder:"FILE" type:"existingfile" xor:"expect"`
	Out         string `help:"Write the events to this file and publish nothing; - is standard output." placeholder:"FILE"`
}

// simulateVars are the defaults that the flags' tags name, beside the program's version.
func simulateVars(version Version) kong.Vars {
	return kong.Vars{
		"version": string(version), "simulateUntil": simulator.DefaultUntil, "simulateZone": simulator.DefaultZone,
		"simulateCommunities": strconv.Itoa(simulator.DefaultCommunities), "benchSections": strings.Join(bench.SectionNames(), ", "),
	}
}

// Run simulates. What is malformed on purpose must be refused, anything else must not.
func (c *simulateCommand) Run(env *environment) error {
	if c.Check != "" {
		return c.check(env)
	}
	cfg, err := c.config()
	if err != nil {
		return err
	}
	tenants, err := cfg.Tenants()
	if err != nil {
		return usageError{err}
	}
	run := &simulation{command: c, env: env, cfg: cfg, bar: newBar(env.streams.Err, "simulating")}
	if c.Rate > 0 {
		run.limiter = rate.NewLimiter(rate.Limit(c.Rate), chunkOf(c.Rate)) // no burst at the start
	}
	files, err := run.open()
	if err != nil {
		return err
	}
	for community := range tenants {
		if err = run.community(community); err != nil {
			break
		}
	}
	run.bar.finish()
	if err := errors.Join(err, files.close()); err != nil {
		return err
	}
	return run.verdict()
}

// config reads the flags that decide what is simulated.
func (c *simulateCommand) config() (simulator.Config, error) {
	cfg := simulator.Config{
		Tenant: c.Tenant, Preset: simulator.Preset(c.Preset), Years: c.Years, Seed: c.Seed, Communities: c.Communities,
	}
	if c.Tenant == "" {
		return cfg, usagef("--tenant: a simulated community needs a name of its own, so that it mixes with no real one")
	}
	if c.Rate < 0 {
		return cfg, usagef("--rate: %d is less than nothing", c.Rate)
	}
	var err error
	if cfg.Zone, err = time.LoadLocation(c.Timezone); err != nil || c.Timezone == "Local" {
		return cfg, usagef("--timezone: %q is no IANA time zone, such as Europe/Berlin", c.Timezone)
	}
	if _, err := time.Parse(time.DateOnly, "2001-"+c.YearEnd); err != nil {
		return cfg, usagef("--year-end: %q is no day of a year, such as 08-31", c.YearEnd)
	}
	if cfg.Until, err = time.ParseInLocation(time.DateOnly, c.Until, cfg.Zone); err != nil {
		return cfg, usagef("--until: %q is no day, such as %s", c.Until, simulator.DefaultUntil)
	}
	return cfg, nil
}

// simulation is one run of the command.
type simulation struct {
	command   *simulateCommand
	env       *environment
	cfg       simulator.Config
	bar       *bar
	limiter   *rate.Limiter
	publisher producers.Publisher // of the community that is being published; nil with --out
	out       *bufio.Writer       // events; nil without --out
	expect    *bufio.Writer       // figures; nil without --expect
	registry  *schemas.Registry   // for the figures

	waiting   []json.RawMessage
	malformed []bool // of the waiting ones, those that must be refused
	sent      int64  // bytes
	total     outcome
	refused   int // malformed ones that were refused, as they should be
	figures   int // communities whose figures were written
}

// outputs are the files of a run, closed in the reverse order.
type outputs []func() error

func (o outputs) close() error {
	var errs []error
	for _, shut := range slices.Backward(o) {
		errs = append(errs, shut())
	}
	return errors.Join(errs...)
}

func (s *simulation) open() (outputs, error) {
	var files outputs
	create := func(path string) (*bufio.Writer, error) {
		if path == "-" {
			w := bufio.NewWriter(s.env.streams.Out)
			files = append(files, w.Flush)
			return w, nil
		}
		file, err := os.Create(path)
		if err != nil {
			return nil, err //nolint:wrapcheck // it names the operation and the file already
		}
		w := bufio.NewWriter(file)
		files = append(files, file.Close, w.Flush)
		return w, nil
	}
	var err error
	if s.command.Out != "" {
		if s.out, err = create(s.command.Out); err != nil {
			return nil, err
		}
	}
	if s.command.Expect == "" {
		return files, nil
	}
	if s.registry, err = loadRegistry(""); err == nil {
		s.expect, err = create(s.command.Expect)
	}
	if err != nil {
		return nil, errors.Join(err, files.close())
	}
	_, err = fmt.Fprintf(s.expect, `{"preset":%q,"years":%d,"seed":%d,"until":%q,"communities":[`, s.cfg.Preset, s.cfg.Years, s.cfg.Seed, s.command.Until)
	files = append(files, func() error {
		_, err := s.expect.WriteString("\n]}\n")
		return err
	})
	return files, err
}

// community sends the events of one community and then writes its figures.
func (s *simulation) community(community *simulator.Community) error {
	if s.out == nil {
		if err := s.prepare(community); err != nil {
			return err
		}
	}
	var figures *oracle.Oracle
	if s.expect != nil {
		figures = oracle.New(s.registry, oracle.Options{Tenant: community.Tenant, Zone: community.Zone, YearEnd: s.command.YearEnd, Erase: true})
	}
	s.sent = 0
	size := s.size(community)
	for item := range community.Items() {
		if figures != nil {
			if err := figures.Take(item.Raw); (err != nil) != (item.Fault == simulator.Malformed) {
				return fmt.Errorf("simulate: an event that is %q: %w", item.Fault, err)
			}
		}
		s.waiting = append(s.waiting, item.Raw)
		s.malformed = append(s.malformed, item.Fault == simulator.Malformed)
		s.sent += int64(len(item.Raw)) + 1
		if len(s.waiting) == chunkOf(s.command.Rate) {
			if err := s.flush(); err != nil {
				return err
			}
			s.bar.to(community.Tenant, s.sent, size)
		}
	}
	if err := s.flush(); err != nil {
		return err
	}
	s.bar.to(community.Tenant, s.sent, size)
	return s.write(figures)
}

// chunkOf is how many events are sent at a time: with a rate, those of a tenth of a
// second, so that it looks like a stream.
func chunkOf(perSecond int) int {
	if perSecond == 0 {
		return publishChunk
	}
	return min(publishChunk, max(1, perSecond/10))
}

// size is how many bytes the community has, for the bar; without a terminal nobody asks.
func (s *simulation) size(community *simulator.Community) int64 {
	var size int64
	if s.bar.progress != nil {
		for item := range community.Items() {
			size += int64(len(item.Raw)) + 1
		}
	}
	return size
}

// prepare sets the community's time zone and makes its publisher.
func (s *simulation) prepare(community *simulator.Community) error {
	target := s.command.Client
	target.Tenant = community.Tenant
	client, err := newAPI(target)
	if err != nil {
		return err
	}
	change := map[string]string{"timezone": community.Zone.String(), "year_end": s.command.YearEnd}
	if err := client.do(s.env.ctx, http.MethodPut, "/v1/tenants/"+community.Tenant, nil, change, nil); err != nil {
		return fmt.Errorf("set the time zone and the year's end of %s: %w", community.Tenant, err)
	}
	s.publisher, err = newPublisher(s.env, target)
	return err
}

func (s *simulation) flush() error {
	defer func() { s.waiting, s.malformed = s.waiting[:0], s.malformed[:0] }()
	if err := context.Cause(s.env.ctx); err != nil {
		return resumable(err)
	}
	if len(s.waiting) == 0 {
		return nil
	}
	if s.limiter != nil {
		if err := s.limiter.WaitN(s.env.ctx, len(s.waiting)); err != nil {
			return resumable(context.Canceled)
		}
	}
	if s.out != nil {
		s.total.Accepted += len(s.waiting)
		for _, raw := range s.waiting {
			if _, err := s.out.Write(append(raw, '\n')); err != nil {
				return fmt.Errorf("write events: %w", err)
			}
		}
		return nil
	}
	results, err := s.publisher.Publish(s.env.ctx, s.waiting)
	for i := range results {
		s.count(&results[i], s.malformed[i])
	}
	if err != nil {
		return resumable(err)
	}
	return nil
}

// count takes one answer of the server. An event that is malformed on purpose and
// was accepted is as wrong as the other way round.
func (s *simulation) count(result *producers.Result, malformed bool) {
	switch {
	case result.Status == producers.Accepted && malformed:
		result.Detail = "this event is malformed and was accepted all the same"
		fallthrough
	case result.Status == producers.Rejected && !malformed:
		s.total.Rejected++
		s.total.list(rejection{File: "-", Line: result.Index + 1, Result: *result})
	case result.Status == producers.Accepted:
		s.total.Accepted++
	case result.Status == producers.Rejected:
		s.refused++
	}
}

// write writes the figures of a community.
func (s *simulation) write(figures *oracle.Oracle) error {
	if figures == nil {
		return nil
	}
	all, err := figures.Expect(time.Now())
	if err != nil {
		return fmt.Errorf("compute figures: %w", err)
	}
	raw, err := json.MarshalIndent(all, "", " ")
	if err != nil {
		return fmt.Errorf("write figures: %w", err)
	}
	separator := "\n"
	if s.figures > 0 {
		separator = ",\n"
	}
	s.figures++
	_, err = s.expect.Write(append([]byte(separator), raw...))
	return err
}

// verdict tells what came of it; on standard error when the events are on standard output.
func (s *simulation) verdict() error {
	w := s.env.streams.Out
	if s.command.Out == "-" || s.command.Expect == "-" {
		w = s.env.streams.Err
	}
	if s.out != nil {
		fmt.Fprintf(w, "%s written\n", count(s.total.Accepted, "event"))
		return nil
	}
	s.total.Notes = append(s.total.Notes, fmt.Sprintf("%s refused as they should be: malformed events are part of the simulation", count(s.refused, "event")))
	if err := s.total.tell(w); err != nil {
		return err
	}
	return s.total.verdict()
}
