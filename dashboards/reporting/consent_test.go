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

// figures are those of every report, but of those that tell how the data arrived, and of some with attributes as now.
func (w *world) figures() map[string]string {
	w.t.Helper()
	out := map[string]string{}
	for _, r := range w.runner.Catalog().Reports() {
		if !slices.Contains([]string{"data-quality", "reconciliation"}, r.Name) {
			out[r.Name] = fmt.Sprint(w.run(r.Name, hillsZone+askedOf(r)).Rows)
		}
	}
	for _, name := range []string{"attendance", "activation", "giving", "engagement-by-mode"} {
		out[name+" as now"] = fmt.Sprint(w.run(name, hillsZone+"&attributes=now").Rows)
	}
	return out
}

// askedOf are the persons whom the report has to be told.
func askedOf(r *reporting.Report) string {
	if r.Name == "timeline" {
		return "&person=ann,eve,gus"
	}
	return ""
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
	got, want := w.figures(), other.figures()
	for name := range want {
		if got[name] != want[name] {
			t.Errorf("%s is\n %s, without these persons\n %s", name, got[name], want[name])
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
	w := frozenHills(t, append(hills(), consents("ann", "named_lists", false, "2024-04-02T06:00:00Z"), consents("gus", "named_lists", false, "2024-04-02T06:00:00Z"),
		consents("eve", "named_lists", true, "2024-04-01T06:00:00Z"), consents("eve-old", "named_lists", false, "2024-04-02T06:00:00Z"))...)
	named := regexp.MustCompile(`\b(ann|eve|gus)\b`)
	for _, name := range []string{"absence-curve", "ambassador-impact", "members", "timeline"} {
		r, _ := w.runner.Catalog().Report(name)
		if text := fmt.Sprint(w.run(name, hillsZone+askedOf(r)).Rows); named.MatchString(text) || !strings.Contains(text, reporting.Withheld) {
			t.Errorf("%s withholds nobody: %s", name, text)
		}
	}
	for query, want := range map[string]int64{
		"attendance?measure=attended&gathering_id=g1": 4, "activity?measure=attendances": 11, "groups?measure=members": 4, "show-up?measure=confirmed": 7,
		"engagement-by-mode?measure=eligible": 5, "giving-sums?measure=gifts": 1, "satisfaction?measure=responses": 1, "data-quality?measure=records&check=unresolved_persons": 1,
	} {
		name, query, _ := strings.Cut(query, "?")
		list := w.rows(name, query+"&"+hillsZone)
		text := fmt.Sprint(list.Rows)
		if named.MatchString(text) || !strings.Contains(text, reporting.Withheld) {
			t.Errorf("the list of %s of %s: %s", query, name, text)
		}
		if list.Total != want {
			t.Errorf("the list of %s of %s has %d rows, want %d: %s", query, name, list.Total, want, text)
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
