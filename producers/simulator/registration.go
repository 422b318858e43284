package simulator

import (
	"slices"
	"time"

	"github.com/turnout/turnout/schemas"
)

// noShow is how many of a thousand expected do not come: fewer where it costs something.
func (g *gathering) noShow() int {
	if g.kind == "excursion" || g.kind == "graduation_ceremony" {
		return 170
	}
	return 280
}

// register lets those register who will come, those who will not, and those who
// change their minds.
func (u *university) register(g *gathering) {
	var coming []*person
	for _, p := range g.present {
		if !u.plan.chance(130) { // the others walk in
			coming = append(coming, p)
		}
	}
	absent := u.absentees(g, u.plan.round(len(coming)*1000*g.noShow()/(1000-g.noShow())))
	quitting := u.absentees(g, u.plan.round((len(coming)+len(absent))*110))
	for _, p := range coming {
		u.confirm(g, p)
	}
	for _, p := range absent {
		u.confirm(g, p)
		if g.basis == "check_in" && u.plan.chance(100) { // somebody ticked them off
			u.note(g, p, false, "participant", g.starts)
		}
	}
	for _, p := range quitting {
		id, at := u.confirm(g, p)
		left := int(g.starts.Sub(at) / time.Minute)
		cancelled := g.starts.Add(-time.Duration(u.plan.below(max(1, left))) * time.Minute)
		if u.plan.chance(300) {
			cancelled = g.starts.Add(-time.Duration(u.plan.below(max(1, min(left, 24*60)))) * time.Minute)
		}
		if u.plan.chance(40) {
			cancelled = g.starts.Add(time.Duration(u.plan.between(1, 600)) * time.Minute) // too late to count
		}
		u.withdraw(g, p, id, cancelled, "attendee")
	}
	for _, p := range u.absentees(g, u.plan.round(len(coming)*40)) { // no seat, or no right to one
		id := u.out.id("r-")
		status := "waitlisted"
		if u.plan.chance(150) {
			status = "rejected"
		}
		u.submit(g, p, id, status, u.signUp(g))
	}
}

// absentees are persons who are not present: from those who never come and those who sometimes do.
func (u *university) absentees(g *gathering, n int) []*person {
	var found []*person
	for tries := 0; len(found) < n && tries < 4*n+8; tries++ {
		list := u.idle
		if u.plan.chance(550) && len(u.attenders) > 0 {
			list = u.attenders
		}
		if len(list) == 0 {
			break
		}
		p := pick(u.plan, list)
		if _, known := g.names[p]; known || slices.Contains(g.present, p) || !p.joined.Before(g.announced) {
			continue
		}
		g.names[p] = p.name(u.plan, g.announced)
		found = append(found, p)
	}
	return found
}

// confirm registers a person, with a detour for some, and gives the id and the moment.
func (u *university) confirm(g *gathering, p *person) (string, time.Time) {
	id := u.out.id("r-")
	at := u.signUp(g)
	if at.Before(p.joined) {
		at = p.joined.Add(time.Hour)
	}
	switch {
	case u.plan.chance(90):
		u.submit(g, p, id, "pending", at)
		at = at.Add(time.Duration(u.plan.between(1, 600)) * time.Minute)
	case g.capacity > 0 && u.plan.chance(120): // a seat became free
		u.submit(g, p, id, "waitlisted", at)
		at = at.Add(time.Duration(u.plan.between(60, 6000)) * time.Minute)
	}
	if at.After(g.starts) {
		at = g.starts.Add(-time.Minute)
	}
	u.submit(g, p, id, "confirmed", at)
	return id, at
}

// signUp is when somebody registers: early, after a reminder, on the same day, or any time.
func (u *university) signUp(g *gathering) time.Time {
	minutes := func(days int) time.Duration { return time.Duration(u.plan.below(days*24*60)) * time.Minute }
	switch u.plan.weighted([]int{35, 12, 18, 20, 15}) {
	case 0:
		return g.announced.Add(minutes(3))
	case 1:
		return g.starts.AddDate(0, 0, -7).Add(minutes(1))
	case 2:
		return g.starts.AddDate(0, 0, -2).Add(minutes(1))
	case 3:
		return g.starts.Add(-time.Duration(u.plan.between(10, 10*60)) * time.Minute)
	}
	return g.announced.Add(minutes(int(g.starts.Sub(g.announced) / (24 * time.Hour))))
}

func (u *university) submit(g *gathering, p *person, id, status string, at time.Time) {
	fields := []field{
		text("registration_id", id), text("gathering_id", g.id), text("person_id", u.known(g, p)), text("status", status), instant("at", at),
		text("channel", pick(u.plan, []string{"site", "site", "e-mail", "telegram"})),
	}
	if u.plan.chance(60) {
		fields = append(fields, number("guests", u.plan.between(1, 2)))
	}
	u.out.say("registrations", schemas.TypeRegistrationSubmitted, at, fields...)
}

func (u *university) withdraw(g *gathering, p *person, id string, at time.Time, by string) {
	u.out.say("registrations", schemas.TypeRegistrationCancelled, at, text("registration_id", id), text("gathering_id", g.id),
		text("person_id", u.known(g, p)), instant("at", at.Truncate(time.Minute)), text("by", by))
}

// known is the id that the person goes by at the gathering: the same at its desk as in its list.
func (u *university) known(g *gathering, p *person) string {
	if g.names[p] == "" {
		g.names[p] = p.name(u.plan, g.starts)
	}
	return g.names[p]
}
