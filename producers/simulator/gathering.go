package simulator

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"github.com/turnout/turnout/schemas"
)

// gathering is one gathering in the making.
type gathering struct {
	id, kind, series, chapter, group, employer, title string
	starts, ends, announced                           time.Time
	capacity                                          int
	basis                                             string
	unannounced                                       bool // known by its attendance alone
	registers                                         bool
	present                                           []*person
	names                                             map[*person]string // by which id a person is known there
}

// gatherings holds those of a month, the earlier first, since who comes depends on who came.
func (u *university) gatherings(month time.Time) {
	share := monthWeights()[month.Month()-1]
	count := u.plan.round(u.profile.gatherings * share / 100)
	var list []*gathering
	for range count {
		list = append(list, u.schedule(month))
	}
	if month.Month() == time.October || month.Month() == time.December {
		list = append(list, u.edge(month))
	}
	slices.SortStableFunc(list, func(a, b *gathering) int { return a.starts.Compare(b.starts) })
	for _, g := range list {
		if g.starts.Before(u.From) {
			continue
		}
		u.held++
		u.series[g.series]++
		g.id = u.out.named("g", g.starts.Year(), u.held)
		if g.series != "" {
			g.title += " " + strconv.Itoa(u.series[g.series])
		}
		u.hold(g)
	}
}

// schedule thinks of a gathering: what, when, how.
func (u *university) schedule(month time.Time) *gathering {
	g := &gathering{kind: u.gatheringKind(month.Month()), registers: true, names: map[*person]string{}}
	hours := u.plan.between(2, 3)
	switch g.kind {
	case "meeting":
		g.series, g.title = "ambassador-meetings", "Ambassador meeting"
	case "strategic_session":
		g.series, g.title, hours = "strategy", "Strategic session", 6
	case "working_session":
		g.group = pick(u.plan, u.groups)
		g.series, g.title, g.registers = "sessions-"+g.group, "Working session", u.plan.chance(400)
	case "student_meeting":
		g.title = "Ambassadors meet students"
	case "excursion":
		g.title, g.employer, hours = "Excursion", employer(u.plan), 4
	case "graduation_ceremony":
		g.title = "Graduation ceremony"
	case "webinar":
		g.series, g.title = "webinars", "Webinar"
	default:
		g.title = "Get-together"
	}
	if u.plan.chance(300) {
		g.chapter = pick(u.plan, chapters())
	}
	g.starts = u.moment(month, g.kind)
	g.ends = g.starts.Add(time.Duration(hours) * time.Hour)
	g.announced = g.starts.AddDate(0, 0, -u.plan.between(14, 58))
	g.basis = []string{"check_in", "sign_in_sheet", "headcount_only", "registration_assumed", "not_recorded", ""}[u.plan.weighted([]int{54, 28, 6, 3, 4, 5})]
	g.unannounced = g.kind == "social" && u.plan.chance(150)
	return g
}

func (u *university) gatheringKind(month time.Month) string {
	weights := []int{26, 4, 24, 14, 8, 0, 10, 14}
	if month == time.June || month == time.July {
		weights[5] = 40
	}
	return []string{
		"meeting", "strategic_session", "working_session", "student_meeting", "excursion", "graduation_ceremony", "social", "webinar",
	}[u.plan.weighted(weights)]
}

// moment picks a day and an hour: Tuesday to Thursday in the evening, mostly.
func (u *university) moment(month time.Time, kind string) time.Time {
	days := month.AddDate(0, 1, -1).Day()
	weights := []int{4, 8, 26, 26, 24, 8, 4} // from Sunday on
	weekday := u.plan.weighted(weights)
	d := u.plan.between(1, days)
	for time.Date(month.Year(), month.Month(), d, 12, 0, 0, 0, u.Zone).Weekday() != time.Weekday(weekday) {
		d = d%days + 1
	}
	hour := u.plan.between(17, 20)
	if kind == "excursion" || kind == "graduation_ceremony" || kind == "strategic_session" || weekday == 0 || weekday == 6 {
		hour = u.plan.between(10, 14)
	}
	return time.Date(month.Year(), month.Month(), d, hour, 30*u.plan.below(2), 0, 0, u.Zone)
}

// edge gives gatherings where clocks are tricky: in the hour that comes twice when
// summer time ends, and over midnight at the year's end.
func (u *university) edge(month time.Time) *gathering {
	g := &gathering{kind: "webinar", series: "night-watch", title: "Night watch with the chapters abroad", registers: true, basis: "check_in", names: map[*person]string{}}
	d := 31
	if month.Month() == time.October {
		for time.Date(month.Year(), month.Month(), d, 12, 0, 0, 0, u.Zone).Weekday() != time.Sunday {
			d--
		}
		g.starts = time.Date(month.Year(), month.Month(), d, 2, 30, 0, 0, u.Zone)
		g.ends = g.starts.Add(2 * time.Hour)
	} else {
		g.starts = time.Date(month.Year(), month.Month(), d-1, 23, 59, 59, 0, u.Zone)
		g.ends = g.starts.Add(time.Second + 90*time.Minute)
	}
	g.announced = g.starts.AddDate(0, 0, -30)
	return g
}

