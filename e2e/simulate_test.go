package e2e_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// expectation is what `turnout simulate --expect` wrote of one community.
type expectation struct {
	Counts struct {
		Sent, Accepted, Rejected, Duplicates, Stored int
	} `json:"counts"`
	Attendance []map[string]any `json:"attendance"`
	Lifecycle  []map[string]any `json:"lifecycle"`
	FirstTimer []map[string]any `json:"first_timer_share"`
	Absence    map[string]any   `json:"absence_factor"`
	ShowUp     []map[string]any `json:"show_up"`
	ReturnRate []map[string]any `json:"return_rate"`
	Retention  []map[string]any `json:"retention"`
	Stickiness []map[string]any `json:"stickiness"`
	Engagement []map[string]any `json:"engagement_by_mode"`
}

// TestSimulatedUniversity publishes a year of a university with all its faults and
// expects from every report what the oracle computed from the same events without
// the warehouse. The first meetings are published twice beside it.
func TestSimulatedUniversity(t *testing.T) {
	t.Parallel()
	h := open(t)
	file := filepath.Join(t.TempDir(), "expect.json")
	result := h.run("", "simulate", "--tenant", "uni", "--preset", "university", "--years", "1", "--seed", "2026", "--expect", file)
	if result.code != 0 {
		t.Fatalf("%d %s%s", result.code, result.stdout, result.stderr)
	}
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var written struct {
		Communities []expectation `json:"communities"`
	}
	if err := json.Unmarshal(raw, &written); err != nil {
		t.Fatal(err)
	}
	want := written.Communities[0]
	for _, line := range []string{
		fmt.Sprintf("%d events accepted, 0 events rejected", want.Counts.Accepted), fmt.Sprintf("%d events refused as they should be", want.Counts.Rejected),
	} {
		if !strings.Contains(result.stdout, line) {
			t.Errorf("the command says\n%s, want %q in it", result.stdout, line)
		}
	}
	h.settled()
	duplicates := 0.0
	for _, row := range h.rows("data-quality", "tenant=uni") {
		if n, ok := row["records"].(float64); ok && row["check"] == "duplicates" {
			duplicates += n
		}
	}
	if int(duplicates) != want.Counts.Duplicates {
		t.Errorf("%g duplicates are reported, want %d", duplicates, want.Counts.Duplicates)
	}
	want.hold(t, h)

	for range 2 {
		if result := h.run("", "simulate", "--tenant", "first", "--preset", "seed"); result.code != 0 {
			t.Fatalf("%d %s%s", result.code, result.stdout, result.stderr)
		}
	}
	h.settled()
	meetings := h.rows("attendance", "tenant=first")
	expect(t, meetings, "attended", "38 49")
	expect(t, meetings, "new_members", "<nil> 14")
	expect(t, meetings, "continuing", "<nil> 35")
	expect(t, meetings, "first_timers", "38 19")
}

// hold compares every report with what is expected.
func (e *expectation) hold(t *testing.T, h *house) {
	t.Helper()
	const query = "tenant=uni&grain="
	same(t, "attendance", h.rows("attendance", query+"gathering"), e.Attendance, "gathering_id")
	same(t, "lifecycle", h.rows("lifecycle", query+"month"), e.Lifecycle, "period")
	same(t, "first-timer-share", h.rows("first-timer-share", query+"month"), e.FirstTimer, "period")
	same(t, "absence-factor", h.rows("absence-factor", "tenant=uni"), []map[string]any{e.Absence})
	same(t, "show-up", h.rows("show-up", query+"gathering"), e.ShowUp, "period")
	same(t, "return-rate", h.rows("return-rate", "tenant=uni"), e.ReturnRate, "gathering_id")
	same(t, "retention", h.rows("retention", query+"month"), e.Retention, "cohort", "period")
	same(t, "stickiness", h.rows("stickiness", "tenant=uni"), e.Stickiness, "period", "active_months")
	same(t, "engagement-by-mode", h.rows("engagement-by-mode", "tenant=uni"), e.Engagement, "period", "mode")
}

// same compares rows by their key in the columns that are expected.
func same(t *testing.T, report string, got, want []map[string]any, key ...string) {
	t.Helper()
	index := func(rows []map[string]any) map[string]map[string]any {
		named := map[string]map[string]any{}
		for _, row := range rows {
			var name []string
			for _, column := range key {
				name = append(name, fmt.Sprint(row[column]))
			}
			named[strings.Join(name, " ")] = row
		}
		return named
	}
	reported, expected := index(got), index(want)
	if len(want) == 0 || len(reported) != len(got) || len(got) != len(want) {
		t.Errorf("%s has %d rows, %d of them different, want %d", report, len(got), len(reported), len(want))
	}
	for _, name := range slices.Sorted(maps.Keys(expected)) {
		for column, value := range expected[name] {
			if column != "starts_at" && reported[name][column] != value {
				t.Errorf("%s of %s: %s is %v, want %v", report, name, column, reported[name][column], value)
			}
		}
	}
}
