package reporting_test

import (
	"fmt"
	"maps"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func sent(campaign, time string, delivered int) said {
	return at("communication.sent", time, map[string]any{
		"campaign_id": campaign, "channel": "email", "segment": "alumni", "recipients": delivered + 2, "delivered": delivered, "at": time,
	})
}

func answered(id, campaign, person, action, time string) said {
	data := map[string]any{"response_id": id, "person_id": person, "action": action, "at": time}
	if campaign != "" {
		data["campaign_id"] = campaign
	}
	return at("communication.responded", time, data)
}

func TestCommunicationResponse(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "2024-06-10T00:00:00Z")
	w.tell(
		sent("c1", "2024-01-10T10:00:00Z", 50), corrected(sent("c1", "2024-01-10T10:00:00Z", 50), false, map[string]any{"delivered": 20}),
		sent("c2", "2024-02-10T10:00:00Z", 10), sent("c3", "2024-09-01T10:00:00Z", 10), // c3 is yet to be sent
		registered("boss", "staff", nil), registered("a", "alumnus", map[string]any{"faculty": "law"}), merged("a-old", "a"),
		// c1: a twice under two ids, b clicked; opening and staff do not count, nor what is taken back or to come.
		answered("r1", "c1", "a", "clicked", "2024-01-11T10:00:00Z"), answered("r2", "c1", "a-old", "replied", "2024-01-12T10:00:00Z"),
		answered("r3", "c1", "b", "survey_completed", "2024-03-11T10:00:00Z"), answered("r4", "c1", "c", "opened", "2024-01-11T10:00:00Z"),
		answered("r5", "c1", "boss", "clicked", "2024-01-11T10:00:00Z"), answered("r6", "c1", "e", "clicked", "2024-07-11T10:00:00Z"),
		corrected(answered("r7", "c1", "f", "clicked", "2024-01-11T10:00:00Z"), true, nil), answered("r7", "c1", "f", "clicked", "2024-01-11T10:00:00Z"),
		// A campaign nobody told of; an answer to none.
		answered("r8", "c9", "b", "opened", "2024-04-30T21:00:00Z"), answered("r9", "c9", "b", "shared", "2024-05-02T10:00:00Z"),
		answered("r10", "", "b", "shared", "2024-05-01T10:00:00Z"),
	)
	columns := []string{"campaign_id", "channel", "recipients", "delivered", "responders", "response_rate"}
	want := [][]any{
		{"c1", "email", int64(52), int64(20), int64(2), 0.1},
		{"c2", "email", int64(12), int64(10), int64(0), 0.0},
		{"c9", nil, nil, nil, int64(1), nil},
	}
	if diff := cmp.Diff(want, pickColumns(t, w.run("communication-response", ""), columns...)); diff != "" {
		t.Errorf("communication response (-want +got):\n%s", diff)
	}
	// In Moscow the first answer to c9 is of May 1.
	for query, want := range map[string]string{
		"faculty=law": "[c1 c2 c9] [1 0 0]", "from=2024-05": "[] []", "from=2024-05&timezone=Europe/Moscow": "[c9] [1]", "to=2024-01": "[c1] [2]",
	} {
		result := w.run("communication-response", query)
		if got := fmt.Sprint(columnOf(t, result, "campaign_id"), columnOf(t, result, "responders")); got != want {
			t.Errorf("%s: %s, want %s", query, got, want)
		}
	}
}

func gather(id, starts string, more map[string]any) said {
	data := map[string]any{
		"gathering_id": id, "kind": "meeting", "formality": "formal", "format": "online", "starts_at": starts, "ends_at": starts, "title": "Title " + id,
	}
	maps.Copy(data, more)
	return at("gathering.scheduled", "2023-12-01T00:00:00Z", data)
}

func attended(gathering, person, time string) said {
	return at("attendance.recorded", time, map[string]any{
		"gathering_id": gathering, "person_id": person, "present": true, "role": "participant", "method": "sheet",
	})
}

