package reporting_test

import (
	"fmt"
	"maps"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// at gives a said event of a type at a time.
func at(typ, time string, data map[string]any) said {
	return said{typ: typ + ".v1", time: time, data: data}
}

func registered(person, kind string, more map[string]any) said {
	data := map[string]any{"person_id": person, "kind": kind, "joined_at": "2020-01-01T00:00:00Z", "status": "candidate"}
	maps.Copy(data, more)
	return at("member.registered", "2020-01-01T00:00:00Z", data)
}

func opened(id, day string, positions int, more map[string]any) said {
	data := map[string]any{
		"opportunity_id": id, "kind": "internship", "employer_id": "works", "positions": positions, "state": "open", "opens": day,
	}
	maps.Copy(data, more)
	return at("opportunity.published", day+"T09:00:00Z", data)
}

func applied(id, opening, student, time string) said {
	return at("application.submitted", time, map[string]any{"application_id": id, "opportunity_id": opening, "student_id": student, "at": time})
}

func stepped(application, status, time string) said {
	return at("application.status_changed", time, map[string]any{"application_id": application, "status": status, "at": time})
}

func placed(id, application, opening, student, status, time string) said {
	data := map[string]any{"placement_id": id, "opportunity_id": opening, "student_id": student, "status": status, "at": time}
	if application != "" {
		data["application_id"] = application
	}
	if status == "completed" {
		data["eligible_for_hire"] = true
	}
	return at("placement.status_changed", time, data)
}

func employed(id, person, placement, outcome, step, time string) said {
	data := map[string]any{"report_id": id, "person_id": person, "outcome": outcome, "at": time, "evidence": "survey"}
	if step != "" {
		data["step"] = step
	}
	if placement != "" {
		data["placement_id"] = placement
	}
	return at("employment.reported", time, data)
}

// corrected is the same fact, said anew with other content or taken back.
func corrected(s said, voided bool, more map[string]any) said {
	data := maps.Clone(s.data)
	maps.Copy(data, more)
	s.data, s.revision, s.voided = data, s.revision+1, voided
	return s
}

func merged(from, into string) said {
	return at("member.merged", "2024-01-01T00:00:00Z", map[string]any{"from_id": from, "into_id": into, "evidence": "manual"})
}

// tellCareers tells of two openings and eight applications. It is June 2024.
func tellCareers(w *world) {
	w.tell(
		opened("o1", "2024-01-10", 3, map[string]any{"ambassador_id": "amb-old"}),
		corrected(opened("o1", "2024-01-10", 3, map[string]any{"ambassador_id": "amb-old"}), false, map[string]any{"positions": 4}),
		opened("o2", "2024-04-01", 2, map[string]any{"kind": "job", "ambassador_id": "amb"}),
		opened("o3", "2024-12-01", 9, nil), // opens later than now
		corrected(opened("o4", "2024-02-01", 7, nil), true, nil),
		merged("amb-old", "amb"), merged("s1-old", "s1"),
		registered("s1", "student", map[string]any{"faculty": "law"}), registered("s2", "student", nil), registered("boss", "staff", nil),
	)
	w.tell(
		// a1 goes all the way, under two ids of one person; a2 is the same person's second case.
		applied("a1", "o1", "s1-old", "2024-01-12T10:00:00Z"), stepped("a1", "interviewed", "2024-01-15T10:00:00Z"),
		stepped("a1", "offered", "2024-01-20T10:00:00Z"), stepped("a1", "offer_accepted", "2024-01-22T22:30:00Z"),
		placed("p1", "a1", "o1", "s1", "started", "2024-02-01T08:00:00Z"), placed("p1", "a1", "o1", "s1", "completed", "2024-05-01T08:00:00Z"),
		employed("e1", "s1", "p1", "full_time", "hired", "2024-05-10T00:00:00Z"),
		applied("a2", "o2", "s1", "2024-04-02T10:00:00Z"), stepped("a2", "offered", "2024-04-10T10:00:00Z"), stepped("a2", "offer_declined", "2024-04-11T10:00:00Z"),
		// a3's offer was rescinded, a4 was rejected after an interview, a5 is under way, and its acceptance lies ahead.
		applied("a3", "o1", "s2", "2024-01-13T10:00:00Z"), stepped("a3", "offer_rescinded", "2024-01-30T10:00:00Z"),
		applied("a4", "o1", "s3", "2024-01-14T10:00:00Z"), stepped("a4", "interviewed", "2024-01-16T10:00:00Z"), stepped("a4", "rejected", "2024-01-17T10:00:00Z"),
		applied("a5", "o2", "s2", "2024-04-05T10:00:00Z"), stepped("a5", "offer_accepted", "2024-07-01T10:00:00Z"),
		// a6 is taken back, a7 is staff's, p2 is a placement without an application and ended early.
		corrected(applied("a6", "o1", "s4", "2024-01-14T10:00:00Z"), true, nil), applied("a6", "o1", "s4", "2024-01-14T10:00:00Z"),
		applied("a7", "o1", "boss", "2024-01-14T10:00:00Z"), stepped("a7", "offer_accepted", "2024-01-15T10:00:00Z"),
		placed("p2", "", "o1", "s5", "terminated", "2024-03-01T08:00:00Z"),
		// a8 accepted on the fourth day.
		applied("a8", "o1", "s6", "2024-01-12T10:00:00Z"), stepped("a8", "offer_accepted", "2024-01-14T10:00:00Z"),
	)
}

func TestCareerFunnel(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "2024-06-10T00:00:00Z")
	tellCareers(w)
	columns := []string{"stage", "reached", "persons", "exits", "declined", "rescinded", "conversion"}
	// Cases: a1 a2 a3 a4 a5 a8 p2; persons s1 (twice) s2 (twice) s3 s5 s6.
	want := [][]any{
		{"positions", int64(6), nil, nil, nil, nil, nil},
		{"applications", int64(7), int64(5), int64(0), nil, nil, nil},
		{"interviewed", int64(6), int64(5), int64(1), nil, nil, 6.0 / 7},
		{"offered", int64(5), int64(4), int64(2), int64(1), int64(1), 5.0 / 6},
		{"accepted", int64(3), int64(3), int64(0), nil, nil, 3.0 / 5},
		{"started", int64(2), int64(2), int64(1), nil, nil, 2.0 / 3},
		{"completed", int64(1), int64(1), int64(0), nil, nil, 1.0 / 2},
		{"hired", int64(1), int64(1), int64(0), nil, nil, 1.0},
	}
	got := pickColumns(t, w.run("career-funnel", ""), columns...)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the funnel (-want +got):\n%s", diff)
	}
	if got := fmt.Sprint(columnOf(t, w.run("career-funnel", "opening=job"), "reached")); got != "[2 2 1 1 0 0 0 0]" {
		t.Errorf("jobs reach %s", got)
	}
	if got := fmt.Sprint(columnOf(t, w.run("career-funnel", "to=2024-03&faculty=law"), "reached")); got != "[4 1 1 1 1 1 1 1]" {
		t.Errorf("lawyers of the first quarter reach %s", got)
	}
}

