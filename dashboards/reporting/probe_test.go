package reporting_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/turnout/turnout/dashboards/reporting"
)

// TestProbe asks the engine about reports of somebody's own, one of which names a column that is not there.
func TestProbe(t *testing.T) {
	t.Parallel()
	broken := strings.NewReplacer("name: visits", "name: lost", "minutes >= 60 AS is_long", "hours >= 1 AS is_long").Replace(good(t))
	halfBroken := strings.NewReplacer("name: visits", "name: half", "count: person_id", "count: guest_id").Replace(good(t))
	catalog, err := reporting.Load(fstest.MapFS{
		"visits.sql": {Data: []byte(good(t))}, "lost.sql": {Data: []byte(broken)}, "half.sql": {Data: []byte(halfBroken)},
	})
	if err != nil {
		t.Fatal(err)
	}
	w := newWorldWith(t, "2024-01-01T00:00:00Z", catalog, reporting.Limits{})
	found, err := w.runner.Probe(context.Background())
	if err != nil || len(found) != 2 || !strings.Contains(found["lost"].Error(), "hours") || !strings.Contains(found["half"].Error(), "guest_id") {
		t.Errorf("found %v, %v", found, err)
	}
	var told []string
	for _, d := range w.runner.Describe("en") {
		if d.Broken != "" {
			told = append(told, d.Name)
		}
	}
	if !slices.Equal(told, []string{"half", "lost"}) {
		t.Errorf("said to be broken are %v", told)
	}
	if r, _ := catalog.Report("lost"); r.File != "lost.sql" {
		t.Errorf("its file is %q", r.File)
	}
}