func feedback(id, gathering, person string, nps, rating int, time string) said {
	data := map[string]any{"response_id": id, "gathering_id": gathering}
	if person != "" {
		data["person_id"] = person
	}
	if nps >= 0 {
		data["nps"] = nps
	}
	if rating > 0 {
		data["rating"] = rating
	}
	return at("feedback.submitted", time, data)
}

func TestSatisfaction(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "2024-06-10T00:00:00Z")
	const start, after = "2024-01-31T21:30:00Z", "2024-02-01T10:00:00Z"
	events := []said{
		gather("g1", start, nil), gather("g2", "2024-02-20T18:00:00Z", nil), gather("g3", "2024-04-10T18:00:00Z", nil),
		gather("g4", "2024-04-11T18:00:00Z", nil), at("gathering.cancelled", "2024-04-01T00:00:00Z", map[string]any{"gathering_id": "g4", "at": "2024-04-01T00:00:00Z"}),
		gather("g5", "2024-05-11T18:00:00Z", nil), // nobody recorded or said anything
		registered("boss", "staff", nil), registered("p0", "alumnus", map[string]any{"faculty": "law"}), merged("p0-old", "p0"),
	}
	// g1: 10 present (one under two ids), scores 10 9 8 7 6 0 and one of staff, one voided: 2 promoters, 2 passives, 2 detractors.
	for i := range 10 {
		events = append(events, attended("g1", fmt.Sprintf("p%d", i), start))
	}
	for i, score := range []int{10, 9, 8, 7, 6, 0} {
		events = append(events, feedback(fmt.Sprintf("f%d", i), "g1", fmt.Sprintf("p%d", i), score, 0, after))
	}
	events = append(events,
		attended("g1", "p0-old", start), attended("g1", "boss", start),
		feedback("staff", "g1", "boss", 0, 0, after), feedback("anonymous", "g1", "", 10, 4, after), feedback("rating only", "g1", "p7", -1, 5, after),
		corrected(feedback("gone", "g1", "p8", 10, 5, after), true, nil), feedback("gone", "g1", "p8", 10, 5, after),
		feedback("changed", "g1", "p9", 0, 1, after), corrected(feedback("changed", "g1", "p9", 0, 1, after), false, map[string]any{"nps": 9}),
		feedback("to come", "g1", "p9", 0, 1, "2024-07-01T00:00:00Z"),
		// g2 is not recorded and four answered; g3 is recorded and nobody answered; g4 was cancelled.
		feedback("q1", "g2", "p1", 10, 0, after), feedback("q2", "g2", "p2", 10, 0, after), feedback("q3", "g2", "p3", 10, 0, after), feedback("q4", "g2", "p4", 1, 0, after),
		attended("g3", "p1", "2024-04-10T18:00:00Z"), feedback("r1", "g4", "p1", 1, 1, after), feedback("r2", "unknown", "p1", 1, 1, after),
	)
	w.tell(events...)
	columns := []string{"period", "responses", "promoters", "passives", "detractors", "nps", "ratings", "rating", "attended", "response_rate"}
	// With the anonymous 10 and the changed 9: 4 promoters of 8, 2 detractors: 50 - 25 = 25.
	g1 := []any{"g1", int64(8), int64(4), int64(2), int64(2), 25.0, int64(3), nil, int64(10), 0.8}
	want := [][]any{
		g1,
		{"g2", int64(4), int64(3), int64(0), int64(1), nil, int64(0), nil, nil, nil},
		{"g3", int64(0), int64(0), int64(0), int64(0), nil, int64(0), nil, int64(1), 0.0},
	}
	if diff := cmp.Diff(want, pickColumns(t, w.run("satisfaction", ""), columns...)); diff != "" {
		t.Errorf("satisfaction (-want +got):\n%s", diff)
	}
	// In Moscow g1 began on February 1: then 12 responses, 7 promoters and 3 detractors are of February, 8 of them where attendance was recorded, and March is empty.
	months := pickColumns(t, w.run("satisfaction", "grain=month&timezone=Europe/Moscow"), columns...)
	want = [][]any{
		{"2024-02", int64(12), int64(7), int64(2), int64(3), 100.0 * 4 / 12, int64(3), nil, int64(10), 0.8},
		{"2024-03", int64(0), int64(0), int64(0), int64(0), nil, int64(0), nil, int64(0), nil},
		{"2024-04", int64(0), int64(0), int64(0), int64(0), nil, int64(0), nil, int64(1), 0.0},
	}
	if diff := cmp.Diff(want, months); diff != "" {
		t.Errorf("satisfaction by month (-want +got):\n%s", diff)
	}
	for query, want := range map[string]string{"grain=month&from=2024-02-21&to=2024-03": "[0 0]", "from=2024-02-01&to=2024-03": "[4]", "grain=year": "[12]"} {
		if got := fmt.Sprint(columnOf(t, w.run("satisfaction", query), "responses")); got != want {
			t.Errorf("responses with %s: %s, want %s", query, got, want)
		}
	}
	// A faculty leaves the anonymous out, staff=include takes staff in.
	if got := fmt.Sprint(columnOf(t, w.run("satisfaction", "faculty=law"), "responses"), columnOf(t, w.run("satisfaction", "staff=include"), "responses")); got != "[1 0] [9 4 0]" {
		t.Errorf("responses of the faculty of law, and with staff: %s", got)
	}
}

