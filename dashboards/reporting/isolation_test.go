package reporting_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"github.com/turnout/turnout/dashboards/reporting"
	"github.com/turnout/turnout/internal/problem"
)

// TestEmptyWarehouse runs every report and every list where there is nothing.
func TestEmptyWarehouse(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "2024-01-01T00:00:00Z")
	w.freeze()
	for _, report := range w.runner.Catalog().Reports() {
		result := w.run(report.Name, "")
		if len(result.Columns) != len(report.Dimensions)+len(report.Measures) {
			t.Errorf("%s has %d columns", report.Name, len(result.Columns))
		}
		raw, err := json.Marshal(result)
		if err != nil || !strings.Contains(string(raw), `"rows":[`) {
			t.Errorf("%s is %s (%v)", report.Name, raw, err)
		}
		for _, m := range report.Measures[:1] {
			list, err := w.runner.Rows(context.Background(), report.Name, w.values("lang=ru&measure="+m.Name))
			if err != nil {
				t.Errorf("rows of %s of %s: %v", m.Name, report.Name, err)
				continue
			}
			for _, c := range list.Columns {
				if !strings.ContainsFunc(c.Title, func(r rune) bool { return unicode.Is(unicode.Cyrillic, r) }) {
					t.Errorf("the list of %s has a column %s without a Russian title: add it to columns of dashboards/reports/ru.yaml", report.Name, c.Name)
				}
			}
			if list.Total != int64(len(list.Rows)) || len(list.Columns) < len(report.Dimensions) {
				t.Errorf("the rows of %s of %s are %d of %d with %d columns", m.Name, report.Name, len(list.Rows), list.Total, len(list.Columns))
			}
		}
	}
}

// TestTenantsStayApart tells the same ids in two communities, and looks for one's in the other's.
func TestTenantsStayApart(t *testing.T) {
	t.Parallel()
	w, alone := newWorld(t, "2024-01-01T00:00:00Z"), newWorld(t, "2024-01-01T00:00:00Z")
	mine, theirs := newCommunity(5), newCommunity(6)
	for i := range mine.events {
		mine.events[i].tenant = "mine"
	}
	for i := range theirs.events {
		theirs.events[i].tenant = "theirs"
	}
	w.tell(theirs.events...)
	w.tell(mine.events...)
	alone.tell(mine.events...)
	for _, report := range w.runner.Catalog().Reports() {
		if report.Name == "data-quality" {
			continue // it tells of positions in the stream, which differ
		}
		got, want := w.run(report.Name, "tenant=mine"), alone.run(report.Name, "tenant=mine")
		if diff := cmp.Diff(want.Rows, got.Rows); diff != "" {
			t.Errorf("%s changes with the other community (-want +got):\n%s", report.Name, diff)
		}
		if empty := w.run(report.Name, "tenant=nobody"); len(empty.Rows) > len(alone.run(report.Name, "tenant=nobody").Rows) {
			t.Errorf("%s shows rows to a community without events: %v", report.Name, empty.Rows)
		}
	}
}

// TestIsolationDoesNotRestOnTheFile runs a report that forgets to ask for its community only.
func TestIsolationDoesNotRestOnTheFile(t *testing.T) {
	t.Parallel()
	catalog, err := reporting.Load(folder("leak.sql", `/*
name: leak
title: Leak
question: What do others do?
section: Mine
definition: It names the community, but does not filter by it.
dimensions:
  who: {type: string, description: The community.}
measures:
  rows: {rows: true, description: Rows.}
*/
SELECT toString(tenant) AS who FROM attendance WHERE {tenant:String} != ''
UNION ALL SELECT toString(tenant) FROM events
UNION ALL SELECT toString(tenant) FROM facts FINAL`))
	if err != nil {
		t.Fatal(err)
	}
	w := newWorldWith(t, "2024-01-01T00:00:00Z", catalog, reporting.Limits{})
	for _, tenant := range []string{"mine", "theirs"} {
		w.tell(said{tenant: tenant, typ: "attendance.recorded.v1", time: "2022-05-27T18:00:00Z", data: map[string]any{
			"gathering_id": "g", "person_id": "p", "present": true, "role": "host", "method": "qr",
		}})
	}
	if got := fmt.Sprint(w.run("leak", "tenant=mine").Rows); got != "[[mine 3]]" {
		t.Errorf("the rows are %s, want [[mine 3]]", got)
	}
}

