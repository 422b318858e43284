package reporting_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/turnout/turnout/dashboards/reporting"
	"github.com/turnout/turnout/internal/problem"
)

// TestShareableView asks a small community in every form.
func TestShareableView(t *testing.T) {
	t.Parallel()
	w := yearsApart(t)
	result := w.run("lifecycle", "grain=year&view=shareable&compare=year")
	if result.Parameters["view"] != "shareable" || result.Threshold != 5 {
		t.Errorf("parameters %v, threshold %d", result.Parameters, result.Threshold)
	}
	// In 2023 eight came; in 2024 five: p1 to p4 again and p9 for the first time. That four returned and
	// four did not follows from the eight, which are therefore withheld, and so is that all were new.
	want := [][]any{
		{"2023", nil, nil, int64(0), int64(0), int64(0)},
		{"2024", int64(5), nil, nil, int64(0), nil},
	}
	var got [][]any
	for i := range result.Rows {
		var row []any
		for _, name := range []string{"period", "active", "new", "returning", "resurrecting", "dormant"} {
			row = append(row, columnOf(t, result, name)[i])
		}
		got = append(got, row)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	var written bytes.Buffer
	if err := result.Write(&written, reporting.CSV); err != nil || !strings.Contains(written.String(), "2024,5,<5,<5,<5,<5,") {
		t.Errorf("CSV (%v):\n%s", err, written.String())
	}
	for name, form := range map[string]json.Marshaler{"exact": result, "described": result.Described()} {
		raw, err := form.MarshalJSON()
		if err != nil || !strings.Contains(string(raw), `"suppressed":[{"row":1,"column":"active_year_before","text":"fewer than 5"},`) &&
			!strings.Contains(string(raw), `{"row":1,"column":"new","text":"fewer than 5"}`) {
			t.Errorf("%s (%v): %s", name, err, raw)
		}
	}
	if raw, err := json.Marshal(w.run("lifecycle", "grain=year")); err != nil || strings.Contains(string(raw), "suppressed") {
		t.Errorf("the full view (%v) suppresses: %s", err, raw)
	}
}

// TestWhatIsNotShareable asks for persons in a view that shows none.
func TestWhatIsNotShareable(t *testing.T) {
	t.Parallel()
	catalog, err := reporting.Load()
	if err != nil {
		t.Fatal(err)
	}
	runner := reporting.NewRunner(reporting.Config{Catalog: catalog}) // no connection: nothing of it reaches the engine
	refused := func(err error) bool {
		wrong, ok := errors.AsType[*problem.Error](err)
		return ok && wrong.Status == http.StatusForbidden && wrong.Code == "not_shareable" && wrong.Hint != ""
	}
	shareable := url.Values{"tenant": {"t"}, "view": {"shareable"}, "measure": {"new"}}
	if _, err := runner.Rows(context.Background(), "lifecycle", shareable); !refused(err) {
		t.Errorf("a list: %v", err)
	}
	delete(shareable, "measure")
	for _, name := range []string{"absence-curve", "ambassador-impact", "members", "timeline", "win-back"} {
		if report, ok := catalog.Report(name); !ok || !report.Describe().Personal {
			t.Errorf("%s is not said to be personal", name)
		} else if _, err := runner.Run(context.Background(), name, shareable); !refused(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestNoSmallCountIsShared runs every report that may be shared over communities in which most counts are small.
func TestNoSmallCountIsShared(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "2024-06-10T12:00:00Z")
	w.tell(hills()...)
	tellCareers(w)
	tellGiving(w)
	w.freeze()
	hidden := 0
	for _, report := range w.runner.Catalog().Reports() {
		if report.Describe().Personal {
			continue
		}
		full, shared := w.run(report.Name, ""), w.run(report.Name, "view=shareable")
		mark := shared.Marks()
		for i, row := range shared.Rows {
			for j, c := range shared.Columns {
				m, _ := report.Measure(c.Name)
				text := mark(i, c.Name)
				if text != "" {
					hidden++
				}
				if count, ok := row[j].(int64); ok && count > 0 && count < 5 && m.Count == "person_id" {
					t.Errorf("%s shows %d %s in %v", report.Name, count, c.Name, row)
				}
				if (text != "") != (row[j] == nil && full.Rows[i][j] != nil) {
					t.Errorf("%s: %s in row %d is %v, marked %q, in truth %v", report.Name, c.Name, i, row[j], text, full.Rows[i][j])
				}
				for _, part := range m.Ratio {
					if text == "" && row[j] != nil && mark(i, part) != "" {
						t.Errorf("%s shows the ratio %s of a hidden %s", report.Name, c.Name, part)
					}
				}
			}
		}
	}
	if hidden < 100 {
		t.Errorf("only %d cells are hidden: the communities are not small", hidden)
	}
}
