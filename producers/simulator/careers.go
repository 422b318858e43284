package simulator

import (
	"strconv"
	"time"

	"github.com/turnout/turnout/schemas"
)

// openings of a month, each with all that follows from it.
func (u *university) openings(month time.Time) {
	if len(u.attenders) == 0 {
		return
	}
	for range u.career.round(u.profile.openings / 12) {
		u.opening(month.AddDate(0, 0, u.career.below(28)).Add(daytime(u.career)))
	}
	if month.Month() == time.November { // the survey of the year's graduates
		for range u.career.round(u.profile.alumni * 4) {
			p := pick(u.career, u.alumni)
			outcome := []string{"full_time", "part_time", "self_employed", "service", "military", "continuing_education", "seeking", "not_seeking"}[u.career.weighted([]int{52, 6, 5, 2, 2, 20, 9, 4})]
			u.employed(p.id, outcome, "", "", "", month.AddDate(0, 0, u.career.below(25)).Add(daytime(u.career)), "survey")
		}
	}
}

// opening publishes an internship, a work placement or a job and fills it.
func (u *university) opening(at time.Time) {
	o := opening{id: u.out.id("o-"), kind: []string{"internship", "work_placement", "job"}[u.career.weighted([]int{60, 20, 20})], employer: employer(u.career)}
	o.positions = u.career.between(1, 4)
	o.closes = at.AddDate(0, 0, u.career.between(20, 45))
	ambassador := ""
	if u.career.chance(850) {
		ambassador = pick(u.career, u.attenders).id
	}
	publish := func(state string, revision uint32, recorded time.Time) {
		u.out.revise("careers", schemas.TypeOpportunityPublished, at, revision, recorded,
			text("opportunity_id", o.id), text("kind", o.kind), text("employer_id", o.employer), text("ambassador_id", ambassador),
			number("positions", o.positions), text("state", state), day("opens", at), day("closes", o.closes), truth("paid", u.career.chance(700)))
	}
	publish("open", 0, time.Time{})
	left := o.positions
	for range u.career.between(10, 30) {
		applied := at.Add(time.Duration(u.career.below(int(o.closes.Sub(at)/time.Minute))) * time.Minute)
		if u.apply(&o, applied, left > 0) {
			left--
		}
	}
	state := "expired"
	if left == 0 {
		state = "filled"
	}
	publish(state, 1, o.closes.AddDate(0, 0, 30))
}

type opening struct {
	id, kind, employer string
	positions          int
	closes             time.Time
}

// student gives one of those who study, old or new.
func (u *university) student(at time.Time) *person {
	if n := len(u.students); n > 40 && u.career.chance(450) {
		if p := u.students[n-1-u.career.below(40)]; p.joined.Before(at) {
			return p
		}
	}
	p := u.person("student", "candidate", at.Year()+u.career.between(0, 3), at.AddDate(0, 0, -u.career.between(1, 30)))
	u.tell(p, "site", p.joined, "")
	u.students = append(u.students, p)
	return p
}

// apply tells the story of one application; true when a position is taken.
func (u *university) apply(o *opening, at time.Time, vacant bool) bool {
	p, id := u.student(at), u.out.id("a-")
	u.out.say("careers", schemas.TypeApplicationSubmitted, at, text("application_id", id), text("opportunity_id", o.id),
		text("student_id", p.id), instant("at", at))
	when := o.closes
	step := func(status string) {
		when = when.AddDate(0, 0, u.career.between(2, 9)).Add(time.Hour)
		u.out.say("careers", schemas.TypeApplicationStatusChanged, when, text("application_id", id), text("status", status), instant("at", when))
	}
	switch {
	case u.career.chance(50):
		step("withdrawn")
		return false
	case !u.career.chance(380):
		if u.career.chance(600) {
			step("rejected")
		}
		return false
	}
	step("shortlisted")
	step("interviewed")
	if !vacant || u.career.chance(350) {
		step("rejected")
		return false
	}
	step("offered")
	switch u.career.weighted([]int{80, 17, 3}) {
	case 1:
		step("offer_declined")
		return false
	case 2:
		step("offer_rescinded")
		return false
	}
	step("offer_accepted")
	if o.kind == "job" {
		u.employed(p.id, "full_time", "hired", o.employer, "", when.AddDate(0, 1, 0), "employer")
		return true
	}
	u.place(o, p, id, when)
	return true
}

// place is the time at the employer's, and whether it leads to a job.
func (u *university) place(o *opening, p *person, application string, accepted time.Time) {
	id := u.out.id("pl-")
	step := func(status string, at time.Time, more ...field) {
		u.out.say("careers", schemas.TypePlacementStatusChanged, at, append(more, text("placement_id", id), text("application_id", application),
			text("opportunity_id", o.id), text("student_id", p.id), text("status", status), instant("at", at))...)
	}
	begin := accepted.AddDate(0, 0, u.career.between(14, 60))
	end := begin.AddDate(0, u.career.between(2, 4), 0)
	step("started", begin)
	if u.career.chance(70) {
		step("terminated", begin.AddDate(0, 0, u.career.between(10, 50)))
		return
	}
	eligible := u.career.chance(900)
	step("completed", end, truth("eligible_for_hire", eligible))
	if !eligible || !u.career.chance(735) { // 67 to 80 % of eligible interns are offered a job
		return
	}
	offered := end.AddDate(0, 0, u.career.between(5, 40))
	u.employed(p.id, "seeking", "job_offered", o.employer, id, offered, "employer")
	if !u.career.chance(795) { // 76 to 83 % accept
		u.employed(p.id, "continuing_education", "job_declined", o.employer, id, offered.AddDate(0, 0, 10), "employer")
		return
	}
	u.employed(p.id, "full_time", "job_accepted", o.employer, id, offered.AddDate(0, 0, 10), "employer")
	if u.career.chance(950) {
		u.employed(p.id, "full_time", "hired", o.employer, id, offered.AddDate(0, 1, 10), "employer")
	}
}

func (u *university) employed(person, outcome, step, employer, placement string, at time.Time, evidence string) {
	u.out.say("careers", schemas.TypeEmploymentReported, at, text("report_id", u.out.id("er-")), text("person_id", person), text("outcome", outcome),
		text("step", step), text("employer_id", employer), text("placement_id", placement), instant("at", at), text("evidence", evidence))
}

// newsletter names a campaign.
func newsletter(at time.Time, n int) string {
	return "newsletter-" + at.Format("2006-01") + "-" + strconv.Itoa(n)
}
