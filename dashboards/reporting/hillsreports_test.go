package reporting_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/turnout/turnout/dashboards/reporting"
)

// expect compares columns of a report with lines of text, a row a line; an empty cell is "-".
func (w *world) expect(t *testing.T, name, query, columns, want string) {
	t.Helper()
	inner := *w
	inner.t = t
	var got []string
	for _, row := range pickColumns(t, inner.run(name, query+"&"+hillsZone), strings.Fields(columns)...) {
		cells := make([]string, len(row))
		for i, value := range row {
			cells[i] = plain(value)
		}
		got = append(got, strings.Join(cells, " "))
	}
	lines := strings.Split(strings.TrimSpace(want), "\n")
	for i := range lines {
		lines[i] = strings.Join(strings.Fields(lines[i]), " ")
	}
	if strings.Join(got, "\n") != strings.TrimSpace(strings.Join(lines, "\n")) {
		t.Errorf("%s?%s: %s\ngot:\n%s\nwant:\n%s", name, query, columns, strings.Join(got, "\n"), strings.Join(lines, "\n"))
	}
}

func plain(value any) string {
	switch v := value.(type) {
	case nil:
		return "-"
	case float64:
		return strings.TrimRight(strings.TrimRight(fmt.Sprintf("%.4f", v), "0"), ".")
	case time.Time:
		return v.UTC().Format(time.DateOnly)
	}
	return strings.ReplaceAll(fmt.Sprint(value), " ", "_")
}

func TestHills(t *testing.T) {
	t.Parallel()
	w := newWorld(t, hillsNow)
	w.tell(hills()...)
	tests := []struct{ name, query, columns, want string }{
		{"activity", "", "period gatherings not_recorded attendances attendees first_timers joined hours volunteers openings placements_started unfinished", `
			2023-12 0 0 0 0 0 1 0   0 1 0 false
			2024-01 2 1 4 4 4 2 2.5 1 0 0 false
			2024-02 1 1 - - - 2 1.5 2 1 0 false
			2024-03 1 0 3 3 1 1 2   1 0 1 false
			2024-04 1 0 4 4 1 0 1.5 1 0 0 true`},
		{"activity", "grain=year", "period gatherings not_recorded attendances attendees first_timers first_timer_share joined hours volunteers openings placements_started unfinished", `
			2023 0 0 0  0 0 - 1 0   0 1 0 false
			2024 5 2 11 6 6 1 5 7.5 4 1 1 true`},
		{"activity", "from=2024-02-01&to=2024-03-15", "period gatherings attendances joined hours openings", `
			2024-02 1 - 2 1.5 1
			2024-03 1 3 0 2   0`},
		{"activity", "kind=student_meeting", "period gatherings attendances attendees joined hours", `
			2023-12 0 0 0 1 0
			2024-01 0 0 0 2 2.5
			2024-02 0 0 0 2 1.5
			2024-03 0 0 0 1 2
			2024-04 1 4 4 0 1.5`},
		{"activity", "faculty=law&grain=quarter", "period gatherings attendances attendees joined hours openings placements_started", `
			2023-Q4 0 0 0 1 0   1 0
			2024-Q1 4 2 1 0 3.5 1 0
			2024-Q2 1 0 0 0 0   0 0`},
		{"first-timer-share", "grain=month", "period attendees first_timers first_timer_share", `
			2024-01 4 4 1
			2024-02 - - -
			2024-03 3 1 0.3333
			2024-04 4 1 0.25`},
		{"volunteer-hours", "", "period hours volunteers hours_per_volunteer new_volunteers logs students_reached unfinished", `
			2024-01 2.5 1 2.5  1 1 40 false
			2024-02 1.5 2 0.75 1 2 -  false
			2024-03 2   1 2    1 1 -  false
			2024-04 1.5 1 1.5  1 1 10 true`},
		{"volunteer-hours", "activity=lecture", "period hours volunteers new_volunteers students_reached", `
			2024-01 2.5 1 1 40
			2024-02 0   0 0 0
			2024-03 0   0 0 0
			2024-04 1.5 1 1 10`},
		{"volunteer-hours", "staff=only&grain=year", "period hours volunteers", `2024 3 1`},
		{"student-contact", "grain=month", "period student_meetings excursions not_recorded students hours students_per_hour", `
			2024-01 0 0 0 0 2.5 0
			2024-02 0 0 0 0 0.5 0
			2024-03 0 0 0 0 0   -
			2024-04 1 0 0 1 1.5 0.6667`},
		{"absence-factor", "", "absence_factor contributors contributions", `3 6 11`},
		{"absence-factor", "contributions=hours", "absence_factor contributors contributions", `2 4 7.5`},
		{"absence-factor", "contributions=openings", "absence_factor contributors contributions", `1 1 1`},
		{"absence-curve", "contributions=hours", "rank person_id contributions cumulative share", `
			1 ann 3.5 3.5 0.4667
			2 gus 2   5.5 0.7333
			3 bob 1.5 7   0.9333
			4 eve 0.5 7.5 1`},
	}
	for _, one := range tests {
		t.Run(one.name+" "+one.query, func(t *testing.T) { w.expect(t, one.name, one.query, one.columns, one.want) })
	}
}

