package oracle_test

import (
	"fmt"
	"testing"

	"github.com/turnout/turnout/schemas"
)

// application tells one case as far as it came; steps are days of May 2024.
func (l *told) application(id, student string, steps ...string) {
	l.say(schemas.TypeApplicationSubmitted, "2024-05-01T10:00:00Z", "", fmt.Sprintf(
		`{"application_id":%q,"opportunity_id":"o","student_id":%q,"at":"2024-05-01T10:00:00Z"}`, id, student))
	for i, status := range steps {
		at := fmt.Sprintf("2024-05-%02dT10:00:00Z", i+2)
		l.say(schemas.TypeApplicationStatusChanged, at, "", fmt.Sprintf(`{"application_id":%q,"status":%q,"at":%q}`, id, status, at))
	}
}

func (l *told) placement(id, application, student, status, at, more string) {
	if application != "" {
		more += fmt.Sprintf(`,"application_id":%q`, application)
	}
	l.say(schemas.TypePlacementStatusChanged, at, "", fmt.Sprintf(
		`{"placement_id":%q,"opportunity_id":"o","student_id":%q,"status":%q,"at":%q%s}`, id, student, status, at, more))
}

func (l *told) opening(id string, positions int) {
	l.say(schemas.TypeOpportunityPublished, "2024-05-01T00:00:00Z", "", fmt.Sprintf(
		`{"opportunity_id":%q,"kind":"internship","employer_id":"e","ambassador_id":"a","positions":%d,"state":"open","opens":"2024-05-01"}`, id, positions))
}

func (l *told) employed(id, person, step, placement, outcome, at string) {
	l.say(schemas.TypeEmploymentReported, at, "", fmt.Sprintf(
		`{"report_id":%q,"person_id":%q,"outcome":%q,"step":%q,"placement_id":%q,"at":%q,"evidence":"employer"}`, id, person, outcome, step, placement, at))
}

// TestFunnel follows five applications: refused, declined, rescinded, broken off, hired.
func TestFunnel(t *testing.T) {
	var l told
	l.opening("o", 3)
	l.application("a1", "s1", "rejected")
	l.application("a2", "s2", "interviewed", "offered", "offer_declined")
	l.application("a3", "s2", "offered", "offer_rescinded") // the same student; nobody noted the interview
	l.application("a4", "s3", "interviewed", "offered", "offer_accepted")
	l.application("a5", "s4", "offer_accepted")
	l.placement("p4", "a4", "s3", "terminated", "2024-06-01T10:00:00Z", "")
	l.placement("p5", "a5", "s4", "completed", "2024-08-01T10:00:00Z", `,"eligible_for_hire":true`)
	l.employed("r", "s4", "hired", "p5", "full_time", "2024-09-01T10:00:00Z")
	f := l.figures(t, nil)
	expect(t, "reached", f.column("career-funnel", "", "reached"), "3 5 4 4 2 2 1 1")
	expect(t, "persons", f.column("career-funnel", "", "persons"), "- 4 3 3 2 2 1 1")
	expect(t, "exits", f.column("career-funnel", "", "exits"), "- 1 0 2 0 1 0 0")
	expect(t, "declined and rescinded", f.column("career-funnel", "", "declined", "rescinded"), "- - - - - - 1 1 - - - - - - - -")
	expect(t, "fill", f.column("position-fill", "", "openings", "positions", "starts", "accepted", "median_days"), "1 3 2 2 2")
}

// TestInterns holds NACE's sample: 20 of 50 eligible accept, 40 %.
func TestInterns(t *testing.T) {
	var l told
	l.opening("o", 60)
	for i := range 55 {
		id := fmt.Sprint("p", i)
		l.placement(id, "", fmt.Sprint("s", i), "completed", "2024-08-01T10:00:00Z", fmt.Sprintf(`,"eligible_for_hire":%t`, i < 50))
		if i < 25 {
			l.employed(fmt.Sprint("o", i), fmt.Sprint("s", i), "job_offered", id, "seeking", "2024-09-01T10:00:00Z")
		}
		if i < 20 {
			l.employed(fmt.Sprint("a", i), fmt.Sprint("s", i), "job_accepted", id, "full_time", "2024-09-02T10:00:00Z")
		}
	}
	got := l.figures(t, nil).column("intern-conversion", "", "completed", "eligible", "offers", "accepted", "offer_rate", "acceptance_rate", "conversion_rate")
	expect(t, "interns", got, "55 50 25 20 0.5 0.8 0.4")
}

