package reporting_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/google/go-cmp/cmp"

	"github.com/turnout/turnout/dashboards/reporting"
	"github.com/turnout/turnout/internal/problem"
)

// attended tells that persons came to a gathering on the day, at the hour of noon.
func (w *world) attended(gathering, day string, persons ...string) {
	w.t.Helper()
	at := day + "T12:00:00Z"
	w.tell(said{typ: "gathering.scheduled.v1", time: at, data: map[string]any{
		"gathering_id": gathering, "kind": "meeting", "formality": "formal", "format": "online", "starts_at": at, "ends_at": day + "T14:00:00Z",
	}})
	for _, person := range persons {
		w.tell(said{typ: "attendance.recorded.v1", time: at, data: map[string]any{
			"gathering_id": gathering, "person_id": person, "present": true, "role": "participant", "method": "qr",
		}})
	}
}

// yearsApart has gatherings in two years; it is the 10th of March 2024.
func yearsApart(t *testing.T) *world {
	t.Helper()
	w := newWorld(t, "2024-03-10T18:00:00Z")
	w.attended("a", "2023-01-15", "p1", "p2", "p3")
	w.attended("b", "2023-02-28", "p1")
	w.attended("c", "2023-03-05", "p1", "p4")
	w.attended("d", "2023-03-20", "p5", "p6", "p7") // in the part of March that is still to come in 2024
	w.attended("e", "2023-12-01", "p8")
	w.attended("f", "2024-01-20", "p1", "p9")
	w.attended("g", "2024-02-29", "p2")
	w.attended("h", "2024-03-02", "p1", "p2", "p3", "p4")
	w.freeze()
	return w
}

// TestCompareWithTheYearBefore has figures worked out by hand.
func TestCompareWithTheYearBefore(t *testing.T) {
	t.Parallel()
	w := yearsApart(t)
	table := func(query string, columns ...string) [][]any {
		result := w.run("lifecycle", "compare=year&"+query)
		out := make([][]any, len(result.Rows))
		for _, column := range columns {
			for i, value := range columnOf(t, result, column) {
				out[i] = append(out[i], value)
			}
		}
		return out
	}
	n := func(i int64) any { return i }
	// March is compared with its first ten days; December has no December before it.
	want := [][]any{
		{"2023-12", n(1), nil, n(1), nil},
		{"2024-01", n(2), n(3), n(1), n(3)},
		{"2024-02", n(1), n(1), n(0), n(0)},
		{"2024-03", n(4), n(2), n(0), n(1)},
	}
	if diff := cmp.Diff(want, table("grain=month&from=2023-12", "period", "active", "active_year_before", "new", "new_year_before")); diff != "" {
		t.Errorf("by month (-want +got):\n%s", diff)
	}
	// Of 2023 only what came until the 10th of March.
	want = [][]any{{"2023", n(8), nil}, {"2024", n(5), n(4)}}
	if diff := cmp.Diff(want, table("grain=year", "period", "active", "active_year_before")); diff != "" {
		t.Errorf("by year (-want +got):\n%s", diff)
	}
	want = [][]any{{"2024-Q1", n(5), n(4)}}
	if diff := cmp.Diff(want, table("grain=quarter&from=2024", "period", "active", "active_year_before")); diff != "" {
		t.Errorf("by quarter (-want +got):\n%s", diff)
	}
	// A finished period is compared as a whole.
	w.now = w.now.AddDate(0, 1, 0)
	want = [][]any{{"2024-03", n(4), n(5)}}
	if diff := cmp.Diff(want, table("grain=month&from=2024-03&to=2024-03", "period", "active", "active_year_before")); diff != "" {
		t.Errorf("March, when it is over (-want +got):\n%s", diff)
	}
}

// TestCompareWithoutPeriods compares a report whose rows are no periods.
func TestCompareWithoutPeriods(t *testing.T) {
	t.Parallel()
	w := yearsApart(t)
	result := w.run("absence-factor", "from=2024&compare=year")
	want := [][]any{{int64(2), int64(1), int64(5), int64(4), 7.0, 6.0}}
	if diff := cmp.Diff(want, result.Rows); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := result.Compared; got == nil || got.From == nil || got.From.Format("2006-01-02") != "2023-01-01" ||
		got.To.Format("2006-01-02T15:04") != "2023-03-10T18:00" || !got.AsOf.Equal(got.To) {
		t.Errorf("compared with %+v", got)
	}
	// The time to come has no year before that is known.
	if rows := w.run("absence-factor", "from=2025&compare=year").Rows; len(rows) != 1 || rows[0][1] != nil {
		t.Errorf("next year is compared with %v", rows)
	}
}

