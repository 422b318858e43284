package simulator

import (
	"time"

	"github.com/turnout/turnout/schemas"
)

// work has steps without a beginning: of applications, placements, reports and
// initiatives that nobody told about, or at the same moment.
func (o *oddities) work() {
	for range 5 {
		at := o.moment()
		application := o.out.id("a-")
		for _, status := range []string{"interviewed", "offered", pick(o.random, []string{"offer_accepted", "offer_declined", "offer_rescinded", "rejected"})} {
			o.out.say("careers", schemas.TypeApplicationStatusChanged, at, text("application_id", application), text("status", status), instant("at", at))
			at = at.Add(time.Duration(o.random.below(3)) * time.Hour)
		}
		if o.random.chance(300) {
			application = ""
		}
		o.placed(application, at)
	}
	for range 10 {
		o.employed(o.anybody(), pick(o.random, []string{"full_time", "military", "service", "self_employed", "seeking", "not_seeking"}),
			pick(o.random, []string{"", "hired", "left"}), "", pick(o.random, []string{"", "pl-nobody-told"}), o.moment(), "register")
	}
	for range 4 {
		id, at := o.out.id("i-"), o.moment()
		for _, status := range some(o.random, []string{"proposed", "discussed", "adopted", "rejected", "in_progress", "done"}, 3) {
			o.out.say("initiatives", schemas.TypeInitiativeStatusChanged, at, text("initiative_id", id), text("kind", pick(o.random, []string{"charter", "project"})),
				text("status", status), instant("at", at), text("proposer_id", o.anybody()))
			at = at.AddDate(0, 0, o.random.between(-4, 4))
		}
	}
}

// placed is a placement of which the opening may be unknown, and the beginning, too.
func (o *oddities) placed(application string, at time.Time) {
	id, student, opening := o.out.id("pl-"), o.anybody(), o.out.id("o-")
	if o.random.chance(600) {
		o.out.revise("careers", schemas.TypeOpportunityPublished, at, 0, time.Time{}, text("opportunity_id", opening), text("kind", "internship"),
			text("employer_id", "employer-1"), text("ambassador_id", o.anybody()), number("positions", o.random.between(1, 3)), text("state", "open"), day("opens", o.edge()))
	}
	for _, status := range some(o.random, []string{"started", "completed", "terminated"}, o.random.between(1, 3)) {
		fields := []field{
			text("placement_id", id), text("application_id", application), text("opportunity_id", opening), text("student_id", student),
			text("status", status), instant("at", at),
		}
		if status == "completed" {
			fields = append(fields, truth("eligible_for_hire", o.random.chance(700)))
		}
		o.out.say("careers", schemas.TypePlacementStatusChanged, at, fields...)
		at = at.AddDate(0, 0, o.random.between(0, 40))
	}
	if o.random.chance(600) {
		o.employed(student, "full_time", pick(o.random, []string{"job_offered", "job_declined", "hired"}), "", id, at, "employer")
	}
}

// give has gifts on the last and first day of years, in currencies without cents, and
// letters of which nobody told.
func (o *oddities) give() {
	for range 16 {
		at := o.edge()
		o.out.say("fundraising", schemas.TypeDonationReceived, at, text("gift_id", o.out.id("d-")), text("donor_id", o.anybody()), number("amount_minor", o.random.between(1, 900_000)),
			text("currency", pick(o.random, []string{"EUR", "JPY", "KWD"})), text("kind", pick(o.random, []string{"cash", "in_kind", "pledge_payment"})),
			text("legal_donor", pick(o.random, []string{"self", "self", "donor_advised_fund", "company"})), day("on", at))
	}
	for range 16 {
		at := o.edge()
		fields := []field{
			text("log_id", o.out.id("v-")), text("person_id", o.anybody()), text("activity", pick(o.random, []string{"lecture", "jury", "admissions"})),
			day("on", at), hours(o.random.between(1, 96)),
		}
		if o.random.chance(400) {
			fields = append(fields, number("students_reached", o.random.below(9)))
		}
		o.out.say("volunteering", schemas.TypeVolunteeringLogged, at, fields...)
	}
	for range 10 {
		at := o.moment()
		o.out.say("mailer", schemas.TypeCommunicationResponded, at, text("response_id", o.out.id("cr-")), text("campaign_id", pick(o.random, []string{"", "letter-nobody-told", "post"})),
			text("person_id", o.anybody()), text("action", pick(o.random, []string{"opened", "clicked", "shared"})), instant("at", at))
	}
}

