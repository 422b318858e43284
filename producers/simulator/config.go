package simulator

import (
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/turnout/turnout/schemas"
)

// Preset is the kind of community.
type Preset string

// The presets: the two meetings that began it, one university, many universities.
const (
	Seed       Preset = "seed"
	University Preset = "university"
	Federation Preset = "federation"
	// Small is for tests: some dozens of persons, and far more faults than usual.
	Small Preset = "small"
)

const (
	// DefaultUntil is the day on which the simulated time ends unless told otherwise:
	// fixed, so that the same command gives the same events whenever it is run.
	DefaultUntil = "2026-01-01"
	// DefaultZone is where the simulated communities live; its clocks change twice a year.
	DefaultZone = "Europe/Berlin"
	// DefaultCommunities is how many universities a federation has.
	DefaultCommunities = 1000
	// MaxYears of simulated time.
	MaxYears = 50

	maxCommunities = 9999
)

// Config says what to simulate. Every field is part of the outcome.
type Config struct {
	Tenant string // of a federation: what the tenants' names begin with
	Preset Preset
	Years  int // that end with Until; the preset seed has its own
	Seed   uint64
	Until  time.Time      // the first moment that is not simulated; zero is DefaultUntil in Zone
	Zone   *time.Location // the communities' time zone; nil is DefaultZone
	// Communities of a federation; 0 is DefaultCommunities.
	Communities int
}

// Fault is what was done to an item on purpose.
type Fault string

// The faults of single items. Events that arrive out of order are not marked.
const (
	Sound     Fault = ""          // as it should be
	Duplicate Fault = "duplicate" // sent before with the same content
	Late      Fault = "late"      // recorded a day to a month after it happened
	Corrected Fault = "corrected" // a higher revision of an event, or its voiding
	Skewed    Fault = "skewed"    // recorded by a clock that is wrong
	Malformed Fault = "malformed" // must be refused
)

// Item is one event as it is sent.
type Item struct {
	Raw   []byte         // structured JSON (or what should have been) in one line
	Event *schemas.Event // nil when malformed
	Fault Fault
}

// Community is one simulated tenant.
type Community struct {
	Tenant string
	Zone   *time.Location
	From   time.Time // gatherings begin here; announcements and records may be older
	Until  time.Time

	seed    uint64
	profile profile
}

// check fills in what was left out and refuses what cannot be simulated.
func (c Config) check() (Config, error) {
	if c.Zone == nil {
		zone, err := time.LoadLocation(DefaultZone)
		if err != nil {
			return c, fmt.Errorf("load the time zone: %w", err)
		}
		c.Zone = zone
	}
	if c.Until.IsZero() {
		until, err := time.ParseInLocation(time.DateOnly, DefaultUntil, c.Zone)
		if err != nil {
			return c, fmt.Errorf("read the end of the simulated time: %w", err)
		}
		c.Until = until
	}
	if c.Communities == 0 {
		c.Communities = DefaultCommunities
	}
	return c, c.refuse()
}

// refuse says why the configuration cannot be simulated.
func (c Config) refuse() error {
	switch {
	case c.Preset != Seed && c.Preset != University && c.Preset != Federation && c.Preset != Small:
		return fmt.Errorf("%q is no preset; there are seed, university, federation and small", c.Preset)
	case c.Years < 1 || c.Years > MaxYears:
		return fmt.Errorf("%d years cannot be simulated; 1 to %d can", c.Years, MaxYears)
	case c.Until.Year()-c.Years < 1970 || c.Until.Year() > 2090:
		return errors.New("the simulated time must lie between 1970 and 2090")
	case c.Communities < 1 || c.Communities > maxCommunities:
		return fmt.Errorf("a federation has 1 to %d communities, not %d", maxCommunities, c.Communities)
	case !schemas.ValidTenant(c.tenant(1)):
		return fmt.Errorf("%q cannot be a tenant: 1 to 64 of a-z, 0-9 and -", c.tenant(1))
	}
	return nil
}

func (c Config) tenant(number int) string {
	if c.Preset == Federation {
		return fmt.Sprintf("%s-%04d", c.Tenant, number)
	}
	return c.Tenant
}

// Tenants gives the communities of a configuration, one after the other.
func (c Config) Tenants() (iter.Seq[*Community], error) {
	cfg, err := c.check()
	if err != nil {
		return nil, err
	}
	return func(yield func(*Community) bool) {
		count := 1
		if cfg.Preset == Federation {
			count = cfg.Communities
		}
		for number := 1; number <= count; number++ {
			tenant := cfg.tenant(number)
			community := &Community{
				Tenant: tenant, Zone: cfg.Zone, Until: cfg.Until, From: cfg.Until.AddDate(-cfg.Years, 0, 0), seed: cfg.Seed,
				profile: profileOf(cfg.Preset, newRandom(cfg.Seed, tenant, "size")),
			}
			if !yield(community) {
				return
			}
		}
	}, nil
}

// Items gives the community's events in the order of their arrival. It may be
// called more than once and gives the same each time.
func (c *Community) Items() iter.Seq[Item] {
	return func(yield func(Item) bool) {
		if c.profile.seed {
			newMeetings(c, yield).run()
			return
		}
		newUniversity(c, yield).run()
	}
}