// TestComparedColumns holds the form of the answer in every format.
func TestComparedColumns(t *testing.T) {
	t.Parallel()
	w := yearsApart(t)
	result := w.run("retention", "grain=year&compare=year")
	var names []string
	for _, c := range result.Columns {
		names = append(names, c.Name)
		if before, ok := strings.CutSuffix(c.Name, "_year_before"); ok != (c.Compares != "") || ok && before != c.Compares {
			t.Errorf("column %s compares %q", c.Name, c.Compares)
		}
	}
	want := []string{"cohort", "size", "size_year_before", "period", "persons", "persons_year_before", "share", "share_year_before", "unfinished"}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Errorf("columns (-want +got):\n%s", diff)
	}
	// The cohort of 2024 is p9 alone; that of 2023, seen a year ago, was p1 to p4.
	if got := columnOf(t, result, "size_year_before"); got[len(got)-1] != int64(4) { // by attendance until 10 March 2023
		t.Errorf("size a year before is %v", got)
	}
	for format, piece := range map[reporting.Format]string{
		reporting.CSV: "size,size_year_before,", reporting.NDJSON: `"size_year_before":4`, reporting.JSON: `"compares":"size"`,
	} {
		var b bytes.Buffer
		if err := result.Write(&b, format); err != nil || !strings.Contains(b.String(), piece) {
			t.Errorf("%s (%v) has no %s:\n%s", format, err, piece, b.String())
		}
	}
}

// TestAFinishedPeriodIsComparedWithItsRow asks reports about all time: the year before of
// a period that is over is what its row says.
func TestAFinishedPeriodIsComparedWithItsRow(t *testing.T) {
	t.Parallel()
	w := yearsApart(t)
	for _, name := range []string{"lifecycle", "first-timer-share", "show-up"} {
		result := w.run(name, "grain=month&compare=year")
		rows := make(map[string][]any)
		for i, period := range columnOf(t, result, "period") {
			rows[fmt.Sprint(period)] = result.Rows[i]
		}
		compared := 0
		for period, row := range rows {
			before, there := rows["2023"+strings.TrimPrefix(period, "2024")]
			if !there || period == "2024-03" || !strings.HasPrefix(period, "2024") {
				continue
			}
			for j, c := range result.Columns {
				if c.Compares == "" {
					continue
				}
				compared++
				if row[j] != before[j-1] {
					t.Errorf("%s %s: %s is %v, the row of the year before says %v", name, period, c.Name, row[j], before[j-1])
				}
			}
		}
		if compared == 0 {
			t.Errorf("%s: nothing was compared", name)
		}
	}
}

// TestTheListBehindTheYearBefore opens every figure of the year before.
func TestTheListBehindTheYearBefore(t *testing.T) {
	t.Parallel()
	w := yearsApart(t)
	result := w.run("lifecycle", "grain=month&from=2024&compare=year")
	for i, period := range columnOf(t, result, "period") {
		for _, measure := range []string{"active", "new", "dormant"} {
			column := measure + "_year_before"
			query := fmt.Sprintf("grain=month&from=2024&compare=year&measure=%s&period=%s", column, period)
			rows, err := w.runner.Rows(context.Background(), "lifecycle", w.values(query))
			if err != nil {
				t.Fatal(err)
			}
			figure := columnOf(t, result, column)[i]
			if rows.Total != figure || rows.Figure != figure || rows.Measure.Name != column {
				t.Errorf("%v of %v: the list of %s has %d rows, its figure is %v", figure, period, rows.Measure.Name, rows.Total, rows.Figure)
			}
		}
	}
}

func TestWhatCannotBeCompared(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "2024-03-10T18:00:00Z")
	for query, want := range map[string]string{
		"attendance compare=year":                  "not_comparable",
		"return-rate compare=year":                 "not_comparable",
		"lifecycle grain=gathering&compare=year":   "not_comparable",
		"lifecycle compare=month":                  "unknown_value",
		"lifecycle compare=year&compare=year":      "bad_value",
		"lifecycle measure=active_year_before":     "unknown_parameter",
		"engagement-by-mode compare=year&view=all": "unknown_value",
	} {
		name, query, _ := strings.Cut(query, " ")
		_, err := w.runner.Run(context.Background(), name, w.values(query))
		wrong, ok := errors.AsType[*problem.Error](err)
		if !ok || wrong.Code != want || wrong.Hint == "" || !slices.Contains([]int{400}, wrong.Status) {
			t.Errorf("%s?%s: %v, want %s", name, query, err, want)
		}
	}
}