// TestActivation: who is not active yet waits longer than we know, and is not left out.
func TestActivation(t *testing.T) {
	var l told
	for i, day := range []string{"11", "21", "", ""} { // after 10 and 20 days, or not yet
		p := fmt.Sprint("p", i)
		l.join(p, "alumnus", "2024-01-01T10:00:00Z")
		if day != "" {
			l.attend("g"+day, p, "2024-01-"+day+"T10:00:00Z")
		}
	}
	l.join("early", "alumnus", "2024-01-05T10:00:00Z")
	l.attend("g0", "early", "2024-01-02T10:00:00Z") // came before joining: at once
	l.join("staff", "staff", "2024-01-05T10:00:00Z")
	got := l.figures(t, nil).column("activation", "", "joined", "activated", "due", "active_within_90", "activation_rate", "median_days")
	expect(t, "activation", got, "5 3 5 3 0.6 20")
}

// TestOverlap: each engaged person is in exactly one combination.
func TestOverlap(t *testing.T) {
	var l told
	l.gathering("g", "", "2024-03-01T18:00:00Z")
	for _, p := range []string{"one", "two", "none"} {
		l.join(p, "alumnus", "2020-01-01T00:00:00Z")
	}
	l.attend("g", "one", "2024-03-01T18:00:00Z")
	l.attend("g", "two", "2024-03-01T18:00:00Z")
	l.say(schemas.TypeDonationReceived, "2024-04-01T12:00:00Z", "", `{"gift_id":"d","donor_id":"two","amount_minor":1250,"currency":"JPY","kind":"cash","legal_donor":"self","on":"2024-04-01"}`)
	f := l.figures(t, nil)
	expect(t, "by number", f.column("mode-overlap", "by=number", "persons"), "1 1 0 0")
	table, err := f.oracle.Report("mode-overlap", "by=combination", f.now())
	if err != nil {
		t.Fatal(err)
	}
	sum := 0.0
	for _, row := range table.Rows {
		n, _ := row["persons"].(float64)
		sum += n
		if n > 0 && row["modes"] != "experiential" && row["modes"] != "experiential + philanthropic" {
			t.Errorf("%v persons in %v", n, row["modes"])
		}
	}
	if sum != 2 || len(table.Rows) != 15 {
		t.Errorf("%v persons in %d combinations", sum, len(table.Rows))
	}
	expect(t, "giving", f.column("giving", "", "alumni_of_record", "donors"), "3 1")
	expect(t, "sums", f.column("giving-sums", "", "currency", "amount_minor", "amount"), "JPY 1250 1250")
}

// TestSatisfaction keeps quiet below five answers.
func TestSatisfaction(t *testing.T) {
	var l told
	for _, g := range []string{"few", "many"} {
		l.gathering(g, "", "2024-03-01T18:00:00Z")
	}
	l.complete("many", "sign_in_sheet")
	l.absent("many", "away")
	for i, nps := range []int{10, 9, 8, 6, 0} {
		for _, g := range []string{"few", "many"} {
			if g == "many" || i < 4 {
				l.say(schemas.TypeFeedbackSubmitted, "2024-03-02T12:00:00Z", "", fmt.Sprintf(`{"response_id":"%s%d","gathering_id":%q,"nps":%d,"rating":%d}`, g, i, g, nps, i+1))
			}
		}
	}
	f := l.figures(t, nil)
	expect(t, "nps", f.column("satisfaction", "grain=gathering", "period", "responses", "nps", "rating", "attended"), "few 4 - - - many 5 0 3 0")
	expect(t, "a month", f.column("satisfaction", "grain=month", "responses", "promoters", "detractors", "nps"), "9 4 3 11.11111111111111")
}

