package reporting_test

import (
	"io/fs"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/turnout/turnout/dashboards/reporting"
)

// good is the report that docs/adding-a-report.md shows.
func good(t testing.TB) string {
	t.Helper()
	page, err := os.ReadFile("../../docs/adding-a-report.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(page), "```sql\n")
	text, _, found := strings.Cut(rest, "```")
	if !found {
		t.Fatal("docs/adding-a-report.md shows no report")
	}
	return text
}

func folder(name, text string) fs.FS { return fstest.MapFS{name: {Data: []byte(text)}} }

func TestAddingAReportIsAddingAFile(t *testing.T) {
	t.Parallel()
	catalog, err := reporting.Load(folder("visits.sql", good(t)))
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
	want := [][]any{{"host", int64(3), int64(3), int64(1), 1.0 / 3, 20.0}}
	if diff := cmp.Diff(want, result.Rows); diff != "" {
		t.Errorf("visits (-want +got):\n%s", diff)
	}
	if rows := w.run("visits", "roles=speaker").Rows; len(rows) != 0 {
		t.Errorf("the rows of another role are %v", rows)
	}
}

func TestPieceThatIsAFunction(t *testing.T) {
	t.Parallel()
	catalog, err := reporting.Load(fstest.MapFS{
		"with/half.sql": {Data: []byte("/*\nname: half\nfunction: whole\n*/\nwhole / 2")},
		"halves.sql": {Data: []byte(`/*
name: halves
title: Halves
question: How much is half of ten?
section: Mine
definition: It is halved twice.
with: [half]
measures:
  quarters: {sum: quarter, description: Quarters.}
*/
SELECT half(half(10)) AS quarter WHERE {tenant:String} != ''`)},
	})
	if err != nil {
		t.Fatal(err)
	}
	if rows := newWorldWith(t, "2024-01-01T00:00:00Z", catalog, reporting.Limits{}).run("halves", "").Rows; len(rows) != 1 || rows[0][0] != 2.5 {
		t.Errorf("a quarter of ten is %v", rows)
	}
}

func TestBrokenReportsAreRefused(t *testing.T) {
	t.Parallel()
	change := func(pairs ...string) string { return strings.NewReplacer(pairs...).Replace(good(t)) }
	tests := map[string]struct{ file, text, want string }{
		"no front matter":     {"visits.sql", "SELECT 1", "does not begin with a comment"},
		"an open comment":     {"visits.sql", "/* name: visits", "not closed"},
		"no SELECT":           {"visits.sql", "/*\nname: visits\n*/\n;", "no SELECT"},
		"bad YAML":            {"visits.sql", "/*\nname: [visits\n*/\nSELECT 1", "front matter"},
		"unknown member":      {"visits.sql", change("section:", "chapter:"), "chapter"},
		"another name":        {"visit.sql", good(t), "not that of the file"},
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
		"parts of nothing":    {"visits.sql", change("order: [role]", "order: [role]\nparts: [{total: people}]"), "of is missing"},
		"parts of a ratio":    {"visits.sql", change("order: [role]", "order: [role]\nparts: [{total: people, of: [long_share]}]"), "long_share"},
		"parts over what":     {"visits.sql", change("order: [role]", "order: [role]\nparts: [{total: people, of: [visits], over: [rank]}]"), "rank"},
		"the whole of what":   {"visits.sql", change("order: [role]", "order: [role]\nparts: [{total: people, of: [people], whole: host}]"), "whole"},
		"persons of nothing":  {"visits.sql", change("visits: {rows: true", "visits: {rows: true, persons: folk"), "folk"},
		"persons of a ratio":  {"visits.sql", change("visits: {rows: true", "visits: {rows: true, persons: [people, long_share]"), "not a count"},
		"a share of nobody":   {"visits.sql", change("ratio: [long_visits, visits]", "persons: none, ratio: [long_visits, visits]"), "nobody"},
		"choices of all":      {"visits.sql", change("{type: list", "{type: list, choices: SELECT 1"), "tenant"},
		"choices elsewhere":   {"visits.sql", change("{type: list", "{type: list, values: [a], choices: SELECT 1"), "without values"},
		"enum without values": {"visits.sql", change("{type: list", "{type: enum"), "values"},
		"dimension parameter": {"visits.sql", change("  roles: {", "  role: {"), "a parameter has that name"},
		"dimension type":      {"visits.sql", change("{type: string", "{type: text"), "not a type"},
		"measure kind":        {"visits.sql", change("  visits: {rows: true", "  visits: {rows: false"), "exactly one"},
		"two kinds":           {"visits.sql", change("  visits: {rows: true", "  visits: {rows: true, sum: minutes"), "exactly one"},
		"bad column":          {"visits.sql", change("count: person_id", `count: "person_id)"`), "not the name"},
		"bad measure name":    {"visits.sql", change("  people:", "  People:"), "lower-case"},
		"twice":               {"visits.sql", change("  people:", "  role:"), "has that name already"},
		"where on expr":       {"visits.sql", change(`(minutes)",`, `(minutes)", where: is_it,`), "where"},
		"ratio of nothing":    {"visits.sql", change("  visits: {rows: true", "  visits: {ratio: [people, folk]"), "folk"},
		"ratio of three":      {"visits.sql", change("  visits: {rows: true", "  visits: {ratio: [people, people, people]"), "two"},
		"order":               {"visits.sql", change("order: [role]", "order: [rank]"), "order"},
		"chart column":        {"visits.sql", change("x: role", "x: rank"), "rank"},
		"chart kind":          {"visits.sql", change("kind: bar", "kind: pie"), "pie"},
		"pivot":               {"visits.sql", change("*/\n--", "pivot: {rows: [role], columns: rank, value: people}\n*/\n--"), "rank"},
		"function of what":    {"with/half.sql", "/*\nname: half\nfunction: A b\n*/\nb / 2", "argument"},
		"function's columns":  {"with/half.sql", "/*\nname: half\nfunction: whole\ncolumns: [a]\n*/\nwhole / 2", "columns"},
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
		"visits.sql":   {Data: []byte(strings.Replace(good(t), "[attended]", "[one, attended]", 1))},
	}
	if _, err := reporting.Load(circle); err == nil || !strings.Contains(err.Error(), "one → two → one") {
		t.Errorf("the error is %v, want one that names the circle", err)
	}
}

func FuzzLoad(f *testing.F) {
	f.Add(good(f))
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