func TestAmbassadorImpact(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "2024-06-10T00:00:00Z")
	tellCareers(w)
	log := func(id, person, day string, hours float64, students int) said {
		data := map[string]any{"log_id": id, "person_id": person, "activity": "lecture", "on": day, "hours": hours}
		if students > 0 {
			data["students_reached"] = students
		}
		return at("volunteering.logged", day+"T12:00:00Z", data)
	}
	w.tell(
		log("l1", "amb-old", "2024-03-01", 2.5, 30), log("l2", "amb", "2024-03-02", 1, 0), log("l3", "boss", "2024-03-02", 8, 100),
		log("l4", "other", "2024-05-01", 4, 7), log("l7", "silent", "2024-05-01", 4, 0), log("l5", "other", "2024-06-11", 4, 7),
		corrected(log("l6", "other", "2024-05-01", 4, 7), true, nil), log("l6", "other", "2024-05-01", 4, 7),
	)
	// o1 (4 positions) and o2 (2) are amb's under two ids; p1 and p2 started in o1.
	want := [][]any{
		{"amb", int64(2), int64(6), int64(2), 3.5, int64(30)},
		{"other", int64(0), int64(0), int64(0), 4.0, int64(7)},
		{"silent", int64(0), int64(0), int64(0), 4.0, nil},
	}
	columns := []string{"person_id", "openings", "positions", "placements_started", "hours", "students_reached"}
	if diff := cmp.Diff(want, pickColumns(t, w.run("ambassador-impact", ""), columns...)); diff != "" {
		t.Errorf("ambassador impact (-want +got):\n%s", diff)
	}
	// In the first quarter: o1, both placements, the first two logs.
	want = [][]any{{"amb", int64(1), int64(4), int64(2), 3.5, int64(30)}}
	if diff := cmp.Diff(want, pickColumns(t, w.run("ambassador-impact", "to=2024-03"), columns...)); diff != "" {
		t.Errorf("ambassador impact of a quarter (-want +got):\n%s", diff)
	}
}

func gave(id, donor, currency, kind, by, day string, minor int64) said {
	return at("donation.received", day+"T12:00:00Z", map[string]any{
		"gift_id": id, "donor_id": donor, "amount_minor": minor, "currency": currency, "kind": kind, "legal_donor": by, "on": day,
	})
}