// TestGroups: an attendance that names a group is of that group only.
func TestGroups(t *testing.T) {
	var l told
	for _, group := range []string{"a", "b"} {
		l.say(schemas.TypeGroupDefined, "2024-01-01T00:00:00Z", "", fmt.Sprintf(`{"group_id":%q,"kind":"working_group","name":"Group %s","active_from":"2024-01-01"}`, group, group))
	}
	l.say(schemas.TypeGatheringScheduled, "2024-01-01T00:00:00Z", "", `{"gathering_id":"g","group_id":"a","kind":"meeting","formality":"formal","format":"online","starts_at":"2024-03-01T18:00:00Z","ends_at":"2024-03-01T20:00:00Z"}`)
	member := func(group, person, action, at string) {
		l.say(schemas.TypeGroupMembershipChanged, at, "", fmt.Sprintf(`{"group_id":%q,"person_id":%q,"action":%q,"role":"member","at":%q}`, group, person, action, at))
	}
	member("a", "stays", "joined", "2024-01-02T00:00:00Z")
	member("a", "leaves", "joined", "2024-01-02T00:00:00Z")
	member("a", "leaves", "left", "2024-02-02T00:00:00Z")
	l.attend("g", "stays", "2024-03-01T18:00:00Z")
	l.attend("g", "leaves", "2024-03-01T18:00:00Z")
	l.say(schemas.TypeAttendanceRecorded, "2024-03-01T18:00:00Z", "", `{"gathering_id":"g","person_id":"other","present":true,"role":"participant","method":"qr","group_id":"b"}`)
	f := l.figures(t, nil)
	expect(t, "groups", f.column("groups", "to=2024-03", "group_id", "members", "gatherings", "attendances", "attendees", "active_members", "months_active"), "a 1 1 2 2 1 1 b 0 1 1 1 0 1")
	expect(t, "members before", f.column("groups", "to=2024-01", "members"), "2 0")
	expect(t, "at the gathering", f.column("gathering-groups", "", "group_id", "attended", "first_timers"), " 2 2 b 1 1")
}

// TestYearBefore: an unfinished year is compared with the same part of the one before.
func TestYearBefore(t *testing.T) {
	var l told
	log := func(id, on string, hours int) {
		l.say(schemas.TypeVolunteeringLogged, on+"T12:00:00Z", "", fmt.Sprintf(`{"log_id":%q,"person_id":"p","activity":"jury","on":%q,"hours":%d}`, id, on, hours))
	}
	log("a", "2023-02-01", 1)
	log("b", "2023-11-01", 10)
	log("c", "2024-02-01", 4)
	f := l.figures(t, nil)
	before, err := f.oracle.YearBefore("volunteer-hours", "grain=year", f.day("2024-06-15"))
	if err != nil {
		t.Fatal(err)
	}
	rows := []map[string]any{{"period": "2023", "hours_year_before": nil}, {"period": "2024", "hours_year_before": 1.0}}
	if found := before.CompareYearBefore(rows); len(found) > 0 {
		t.Errorf("%v", found)
	}
	rows[1]["hours_year_before"] = 11.0
	if found := before.CompareYearBefore(rows); len(found) != 1 || found[0].Want != 1.0 {
		t.Errorf("%v", found)
	}
}

// TestCompare tells each kind of difference.
func TestCompare(t *testing.T) {
	var l told
	l.gathering("a", "", "2024-03-01T18:00:00Z")
	l.gathering("b", "", "2024-03-01T18:00:00Z")
	l.complete("a", "sign_in_sheet")
	l.absent("a", "away")
	table, err := l.figures(t, nil).oracle.Report("first-timer-share", "grain=gathering", l.figures(t, nil).now())
	if err != nil {
		t.Fatal(err)
	}
	right := map[string]any{"period": "a", "attendees": 0.0, "first_timers": 0.0, "first_timer_share": nil, "unfinished": false, "more": "is no matter"}
	if found := table.Compare([]map[string]any{right}); len(found) > 0 {
		t.Errorf("%v", found)
	}
	wrong := map[string]any{"period": "a", "attendees": nil, "first_timers": 0.0, "first_timer_share": nil}
	got := fmt.Sprint(table.Compare([]map[string]any{wrong, {"period": "z"}}))
	expect(t, "differences", got, "[first-timer-share [a] attendees: -, want 0 first-timer-share [a] unfinished: -, want false first-timer-share [z]: a row too many]")
	expect(t, "no rows", fmt.Sprint(table.Compare(nil)), "[first-timer-share [a]: no such row]")
}

// TestUnknownMonth: of a month whose gatherings nobody recorded it is unknown who stayed away.
func TestUnknownMonth(t *testing.T) {
	var l told
	for g, month := range map[string]string{"a": "02", "b": "03", "c": "04"} {
		l.gathering(g, "", "2024-"+month+"-10T18:00:00Z")
	}
	l.attend("a", "p", "2024-02-10T18:00:00Z")
	l.complete("b", "sign_in_sheet")
	l.attend("c", "p", "2024-04-10T18:00:00Z")
	f := l.figures(t, nil)
	expect(t, "active and dormant", f.column("lifecycle", "", "active", "dormant"), "1 0 - - 1 0")
	expect(t, "resurrecting", f.column("lifecycle", "", "resurrecting"), "0 - 1")
	expect(t, "by quarter", f.column("lifecycle", "grain=quarter", "active", "not_recorded"), "1 1 1 0")
}
