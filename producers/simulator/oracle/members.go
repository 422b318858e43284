package oracle

import (
	"bytes"
	"cmp"
	"slices"
	"strings"
	"time"
)

// member is what was said about a person in time.
type member struct {
	joined  time.Time   // first; zero when never registered
	joins   []time.Time // all of them
	leaves  []time.Time
	changes []change // the earlier first
}

// change is what held from a moment on; "" and nil say nothing.
type change struct {
	moment      string // local wall clock: date, or date and time
	step        int    // of one moment: registered, updated, consent, left
	version     [16]byte
	state       // what it says
	livingSaid  *bool
	contactSaid *bool
}

// stepConsent is that of consents among the changes of one moment.
const stepConsent = 2

// state is what held on a day.
type state struct {
	kind, status, faculty, chapter string
	graduation                     *int
	living, contactable            bool
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
	says := func(s stated) state {
		return state{kind: s.Kind, status: s.Status, faculty: s.Faculty, chapter: s.ChapterID, graduation: s.Graduation}
	}
	for _, s := range w.facts["member.registered"] {
		m := add(s.PersonID, change{moment: w.date(s.JoinedAt), step: 0, version: s.version, state: says(s)})
		m.joins = append(m.joins, s.JoinedAt)
		if m.joined.IsZero() || s.JoinedAt.Before(m.joined) {
			m.joined = s.JoinedAt
		}
	}
	for _, s := range w.facts["member.updated"] {
		add(s.PersonID, change{moment: s.ValidFrom, step: 1, version: s.version, state: says(s), livingSaid: s.Living, contactSaid: s.Contactable})
	}
	for _, s := range w.facts["consent.changed"] {
		if s.Purpose == "contact" {
			add(s.PersonID, change{moment: w.clock(s.At), step: stepConsent, version: s.version, contactSaid: &s.Granted})
		}
	}
	for _, s := range w.facts["member.left"] {
		c := change{moment: w.clock(s.At), step: 3, version: s.version}
		if s.Reason == "deceased" {
			c.livingSaid = new(bool)
		}
		m := add(s.PersonID, c)
		m.leaves = append(m.leaves, *s.At)
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

// told says whether anything was said of the member by that day; a consent alone makes none.
func (m *member) told(day string) bool {
	return slices.ContainsFunc(m.changes, func(c change) bool { return c.step != stepConsent && c.moment[:len(time.DateOnly)] <= day })
}

// asOf gives what held at the end of the day. What was known first holds before, too.
func (m *member) asOf(day string) state {
	day = max(day, m.since())
	s := state{living: true, contactable: true}
	for i := range m.changes {
		c := &m.changes[i]
		if c.moment[:len(time.DateOnly)] > day {
			break
		}
		s.kind, s.status = cmp.Or(c.kind, s.kind), cmp.Or(c.status, s.status)
		s.faculty, s.chapter = cmp.Or(c.faculty, s.faculty), cmp.Or(c.chapter, s.chapter)
		s.graduation = cmp.Or(c.graduation, s.graduation)
		if c.livingSaid != nil {
			s.living = *c.livingSaid
		}
		if c.contactSaid != nil {
			s.contactable = *c.contactSaid
		}
	}
	return s
}

// left is when the member left for good, as far as is known at that time; zero is never.
func (m *member) left(now time.Time) time.Time {
	var last time.Time
	for _, at := range m.leaves {
		if !at.After(now) && at.After(last) {
			last = at
		}
	}
	for _, at := range m.joins {
		if !at.After(now) && at.After(last) {
			return time.Time{} // came back
		}
	}
	return last
}
