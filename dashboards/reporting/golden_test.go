package reporting_test

import (
	"encoding/csv"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// davis are the attendances of Davis' "Deep South" (1941): 18 women at 14 gatherings.
func davis(t testing.TB) []said {
	t.Helper()
	file, err := os.Open("testdata/davis.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	records, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	first := time.Date(1936, time.January, 15, 18, 0, 0, 0, time.UTC)
	var events []said
	for _, record := range records[1:] {
		number, err := strconv.Atoi(strings.TrimPrefix(record[1], "E"))
		if err != nil {
			t.Fatal(err)
		}
		events = append(events, said{
			typ: "attendance.recorded.v1", time: first.AddDate(0, 0, 14*number).Format(time.RFC3339),
			data: map[string]any{"gathering_id": record[1], "person_id": record[0], "present": true, "role": "participant", "method": "import"},
		})
	}
	return events
}

func TestDavis(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "2026-01-01T00:00:00Z")
	w.tell(davis(t)...)
	result := w.run("lifecycle", "grain=gathering")
	want := map[string]string{
		"period":       "[E1 E2 E3 E4 E5 E6 E7 E8 E9 E10 E11 E12 E13 E14]",
		"active":       "[3 3 6 4 8 8 10 14 12 5 4 6 3 3]",
		"new":          "[3 1 2 0 2 2 3 3 2 0 0 0 0 0]",
		"returning":    "[0 2 3 4 4 6 5 8 9 4 2 2 3 3]",
		"resurrecting": "[0 0 1 0 2 0 2 3 1 1 2 4 0 0]",
		"dormant":      "[0 1 0 2 0 2 3 2 5 8 3 2 3 0]",
	}
	got := make(map[string]string)
	for name := range want {
		got[name] = fmt.Sprint(columnOf(t, result, name))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("lifecycle (-want +got):\n%s", diff)
	}
	attendance := w.run("attendance", "")
	if got := fmt.Sprint(columnOf(t, attendance, "attended")); got != want["active"] {
		t.Errorf("attended is %s, want %s", got, want["active"])
	}
	if got := fmt.Sprint(columnOf(t, attendance, "first_timers")); got != want["new"] {
		t.Errorf("first-timers are %s, want %s", got, want["new"])
	}
	absence := w.run("absence-factor", "")
	if got := fmt.Sprint(absence.Rows); got != "[[6 18 89]]" {
		t.Errorf("absence factor, contributors, contributions are %s, want [[6 18 89]]", got)
	}
}

// TestAbsenceFactorSample is the sample of the CHAOSS metric: 1000, 202, 90, 33, 332,
// 343, 42 and 433 contributions give 2.
func TestAbsenceFactorSample(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "2026-01-01T00:00:00Z")
	start := time.Date(2020, time.January, 1, 10, 0, 0, 0, time.UTC)
	var events []said
	for who, contributions := range []int{1000, 202, 90, 33, 332, 343, 42, 433} {
		for n := range contributions {
			events = append(events, said{
				typ: "attendance.recorded.v1", time: start.Add(time.Duration(n) * time.Hour).Format(time.RFC3339),
				data: map[string]any{
					"gathering_id": strconv.Itoa(n), "person_id": strconv.Itoa(who), "present": true, "role": "participant", "method": "qr",
				},
			})
		}
	}
	w.tell(events...)
	if got := fmt.Sprint(w.run("absence-factor", "").Rows); got != "[[2 8 2475]]" {
		t.Errorf("absence factor, contributors, contributions are %s, want [[2 8 2475]]", got)
	}
}

// TestMeeting is the community's meeting: 49 present, 14 of them new, 35 continuing;
// April's attendance is not recorded, July's is to come.
func TestMeeting(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "2022-06-01T00:00:00Z")
	for id, day := range map[string]string{"m-04": "2022-04-29", "m-05": "2022-05-27", "m-07": "2022-07-15"} {
		w.tell(said{typ: "gathering.scheduled.v1", time: "2022-01-01T00:00:00Z", data: map[string]any{
			"gathering_id": id, "kind": "meeting", "formality": "formal", "format": "in_person",
			"starts_at": day + "T18:00:00+03:00", "ends_at": day + "T21:00:00+03:00", "series_id": "meetings", "title": "Meeting " + id,
		}})
	}
	w.tell(said{typ: "gathering.completed.v1", time: "2022-05-27T18:00:00Z", data: map[string]any{
		"gathering_id": "m-05", "attendance_basis": "sign_in_sheet", "headcount": 52, "anonymous_guests": 3,
	}})
	for i := range 49 {
		id, joined := fmt.Sprintf("p%d", i), "2021-01-01T00:00:00Z"
		if i < 14 {
			joined = "2022-05-20T00:00:00Z"
		}
		w.tell(said{typ: "member.registered.v1", time: joined, data: map[string]any{
			"person_id": id, "kind": "alumnus", "joined_at": joined, "status": "ambassador",
		}}, said{typ: "attendance.recorded.v1", time: "2022-05-27T15:05:00Z", data: map[string]any{
			"gathering_id": "m-05", "person_id": id, "present": true, "role": "participant", "method": "sheet",
		}})
	}
	got := pickColumns(t, w.run("attendance", ""), "gathering_id", "attendance_basis", "attended", "new_members", "continuing", "first_timers", "headcount", "anonymous_guests", "unfinished")
	want := [][]any{
		{"m-04", "not_recorded", nil, nil, nil, nil, nil, nil, false},
		{"m-05", "sign_in_sheet", int64(49), int64(14), int64(35), int64(49), int64(52), int64(3), false},
		{"m-07", "not_recorded", nil, nil, nil, nil, nil, nil, true},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("attendance (-want +got):\n%s", diff)
	}
	if share := columnOf(t, w.run("attendance", ""), "new_share")[1]; !same(share, 14.0/49) {
		t.Errorf("the share of new members is %v, want 14/49", share)
	}
}
