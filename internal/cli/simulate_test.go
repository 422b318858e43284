package cli_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestSimulateMisuse(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"no tenant":     {nil, "--tenant"},
		"bad tenant":    {[]string{"--tenant", "A B"}, "tenant"},
		"bad preset":    {[]string{"--tenant", "a", "--preset", "village"}, "--preset"},
		"no years":      {[]string{"--tenant", "a", "--years", "0"}, "years"},
		"bad end":       {[]string{"--tenant", "a", "--until", "soon"}, "--until"},
		"bad zone":      {[]string{"--tenant", "a", "--timezone", "Mars/Olympus"}, "--timezone"},
		"bad year end":  {[]string{"--tenant", "a", "--year-end", "13-01"}, "--year-end"},
		"no figures":    {[]string{"--check", "nothing.json"}, "--check"},
		"local zone":    {[]string{"--tenant", "a", "--timezone", "Local"}, "--timezone"},
		"negative rate": {[]string{"--tenant", "a", "--rate=-1"}, "--rate"},
		"too many":      {[]string{"--tenant", "a", "--preset", "federation", "--communities", "10000"}, "communities"},
	} {
		t.Run(name, func(t *testing.T) {
			got := run("", append([]string{"simulate", "--out", "-"}, c.args...)...)
			if got.code != 2 || !strings.Contains(got.stderr, c.want) || got.stdout != "" {
				t.Errorf("%d %q %q, want exit code 2 and %q", got.code, got.stdout, got.stderr, c.want)
			}
		})
	}
}

// TestSimulateToFile writes events and figures, and the same again.
func TestSimulateToFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	events, figures := filepath.Join(dir, "events.ndjson"), filepath.Join(dir, "expect.json")
	args := []string{"simulate", "--tenant", "first", "--preset", "seed", "--seed", "4"}
	got := run("", append(args, "--out", events, "--expect", figures)...)
	if got.code != 0 {
		t.Fatal(got.stderr)
	}
	written, err := os.ReadFile(events)
	if err != nil {
		t.Fatal(err)
	}
	again := run("", append(args, "--out", "-", "--rate", "100000")...)
	if again.code != 0 || again.stdout != string(written) {
		t.Errorf("the second time it is not the same: %d %s", again.code, again.stderr)
	}
	raw, err := os.ReadFile(figures)
	if err != nil {
		t.Fatal(err)
	}
	var expected struct {
		Preset      string `json:"preset"`
		Communities []struct {
			Tenant   string `json:"tenant"`
			Timezone string `json:"timezone"`
			Counts   struct {
				Sent int `json:"sent"`
			} `json:"counts"`
			Reports []struct {
				Report string           `json:"report"`
				Rows   []map[string]any `json:"rows"`
			} `json:"reports"`
		} `json:"communities"`
	}
	if err := json.Unmarshal(raw, &expected); err != nil {
		t.Fatal(err)
	}
	c := expected.Communities
	if expected.Preset != "seed" || len(c) != 1 || c[0].Tenant != "first" || c[0].Timezone != "Europe/Berlin" {
		t.Fatalf("%s", raw)
	}
	if lines := strings.Count(string(written), "\n"); lines != c[0].Counts.Sent || lines < 200 {
		t.Errorf("%d lines, %d events", lines, c[0].Counts.Sent)
	}
	reports := map[string]bool{}
	for _, r := range c[0].Reports {
		reports[r.Report] = true
		if r.Report != "attendance" {
			continue
		}
		if a := r.Rows; len(a) != 2 || a[0]["new_members"] != nil || a[1]["attended"] != 49.0 || a[1]["new_members"] != 14.0 {
			t.Errorf("attendance is %+v", a)
		}
	}
	if !reports["attendance"] || !reports["career-funnel"] || len(reports) < 30 {
		t.Errorf("figures of %d reports", len(reports))
	}
}

// TestSimulateFederation names the tenants and gives each its figures.
func TestSimulateFederation(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	events, figures := filepath.Join(dir, "events.ndjson"), filepath.Join(dir, "expect.json")
	got := run("", "simulate", "--tenant", "f", "--preset", "federation", "--communities", "2", "--years", "1", "--seed", "256", "--out", events, "--expect", figures)
	if got.code != 0 {
		t.Fatal(got.stderr)
	}
	raw, err := os.ReadFile(figures)
	if err != nil {
		t.Fatal(err)
	}
	var expected struct {
		Communities []struct {
			Tenant string `json:"tenant"`
		} `json:"communities"`
	}
	if err := json.Unmarshal(raw, &expected); err != nil {
		t.Fatal(err)
	}
	if c := expected.Communities; len(c) != 2 || c[0].Tenant != "f-0001" || c[1].Tenant != "f-0002" {
		t.Errorf("%+v", c)
	}
}
