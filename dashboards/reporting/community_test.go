package reporting_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"time"
)

// community is a small made-up one: what is true in it, and the events that tell it.
type community struct {
	random     *rand.Rand
	days       int
	persons    []*person
	gatherings []*gathering // by start, ties by id
	events     []said
}

type person struct {
	id, alias, kind string // alias is "" or an id that was merged into id
	joined          time.Time
	versions        []version
	contactable     bool
}

// version is what is known of a person from a day on.
type version struct {
	from                     time.Time
	faculty, status, chapter string
}

type gathering struct {
	id, kind, series, basis string
	starts, ends            time.Time
	scheduled, cancelled    bool
	present                 map[*person]bool // false is a recorded absence
	roles                   map[*person]string
	registered              map[*person]*registration
}

type registration struct{ confirmed, rejected, cancelled time.Time }

func newCommunity(seed uint64) *community { return newCommunityOf(seed, 9, 12, 600) }

// newCommunityOf makes one of so many persons and gatherings, within so many days.
func newCommunityOf(seed uint64, persons, gatherings, days int) *community {
	c := &community{random: rand.New(rand.NewPCG(seed, 1)), days: days}
	for i := range persons {
		c.addPerson(i)
	}
	for i := range gatherings {
		c.addGathering(i)
	}
	slices.SortFunc(c.gatherings, func(a, b *gathering) int {
		if d := a.starts.Compare(b.starts); d != 0 {
			return d
		}
		return strings.Compare(a.id, b.id)
	})
	c.random.Shuffle(len(c.events), func(i, j int) { c.events[i], c.events[j] = c.events[j], c.events[i] })
	return c
}

// chance is true in n of ten cases.
func (c *community) chance(n int) bool { return c.random.IntN(10) < n }

func pick(c *community, values ...string) string { return values[c.random.IntN(len(values))] }

// moment is some time from 2022 on, near midnight and the turn of months more often than not.
func (c *community) moment() time.Time {
	day := c.random.IntN(c.days)
	if c.chance(5) {
		day = 30*(day/30) + c.random.IntN(2)
	}
	return time.Date(2022, time.January, 1+day, pickHour(c), 15*c.random.IntN(4), 0, 0, time.UTC)
}

func pickHour(c *community) int { return []int{0, 4, 10, 17, 18, 23}[c.random.IntN(6)] }

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

func (c *community) say(typ string, at time.Time, data map[string]any) {
	event := said{typ: typ, time: stamp(at), id: fmt.Sprintf("c%d", len(c.events)), data: data}
	c.events = append(c.events, event)
	if c.chance(2) {
		c.events = append(c.events, event) // some are delivered twice
	}
}

func (c *community) addPerson(i int) {
	p := &person{id: fmt.Sprintf("p%d", i), contactable: true}
	c.persons = append(c.persons, p)
	if c.chance(3) {
		p.alias = p.id + "-old"
		c.say("member.merged.v1", c.moment(), map[string]any{"from_id": p.alias, "into_id": p.id, "evidence": "manual"})
	}
	if c.chance(2) {
		return // nobody told about this one
	}
	p.kind = pick(c, "alumnus", "alumnus", "alumnus", "student", "staff")
	p.joined = c.moment()
	first := version{p.joined.Truncate(24 * time.Hour), pick(c, "law", "physics"), pick(c, "candidate", "ambassador"), ""}
	p.versions = []version{first}
	c.say("member.registered.v1", p.joined, map[string]any{
		"person_id": p.id, "kind": p.kind, "joined_at": stamp(p.joined), "status": first.status, "faculty": first.faculty,
	})
	if c.chance(5) {
		changed := first
		changed.from = first.from.AddDate(0, 0, 1+c.random.IntN(200))
		changed.faculty, changed.chapter = pick(c, "law", "physics"), pick(c, "north", "south")
		p.versions = append(p.versions, changed)
		data := map[string]any{
			"person_id": p.id, "valid_from": changed.from.Format(time.DateOnly), "faculty": changed.faculty, "chapter_id": changed.chapter,
		}
		c.say("member.updated.v1", changed.from, data)
	}
}