func tellGiving(w *world) {
	w.tell(
		registered("a", "alumnus", nil), registered("b", "alumnus", map[string]any{"faculty": "law"}), registered("c", "alumnus", nil), registered("s", "student", nil),
		registered("boss", "staff", nil), merged("a-old", "a"),
		at("member.left", "2023-03-01T00:00:00Z", map[string]any{"person_id": "c", "at": "2023-03-01T00:00:00Z", "reason": "deceased"}),
		gave("g1", "a", "EUR", "cash", "self", "2022-02-01", 1050), gave("g2", "a-old", "EUR", "pledge_payment", "self", "2022-12-31", 995),
		gave("g3", "b", "JPY", "cash", "donor_advised_fund", "2022-05-01", 500), gave("g4", "s", "KWD", "in_kind", "company", "2022-05-01", 1234),
		gave("g5", "boss", "EUR", "cash", "company", "2022-05-01", 99999),
		gave("g6", "c", "EUR", "cash", "self", "2023-01-01", 10), gave("g6", "c", "EUR", "cash", "self", "2023-01-01", 10),
		corrected(gave("g7", "b", "EUR", "cash", "self", "2022-03-01", 1), true, nil), gave("g7", "b", "EUR", "cash", "self", "2022-03-01", 1),
		gave("g8", "b", "EUR", "cash", "self", "2025-01-01", 1),   // to come
		gave("g9", "s", "EUR", "cash", "self", "2022-03-01", 100), // no alumnus
		gave("g10", "b", "EUR", "cash", "self", "2024-03-01", 5), corrected(gave("g10", "b", "EUR", "cash", "self", "2024-03-01", 5), false, map[string]any{"amount_minor": 700}),
	)
}

func TestGiving(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "2024-06-10T00:00:00Z")
	tellGiving(w)
	columns := []string{"period", "alumni_of_record", "donors", "participation", "fund_donors", "company_donors", "unfinished"}
	// c gave in 2023 and died in the same year: a donor, and no longer of record.
	want := [][]any{
		{"2022", int64(3), int64(1), 1.0 / 3, int64(1), int64(1), false},
		{"2023", int64(2), int64(1), 0.5, int64(0), int64(0), false},
		{"2024", int64(2), int64(1), 0.5, int64(0), int64(0), true},
	}
	if diff := cmp.Diff(want, pickColumns(t, w.run("giving", ""), columns...)); diff != "" {
		t.Errorf("giving (-want +got):\n%s", diff)
	}
	if got := fmt.Sprint(columnOf(t, w.run("giving", "faculty=law&to=2023"), "alumni_of_record"), columnOf(t, w.run("giving", "staff=include"), "company_donors")); got != "[1 1] [2 0 0]" {
		t.Errorf("lawyers of record, and companies with staff: %s", got)
	}
}

// TestGivingSums has currencies with two, none and three decimals.
func TestGivingSums(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "2024-06-10T00:00:00Z")
	tellGiving(w)
	columns := []string{"period", "currency", "gifts", "donors", "amount_minor", "amount", "cash", "in_kind", "pledge"}
	none := func(period, currency string) []any {
		return []any{period, currency, int64(0), int64(0), int64(0), 0.0, 0.0, 0.0, 0.0}
	}
	want := [][]any{
		{"2022", "EUR", int64(3), int64(2), int64(2145), 21.45, 11.5, 0.0, 9.95},
		{"2022", "JPY", int64(1), int64(1), int64(500), 500.0, 500.0, 0.0, 0.0},
		{"2022", "KWD", int64(1), int64(1), int64(1234), 1.234, 0.0, 1.234, 0.0},
		{"2023", "EUR", int64(1), int64(1), int64(10), 0.1, 0.1, 0.0, 0.0}, none("2023", "JPY"), none("2023", "KWD"),
		{"2024", "EUR", int64(1), int64(1), int64(700), 7.0, 7.0, 0.0, 0.0}, none("2024", "JPY"), none("2024", "KWD"),
	}
	if diff := cmp.Diff(want, pickColumns(t, w.run("giving-sums", ""), columns...)); diff != "" {
		t.Errorf("gifts by currency (-want +got):\n%s", diff)
	}
	if got := fmt.Sprint(columnOf(t, w.run("giving-sums", "from=2022-06&to=2022"), "amount")); got != "[9.95 0 0]" {
		t.Errorf("from June 2022 on: %s", got)
	}
}