func TestHillsGatherings(t *testing.T) {
	t.Parallel()
	w := newWorld(t, hillsNow)
	w.tell(hills()...)
	tests := []struct{ name, query, columns, want string }{
		{"registration-outcomes", "", "period confirmed late_cancellations late_share attended capacity fill_rate waitlisted promoted waitlist_conversion", `
			g7 0 0 -    - - - 0 0 -
			g1 4 1 0.25 4 4 1 3 2 0.6667
			g2 0 0 -    - - - 0 0 -
			g3 3 0 0    - - - 0 0 -
			g4 0 0 -    - - - 0 0 -
			g5 0 0 -    - - - 0 0 -`},
		{"registration-outcomes", "grain=year&staff=include", "period confirmed late_cancellations attended capacity fill_rate waitlisted", `2024 8 1 5 4 1.25 3`},
		{"registration-lead-time", "", "days_before registered registrations share", `
			0  7 8 0.875
			1  5 8 0.625
			2  5 8 0.625
			3  5 8 0.625
			5  3 8 0.375
			7  2 8 0.25
			10 1 8 0.125
			14 0 8 0
			21 0 8 0
			28 0 8 0
			42 0 8 0
			60 0 8 0
			90 0 8 0`},
		{"graduation-ceremonies", "grain=month", "period ceremonies not_recorded recorded with_ambassador ambassador_share ambassadors appearances ambassadors_per_ceremony", `
			2024-01 1 1 0 - - - - -
			2024-02 0 0 0 0 - 0 0 -
			2024-03 1 0 1 1 1 2 2 2`},
		{"graduation-ceremonies", "", "period ceremonies not_recorded recorded with_ambassador ambassador_share ambassadors appearances ambassadors_per_ceremony unfinished", `
			2024 2 1 1 1 1 2 2 2 true`},
		{"gathering-groups", "", "gathering_id group_id name attended new_members first_timers", `
			g1 wg2 - 1 - 1
			g1 -   - 3 - 3
			g3 -   - 3 - 1
			g4 wg2 - 1 0 0
			g4 -   - 3 1 1`},
		{"groups", "", "group_id name group_kind members gatherings attendances attendees active_members attendance_share months_active first_timers first_timer_share absence_factor", `
			c1  Capital  chapter       1 1 3 3 0 0   1 1 0.3333 2
			wg1 Students working_group 2 2 3 3 1 0.5 1 3 1      2
			wg2 -        -             1 2 2 2 1 1   2 1 0.5    1
			wg3 -        -             0 1 - - - -   - - -      -`},
		{"groups", "to=2024-03-01", "group_id members gatherings attendances", `
			c1  0 0 0
			wg1 1 2 3
			wg2 0 1 1
			wg3 0 1 -`},
		{"initiatives", "", "kind initiatives proposed discussed adopted_now rejected in_progress done decided adopted adoption_rate median_days", `
			charter 4 1 1 1 0 0 1 2 2 1 18.5
			project 1 0 0 0 0 1 0 1 1 1 -`},
		{"initiatives", "from=2024-02-01", "kind initiatives median_days", `charter 3 10`},
	}
	for _, one := range tests {
		t.Run(one.name+" "+one.query, func(t *testing.T) { w.expect(t, one.name, one.query, one.columns, one.want) })
	}
}

// list compares columns of the list behind a figure, as Go prints them.
func (w *world) list(t *testing.T, name, query, want string, columns ...string) {
	t.Helper()
	list, err := w.runner.Rows(context.Background(), name, w.values(query))
	if err != nil {
		t.Fatalf("%s?%s: %v", name, query, err)
	}
	got := make([][]string, len(list.Rows))
	for i, row := range list.Rows {
		for _, column := range columns {
			at := slices.IndexFunc(list.Columns, func(c reporting.Column) bool { return c.Name == column })
			if at < 0 {
				t.Fatalf("%s?%s: no column %q", name, query, column)
			}
			got[i] = append(got[i], plain(row[at]))
		}
	}
	if fmt.Sprint(got) != want {
		t.Errorf("%s?%s: %v, want %s", name, query, got, want)
	}
}
