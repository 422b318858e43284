package grafana_test

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/turnout/turnout/dashboards/grafana"
	"github.com/turnout/turnout/dashboards/reporting"
)

func TestMain(m *testing.M) {
	flag.Bool("update", false, "write the generated boards anew")
	os.Exit(m.Run())
}

func catalog(t *testing.T) *reporting.Catalog {
	t.Helper()
	loaded, err := reporting.Load()
	if err != nil {
		t.Fatal(err)
	}
	return loaded
}

// TestBoardsAreTheReports holds the files against the reports; -update writes them anew.
func TestBoardsAreTheReports(t *testing.T) {
	t.Parallel()
	want, err := grafana.Boards(catalog(t))
	if err != nil {
		t.Fatal(err)
	}
	written, err := filepath.Glob("boards/community-*.json")
	if err != nil {
		t.Fatal(err)
	}
	if update := flag.Lookup("update"); update.Value.String() == "true" {
		for _, path := range written {
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
		}
		written = nil
		for name, content := range want {
			path := filepath.Join("boards", name)
			written = append(written, path)
			if err := os.WriteFile(path, content, 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	if len(written) != len(want) {
		t.Errorf("there are %d boards of reports, want %d", len(written), len(want))
	}
	for name, content := range want {
		got, err := os.ReadFile(filepath.Join("boards", name))
		if err != nil {
			t.Error(err)
		}
		if diff := cmp.Diff(string(content), string(got)); diff != "" {
			t.Errorf("%s is not what the reports say; run: go test ./dashboards/grafana -update\n%.2000s", name, diff)
		}
	}
}

type source struct{ Type, UID string }

type target struct {
	RefID      string `json:"refId"`
	Datasource source
	RawSQL     string `json:"rawSql"`
	Expr       string
}

type property struct {
	ID    string
	Value any
}

type panel struct {
	ID                       int
	Type, Title, Description string
	Datasource               source
	Targets                  []target
	Panels                   []panel
	FieldConfig              struct {
		Defaults  struct{ Unit string }
		Overrides []struct {
			Matcher    struct{ ID, Options string }
			Properties []property
		}
	}
}

type board struct {
	UID, Title, Description string
	Templating              struct {
		List []struct {
			Name, Type string
			Query      any
			Datasource source
		}
	}
	Panels []panel
}

func boards(t *testing.T) map[string]board {
	t.Helper()
	paths, err := filepath.Glob("boards/*.json")
	if err != nil || len(paths) < 2 {
		t.Fatalf("there are %d boards, %v", len(paths), err)
	}
	out := map[string]board{}
	for _, path := range paths {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var b board
		if err := json.Unmarshal(content, &b); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		out[filepath.Base(path)] = b
	}
	return out
}

// flat gives the panels that show something, those in closed rows too.
func (b board) flat() []panel {
	var out []panel
	for _, p := range b.Panels {
		if p.Type == "row" {
			out = append(out, p.Panels...)
		} else {
			out = append(out, p)
		}
	}
	return out
}

// TestBoardsLint holds every board against the rules: what it is called never changes
// (people link to it), it names its data source by a variable, and nothing is empty.
func TestBoardsLint(t *testing.T) {
	t.Parallel()
	uids := map[string]string{}
	for name, b := range boards(t) {
		want := "turnout-" + strings.TrimSuffix(name, ".json")
		if b.UID != want || len(b.UID) > 40 {
			t.Errorf("%s has the uid %q, want %q", name, b.UID, want)
		}
		if other, taken := uids[b.UID]; taken {
			t.Errorf("%s and %s have one uid", name, other)
		}
		uids[b.UID] = name
		if b.Title == "" || b.Description == "" {
			t.Errorf("%s: title %q, description %q", name, b.Title, b.Description)
		}
		sources := map[source]bool{}
		for _, v := range b.Templating.List {
			if v.Type == "datasource" {
				plugin, _ := v.Query.(string)
				sources[source{plugin, "${" + v.Name + "}"}] = true
			}
		}
		ids := map[int]bool{}
		for _, p := range b.flat() {
			lintPanel(t, name, p, sources)
			if ids[p.ID] {
				t.Errorf("%s: two panels have the id %d", name, p.ID)
			}
			ids[p.ID] = true
		}
	}
}

func lintPanel(t *testing.T, board string, p panel, sources map[source]bool) {
	t.Helper()
	where := board + ": " + p.Title
	if p.Title == "" || p.Description == "" || len(p.Targets) == 0 {
		t.Errorf("%s: description %q, %d queries", where, p.Description, len(p.Targets))
	}
	if !sources[p.Datasource] {
		t.Errorf("%s: the data source %+v is no variable of the board", where, p.Datasource)
	}
	if p.FieldConfig.Defaults.Unit == "" && len(p.FieldConfig.Overrides) == 0 {
		t.Errorf("%s has no unit", where)
	}
	for _, target := range p.Targets {
		if target.Datasource != (source{}) && !sources[target.Datasource] {
			t.Errorf("%s: the query's data source %+v is no variable of the board", where, target.Datasource)
		}
		if (target.RawSQL == "") == (target.Expr == "") {
			t.Errorf("%s: query %s asks nothing, or two things", where, target.RefID)
		}
		lintVariables(t, where, target.RawSQL)
	}
}

// lintVariables lets variables into a query in the one form that nothing can break out of.
func lintVariables(t *testing.T, where, sql string) {
	t.Helper()
	safe := regexp.MustCompile(`decodeURLComponent\('\$\{(tenant|timezone|grain|year_end):percentencode\}'\)|\$__(from|to)Time_ms\b`)
	if rest := safe.ReplaceAllString(sql, ""); strings.ContainsAny(rest, "${}") || strings.Contains(rest, "[[") {
		t.Errorf("%s: the query has something else that Grafana would replace", where)
	}
}

// TestPanelsSayWhatReportsSay compares titles, definitions and units with the reports'.
func TestPanelsSayWhatReportsSay(t *testing.T) {
	t.Parallel()
	panels := map[string][]panel{}
	for _, b := range boards(t) {
		for _, p := range b.flat() {
			panels[p.Title] = append(panels[p.Title], p)
		}
	}
	for _, r := range catalog(t).Reports() {
		if r.Personal != (len(panels[r.Title]) == 0) {
			t.Errorf("%s: %d panels; its rows name persons: %v", r.Name, len(panels[r.Title]), r.Personal)
		}
		for _, p := range panels[r.Title] {
			if !strings.Contains(p.Description, r.Definition) {
				t.Errorf("%s: the description is %q", r.Name, p.Description)
			}
			for _, m := range r.Measures {
				checkUnit(t, r, m, p)
			}
		}
	}
}

func checkUnit(t *testing.T, r *reporting.Report, m reporting.Measure, p panel) {
	t.Helper()
	want := "suffix: " + m.Unit
	if m.Unit == "share" {
		want = "percentunit"
	}
	if m.Unit == "" || p.FieldConfig.Defaults.Unit != "" {
		return
	}
	for _, o := range p.FieldConfig.Overrides {
		if o.Matcher.Options == m.Name && slices.Contains(o.Properties, property{"unit", want}) {
			return
		}
	}
	t.Errorf("%s: the %s of %s has not the unit %q", p.Type, m.Name, r.Name, want)
}
