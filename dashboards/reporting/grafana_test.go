package reporting_test

import (
	"context"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"math"
	"net/url"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/shopspring/decimal"

	"github.com/turnout/turnout/dashboards/grafana"
	"github.com/turnout/turnout/dashboards/reporting"
)

// boardPanel is what is asked by a panel of a board of dashboards/grafana.
type boardPanel struct {
	Title   string
	Targets []struct {
		RawSQL string `json:"rawSql"`
	}
	Panels []boardPanel
}

// communityPanels gives the panels of all generated boards by title; that the files are
// those is the test of dashboards/grafana.
func communityPanels(t *testing.T, catalog *reporting.Catalog) map[string][]boardPanel {
	t.Helper()
	boards, err := grafana.Boards(catalog)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][]boardPanel{}
	for name, content := range boards {
		var board boardPanel
		if err := json.Unmarshal(content, &board); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for _, p := range board.Panels {
			for _, p := range append(p.Panels, p) {
				out[p.Title] = append(out[p.Title], p)
			}
		}
	}
	return out
}

// communities is the query of the variable by which people choose a community.
func communities(t *testing.T, catalog *reporting.Catalog) string {
	t.Helper()
	boards, err := grafana.Boards(catalog)
	if err != nil {
		t.Fatal(err)
	}
	var board struct {
		Templating struct {
			List []struct{ Name, Query string }
		}
	}
	if err := json.Unmarshal(boards["community-overview.json"], &board); err != nil {
		t.Fatal(err)
	}
	for _, variable := range board.Templating.List {
		if variable.Name == "tenant" {
			return variable.Query
		}
	}
	t.Fatal("the board has no variable tenant")
	return ""
}

// asGrafana puts variables and the time range into a query as Grafana and its plugin do:
// percent-encoding leaves letters, digits and - . _ ~ alone.
func asGrafana(sql string, variables map[string]string, from, to time.Time) string {
	for name, value := range variables {
		encoded := strings.ReplaceAll(url.QueryEscape(value), "+", "%20")
		sql = strings.ReplaceAll(sql, "${"+name+":percentencode}", encoded)
	}
	return strings.NewReplacer(
		"$__fromTime_ms", fmt.Sprintf("fromUnixTimestamp64Milli(%d)", from.UnixMilli()),
		"$__toTime_ms", fmt.Sprintf("fromUnixTimestamp64Milli(%d)", to.UnixMilli()),
	).Replace(sql)
}