// hold lets a gathering happen, from its announcement to the thanks afterwards.
func (u *university) hold(g *gathering) {
	wanted := u.plan.curve(gatheringSizes())
	if u.profile.largest > 0 {
		wanted = min(wanted, u.profile.largest)
		u.gatheringIDs = append(u.gatheringIDs, g.id)
	}
	if u.plan.chance(350) {
		g.capacity = wanted * u.plan.between(90, 150) / 100
	}
	if !g.unannounced {
		u.announce(g)
	}
	if u.plan.chance(35) && !g.unannounced {
		u.cancel(g, wanted)
		return
	}
	g.present = u.come(g, wanted)
	if g.registers && !g.unannounced {
		u.register(g)
	}
	u.attend(g)
	if !g.unannounced {
		u.complete(g)
	}
	u.thank(g)
}

func (u *university) announce(g *gathering) {
	formality := "informal"
	if slices.Contains([]string{"meeting", "strategic_session", "graduation_ceremony"}, g.kind) {
		formality = "formal"
	}
	format := "in_person"
	if g.kind == "webinar" {
		format = "online"
	} else if u.plan.chance(150) {
		format = "hybrid"
	}
	fields := []field{
		text("gathering_id", g.id), text("kind", g.kind), text("formality", formality), text("format", format),
		instant("starts_at", g.starts), instant("ends_at", g.ends), text("title", g.title), text("series_id", g.series),
		text("chapter_id", g.chapter), text("group_id", g.group), text("employer_id", g.employer),
	}
	if g.capacity > 0 {
		fields = append(fields, number("capacity", g.capacity))
	}
	u.out.say("calendar", schemas.TypeGatheringScheduled, g.announced, fields...)
}

func (u *university) cancel(g *gathering, wanted int) {
	at := g.starts.Add(-time.Duration(u.plan.between(4, 200)) * time.Hour)
	u.out.say("calendar", schemas.TypeGatheringCancelled, at, text("gathering_id", g.id), instant("at", at), text("reason", "too few registrations"))
	for _, p := range some(u.plan, slices.Clone(u.attenders), wanted/3) {
		id := u.out.id("r-")
		registered := g.announced.Add(time.Duration(u.plan.between(1, 200)) * time.Hour)
		if registered.After(at) {
			continue
		}
		u.submit(g, p, id, "confirmed", registered)
		u.withdraw(g, p, id, at.Add(time.Minute), "organiser")
	}
}

// come chooses who is present: about a fifth for the first time, the others by
// how often they still want to come, those first who came lately.
func (u *university) come(g *gathering, wanted int) []*person {
	month := monthNumber(g.starts)
	fresh := u.plan.round(wanted * 200)
	back := u.returning(month, wanted-fresh)
	var present []*person
	for range wanted - len(back) {
		var p *person
		if n := len(u.newcomers); n > 0 && u.plan.chance(600) {
			p, u.newcomers = u.newcomers[n-1], u.newcomers[:n-1]
		} else {
			p = u.joiner(g.starts)
		}
		u.double(p, g.starts)
		u.attenders = append(u.attenders, p)
		present = append(present, p)
	}
	present = append(present, back...)
	for _, p := range present {
		p.budget--
		p.visits++
		p.settled = p.visits > 1
		p.last = month
		if p.visits == 2 && p.status == "candidate" {
			p.status = "ambassador"
			u.update(p, g.starts.AddDate(0, 0, u.plan.between(1, 20)), text("status", "ambassador"), text("chapter_id", pick(u.plan, chapters())))
		}
	}
	return present
}

// returning draws up to n of those who came before and still want to come.
func (u *university) returning(month, n int) []*person {
	type drawn struct {
		person *person
		lot    int
	}
	var lots []drawn
	kept := u.attenders[:0]
	for _, p := range u.attenders {
		if p.budget <= 0 {
			continue // will not come again; nobody asks any more
		}
		kept = append(kept, p)
		weight := 10
		switch {
		case !p.settled && month-p.last == 1:
			weight = 400 // the month after the first visit decides
		case month-p.last <= 1:
			weight = 40
		case month-p.last <= 3:
			weight = 20
		}
		lots = append(lots, drawn{p, u.plan.below(1_000_000) / weight})
	}
	clear(u.attenders[len(kept):])
	u.attenders = kept
	slices.SortStableFunc(lots, func(a, b drawn) int { return cmp.Compare(a.lot, b.lot) })
	back := make([]*person, 0, n)
	for _, lot := range lots[:min(n, len(lots))] {
		back = append(back, lot.person)
	}
	return back
}