func TestPositionFill(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "2024-06-10T00:00:00Z")
	tellCareers(w)
	columns := []string{"period", "openings", "positions", "starts", "fill_rate", "accepted", "median_days", "unfinished"}
	// o1 opened on January 10: a1 accepted on the 22nd (the 23rd in Moscow), a8 on the 14th.
	want := [][]any{
		{"2024-Q1", int64(1), int64(4), int64(2), 0.5, int64(2), 8.0, false},
		{"2024-Q2", int64(1), int64(2), int64(0), 0.0, int64(0), nil, true},
	}
	if diff := cmp.Diff(want, pickColumns(t, w.run("position-fill", ""), columns...)); diff != "" {
		t.Errorf("position fill (-want +got):\n%s", diff)
	}
	if got := fmt.Sprint(columnOf(t, w.run("position-fill", "grain=month&from=2024-01-11&to=2024-03"), "positions")); got != "[0 0 0]" {
		t.Errorf("from the day after the opening on are offered %s", got)
	}
	months := w.run("position-fill", "grain=month&timezone=Europe/Moscow&staff=include")
	if got := fmt.Sprint(columnOf(t, months, "period"), columnOf(t, months, "accepted"), columnOf(t, months, "median_days")); got != "[2024-01 2024-02 2024-03 2024-04] [3 0 0 0] [5 <nil> <nil> <nil>]" {
		t.Errorf("by month in Moscow, with staff: %s", got)
	}
}

