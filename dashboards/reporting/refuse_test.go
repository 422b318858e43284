package reporting_test

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"testing"

	"github.com/turnout/turnout/dashboards/reporting"
	"github.com/turnout/turnout/internal/problem"
)

// TestRefusals sends what is wrong in every way; nothing of it reaches the engine.
func TestRefusals(t *testing.T) {
	t.Parallel()
	tests := []struct{ report, query, pointer, hint string }{
		{"nothing", "tenant=t", "/report", "attendance"},
		{"", "tenant=t", "/report", "attendance"},
		{"attendance'--", "tenant=t", "/report", "attendance"},
		{"attendance", "", "/parameters/tenant", "a-z"},
		{"attendance", "tenant=", "/parameters/tenant", "a-z"},
		{"attendance", "tenant=T", "/parameters/tenant", "a-z"},
		{"attendance", "tenant=a'b", "/parameters/tenant", "a-z"},
		{"attendance", "tenant=" + strings.Repeat("a", 65), "/parameters/tenant", "a-z"},
		{"attendance", "tenant=t&tenant=u", "/parameters/tenant", "once"},
		{"attendance", "tenant=t&form=2024", "/parameters/form", "from"},
		{"attendance", "tenant=t&From=2024", "/parameters/From", "from"},
		{"attendance", "tenant=t&as_of=2024-01-01", "/parameters/as_of", "from"},
		{"attendance", "tenant=t&year_end=12-31", "/parameters/year_end", "from"},
		{"attendance", "tenant=t&measure=attended", "/parameters/measure", "from"},
		{"attendance", "tenant=t&gathering_id=g", "/parameters/gathering_id", "from"},
		{"attendance", "tenant=t&limit=5", "/parameters/limit", "from"},
		{"attendance", "tenant=t&cohort_by=join", "/parameters/cohort_by", "from"},
		{"attendance", "tenant=t&from=yesterday", "/parameters/from", "2024-05-27"},
		{"attendance", "tenant=t&from=2024-13", "/parameters/from", "2024-05-27"},
		{"attendance", "tenant=t&from=2024-02-30", "/parameters/from", "2024-05-27"},
		{"attendance", "tenant=t&from=2023-02-29", "/parameters/from", "2024-05-27"},
		{"attendance", "tenant=t&from=2024-Q5", "/parameters/from", "2024-05-27"},
		{"attendance", "tenant=t&from=2024-Q0", "/parameters/from", "2024-05-27"},
		{"attendance", "tenant=t&from=24-05-27", "/parameters/from", "2024-05-27"},
		{"attendance", "tenant=t&from=2024-5-7", "/parameters/from", "2024-05-27"},
		{"attendance", "tenant=t&from=2024-05-27T18:30", "/parameters/from", "2024-05-27"},
		{"attendance", "tenant=t&from=2024-05-27T25:00:00Z", "/parameters/from", "2024-05-27"},
		{"attendance", "tenant=t&from=1899", "/parameters/from", "2024-05-27"},
		{"attendance", "tenant=t&to=2101", "/parameters/to", "2024-05-27"},
		{"attendance", "tenant=t&to=2101-01-01T00:00:00Z", "/parameters/to", "2024-05-27"},
		{"attendance", "tenant=t&to=now()", "/parameters/to", "2024-05-27"},
		{"attendance", "tenant=t&from=2024&from=2025", "/parameters/from", "once"},
		{"attendance", "tenant=t&from=2025&to=2024", "/parameters/from", "xchange"},
		{"attendance", "tenant=t&from=2024-01-01T00:00:00Z&to=2024-01-01T00:00:00Z", "/parameters/from", "xchange"},
		{"attendance", "tenant=t&timezone=Mars/Olympus", "/parameters/timezone", "Europe/Moscow"},
		{"attendance", "tenant=t&timezone=Local", "/parameters/timezone", "Europe/Moscow"},
		{"attendance", "tenant=t&timezone=../etc/passwd", "/parameters/timezone", "Europe/Moscow"},
		{"attendance", "tenant=t&timezone=%2Fetc%2Flocaltime", "/parameters/timezone", "Europe/Moscow"},
		{"attendance", "tenant=t&timezone=UTC'", "/parameters/timezone", "Europe/Moscow"},
		{"attendance", "tenant=t&timezone=%2B03:00", "/parameters/timezone", "Europe/Moscow"},
		{"attendance", "tenant=t&grain=month", "/parameters/grain", "gathering"},
		{"lifecycle", "tenant=t&grain=fortnight", "/parameters/grain", "month, gathering, quarter, year"},
		{"lifecycle", "tenant=t&grain=Month", "/parameters/grain", "month"},
		{"lifecycle", "tenant=t&grain=month,year", "/parameters/grain", "month"},
		{"lifecycle", "tenant=t&kind=party", "/parameters/kind", "excursion"},
		{"lifecycle", "tenant=t&kind=meeting,party", "/parameters/kind", "excursion"},
		{"lifecycle", "tenant=t&status=member", "/parameters/status", "ambassador"},
		{"lifecycle", "tenant=t&staff=yes", "/parameters/staff", "exclude"},
		{"lifecycle", "tenant=t&attributes=then", "/parameters/attributes", "event"},
		{"lifecycle", "tenant=t&graduation_from=two", "/parameters/graduation_from", "igits"},
		{"lifecycle", "tenant=t&graduation_from=1799", "/parameters/graduation_from", "igits"},
		{"lifecycle", "tenant=t&graduation_to=99999999999999999999", "/parameters/graduation_to", "igits"},
		{"lifecycle", "tenant=t&graduation_to=2000.5", "/parameters/graduation_to", "igits"},
		{"lifecycle", "tenant=t&faculty=%00", "/parameters/faculty", "emove"},
		{"lifecycle", "tenant=t&faculty=%ff", "/parameters/faculty", "UTF-8"},
		{"lifecycle", "tenant=t&faculty=" + strings.Repeat("x", 300), "/parameters/faculty", "256"},
		{"lifecycle", "tenant=t&faculty=" + manyValues(), "/parameters/faculty", "100"},
		{"retention", "tenant=t&cohort_by=birth", "/parameters/cohort_by", "attendance"},
		{"retention", "tenant=t&grain=gathering", "/parameters/grain", "month"},
	}
	catalog, err := reporting.Load()
	if err != nil {
		t.Fatal(err)
	}
	runner := reporting.NewRunner(reporting.Config{Catalog: catalog}) // no connection: to ask the engine would panic
	for _, test := range tests {
		values, err := url.ParseQuery(test.query)
		if err != nil {
			t.Fatal(err)
		}
		_, err = runner.Run(context.Background(), test.report, values)
		checkRefusal(t, test.report+"?"+test.query, err, test.pointer, test.hint)
	}
}

