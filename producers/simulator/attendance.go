package simulator

import (
	"time"

	"github.com/turnout/turnout/schemas"
)

// attend records who was present, where it was recorded at all.
func (u *university) attend(g *gathering) {
	if (g.basis != "check_in" && g.basis != "sign_in_sheet" && g.basis != "") && !g.unannounced {
		return
	}
	skewed := u.plan.chance(40) // the clock of the desk is wrong
	off := time.Duration(u.plan.between(-90, 90)) * time.Minute
	for i, p := range g.present {
		at := g.starts.Add(time.Duration(u.plan.between(-20, 35)) * time.Minute)
		if skewed {
			at = at.Add(off)
		}
		u.note(g, p, true, u.roleAt(g, i), at)
	}
}

func (u *university) roleAt(g *gathering, place int) string {
	switch {
	case place == len(g.present)-1 && g.kind != "social":
		return "host"
	case place == len(g.present)-2 && len(g.present) > 5:
		return "speaker"
	case place == len(g.present)-3 && g.kind == "graduation_ceremony":
		return "speaker"
	case u.plan.chance(30):
		return "organiser"
	case u.plan.chance(20):
		return "volunteer"
	}
	return "participant"
}

// note publishes one line of the attendance list.
func (u *university) note(g *gathering, p *person, present bool, role string, at time.Time) {
	method := "qr"
	if g.basis != "check_in" {
		method = "sheet"
	} else if u.plan.chance(200) {
		method = "desk"
	}
	fields := []field{
		text("gathering_id", g.id), text("person_id", u.known(g, p)), truth("present", present), text("role", role), text("method", method),
	}
	if present && (method != "sheet" || g.unannounced) {
		fields = append(fields, instant("at", at))
	}
	if present && method == "qr" && u.plan.chance(400) {
		fields = append(fields, number("minutes", u.plan.between(20, int(g.ends.Sub(g.starts)/time.Minute))))
	}
	if group := u.workingIn(g); group != "" {
		fields = append(fields, text("group_id", group))
	}
	u.out.say("desk", schemas.TypeAttendanceRecorded, at, fields...)
}

// workingIn is the group that somebody works in at the gathering: its own, or one of
// several in parallel.
func (u *university) workingIn(g *gathering) string {
	if g.group != "" {
		return g.group
	}
	if g.kind == "strategic_session" || (g.kind == "meeting" && u.plan.chance(300)) {
		return pick(u.plan, u.groups)
	}
	return ""
}

// complete says how attendance was taken.
func (u *university) complete(g *gathering) {
	if g.basis == "" {
		return
	}
	fields := []field{text("gathering_id", g.id), text("attendance_basis", g.basis)}
	guests := u.plan.round(len(g.present) * 60)
	if g.basis == "headcount_only" || u.plan.chance(500) {
		fields = append(fields, number("headcount", len(g.present)+guests))
	}
	if g.basis != "not_recorded" && u.plan.chance(700) {
		fields = append(fields, number("anonymous_guests", guests))
	}
	u.out.say("calendar", schemas.TypeGatheringCompleted, g.ends.Add(time.Duration(u.plan.between(0, 2000))*time.Minute), fields...)
}

// thank gathers feedback and the hours of those who spoke or hosted.
func (u *university) thank(g *gathering) {
	for _, p := range g.present {
		if !u.plan.chance(170) {
			continue
		}
		fields := []field{text("response_id", u.out.id("f-")), text("gathering_id", g.id), number("rating", 5-u.plan.weighted([]int{45, 35, 12, 5, 3}))}
		if u.plan.chance(850) {
			fields = append(fields, number("nps", 10-u.plan.weighted([]int{22, 20, 22, 14, 8, 6, 3, 2, 1, 1, 1})))
		}
		if u.plan.chance(700) { // the others answer without a name
			fields = append(fields, text("person_id", u.known(g, p)))
		}
		u.out.say("surveys", schemas.TypeFeedbackSubmitted, g.ends.Add(time.Duration(u.plan.between(30, 4000))*time.Minute), fields...)
	}
	if n := len(g.present); n > 5 && u.plan.chance(700) {
		activities := map[string]string{"graduation_ceremony": "ceremony_address", "excursion": "excursion_hosting"}
		activity := activities[g.kind]
		if activity == "" {
			activity = "lecture"
		}
		u.volunteer(g.present[n-2], activity, g.ends, g.id)
	}
}

// volunteer enters hours into the log.
func (u *university) volunteer(p *person, activity string, at time.Time, gathering string) {
	fields := []field{
		text("log_id", u.out.id("v-")), text("person_id", p.id), text("activity", activity), day("on", at),
		hours(u.plan.between(4, 20)), text("gathering_id", gathering),
	}
	if activity == "lecture" || activity == "mentoring" || activity == "excursion_hosting" {
		fields = append(fields, number("students_reached", u.plan.between(1, 45)))
	}
	u.out.say("volunteering", schemas.TypeVolunteeringLogged, at, fields...)
}