// TestGrafanaShowsTheReports runs every query of the generated boards with Grafana's
// variables in it, and compares the figures with the report's own. A community's name
// with quotes, backslashes or SQL in it is a community that nobody knows.
func TestGrafanaShowsTheReports(t *testing.T) {
	t.Parallel()
	w := newWorld(t, time.Now().UTC().Format(time.RFC3339))
	w.tell(newCommunityOf(3, 5, 6, 100).events...)
	tellCareers(w)
	tellGiving(w)
	w.tell(sent("c1", "2024-01-10T10:00:00Z", 50), feedback("f1", "g00", "s1", 9, 4, "2024-01-11T10:00:00Z"))
	w.freeze()
	from, to := time.Date(2022, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2024, 12, 31, 0, 0, 0, 0, time.UTC)
	panels := communityPanels(t, w.runner.Catalog())
	if got := fmt.Sprint(w.ask(t, communities(t, w.runner.Catalog()), &reporting.Result{Columns: []reporting.Column{{Type: reporting.String}}})); got != "[[t]]" {
		t.Errorf("the communities to choose from are %s", got)
	}
	for _, report := range w.runner.Catalog().Reports() {
		if report.Personal {
			continue
		}
		t.Run(report.Name, func(t *testing.T) {
			variables := map[string]string{"tenant": "t", "timezone": "Asia/Kolkata", "grain": "quarter", "year_end": "12-31"}
			want := w.run(report.Name, grafanaQuery(report, variables, from, to))
			asked := map[string]bool{}
			for _, p := range panels[report.Title] {
				if sql := p.Targets[0].RawSQL; !asked[sql] {
					asked[sql] = true
					compareRows(t, want, w.ask(t, asGrafana(sql, variables, from, to), want))
				}
			}
			if len(asked) != 1 {
				t.Fatalf("%d different queries, want one", len(asked))
			}
			variables["tenant"] = "nobody"
			nothing := w.run(report.Name, grafanaQuery(report, variables, from, to))
			names := []string{`t\' OR '1'='1' -- "`}
			if report.Name == "attendance" {
				names = append(names, `t' OR '1'='1`, `t\' OR 1=1 -- `, `o'brien`, `\`, `"t"`, `%27) OR 1=1 --`, "t\n", "${tenant}")
			}
			for _, hostile := range names {
				for sql := range asked {
					variables["tenant"] = hostile
					compareRows(t, nothing, w.ask(t, asGrafana(sql, variables, from, to), nothing))
				}
			}
		})
	}
}

// grafanaQuery is the same question put to the report.
func grafanaQuery(r *reporting.Report, variables map[string]string, from, to time.Time) string {
	values := url.Values{"from": {from.Format(time.RFC3339)}, "to": {to.Format(time.RFC3339)}}
	for _, name := range []string{"tenant", "timezone"} {
		values.Set(name, variables[name])
	}
	if grains := strings.Join(r.Grains, " "); strings.Contains(grains, "month") && strings.Contains(grains, "quarter") && strings.Contains(grains, "year") {
		values.Set("grain", variables["grain"])
	}
	return values.Encode()
}

// ask runs plain SQL, with the settings that deploy/clickhouse gives to Grafana's user.
func (w *world) ask(t *testing.T, sql string, like *reporting.Result) [][]any {
	t.Helper()
	ctx := clickhouse.Context(context.Background(), clickhouse.WithSettings(grafanaProfile(t)))
	rows, err := w.db.Conn().Query(ctx, sql)
	if err != nil {
		t.Fatalf("ask %.300s…: %v", sql, err)
	}
	defer func() { _ = rows.Close() }()
	var out [][]any
	for rows.Next() {
		targets := make([]any, len(rows.ColumnTypes()))
		for i, column := range rows.ColumnTypes() {
			targets[i] = reflect.New(column.ScanType()).Interface()
		}
		if err := rows.Scan(targets...); err != nil {
			t.Fatal(err)
		}
		row := make([]any, len(targets))
		for i := range targets {
			row[i] = scanned(reflect.ValueOf(targets[i]), like.Columns[i].Type)
		}
		out = append(out, row)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

// grafanaProfile gives the settings of Grafana's user; an embedded engine knows no profiles.
func grafanaProfile(t *testing.T) clickhouse.Settings {
	t.Helper()
	file, err := os.ReadFile("../../deploy/clickhouse/grafana.xml")
	if err != nil {
		t.Fatal(err)
	}
	var users struct {
		Profile struct {
			Settings []struct {
				XMLName xml.Name
				Value   string `xml:",chardata"`
			} `xml:",any"`
		} `xml:"profiles>turnout_grafana"`
	}
	if err := xml.Unmarshal(file, &users); err != nil {
		t.Fatal(err)
	}
	settings := clickhouse.Settings{}
	for _, s := range users.Profile.Settings {
		if name := s.XMLName.Local; name != "constraints" && name != "readonly" {
			settings[name] = s.Value
		}
	}
	settings["readonly"] = "2" // 1 would refuse the others, which the server has from the file
	return settings
}

// scanned is a value of the driver in the form that a result has.
func scanned(v reflect.Value, typ reporting.Type) any {
	for v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return nil
		}
		v = v.Elem()
	}
	switch x := v.Interface().(type) {
	case decimal.Decimal:
		return x.InexactFloat64()
	case time.Time:
		return x.UTC()
	case bool, string:
		return x
	}
	switch {
	case v.CanFloat() && math.IsNaN(v.Float()):
		return nil
	case v.CanFloat():
		return v.Float()
	case v.CanUint() && typ == reporting.Boolean:
		return v.Uint() != 0
	case v.CanUint():
		return int64(v.Uint())
	case v.CanInt():
		return v.Int()
	}
	return v.Interface()
}

func compareRows(t *testing.T, want *reporting.Result, got [][]any) {
	t.Helper()
	if len(got) != len(want.Rows) {
		t.Errorf("%d rows, want %d", len(got), len(want.Rows))
		return
	}
	for i, row := range want.Rows {
		for j, value := range row {
			if !same(value, got[i][j]) {
				t.Errorf("row %d, %s: %v, want %v", i, want.Columns[j].Name, got[i][j], value)
			}
		}
	}
}
