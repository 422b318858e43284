package oracle

import (
	"bytes"
	"time"
)

// registration is a person's history with one gathering.
type registration struct {
	first      time.Time // submission of any kind; zero is none
	confirmed  time.Time // last; zero is never
	waitlisted time.Time // first
	cancelled  time.Time // last
	last       struct {
		at      time.Time
		rank    int
		version [16]byte
	}
}

// Ranks are the order of steps that were taken at one moment.
const (
	rankConfirmed = 2
	rankCancelled = 4
)

func ranks() map[string]int {
	return map[string]int{"pending": 0, "waitlisted": 1, "confirmed": rankConfirmed, "rejected": 3}
}

func (w *world) readRegistrations() {
	for _, s := range w.facts["registration.submitted"] {
		r := w.step(s, ranks()[s.Status])
		if r == nil {
			continue
		}
		if r.first.IsZero() || s.at.Before(r.first) {
			r.first = s.at
		}
		switch {
		case s.Status == "confirmed" && s.at.After(r.confirmed):
			r.confirmed = s.at
		case s.Status == "waitlisted" && (r.waitlisted.IsZero() || s.at.Before(r.waitlisted)):
			r.waitlisted = s.at
		}
	}
	for _, s := range w.facts["registration.cancelled"] {
		if r := w.step(s, rankCancelled); r != nil && s.at.After(r.cancelled) {
			r.cancelled = s.at
		}
	}
}

// step finds the registration and notes whether this is its latest step; nil when
// there is no such gathering.
func (w *world) step(s stated, rank int) *registration {
	g := w.named[s.GatheringID]
	if g == nil {
		return nil
	}
	p := w.resolve(s.PersonID)
	r := g.registrations[p]
	if r == nil {
		r = &registration{}
		r.last.rank = -1
		g.registrations[p] = r
	}
	later := s.at.Compare(r.last.at)
	if later == 0 {
		later = rank - r.last.rank
	}
	if later == 0 {
		later = bytes.Compare(s.version[:], r.last.version[:])
	}
	if r.last.rank < 0 || later > 0 {
		r.last.at, r.last.rank, r.last.version = s.at, rank, s.version
	}
	return r
}

// standing says whether the registration was confirmed and not taken back by the organiser.
func (r *registration) standing() bool {
	return !r.confirmed.IsZero() && (r.last.rank == rankConfirmed || r.last.rank == rankCancelled)
}

// cancelledBefore says whether the confirmed registration was cancelled before the start.
func (r *registration) cancelledBefore(start time.Time) bool {
	return r.standing() && r.last.rank == rankCancelled && r.cancelled.Before(start)
}

// promoted says whether somebody on the waiting list got a seat.
func (r *registration) promoted() bool {
	return !r.waitlisted.IsZero() && !r.confirmed.IsZero() && !r.confirmed.Before(r.waitlisted)
}

// registered gives the registrations of wanted persons.
func (v *view) registered(g *gathering, each func(person string, r *registration)) {
	for p, r := range g.registrations {
		if v.wanted(p, v.date(g.starts)) {
			each(p, r)
		}
	}
}

// expect counts what came of a gathering's registrations.
func (v *view) expect(c *cell, g *gathering) {
	known := (g.basis == "check_in" || g.basis == "sign_in_sheet") && g.recorded() && v.over(g)
	v.registered(g, func(p string, r *registration) {
		if r.standing() {
			c.confirm(g, p, r, known)
		}
		if !r.waitlisted.IsZero() {
			c.one("waitlisted")
		}
		if r.promoted() {
			c.one("promoted")
		}
	})
	if !known {
		return
	}
	c.one("known")
	for _, p := range v.came(g) {
		if r := g.registrations[p]; r == nil || !r.standing() || r.cancelledBefore(g.starts) {
			c.one("walk-ins")
		}
	}
}

