package simulator

import (
	"slices"
	"strconv"
	"time"

	"github.com/turnout/turnout/schemas"
)

func chapters() []string {
	return []string{"chapter-north", "chapter-south", "chapter-capital", "chapter-abroad"}
}

// found defines the groups as they are at the beginning.
func (u *university) found() {
	at := u.From.AddDate(0, 0, -30).Add(12 * time.Hour)
	define := func(id, kind, name, parent string) {
		u.out.say("groups", schemas.TypeGroupDefined, at, text("group_id", id), text("kind", kind), text("name", name),
			text("parent_id", parent), day("active_from", at))
	}
	define("council", "council", "Council of ambassadors", "")
	for i, name := range []string{"North", "South", "Capital", "Abroad"} {
		define(chapters()[i], "chapter", name, "council")
	}
	for i, name := range []string{"Students", "Careers", "Excursions", "Promotion", "Alumni relations"} {
		id := "group-" + strconv.Itoa(i+1)
		u.groups = append(u.groups, id)
		define(id, "working_group", name, "council")
	}
	define("club-debate", "autonomous_structure", "Debating club", "")
}

// civics lets people join and leave groups, propose, log hours; and the university report.
func (u *university) civics(month time.Time) {
	at := func() time.Time { return month.AddDate(0, 0, u.civic.below(28)).Add(daytime(u.civic)) }
	groups := append(slices.Clone(u.groups), "club-debate", "council")
	for range u.civic.round(min(len(u.attenders), 300) * 25) {
		p, group := pick(u.civic, u.attenders), pick(u.civic, groups)
		if slices.Contains(u.members[group], p) || !p.joined.Before(month) {
			continue
		}
		u.members[group] = append(u.members[group], p)
		role := "member"
		if u.civic.chance(120) {
			role = "lead"
		}
		u.belong(group, p, "joined", role, at())
	}
	for _, group := range groups {
		if list := u.members[group]; len(list) > 3 && u.civic.chance(150) {
			i := u.civic.below(len(list))
			u.belong(group, list[i], "left", "member", at())
			u.members[group] = slices.Delete(list, i, i+1)
		}
	}
	if len(u.attenders) > 0 {
		for range u.civic.round(u.profile.initiatives / 12) {
			u.initiative(at())
		}
		for range u.civic.round(u.profile.volunteers / 12) {
			u.volunteer(pick(u.civic, u.attenders), pick(u.civic, []string{"mentoring", "mentoring", "jury", "promotion", "admissions", "other"}), at(), "")
		}
	}
	if month.Month()%3 == 0 {
		u.wellbeing(month.AddDate(0, 1, -1).Add(18 * time.Hour))
	}
}

func (u *university) belong(group string, p *person, action, role string, at time.Time) {
	u.out.say("groups", schemas.TypeGroupMembershipChanged, at, text("group_id", group), text("person_id", p.id),
		text("action", action), text("role", role), instant("at", at))
}

// initiative goes its way from the proposal on.
func (u *university) initiative(at time.Time) {
	id := u.out.id("i-")
	kind := pick(u.civic, []string{"charter", "proposal", "proposal", "project", "project"})
	proposer, group := pick(u.civic, u.attenders).id, pick(u.civic, u.groups)
	step := func(status string, votes int) {
		fields := []field{
			text("initiative_id", id), text("kind", kind), text("status", status), instant("at", at),
			text("proposer_id", proposer), text("group_id", group), text("title", "Initiative "+id[2:6]),
		}
		if votes > 0 {
			fields = append(fields, number("votes", votes))
		}
		u.out.say("initiatives", schemas.TypeInitiativeStatusChanged, at, fields...)
		at = at.AddDate(0, 0, u.civic.between(7, 45))
	}
	step("proposed", 0)
	if !u.civic.chance(800) {
		return
	}
	step("discussed", 0)
	if u.civic.chance(300) {
		step("rejected", u.civic.between(1, 20))
		return
	}
	step("adopted", u.civic.between(10, 60))
	if u.civic.chance(700) {
		step("in_progress", 0)
		step("done", 0)
	}
}

// wellbeing reports a quarter's activities without naming anybody.
func (u *university) wellbeing(at time.Time) {
	period := strconv.Itoa(at.Year()) + "-Q" + strconv.Itoa((int(at.Month())+2)/3)
	for i, programme := range []string{"sports", "counselling", "volunteering-clubs"} {
		participants := field{"participants", "null"}
		if n := u.civic.between(0, 160); n >= 5 {
			participants = number("participants", n)
		}
		u.out.say("wellbeing", schemas.TypeWellbeingActivityReported, at, text("report_id", u.out.id("w-")), text("programme", programme),
			text("period", period), number("activities", u.civic.between(1, 20)), participants,
			text("audience", []string{"students", "staff", "ambassadors"}[i]))
	}
}
