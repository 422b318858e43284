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