// confirm counts a confirmed registration, and where it is known what came of it.
func (c *cell) confirm(g *gathering, person string, r *registration, known bool) {
	c.one("confirmed")
	_, here := g.present[person]
	switch {
	case r.cancelledBefore(g.starts):
		c.one("cancelled")
		if g.starts.Sub(r.cancelled) < 24*time.Hour {
			c.one("late")
		}
	case known && here:
		c.one("shown")
	case known:
		c.one("absent")
	}
}

// showUp is report 3.
func (v *view) showUp(grain string) []Row {
	return v.ofGatherings(grain, v.expect, func(c *cell) Row {
		row := Row{
			"confirmed": c.sum("confirmed"), "cancelled": c.sum("cancelled"), "expected": nil, "shown_up": nil, "no_shows": nil, "walk_ins": nil,
			"show_up_rate": nil, "no_show_rate": nil,
		}
		if c.sum("known") > 0 {
			shown, absent := c.sum("shown"), c.sum("absent")
			row["expected"], row["shown_up"], row["no_shows"], row["walk_ins"] = shown+absent, shown, absent, c.sum("walk-ins")
			row["show_up_rate"], row["no_show_rate"] = ratio(shown, shown+absent), ratio(absent, shown+absent)
		}
		return row
	})
}

// registrationOutcomes is report 4.
func (v *view) registrationOutcomes(grain string) []Row {
	return v.ofGatherings(grain, func(c *cell, g *gathering) {
		v.expect(c, g)
		if g.capacity != nil && g.recorded() && v.begun(g) {
			c.one("sized")
			c.add("attended", float64(len(v.came(g))))
			c.add("capacity", float64(*g.capacity))
		}
	}, func(c *cell) Row {
		row := Row{
			"confirmed": c.sum("confirmed"), "late_cancellations": c.sum("late"), "late_share": ratio(c.sum("late"), c.sum("confirmed")),
			"attended": nil, "capacity": nil, "fill_rate": nil,
			"waitlisted": c.sum("waitlisted"), "promoted": c.sum("promoted"), "waitlist_conversion": ratio(c.sum("promoted"), c.sum("waitlisted")),
		}
		if c.sum("sized") > 0 {
			row["attended"], row["capacity"], row["fill_rate"] = c.sum("attended"), c.sum("capacity"), ratio(c.sum("attended"), c.sum("capacity"))
		}
		return row
	})
}

// ofGatherings gives a row for each gathering, those to come included, or for each period that has some.
func (v *view) ofGatherings(grain string, tell func(*cell, *gathering), row func(*cell) Row) []Row {
	if grain == byGathering {
		rows := []Row{}
		for _, g := range v.listed() {
			c := newCell()
			tell(c, g)
			r := row(c)
			r["period"], r["title"] = g.id, g.title
			rows = append(rows, r)
		}
		return rows
	}
	rows, all := []Row{}, cells[int]{}
	for _, g := range v.listed() {
		tell(all.at(v.period(grain, v.date(g.starts))), g)
	}
	if len(all) == 0 {
		return rows
	}
	first, last := span(all)
	for n := first; n <= last; n++ {
		if all[n] != nil {
			r := row(all[n])
			r["period"] = label(grain, n)
			rows = append(rows, r)
		}
	}
	return rows
}

// leadTime is report 5: the share of registrations that were made so many days before.
func (v *view) leadTime() []Row {
	var days []int
	for _, g := range v.listed() {
		v.registered(g, func(_ string, r *registration) {
			if !r.first.IsZero() {
				days = append(days, daysBetween(v.date(r.first), v.date(g.starts)))
			}
		})
	}
	rows := []Row{}
	if len(days) == 0 {
		return rows
	}
	for _, before := range []int{0, 1, 2, 3, 5, 7, 10, 14, 21, 28, 42, 60, 90} {
		early := count(days, func(n int) bool { return n >= before })
		rows = append(rows, Row{
			"days_before": float64(before), "registered": early, "registrations": float64(len(days)), "share": ratio(early, float64(len(days))),
		})
	}
	return rows
}