// revise takes facts back, changes them, or says something else under the same id.
func (o *oddities) revise(said []said) {
	for _, s := range said {
		switch fate := o.random.below(100); {
		case fate < 4: // taken back
			again := *s.event
			again.ID, again.Revision, again.Voided, again.Reason = o.out.id("e"), s.event.Revision+1, true, "entered by mistake"
			again.Recorded = again.Time.Add(time.Duration(o.random.below(400)) * time.Hour)
			o.out.post(&again, again.Time, Corrected)
		case fate < 12:
			again := *s.event
			changed := o.tweak(s)
			if changed == nil {
				continue
			}
			again.Data = object(changed)
			if fate < 10 { // a correction; some have the same revision, and were recorded later
				again.ID, again.Revision = o.out.id("e"), s.event.Revision+uint32(o.random.below(2))
				again.Recorded = again.RecordedOrTime().Add(time.Duration(o.random.below(400)) * time.Hour)
			} // else one id with two contents
			o.out.post(&again, again.Time, Corrected)
		}
	}
}

// tweak gives other data for a fact: the same key, another value; nil for types that have none.
func (o *oddities) tweak(s said) []field {
	choices := o.otherwise(s)[s.event.Type]
	if len(choices) == 0 {
		return nil
	}
	better := pick(o.random, choices)
	changed := []field{better}
	for _, f := range s.fields {
		if f.name != better.name && (f.name != "closes" || better.name != "opens") {
			changed = append(changed, f)
		}
	}
	return changed
}

// otherwise is what could be said instead, by type.
func (o *oddities) otherwise(s said) map[string][]field {
	when := instant("at", o.moment())
	return map[string][]field{
		schemas.TypeMemberRegistered: {text("kind", "staff"), text("faculty", "law"), number("graduation_year", 2012), instant("joined_at", o.moment())},
		schemas.TypeGatheringScheduled: {
			instant("starts_at", s.event.Time.In(o.Zone).AddDate(0, 0, 9)), text("kind", "social"), text("series_id", "odd"), text("group_id", "group-1"),
			number("capacity", 4), text("chapter_id", "chapter-north"),
		},
		schemas.TypeGatheringCompleted:       {text("attendance_basis", "check_in"), text("attendance_basis", "not_recorded")},
		schemas.TypeAttendanceRecorded:       {truth("present", false), text("role", "host"), text("group_id", "group-2")},
		schemas.TypeRegistrationSubmitted:    {when},
		schemas.TypeApplicationStatusChanged: {when},
		schemas.TypeInitiativeStatusChanged:  {when},
		schemas.TypeVolunteeringLogged:       {day("on", o.edge()), text("activity", "mentoring"), text("person_id", o.anybody())},
		schemas.TypeOpportunityPublished:     {number("positions", 5), day("opens", o.edge()), text("ambassador_id", o.anybody())},
		schemas.TypeApplicationSubmitted:     {text("student_id", o.anybody())},
		schemas.TypeGroupMembershipChanged:   {text("action", "left")},
		schemas.TypeEmploymentReported:       {text("outcome", "continuing_education"), when},
		schemas.TypeCommunicationSent:        {number("delivered", o.random.between(0, 3))},
		schemas.TypeDonationReceived:         {day("on", o.edge()), text("legal_donor", "company"), text("currency", "JPY")},
		schemas.TypeMemberMerged:             {text("into_id", o.person().id)},
	}
}