func (c *community) addGathering(i int) {
	g := &gathering{
		id: fmt.Sprintf("g%02d", i), starts: c.moment(), scheduled: c.chance(8), basis: "not_recorded",
		present: map[*person]bool{}, roles: map[*person]string{}, registered: map[*person]*registration{},
	}
	if len(c.gatherings) > 0 && c.chance(2) {
		g.starts = c.gatherings[c.random.IntN(len(c.gatherings))].starts // ties happen
	}
	g.ends = g.starts
	if c.chance(8) {
		for _, p := range c.persons {
			c.attend(g, p)
		}
	}
	if !g.scheduled && len(g.present) == 0 {
		g.scheduled = true
	}
	if len(g.present) > 0 {
		g.basis = "unstated"
	}
	if g.scheduled {
		g.kind, g.series = pick(c, "meeting", "excursion"), pick(c, "", "a", "a", "b")
		g.ends = g.starts.Add(2 * time.Hour)
		data := map[string]any{
			"gathering_id": g.id, "kind": g.kind, "formality": "formal", "format": "online", "starts_at": stamp(g.starts), "ends_at": stamp(g.ends), "title": "Title " + g.id,
		}
		if g.series != "" {
			data["series_id"] = g.series
		}
		c.say("gathering.scheduled.v1", g.starts.AddDate(0, -1, 0), data)
	}
	if c.chance(5) {
		g.basis = pick(c, "check_in", "sign_in_sheet", "headcount_only", "registration_assumed", "not_recorded")
		c.say("gathering.completed.v1", g.ends, map[string]any{"gathering_id": g.id, "attendance_basis": g.basis, "headcount": 40})
	}
	if c.chance(1) {
		g.cancelled = true
		c.say("gathering.cancelled.v1", g.starts, map[string]any{"gathering_id": g.id, "at": stamp(g.starts)})
	}
	for _, p := range c.persons {
		if g.scheduled && c.chance(5) {
			c.register(g, p)
		}
	}
	c.gatherings = append(c.gatherings, g)
}

// name gives one of the ids that a system may know a person by.
func (c *community) name(p *person) string {
	if p.alias != "" && c.chance(5) {
		return p.alias
	}
	return p.id
}

func (c *community) attend(g *gathering, p *person) {
	if !c.chance(4) {
		return
	}
	times := 1
	if p.alias != "" && c.chance(3) {
		times = 2 // both of a merged person's ids are on the sheet
	}
	for n := range times {
		present, role, id := c.chance(8), pick(c, "participant", "speaker"), p.id
		if n == 1 || times == 1 {
			id = c.name(p)
		}
		if n == 1 {
			id = p.alias
		}
		g.present[p] = g.present[p] || present
		if present && g.roles[p] == "" {
			g.roles[p] = role
		}
		if g.roles[p] != "" {
			role = g.roles[p]
		}
		c.say("attendance.recorded.v1", g.starts, map[string]any{
			"gathering_id": g.id, "person_id": id, "present": present, "role": role, "method": "sheet",
		})
	}
}

func (c *community) register(g *gathering, p *person) {
	r := &registration{}
	g.registered[p] = r
	id := c.name(p)
	base := map[string]any{"registration_id": g.id + "-" + id, "gathering_id": g.id, "person_id": id}
	at := g.starts.AddDate(0, 0, -10)
	with := func(more map[string]any) map[string]any {
		out := map[string]any{}
		for _, m := range []map[string]any{base, more} {
			maps.Copy(out, m)
		}
		return out
	}
	c.say("registration.submitted.v1", at, with(map[string]any{"status": "pending", "at": stamp(at)}))
	if c.chance(8) {
		r.confirmed = at.Add(time.Hour)
		c.say("registration.submitted.v1", r.confirmed, with(map[string]any{"status": "confirmed", "at": stamp(r.confirmed)}))
	}
	if c.chance(2) {
		r.rejected = at.Add(2 * time.Hour)
		c.say("registration.submitted.v1", r.rejected, with(map[string]any{"status": "rejected", "at": stamp(r.rejected)}))
	}
	if c.chance(3) {
		r.cancelled = g.starts.Add(time.Duration(c.random.IntN(4)-2) * time.Hour)
		c.say("registration.cancelled.v1", r.cancelled, with(map[string]any{"at": stamp(r.cancelled), "by": "attendee"}))
	}
}
