package e2e_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestBenchDrawsCurvesIntoTheDocs takes the project's own pages, so that a curve without a place there fails. The federation checks itself that
// its copies are what was copied.
func TestBenchDrawsCurvesIntoTheDocs(t *testing.T) {
	docs := t.TempDir()
	for _, name := range []string{"benchmarks.md", "capacity.md"} {
		raw, err := os.ReadFile(filepath.Join("..", "docs", name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(docs, name), raw, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	dir := t.TempDir()
	done := command(t, nil, "", "bench", "--quick", "--sections", "backlog,federation", "--docs", docs, "--format", "json", "--dir", dir)
	if done.code != 0 {
		t.Fatalf("exit code %d\n%s", done.code, done.stderr)
	}
	var result struct {
		Curves []struct {
			Name   string `json:"name"`
			Points []struct {
				X, Y float64
			} `json:"points"`
		} `json:"curves"`
	}
	if err := json.Unmarshal([]byte(done.stdout), &result); err != nil {
		t.Fatalf("%v\n%s", err, done.stdout)
	}
	page, err := os.ReadFile(filepath.Join(docs, "benchmarks.md"))
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for _, curve := range result.Curves {
		names[curve.Name] = true
		for _, point := range curve.Points {
			if point.X <= 0 || point.Y <= 0 {
				t.Errorf("%s has the point %v", curve.Name, point)
			}
		}
		picture := "bench-" + curve.Name + ".svg"
		if !strings.Contains(string(page), "(images/"+picture+")") {
			t.Errorf("the page does not show %s", picture)
		}
		if _, err := os.Stat(filepath.Join(docs, "images", picture)); err != nil {
			t.Error(err)
		}
	}
	for _, name := range []string{"backlog", "federation-reports", "federation-questions", "federation-rollups"} {
		if !names[name] {
			t.Errorf("no curve %s was drawn", name)
		}
	}
	if !strings.Contains(string(page), "Too little was measured") {
		t.Error("the page does not say that a quick run means nothing")
	}
	nothingLeft(t, dir)
}
