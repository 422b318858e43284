package simulator

import (
	"slices"
	"time"

	"github.com/turnout/turnout/schemas"
)

// oddities are what a small community has far more of than a real one, so that little
// data tries everything: facts that are taken back or changed, one id for two events,
// merges in chains and circles, strangers, references to nothing, and edges of days.
type oddities struct {
	*university
	random random
	known  []*person
	days   int
}

func (u *university) oddities() {
	o := &oddities{university: u, random: newRandom(u.seed, u.Tenant, "oddities"), days: int(u.Until.Sub(u.From) / (24 * time.Hour))}
	for _, list := range [][]*person{u.alumni, u.idle, u.attenders, u.newcomers, u.students} {
		for _, p := range list {
			if !slices.Contains(o.known, p) {
				o.known = append(o.known, p)
			}
		}
	}
	said := slices.Clone(u.out.said) // what was said without oddities
	o.lives()
	o.merges()
	o.meet()
	o.registrations()
	o.work()
	o.give()
	o.revise(said)
}

func (o *oddities) person() *person { return pick(o.random, o.known) }

// anybody is an id: of somebody known, mostly.
func (o *oddities) anybody() string {
	if o.random.chance(100) {
		return o.out.id("p-")
	}
	return o.person().id
}

// moment is some time of the simulated years, near midnight and the turn of months more
// often than not.
func (o *oddities) moment() time.Time {
	y, m, d := o.From.AddDate(0, 0, o.random.below(o.days)).Date()
	if o.random.chance(400) {
		d = o.random.below(2) // the first day of a month, or the last before
	}
	clock := pick(o.random, []time.Duration{0, time.Minute, 9 * time.Hour, 18 * time.Hour, 24*time.Hour - time.Millisecond})
	return time.Date(y, m, d, 0, 0, 0, 0, o.Zone).Add(clock)
}

// edge is a day at which a year ends or begins, whichever year it is, or any day.
func (o *oddities) edge() time.Time {
	at := o.moment()
	if o.random.chance(500) {
		month := pick(o.random, []time.Month{time.January, time.April, time.July, time.September})
		at = time.Date(at.Year(), month, o.random.below(2), 12, 0, 0, 0, o.Zone)
	}
	return at
}

// lives change: kind, status, faculty, chapter, class; people leave, die, and object.
func (o *oddities) lives() {
	for range 40 {
		at := o.moment().AddDate(0, 0, o.random.between(-200, 30))
		change := pick(o.random, [][]field{
			{text("faculty", pick(o.random, faculties()))}, {text("chapter_id", pick(o.random, chapters()))},
			{text("status", pick(o.random, []string{"candidate", "ambassador"}))}, {text("kind", pick(o.random, []string{"staff", "alumnus", "student"}))},
			{number("graduation_year", o.random.between(1990, 2028))}, {truth("living", o.random.chance(500))}, {truth("contactable", o.random.chance(500))},
			{text("faculty", pick(o.random, faculties())), text("chapter_id", pick(o.random, chapters()))},
		})
		o.out.say("members", schemas.TypeMemberUpdated, at.AddDate(0, 0, -3), append(slices.Clone(change), text("person_id", o.anybody()), day("valid_from", at))...)
	}
	for range 8 {
		at := o.moment()
		o.out.say("members", schemas.TypeMemberLeft, at, text("person_id", o.anybody()), instant("at", at),
			text("reason", pick(o.random, []string{"resigned", "lapsed", "deceased", "removed"})))
	}
	for range 12 {
		at := o.moment()
		o.out.say("members", schemas.TypeConsentChanged, at, text("person_id", o.anybody()), text("purpose", pick(o.random, []string{"contact", "contact", "analytics", "named_lists"})),
			truth("granted", o.random.chance(500)), instant("at", at))
	}
}

// merges of any two, in chains and circles; some are taken back later.
func (o *oddities) merges() {
	merge := func(from, into string) {
		o.out.say("members", schemas.TypeMemberMerged, o.moment(), text("from_id", from), text("into_id", into), text("evidence", "manual"))
	}
	for range 4 {
		from, into := o.person().id, o.person().id
		if from != into {
			merge(from, into)
		}
	}
	circle := some(o.random, slices.Clone(o.known), 3)
	for i, p := range circle {
		merge(p.id, circle[(i+1)%len(circle)].id)
	}
	far := o.out.id("p-")
	middle := o.out.id("p-")
	merge(far, middle)
	merge(middle, o.person().id)
	for _, id := range []string{far, middle} {
		at := o.moment()
		o.out.say("volunteering", schemas.TypeVolunteeringLogged, at, text("log_id", o.out.id("v-")), text("person_id", id),
			text("activity", "mentoring"), day("on", at), hours(o.random.between(1, 8)))
	}
}

