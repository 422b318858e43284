package faults

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/turnout/turnout/producers/simulator"
	"github.com/turnout/turnout/producers/simulator/oracle"
	"github.com/turnout/turnout/schemas"
)

// community is a tenant of a simulated round: an oracle knows all its reports.
type community struct {
	tenant  string
	zone    *time.Location
	yearEnd string
}

// One round in simulatedEvery publishes a simulated community beside the plain ones.
const simulatedEvery = 4

// chooseWork makes up what a round publishes; a small one has no simulated community.
func chooseWork(registry *schemas.Registry, random *rand.Rand, seed uint64, small bool) (*Work, error) {
	w := newWork(registry, random)
	for i := range 1 + random.IntN(3) {
		tenant := fmt.Sprintf("t%d-%d", seed, i)
		w.Tenants = append(w.Tenants, tenant)
		if err := w.plain(tenant); err != nil {
			return nil, err
		}
	}
	if random.IntN(simulatedEvery) == 0 && !small {
		if err := w.simulated(fmt.Sprintf("t%d-s", seed), seed); err != nil {
			return nil, err
		}
	}
	w.shuffle()
	w.fates()
	return w, nil
}

// erasedType asks to forget a person.
const erasedType = "member.erased.v1"

// fates: what the gateway refuses goes past it unchecked, and becomes a dead letter there.
func (w *Work) fates() {
	for _, send := range w.Sends {
		for _, item := range send.Items {
			if item.Fate == Refused && send.Way >= NATSSingle {
				item.Fate = Letter
			}
		}
	}
}

// pen writes the events of one plain community.
type pen struct {
	work   *Work
	tenant string
	items  []*Item
	issued int
	err    error
}

func (p *pen) write(typ string, at time.Time, attributes, data string, fate Fate) {
	p.issued++
	id := fmt.Sprintf("e%d", p.issued)
	item, err := p.work.Item(p.tenant, id, event(p.tenant, id, typ, at, attributes, data), fate)
	if err != nil && p.err == nil {
		p.err = err
	}
	p.items = append(p.items, item)
}

// plain makes a community whose figures a map can tell: attendance with corrections and voids, volunteering, merged persons, and
// events at fault.
func (w *Work) plain(tenant string) error {
	random, p := w.random, &pen{work: w, tenant: tenant}
	persons, gatherings := 10+random.IntN(40), 3+random.IntN(8)
	for g := range gatherings {
		at := time.Date(2023+g%3, time.Month(1+g%12), 1+random.IntN(28), 18, 0, 0, 0, time.UTC)
		for n := range persons {
			if random.IntN(10) < 6 {
				p.attendance(random, g, n, at)
			}
		}
	}
	for n := range random.IntN(30) {
		p.volunteering(random, n, random.IntN(persons))
	}
	for n := range random.IntN(4) {
		p.merge(random, n, 2*n, 2*n+1)
	}
	w.pack(p.items, 40)
	return p.err
}

func (p *pen) attendance(random *rand.Rand, g, n int, at time.Time) {
	const typ = "attendance.recorded.v1"
	role := []string{"participant", "participant", "speaker", "host", "organiser"}[random.IntN(5)]
	data := func(present bool, role string) string {
		return fmt.Sprintf(`{"gathering_id":"g%d","person_id":"p%d","present":%t,"role":%q,"method":"desk"}`, g, n, present, role)
	}
	p.write(typ, at, "", data(random.IntN(8) > 0, role), Counts)
	if random.IntN(6) == 0 {
		p.write(typ, at, `,"revision":1,"recordedtime":"2026-01-02T03:04:05.678Z"`, data(random.IntN(2) == 0, role), Counts)
	}
	if random.IntN(12) == 0 {
		p.write(typ, at, `,"revision":2,"voided":true,"reason":"mistake"`, data(true, role), Counts)
	}
	if random.IntN(40) == 0 { // a role that is none: refused, or a dead letter
		p.write(typ, at, "", data(true, "ghost"), Refused)
	}
}

func (p *pen) volunteering(random *rand.Rand, n, person int) {
	day := time.Date(2024, time.Month(1+random.IntN(12)), 1+random.IntN(28), 0, 0, 0, 0, time.UTC)
	for revision := range 1 + random.IntN(2) {
		attributes := ""
		if revision > 0 {
			attributes = fmt.Sprintf(`,"revision":%d`, revision)
		}
		p.write("volunteering.logged.v1", day, attributes, fmt.Sprintf(`{"log_id":"v%d","person_id":"p%d","activity":"mentoring","on":%q,"hours":%g}`,
			n, person, day.Format(time.DateOnly), float64(1+random.IntN(32))/4), Counts)
	}
}

// merge makes two persons one, and now and then takes that back. Nobody is in two merges.
func (p *pen) merge(random *rand.Rand, n, from, into int) {
	at := time.Date(2025, 6, 1+n, 0, 0, 0, 0, time.UTC)
	data := fmt.Sprintf(`{"from_id":"p%d","into_id":"p%d","evidence":"manual"}`, from, into)
	p.write("member.merged.v1", at, "", data, Counts)
	if random.IntN(3) == 0 {
		p.write("member.merged.v1", at, `,"revision":1,"voided":true,"reason":"two persons after all"`, data, Counts)
	}
}

// simulated adds a community of the simulator, whose every report the oracle knows.
func (w *Work) simulated(tenant string, seed uint64) error {
	zones := []string{"Asia/Kathmandu", "America/New_York", "Europe/Berlin", "UTC", "Pacific/Chatham"}
	zone, err := time.LoadLocation(zones[w.random.IntN(len(zones))])
	if err != nil {
		return fmt.Errorf("load the zone of a community: %w", err)
	}
	c := &community{tenant: tenant, zone: zone, yearEnd: []string{"12-31", "06-30", "08-31"}[w.random.IntN(3)]}
	until := time.Date(2026, 6, 1, 0, 0, 0, 0, zone)
	all, err := simulator.Config{Tenant: tenant, Preset: simulator.Small, Years: 1, Seed: seed, Until: until, Zone: zone}.Tenants()
	if err != nil {
		return fmt.Errorf("simulate a community: %w", err)
	}
	var items []*Item
	for simulated := range all {
		for made := range simulated.Items() {
			if made.Fault == simulator.Malformed || made.Fault == simulator.Duplicate || made.Event.Type == erasedType {
				continue // the plain communities have their own, and a kind erases
			}
			item, err := w.Item(tenant, made.Event.ID, made.Raw, Counts)
			if err != nil {
				return err
			}
			items = append(items, item)
		}
	}
	w.communities, w.Tenants = append(w.communities, c), append(w.Tenants, tenant)
	w.pack(items, 150)
	return nil
}

// newOracle makes the oracle of a community from the items that arrived.
func (c *community) newOracle(registry *schemas.Registry, arrived []*Item) (*oracle.Oracle, error) {
	o := oracle.New(registry, oracle.Options{Tenant: c.tenant, Zone: c.zone, YearEnd: c.yearEnd})
	for _, item := range arrived {
		if item.Tenant != c.tenant {
			continue
		}
		if err := o.Take(item.Raw); err != nil {
			return nil, fmt.Errorf("tell the oracle: %w", err)
		}
	}
	return o, nil
}
