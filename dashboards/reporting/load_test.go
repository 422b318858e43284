package reporting_test

import (
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/turnout/turnout/dashboards/reporting"
)

const visits = `/*
name: visits
title: Visits
question: Who was where?
section: Mine
definition: Every attendance, one by one.
with: [attended]
grains: [gathering]
parameters:
  role: {type: list, description: Only these roles.}
dimensions:
  role: {type: string, description: The role.}
measures:
  people: {count: person_id, unit: persons, description: Distinct persons.}
  visits: {rows: true, unit: attendances, description: All attendances.}
  median_minutes: {expr: "quantileExact(0.5)(minutes)", unit: minutes, description: "Median; of those known."}
*/
-- Комментарий может быть на любом языке; a semicolon and a 'quote don''t matter
SELECT role, person_id, minutes FROM attended WHERE empty({roles:Array(String)}) OR has({roles:Array(String)}, role);
`

// good is visits, made right.
func good() string {
	return strings.NewReplacer("  role: {type: list", "  roles: {type: list").Replace(visits)
}

func folder(name, text string) fs.FS { return fstest.MapFS{name: {Data: []byte(text)}} }

func TestAddingAReportIsAddingAFile(t *testing.T) {
	t.Parallel()
	catalog, err := reporting.Load(folder("visits.sql", good()))
	if err != nil {
		t.Fatal(err)
	}
	w := newWorldWith(t, "2024-01-01T00:00:00Z", catalog, reporting.Limits{})
	for i, minutes := range []int{10, 20, 90} {
		w.tell(said{typ: "attendance.recorded.v1", time: "2022-05-27T18:00:00Z", data: map[string]any{
			"gathering_id": "g", "person_id": string(rune('a' + i)), "present": true, "role": "host", "method": "qr", "minutes": minutes,
		}})
	}
	result := w.run("visits", "roles=host,speaker")
	if len(result.Rows) != 1 || !same(result.Rows[0][3], 20.0) || !same(result.Rows[0][1], int64(3)) {
		t.Errorf("the rows are %v", result.Rows)
	}
	if rows := w.run("visits", "roles=speaker").Rows; len(rows) != 0 {
		t.Errorf("the rows of another role are %v", rows)
	}
}

func TestBrokenReportsAreRefused(t *testing.T) {
	t.Parallel()
	change := func(pairs ...string) string { return strings.NewReplacer(pairs...).Replace(good()) }
	tests := map[string]struct{ file, text, want string }{
		"no front matter":     {"visits.sql", "SELECT 1", "does not begin with a comment"},
		"an open comment":     {"visits.sql", "/* name: visits", "not closed"},
		"no SELECT":           {"visits.sql", "/*\nname: visits\n*/\n;", "no SELECT"},
		"bad YAML":            {"visits.sql", "/*\nname: [visits\n*/\nSELECT 1", "front matter"},
		"unknown member":      {"visits.sql", change("section:", "chapter:"), "chapter"},
		"another name":        {"visit.sql", good(), "not that of the file"},
		"a built-in's name":   {"attendance.sql", change("name: visits", "name: attendance"), "exists already"},
		"no title":            {"visits.sql", change("title: Visits\n", ""), "title"},
		"unknown piece":       {"visits.sql", change("[attended]", "[attendees]"), "no piece"},
		"unknown grain":       {"visits.sql", change("[gathering]", "[week]"), "week"},
		"unknown placeholder": {"visits.sql", change("{roles:Array(String)}", "{rules:Array(String)}"), "rules"},
		"wrong placeholder":   {"visits.sql", change("{roles:Array(String)}", "{roles:String}"), "Array(String)"},
		"unused parameter":    {"visits.sql", change("  roles: {", "  more: {type: list, description: More.}\n  roles: {"), "never names"},
		"taken parameter":     {"visits.sql", change("roles: {type", "tenant: {type"), "taken"},
		"a piece's parameter": {"visits.sql", change("roles: {type", "kind: {type"), "declared twice"},
		"parameter type":      {"visits.sql", change("{type: list", "{type: text"), "type"},
		"enum without values": {"visits.sql", change("{type: list", "{type: enum"), "values"},
		"dimension parameter": {"visits.sql", visits, "a parameter has that name"},
		"dimension type":      {"visits.sql", change("{type: string", "{type: text"), "not a type"},
		"measure kind":        {"visits.sql", change("rows: true", "rows: false"), "exactly one"},
		"two kinds":           {"visits.sql", change("rows: true", "rows: true, sum: minutes"), "exactly one"},
		"bad column":          {"visits.sql", change("count: person_id", `count: "person_id)"`), "not the name"},
		"bad measure name":    {"visits.sql", change("  people:", "  People:"), "lower-case"},
		"twice":               {"visits.sql", change("  people:", "  role:"), "has that name already"},
		"where on expr":       {"visits.sql", change(`(minutes)",`, `(minutes)", where: is_it,`), "where"},
		"ratio of nothing":    {"visits.sql", change("rows: true", "ratio: [people, folk]"), "folk"},
		"ratio of three":      {"visits.sql", change("rows: true", "ratio: [people, people, people]"), "two"},
		"order":               {"visits.sql", change("*/\n--", "order: [rank]\n*/\n--"), "order"},
		"chart column":        {"visits.sql", change("*/\n--", "chart: {kind: bar, x: rank}\n*/\n--"), "rank"},
		"chart kind":          {"visits.sql", change("*/\n--", "chart: {kind: pie, x: role}\n*/\n--"), "pie"},
		"pivot":               {"visits.sql", change("*/\n--", "pivot: {rows: [role], columns: rank, value: people}\n*/\n--"), "rank"},
		"no tenant":           {"visits.sql", change("with: [attended]\n", "", "grains: [gathering]\n", ""), "tenant"},
	}
	for name, test := range tests {
		_, err := reporting.Load(folder(test.file, test.text))
		if err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), test.file) {
			t.Errorf("%s: the error is %v, want one about %s that says %q", name, err, test.file, test.want)
		}
	}
}

func TestPiecesInACircle(t *testing.T) {
	t.Parallel()
	circle := fstest.MapFS{
		"with/one.sql": {Data: []byte("/*\nname: one\nwith: [two]\n*/\nSELECT 1")},
		"with/two.sql": {Data: []byte("/*\nname: two\nwith: [one]\n*/\nSELECT 1")},
		"visits.sql":   {Data: []byte(strings.Replace(good(), "[attended]", "[one, attended]", 1))},
	}
	if _, err := reporting.Load(circle); err == nil || !strings.Contains(err.Error(), "one → two → one") {
		t.Errorf("the error is %v, want one that names the circle", err)
	}
}

func FuzzLoad(f *testing.F) {
	f.Add(visits)
	f.Add(good())
	f.Add("/**/SELECT 1")
	f.Fuzz(func(t *testing.T, text string) {
		catalog, err := reporting.Load(folder("visits.sql", text))
		if err == nil {
			if _, ok := catalog.Report("visits"); !ok {
				t.Errorf("the report is not there")
			}
		}
	})
}