// TestInternConversion is NACE's sample: 20 accepted of 50 eligible are 40 %.
func TestInternConversion(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "2025-03-01T00:00:00Z")
	var events []said
	for i := range 62 {
		student, placement := fmt.Sprintf("s%02d", i), fmt.Sprintf("p%02d", i)
		end := placed(placement, "", "o1", student, "completed", "2024-08-31T12:00:00Z")
		if i >= 50 {
			end.data["eligible_for_hire"] = false
		}
		events = append(events, placed(placement, "", "o1", student, "started", "2024-06-01T12:00:00Z"), end)
		switch {
		case i < 15:
			events = append(events, employed("e"+student, student, placement, "seeking", "job_offered", "2024-09-01T12:00:00Z"),
				employed("f"+student, student, placement, "full_time", "job_accepted", "2024-09-05T12:00:00Z"))
		case i < 20:
			events = append(events, employed("e"+student, student, placement, "full_time", "hired", "2024-09-01T12:00:00Z"))
		case i < 25:
			events = append(events, employed("e"+student, student, placement, "seeking", "job_declined", "2024-09-01T12:00:00Z"))
		case i < 27: // an offer to come, and one taken back
			events = append(events, employed("e"+student, student, placement, "seeking", "job_offered", "2025-09-01T12:00:00Z"))
		case i == 27:
			offer := employed("e"+student, student, placement, "seeking", "job_offered", "2024-09-01T12:00:00Z")
			events = append(events, corrected(offer, true, nil), offer)
		case i >= 60: // not eligible, hired all the same
			events = append(events, employed("e"+student, student, placement, "full_time", "hired", "2024-09-01T12:00:00Z"))
		}
	}
	// s00 completed a second placement under an old id; one that was terminated, one of staff and one that completes later do not count.
	events = append(events, placed("ended", "", "o1", "s70", "terminated", "2024-08-31T12:00:00Z"), merged("s00-old", "s00"), placed("p00b", "", "o1", "s00-old", "completed", "2024-12-31T23:30:00Z"),
		registered("boss", "staff", nil), placed("pb", "", "o1", "boss", "completed", "2024-08-31T12:00:00Z"),
		placed("pf", "", "o1", "s01", "completed", "2025-08-31T12:00:00Z"))
	w.tell(events...)
	columns := []string{"period", "completed", "eligible", "offers", "accepted", "offer_rate", "acceptance_rate", "conversion_rate", "unfinished"}
	want := [][]any{{"2024", int64(62), int64(50), int64(25), int64(20), 0.5, 0.8, 0.4, false}}
	if diff := cmp.Diff(want, pickColumns(t, w.run("intern-conversion", ""), columns...)); diff != "" {
		t.Errorf("intern conversion (-want +got):\n%s", diff)
	}
	if got := fmt.Sprint(columnOf(t, w.run("intern-conversion", "grain=month&from=2024-11&to=2024-12-30"), "completed")); got != "[0 0]" {
		t.Errorf("in November and the most of December completed %s", got)
	}
	quarters := w.run("intern-conversion", "grain=quarter&timezone=Asia/Kathmandu")
	if got := fmt.Sprint(columnOf(t, quarters, "period"), columnOf(t, quarters, "eligible")); got != "[2024-Q3 2024-Q4 2025-Q1] [50 0 1]" {
		t.Errorf("by quarter in Kathmandu: %s", got)
	}
}

func TestCareerOutcomes(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "2025-03-01T00:00:00Z")
	var events []said
	outcomes := []string{"full_time", "part_time", "self_employed", "service", "military", "continuing_education", "seeking", "not_seeking"}
	for i := range 10 {
		person := fmt.Sprintf("g%d", i)
		events = append(events, registered(person, "alumnus", map[string]any{"graduation_year": 2023}))
		if i < len(outcomes) {
			events = append(events, employed("e"+person, person, "", outcomes[i], "", "2024-01-01T00:00:00Z"))
		}
	}
	taken := employed("taken", "g8", "", "full_time", "", "2024-02-01T00:00:00Z")
	events = append(events,
		employed("later", "g6-old", "", "full_time", "", "2024-02-01T00:00:00Z"), merged("g6-old", "g6"), // g6 found work
		employed("earlier", "g0", "", "seeking", "", "2023-12-01T00:00:00Z"),
		employed("ahead", "g7", "", "full_time", "", "2026-01-01T00:00:00Z"), taken, corrected(taken, true, nil),
		registered("student", "student", map[string]any{"graduation_year": 2023}),
		registered("boss", "staff", map[string]any{"graduation_year": 2023}),
		// One moved to another class by a later statement, and nobody knows of the class of 1955.
		registered("m", "alumnus", map[string]any{"graduation_year": 2022}),
		at("member.updated", "2024-01-01T00:00:00Z", map[string]any{"person_id": "m", "valid_from": "2024-01-01", "graduation_year": 1955}),
	)
	w.tell(events...)
	columns := []string{
		"class", "graduates", "known", "employed", "service", "military", "continuing_education", "seeking", "not_seeking", "knowledge_rate", "outcome_rate",
	}
	want := [][]any{
		{int64(1955), int64(1), int64(0), int64(0), int64(0), int64(0), int64(0), int64(0), int64(0), 0.0, nil},
		{int64(2023), int64(10), int64(8), int64(4), int64(1), int64(1), int64(1), int64(0), int64(1), 0.8, 1.0},
	}
	if diff := cmp.Diff(want, pickColumns(t, w.run("career-outcomes", ""), columns...)); diff != "" {
		t.Errorf("career outcomes (-want +got):\n%s", diff)
	}
	if got := fmt.Sprint(columnOf(t, w.run("career-outcomes", "from=2000&to=2023"), "class")); got != "[2023]" {
		t.Errorf("the classes of 2000 to 2023 are %s", got)
	}
}
