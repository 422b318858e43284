package reporting_test

import (
	"context"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/turnout/turnout/dashboards/reporting"
)

func consents(person, purpose string, granted bool, at string) said {
	return event("consent.changed", at, "person_id", person, "purpose", purpose, "granted", granted, "at", at)
}

// withoutPersons takes persons and what they did out of events, as if they had never been; what they opened for others stays, without them.
func withoutPersons(events []said, gone ...string) []said {
	var kept []said
	for _, e := range events {
		about := ""
		for _, field := range []string{"person_id", "student_id", "donor_id", "from_id"} {
			if id, ok := e.data[field].(string); ok {
				about = id
			}
		}
		if slices.Contains(gone, about) {
			continue
		}
		if id, ok := e.data["ambassador_id"].(string); ok && slices.Contains(gone, id) {
			e = e.again()
			e.revision--
			delete(e.data, "ambassador_id")
		}
		kept = append(kept, e)
	}
	return kept
}

// frozenHills has the hills and what else is told. Somebody of the staff gave something, and stands on the list of a gathering to
// come: so that the same years and gatherings are listed, whoever else is left out.
func frozenHills(t *testing.T, events ...said) *world {
	t.Helper()
	w := newWorld(t, hillsNow)
	w.tell(events...)
	w.tell(comes("g5", "dan", "participant", "2024-04-09T12:15:00Z"), event("donation.received", "2024-02-01T06:00:00Z", "gift_id", "d-dan",
		"donor_id", "dan", "amount_minor", 100, "currency", "NPR", "kind", "cash", "legal_donor", "self", "on", "2024-02-01"))
	w.freeze()
	return w
}

// figures are those of every report, but of those that tell how the data arrived.
func (w *world) figures(extra string) map[string]string {
	w.t.Helper()
	out := map[string]string{}
	for _, r := range w.runner.Catalog().Reports() {
		name, _, _ := strings.Cut(extra, "=")
		if _, takes := r.Parameter(name); extra != "" && !takes || slices.Contains([]string{"data-quality", "reconciliation"}, r.Name) {
			continue
		}
		asked := hillsZone + "&" + extra
		if r.Name == "timeline" {
			asked += "&person=ann,eve,gus"
		}
		out[r.Name] = fmt.Sprint(w.run(r.Name, asked).Rows)
	}
	return out
}

// TestWithdrawnFromAnalytics: who does not allow analytics is in no report, as if the person had never been; a stranger, a merged
// person by another id, and whatever the filters are.
func TestWithdrawnFromAnalytics(t *testing.T) {
	t.Parallel()
	w := frozenHills(t, append(hills(),
		consents("ann", "analytics", true, "2024-04-01T06:00:00Z"), consents("ann", "analytics", false, "2024-04-02T06:00:00Z"),
		consents("gus", "analytics", false, "2024-04-02T06:00:00Z"),
		consents("eve-old", "analytics", false, "2024-04-02T06:00:00Z"), consents("eve", "analytics", true, "2024-04-01T06:00:00Z"),
		consents("bob", "analytics", false, "2024-04-02T06:00:00Z"), consents("bob", "analytics", true, "2024-04-03T06:00:00Z"),
		consents("hal", "analytics", false, "2024-04-02T06:00:00Z"), consents("hal", "analytics", false, "2024-04-02T06:00:00Z").void(),
	)...)
	other := frozenHills(t, withoutPersons(hills(), "ann", "gus", "eve", "eve-old")...)
	for _, extra := range []string{"", "attributes=now"} {
		got, want := w.figures(extra), other.figures(extra)
		for name := range want {
			if got[name] != want[name] {
				t.Errorf("%s?%s is\n %s, without these persons\n %s", name, extra, got[name], want[name])
			}
		}
	}
	found := map[string]any{}
	for _, row := range pickColumns(t, w.run("data-quality", hillsZone), "check", "records") {
		found[fmt.Sprint(row[0])] = row[1]
	}
	if found["withdrawn_from_analytics"] != int64(3) {
		t.Errorf("%v left out, want 3", found["withdrawn_from_analytics"])
	}
	list := w.rows("data-quality", "measure=records&check=withdrawn_from_analytics&"+hillsZone)
	if list.Total != 3 || strings.Contains(fmt.Sprint(list.Rows), "ann") {
		t.Errorf("%d listed: %v", list.Total, list.Rows)
	}
}

// TestWithheldInLists: who does not allow to be named counts, has a row in every list, and is named in none.
func TestWithheldInLists(t *testing.T) {
	t.Parallel()
	before := frozenHills(t, hills()...).figures("")
	w := frozenHills(t, append(hills(), consents("ann", "named_lists", false, "2024-04-02T06:00:00Z"),
		consents("eve", "named_lists", true, "2024-04-01T06:00:00Z"), consents("eve-old", "named_lists", false, "2024-04-02T06:00:00Z"))...)
	named := regexp.MustCompile(`\b(ann|eve)\b`)
	for _, r := range w.runner.Catalog().Reports() {
		query := hillsZone
		if r.Name == "timeline" {
			query += "&person=ann,eve"
		}
		text := fmt.Sprint(w.run(r.Name, query).Rows)
		if was, told := before[r.Name]; told && !r.Personal && was != text {
			t.Errorf("%s is %s, before %s", r.Name, text, was)
		}
		if r.Personal && r.Name != "win-back" && (named.MatchString(text) || !strings.Contains(text, reporting.Withheld)) {
			t.Errorf("%s withholds nobody: %s", r.Name, text)
		}
		if i := slices.IndexFunc(r.Measures, func(m reporting.Measure) bool { return m.Count == "person_id" || m.Rows }); i >= 0 {
			m := r.Measures[i]
			list := w.rows(r.Name, "measure="+m.Name+"&"+query)
			if text := fmt.Sprint(list.Rows); named.MatchString(text) {
				t.Errorf("the list of %s of %s names who is not to be named: %s", m.Name, r.Name, text)
			}
			if n, known := list.Figure.(int64); known && n != list.Total {
				t.Errorf("%s of %s is %d, its list has %d rows", m.Name, r.Name, n, list.Total)
			}
		}
	}
	asked := url.Values{"tenant": {"t"}, "measure": {"gatherings"}, "person_id": {reporting.Withheld}}
	if _, err := w.runner.Rows(context.Background(), "members", asked); err == nil || !strings.Contains(err.Error(), "named in lists") {
		t.Errorf("the list behind a withheld person: %v", err)
	}
	compared := w.run("members", hillsZone+"&compare=year")
	if !strings.Contains(fmt.Sprint(compared.Rows), reporting.Withheld) {
		t.Errorf("compared members: %v", compared.Rows)
	}
}

func (w *world) rows(name, query string) *reporting.RowsResult {
	w.t.Helper()
	list, err := w.runner.Rows(context.Background(), name, w.values(query))
	if err != nil {
		w.t.Fatalf("list %s?%s: %v", name, query, err)
	}
	return list
}