// TestIdsInAnyScript takes ids through a report and back as the address of a list.
func TestIdsInAnyScript(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "2024-01-01T00:00:00Z")
	ids := []string{"встреча", "\u4f1a\u8bae", "a'b", `a\b`, `a"b`, "{tenant:String}", "a,b", "[x]", `\N`, "😀", "NULL", "=1+1", "%", "a b"}
	for _, id := range ids {
		w.tell(said{typ: "attendance.recorded.v1", time: "2022-05-27T18:00:00Z", data: map[string]any{
			"gathering_id": id, "person_id": id, "present": true, "role": "host", "method": "qr",
		}})
	}
	if n := len(w.run("attendance", "").Rows); n != len(ids) {
		t.Errorf("%d gatherings are listed, want %d", n, len(ids))
	}
	for _, id := range ids {
		values := w.values("measure=attended")
		values.Set("gathering_id", id)
		list, err := w.runner.Rows(context.Background(), "attendance", values)
		if err != nil {
			t.Errorf("%q: %v", id, err)
			continue
		}
		if len(list.Rows) != 1 || list.Rows[0][1] != id {
			t.Errorf("%q: the list is %v", id, list.Rows)
		}
	}
}

// TestRefusedQuery runs a report that names a table which is not there.
func TestRefusedQuery(t *testing.T) {
	t.Parallel()
	catalog, err := reporting.Load(folder("leak.sql", `/*
name: leak
title: Leak
question: What is there?
section: Mine
definition: It names what is not there.
measures:
  rows: {rows: true, description: Rows.}
*/
SELECT * FROM nowhere WHERE tenant = {tenant:String}`))
	if err != nil {
		t.Fatal(err)
	}
	w := newWorldWith(t, "2024-01-01T00:00:00Z", catalog, reporting.Limits{})
	_, err = w.runner.Run(context.Background(), "leak", w.values(""))
	var p *problem.Error
	if !errors.As(err, &p) || p.Code != "report_failed" || !strings.Contains(p.Detail, "nowhere") {
		t.Errorf("the answer is %v, want a problem that names the table", err)
	}
}

// TestPaging goes through a list in steps and meets everybody once.
func TestPaging(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "2024-01-01T00:00:00Z")
	for i := range 7 {
		w.tell(said{typ: "attendance.recorded.v1", time: "2022-05-27T18:00:00Z", data: map[string]any{
			"gathering_id": "g", "person_id": strconv.Itoa(i), "present": true, "role": "host", "method": "qr",
		}})
	}
	var met []string
	for offset := 0; offset < 9; offset += 3 {
		list, err := w.runner.Rows(context.Background(), "attendance", w.values(fmt.Sprintf("measure=attended&gathering_id=g&limit=3&offset=%d", offset)))
		if err != nil {
			t.Fatal(err)
		}
		if list.Total != 7 || list.Figure != int64(7) {
			t.Errorf("from %d: total %d, figure %v, want 7 and 7", offset, list.Total, list.Figure)
		}
		for _, row := range list.Rows {
			met = append(met, fmt.Sprint(row[1]))
		}
	}
	if got := strings.Join(met, ""); got != "0123456" {
		t.Errorf("the pages hold %q", got)
	}
}

// TestLimits asks for more than is allowed.
func TestLimits(t *testing.T) {
	t.Parallel()
	catalog, err := reporting.Load(folder("slow.sql", `/*
name: slow
title: Slow
question: How long does it take?
section: Mine
definition: It counts to a billion times a million.
measures:
  numbers: {rows: true, description: Numbers.}
*/
SELECT number FROM system.numbers WHERE {tenant:String} != '' LIMIT 1000000000000000`), folder("long.sql", `/*
name: long
title: Long
question: How many numbers are there?
section: Mine
definition: It lists them.
dimensions:
  number: {type: integer, description: A number.}
measures:
  numbers: {rows: true, description: Numbers.}
*/
SELECT number FROM system.numbers WHERE {tenant:String} != '' LIMIT 400000`))
	if err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		report string
		limits reporting.Limits
		code   string
		want   string
	}{
		"rows": {"attendance", reporting.Limits{Rows: 3}, "result_too_large", "more than 3 rows"},
		// Most of it is sent before the engine sees that it is too long.
		"end":    {"long", reporting.Limits{Rows: 250_000}, "result_too_large", "more than 250000 rows"},
		"memory": {"attendance", reporting.Limits{Memory: 1 << 18}, "query_too_large", "memory"},
		"time":   {"slow", reporting.Limits{Time: time.Second}, "query_too_long", "longer than 1s"},
	}
	for name, test := range tests {
		w := newWorldWith(t, "2024-01-01T00:00:00Z", catalog, test.limits)
		w.tell(newCommunity(1).events...)
		_, err := w.runner.Run(context.Background(), test.report, w.values(""))
		var p *problem.Error
		if !errors.As(err, &p) || !strings.Contains(p.Detail, test.want) || p.Code != test.code || !strings.Contains(p.Hint, "--query-") {
			t.Errorf("%s: the answer is %v, want a problem that says %q", name, err, test.want)
		}
	}
}