// TestAsReadAYearAgo compares with the year before what the same report says, a year before, of what had happened then.
func TestAsReadAYearAgo(t *testing.T) {
	t.Parallel()
	now := newWorld(t, "2025-02-20T12:00:00Z")
	then := newWorld(t, "2024-02-20T12:00:00Z")
	then.until = then.now
	for _, w := range []*world{now, then} {
		w.tell(hills()...)
		w.tell(aYearLater(hills())...)
		w.freeze()
	}
	// One of each kind; e2e compares all with what is computed without SQL.
	for _, name := range []string{"activity", "engagement-by-mode", "giving", "groups", "lifecycle", "retention", "show-up", "volunteer-hours"} {
		report, ok := now.runner.Catalog().Report(name)
		if !ok {
			t.Fatalf("there is no report %s", name)
		}
		query := "timezone=Asia/Kolkata"
		if len(report.Grains) > 1 {
			query += "&grain=quarter"
		}
		t.Run(report.Name, func(t *testing.T) {
			past := make(map[string][]any)
			was := then.run(report.Name, query+"&to="+then.now.Format(time.RFC3339))
			for _, row := range was.Rows {
				past[keyOf(report, was, row, 0)] = row
			}
			result := now.run(report.Name, query+"&compare=year")
			for _, row := range result.Rows {
				key := keyOf(report, result, row, 1)
				place := 0
				for i, c := range result.Columns {
					if c.Compares == "" {
						place++
						continue
					}
					var want any
					if of := past[key]; of != nil {
						want = of[place-1]
					}
					if row[i] != want {
						t.Errorf("%s of %v is %v, read a year ago it was %v", c.Name, row, row[i], want)
					}
				}
			}
		})
	}
}

// aYearLater is what happened once more, at other gatherings and in other work, to the same persons.
func aYearLater(events []said) []said {
	var out []said
	for _, e := range events {
		if strings.HasPrefix(e.typ, "member.") {
			continue
		}
		e.data = maps.Clone(e.data)
		e.time, e.id = later(e.time), ""
		for name, value := range e.data {
			text, ok := value.(string)
			if !ok {
				continue
			}
			e.data[name] = later(text)
			if slices.Contains([]string{"gathering_id", "log_id", "initiative_id", "registration_id", "opportunity_id", "series_id", "gift_id", "response_id", "campaign_id"}, name) {
				e.data[name] = text + "-later"
			}
		}
		out = append(out, e)
	}
	return out
}

// later moves what begins with a year, and leaves other texts as they are.
func later(text string) string {
	year, rest, found := strings.Cut(text, "-")
	n, err := strconv.Atoi(year)
	if !found || err != nil || len(year) != 4 {
		return text
	}
	return fmt.Sprintf("%d-%s", n+1, strings.Replace(rest, "02-29", "02-28", 1))
}

// keyOf is a row's dimensions, periods moved back by so many years.
func keyOf(report *reporting.Report, result *reporting.Result, row []any, years int) string {
	var key []string
	for i, c := range result.Columns {
		d, ok := report.Dimension(c.Name)
		if !ok {
			continue
		}
		text := fmt.Sprint(row[i])
		if d.Calendar || d.Name == "period" && d.Type == reporting.String {
			year, rest, _ := strings.Cut(text, "-")
			n, err := strconv.Atoi(year)
			if err == nil {
				text = fmt.Sprint(n-years, rest)
			}
		}
		key = append(key, text)
	}
	return strings.Join(key, "|")
}

// meeting is a connection whose queries wait for each other, as many as are expected.
type meeting struct {
	expected int
	asked    chan struct{}
	together chan struct{}
	once     sync.Once
}

var errMet = errors.New("they have met")

// Query answers nobody, but tells when all expected queries are under way.
func (m *meeting) Query(ctx context.Context, _ string, _ ...any) (driver.Rows, error) {
	m.asked <- struct{}{}
	if len(m.asked) == m.expected {
		m.once.Do(func() { close(m.together) })
	}
	select {
	case <-m.together:
		return nil, errMet
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// TestAComparisonIsTwoQueriesAtOnce holds what a comparison may cost.
func TestAComparisonIsTwoQueriesAtOnce(t *testing.T) {
	t.Parallel()
	catalog, err := reporting.Load()
	if err != nil {
		t.Fatal(err)
	}
	for query, expected := range map[string]int{"": 1, "view=shareable": 1, "compare=year": 2, "compare=year&view=shareable": 2, "compare=year&from=2099": 1} {
		conn := &meeting{expected: expected, asked: make(chan struct{}, 10), together: make(chan struct{})}
		runner := reporting.NewRunner(reporting.Config{Conn: conn, Catalog: catalog, Limits: reporting.Limits{Time: 2 * time.Minute}})
		values, err := url.ParseQuery("tenant=t&" + query)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := runner.Run(context.Background(), "lifecycle", values); !errors.Is(err, errMet) || len(conn.asked) != expected {
			t.Errorf("%q: %d queries, %v; want %d at once", query, len(conn.asked), err, expected)
		}
	}
}