// gathered are the ids of gatherings, of one that nobody announced among them.
func (o *oddities) gathered() string {
	if o.random.chance(80) || len(o.gatheringIDs) == 0 {
		return "g-unheard-of"
	}
	return pick(o.random, o.gatheringIDs)
}

// meet gathers at odd hours, with strangers, and with groups that nobody defined.
func (o *oddities) meet() {
	groups := append(slices.Clone(o.groups), "group-nobody-defined", "")
	kinds := []string{"meeting", "student_meeting", "excursion", "graduation_ceremony", "social", "working_session"}
	for n := range 6 {
		starts := o.moment()
		id := o.out.named("odd", starts.Year(), n)
		o.gatheringIDs = append(o.gatheringIDs, id)
		o.out.say("calendar", schemas.TypeGatheringScheduled, starts.AddDate(0, 0, -20), text("gathering_id", id), text("kind", pick(o.random, kinds)),
			text("formality", "formal"), text("format", "hybrid"), instant("starts_at", starts), instant("ends_at", starts.Add(2*time.Hour)), text("title", "Odd hour"),
			text("series_id", pick(o.random, []string{"", "strategy", "odd"})), text("group_id", pick(o.random, groups)), text("chapter_id", pick(o.random, append(chapters(), ""))),
			number("capacity", o.random.between(1, 6)))
		if o.random.chance(600) {
			o.out.say("calendar", schemas.TypeGatheringCompleted, starts.Add(3*time.Hour), text("gathering_id", id),
				text("attendance_basis", pick(o.random, []string{"check_in", "sign_in_sheet", "headcount_only", "not_recorded"})), number("headcount", o.random.below(9)))
		}
		o.sign(id, starts, groups)
	}
	for range 12 { // late lines on any list, also for gatherings that were cancelled
		o.sign(o.gathered(), o.moment(), groups)
	}
	for range 10 {
		at := o.moment()
		fields := []field{text("response_id", o.out.id("f-")), text("gathering_id", o.gathered()), number("nps", o.random.between(0, 10))}
		if o.random.chance(500) {
			fields = append(fields, text("person_id", o.anybody()), number("rating", o.random.between(1, 5)))
		}
		o.out.say("surveys", schemas.TypeFeedbackSubmitted, at, fields...)
	}
	for range 14 {
		at := o.moment()
		o.belong(pick(o.random, append(slices.Clone(o.groups), "group-nobody-defined", "council")), o.person(), pick(o.random, []string{"joined", "joined", "left"}), "member", at)
	}
}

// sign puts some persons on the list of a gathering.
func (o *oddities) sign(gathering string, at time.Time, groups []string) {
	for range o.random.below(6) {
		o.out.say("desk", schemas.TypeAttendanceRecorded, at, text("gathering_id", gathering), text("person_id", o.anybody()), truth("present", o.random.chance(800)),
			text("role", pick(o.random, []string{"participant", "participant", "speaker", "host", "volunteer"})), text("method", "sheet"), text("group_id", pick(o.random, groups)))
	}
}

// registrations at the hours that decide: a day before, at the start, both at once.
func (o *oddities) registrations() {
	for n := range 4 {
		starts := o.moment()
		id := o.out.named("reg", starts.Year(), n)
		o.out.say("calendar", schemas.TypeGatheringScheduled, starts.AddDate(0, 0, -30), text("gathering_id", id), text("kind", "meeting"), text("formality", "formal"),
			text("format", "online"), instant("starts_at", starts), instant("ends_at", starts.Add(time.Hour)), number("capacity", 3))
		o.out.say("calendar", schemas.TypeGatheringCompleted, starts.Add(time.Hour), text("gathering_id", id), text("attendance_basis", "check_in"))
		g := &gathering{id: id, starts: starts, names: map[*person]string{}}
		for range 9 {
			p, r := o.person(), o.out.id("r-")
			at := starts.AddDate(0, 0, -o.random.between(0, 25))
			o.submit(g, p, r, pick(o.random, []string{"pending", "waitlisted", "confirmed"}), at)
			o.submit(g, p, r, pick(o.random, []string{"confirmed", "waitlisted", "confirmed"}), at.Add(time.Duration(o.random.below(3))*time.Hour))
			switch o.random.below(4) {
			case 0:
				o.withdraw(g, p, r, starts.Add(pick(o.random, []time.Duration{-24 * time.Hour, -24*time.Hour + time.Minute, 0, -time.Minute})), "attendee")
			case 1:
				o.submit(g, p, r, "rejected", at.Add(time.Duration(o.random.below(3))*time.Hour))
			}
		}
		o.sign(id, starts, []string{""})
	}
}
