package e2e_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

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
		Communities []struct {
			Counts struct{ Sent, Accepted, Rejected, Duplicates, Stored int } `json:"counts"`
		} `json:"communities"`
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
	// The figures as of writing hold while the day lasts; data quality's late events do not depend on it.
	if result := h.run("", "simulate", "--tenant", "uni", "--check", file); result.code != 0 {
		t.Errorf("%d %s%s", result.code, result.stdout, result.stderr)
	}

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
	wrong := filepath.Join(t.TempDir(), "wrong.json")
	if err := os.WriteFile(wrong, []byte(`{"communities": [{"tenant": "first", "timezone": "Europe/Berlin", "reports": [
		{"report": "attendance", "query": "to=2025-06", "key": ["kind"], "rows": [{"kind": "strategic_session", "attended": 37}]}]}]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	checked := h.run("", "simulate", "--check", wrong)
	if want := "attendance [strategic_session] attended: 38, want 37"; checked.code != 1 || !strings.Contains(checked.stdout, want) {
		t.Errorf("%d %s%s, want exit code 1 and %q", checked.code, checked.stdout, checked.stderr, want)
	}
}