func manyValues() string {
	var b strings.Builder
	for i := range 101 {
		b.WriteString("f" + strings.Repeat("x", i%7) + string(rune('a'+i%26)) + string(rune('a'+i/26)) + ",")
	}
	return b.String()
}

func TestRefusalsOfLists(t *testing.T) {
	t.Parallel()
	tests := []struct{ report, query, pointer, hint string }{
		{"attendance", "tenant=t", "/parameters/measure", "attended"},
		{"attendance", "tenant=t&measure=", "/parameters/measure", "attended"},
		{"attendance", "tenant=t&measure=gathering_id", "/parameters/measure", "attended"},
		{"attendance", "tenant=t&measure=is_new_member", "/parameters/measure", "attended"},
		{"attendance", "tenant=t&measure=attended%3BDROP", "/parameters/measure", "attended"},
		{"attendance", "tenant=t&measure=attended&measure=title", "/parameters/measure", "once"},
		{"attendance", "tenant=t&measure=attended&limit=0", "/parameters/limit", "igits"},
		{"attendance", "tenant=t&measure=attended&limit=10001", "/parameters/limit", "igits"},
		{"attendance", "tenant=t&measure=attended&limit=-1", "/parameters/limit", "igits"},
		{"attendance", "tenant=t&measure=attended&limit=1e3", "/parameters/limit", "igits"},
		{"attendance", "tenant=t&measure=attended&offset=-1", "/parameters/offset", "igits"},
		{"attendance", "tenant=t&measure=attended&offset=x", "/parameters/offset", "igits"},
		{"attendance", "tenant=t&measure=attended&period=x", "/parameters/period", "gathering_id"},
		{"attendance", "tenant=t&measure=attended&gathering_id=a&gathering_id=b", "/parameters/gathering_id", "once"},
		{"retention", "tenant=t&measure=persons&period=first", "/parameters/period", "opy"},
		{"retention", "tenant=t&measure=persons&period=1.5", "/parameters/period", "opy"},
		{"retention", "tenant=t&measure=persons&cohort=%ff", "/parameters/cohort", "UTF-8"},
	}
	catalog, err := reporting.Load()
	if err != nil {
		t.Fatal(err)
	}
	runner := reporting.NewRunner(reporting.Config{Catalog: catalog})
	for _, test := range tests {
		values, err := url.ParseQuery(test.query)
		if err != nil {
			t.Fatal(err)
		}
		_, err = runner.Rows(context.Background(), test.report, values)
		checkRefusal(t, test.report+"/rows?"+test.query, err, test.pointer, test.hint)
	}
}

func checkRefusal(t *testing.T, what string, err error, pointer, hint string) {
	t.Helper()
	var p *problem.Error
	if !errors.As(err, &p) {
		t.Errorf("%s: the answer is %v, want a problem", what, err)
		return
	}
	if p.Pointer != pointer || !strings.Contains(p.Hint, hint) || p.Detail == "" || p.Status < 400 || p.Status >= 500 {
		t.Errorf("%s: the problem is %d %q at %q, hint %q; want pointer %q, hint with %q", what, p.Status, p.Detail, p.Pointer, p.Hint, pointer, hint)
	}
}
