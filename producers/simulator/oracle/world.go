package oracle

import (
	"bytes"
	"cmp"
	"slices"
	"strings"
	"time"
)

// world is what is true in a community.
type world struct {
	options    Options
	facts      map[string][]stated
	merges     map[string]string
	members    map[string]*member // by resolved id
	gatherings []*gathering       // held, the earlier first
	months     map[string]map[int]bool
}

// gathering is one that was not cancelled.
type gathering struct {
	id, series, basis string
	starts, ends      time.Time
	headcount, guests *int
	listed            bool            // somebody's attendance is on record, present or not
	present           map[string]role // by resolved id
	came              []string        // present, as the reports show them: without staff
	previous, next    *gathering      // of the series
	registrations     map[string]*registration
}

type role struct {
	name    string
	version [16]byte
	at      time.Time
}

// recorded: a sheet or a check-in that names nobody is a record, too.
func (g *gathering) recorded() bool {
	return g.basis == "check_in" || g.basis == "sign_in_sheet" || g.listed
}

func newWorld(options Options, facts map[string][]stated) *world {
	w := &world{options: options, facts: facts, merges: map[string]string{}}
	for _, m := range facts["member.merged"] {
		if m.FromID != m.IntoID {
			w.merges[m.FromID] = m.IntoID
		}
	}
	w.members = w.readMembers()
	w.gatherings = w.readGatherings()
	w.readRegistrations()
	w.months = w.activity()
	return w
}

// resolve follows the merges to the end; of a circle the smallest id stands for all.
func (w *world) resolve(id string) string {
	path := []string{id}
	for {
		next, merged := w.merges[id]
		if !merged {
			return id
		}
		if i := slices.Index(path, next); i >= 0 {
			return slices.Min(path[i:])
		}
		path = append(path, next)
		id = next
	}
}

// readGatherings finds those that were scheduled, completed or only attended, and
// were not cancelled, with who was there.
func (w *world) readGatherings() []*gathering {
	all := map[string]*gathering{}
	get := func(id string) *gathering {
		if all[id] == nil {
			all[id] = &gathering{id: id, present: map[string]role{}, registrations: map[string]*registration{}}
		}
		return all[id]
	}
	for _, s := range w.facts["attendance.recorded"] {
		g := get(s.GatheringID)
		g.listed = true
		if g.starts.IsZero() || s.at.Before(g.starts) {
			g.starts = s.at
			g.ends = s.at
		}
		p := w.resolve(s.PersonID)
		if known, ok := g.present[p]; s.Present && (!ok || bytes.Compare(known.version[:], s.version[:]) < 0) {
			g.present[p] = role{s.Role, s.version, s.at}
		}
	}
	for _, s := range w.facts["gathering.completed"] {
		g := get(s.GatheringID)
		g.basis, g.headcount, g.guests = s.Basis, s.Headcount, s.Guests
		if g.starts.IsZero() {
			g.starts, g.ends = s.time, s.time
		}
	}
	for _, s := range w.facts["gathering.scheduled"] {
		g := get(s.GatheringID)
		g.starts, g.ends, g.series = s.StartsAt, s.EndsAt, s.SeriesID
	}
	for _, s := range w.facts["gathering.cancelled"] {
		delete(all, s.GatheringID)
	}
	held := make([]*gathering, 0, len(all))
	for _, g := range all {
		held = append(held, g)
	}
	slices.SortFunc(held, func(a, b *gathering) int {
		return cmp.Or(a.starts.Compare(b.starts), strings.Compare(a.id, b.id))
	})
	w.place(held)
	return held
}

// place finds each gathering's neighbours in its series and whom the reports show.
func (w *world) place(held []*gathering) {
	last := map[string]*gathering{}
	for _, g := range held {
		if g.series != "" {
			if before := last[g.series]; before != nil {
				g.previous, before.next = before, g
			}
			last[g.series] = g
		}
		for p := range g.present {
			if w.shown(p, g.starts) {
				g.came = append(g.came, p)
			}
		}
		slices.Sort(g.came)
	}
}

// shown says whether the reports show a person: not who was staff on that day.
func (w *world) shown(person string, at time.Time) bool {
	m := w.members[person]
	return m == nil || m.asOf(w.date(at)).kind != "staff"
}

// date is the calendar day in the community's zone.
func (w *world) date(at time.Time) string { return at.In(w.options.Zone).Format(time.DateOnly) }

// month is the month in the community's zone, counted from the year 0.
func (w *world) month(at time.Time) int {
	local := at.In(w.options.Zone)
	return local.Year()*12 + int(local.Month()) - 1
}

// member is what was said about a person in time.
type member struct {
	joined  time.Time // first; zero when never registered
	changes []change  // the earlier first
}

// change is what held from a moment on; "" and nil say nothing.
type change struct {
	moment      string // local wall clock: date, or date and time
	step        int    // of one moment: registered, updated, consent, left
	version     [16]byte
	kind        string
	living      *bool
	contactable *bool
}

// state is what held on a day.
type state struct {
	kind                string
	living, contactable bool
}

func (w *world) readMembers() map[string]*member {
	all := map[string]*member{}
	add := func(person string, c change) *member {
		person = w.resolve(person)
		if all[person] == nil {
			all[person] = &member{}
		}
		all[person].changes = append(all[person].changes, c)
		return all[person]
	}
	for _, s := range w.facts["member.registered"] {
		m := add(s.PersonID, change{moment: w.date(s.JoinedAt), step: 0, version: s.version, kind: s.Kind})
		if m.joined.IsZero() || s.JoinedAt.Before(m.joined) {
			m.joined = s.JoinedAt
		}
	}
	for _, s := range w.facts["member.updated"] {
		add(s.PersonID, change{moment: s.ValidFrom, step: 1, version: s.version, kind: s.Kind, living: s.Living, contactable: s.Contactable})
	}
	for _, s := range w.facts["consent.changed"] {
		if s.Purpose == "contact" {
			add(s.PersonID, change{moment: w.clock(s.At), step: 2, version: s.version, contactable: &s.Granted})
		}
	}
	for _, s := range w.facts["member.left"] {
		c := change{moment: w.clock(s.At), step: 3, version: s.version}
		if s.Reason == "deceased" {
			c.living = new(bool)
		}
		add(s.PersonID, c)
	}
	for _, m := range all {
		slices.SortFunc(m.changes, func(a, b change) int {
			return cmp.Or(strings.Compare(a.moment, b.moment), cmp.Compare(a.step, b.step), bytes.Compare(a.version[:], b.version[:]))
		})
	}
	return all
}

// clock writes a moment so that it sorts among dates.
func (w *world) clock(at *time.Time) string {
	return at.In(w.options.Zone).Format("2006-01-02 15:04:05.000")
}

// since is the first day of which anything is known.
func (m *member) since() string { return m.changes[0].moment[:len(time.DateOnly)] }

// asOf gives what held at the end of the day. What was known first holds before, too.
func (m *member) asOf(day string) state {
	day = max(day, m.since())
	s := state{living: true, contactable: true}
	for i := range m.changes {
		c := &m.changes[i]
		if c.moment[:len(time.DateOnly)] > day {
			break
		}
		if c.kind != "" {
			s.kind = c.kind
		}
		if c.living != nil {
			s.living = *c.living
		}
		if c.contactable != nil {
			s.contactable = *c.contactable
		}
	}
	return s
}
