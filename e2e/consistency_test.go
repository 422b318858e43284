package e2e_test

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"
	"time"
)

// series are the values of a report's column by what its rows are about; null is left out.
func (h *house) series(report, query, by, column string) map[string]float64 {
	h.t.Helper()
	out := map[string]float64{}
	for _, row := range h.rows(report, "tenant=c&"+query) {
		if value, ok := row[column].(float64); ok {
			out[fmt.Sprint(row[by])] += value
		}
	}
	return out
}

// agree compares two series over what both have; where one has a value and the other none, it must be 0.
func agree(t *testing.T, what string, a, b map[string]float64) {
	t.Helper()
	if len(a) == 0 || len(b) == 0 {
		t.Errorf("%s: there is nothing to compare: %d and %d values", what, len(a), len(b))
	}
	for _, pair := range [][2]map[string]float64{{a, b}, {b, a}} {
		for key, value := range pair[0] {
			if math.Abs(value-pair[1][key]) > 1e-6 {
				t.Errorf("%s: %s has %g and %g", what, key, a[key], b[key])
			}
		}
	}
}

func total(series map[string]float64) map[string]float64 {
	sum := 0.0
	for _, value := range series {
		sum += value
	}
	return map[string]float64{"all": sum}
}

// TestReportsAgree holds figures that two reports show against one another, over a simulated community.
func TestReportsAgree(t *testing.T) {
	t.Parallel()
	h := open(t)
	if result := h.run("", "simulate", "--tenant", "c", "--preset", "small", "--years", "2", "--seed", "5", "--timezone", "Asia/Kathmandu"); result.code != 0 {
		t.Fatalf("%d %s%s", result.code, result.stdout, result.stderr)
	}
	h.settled()
	h.forgotten() // else one report may stand for before it and another for after
	// A range that begins within a period.
	months := slices.Sorted(maps.Keys(h.series("activity", "", "period", "attendees")))
	from := months[len(months)/2] + "-15"
	for _, query := range []string{"grain=month", "grain=year&status=ambassador", "grain=month&staff=include&from=" + from} {
		h.agreeByPeriod(t, query)
	}
	h.agreeByGathering(t)
	h.agreeByPerson(t)
}

func (h *house) agreeByPeriod(t *testing.T, query string) {
	t.Helper()
	same := func(a, column, b, other string) {
		t.Helper()
		agree(t, fmt.Sprintf("%s.%s and %s.%s, %s", a, column, b, other, query), h.series(a, query, "period", column), h.series(b, query, "period", other))
	}
	same("activity", "attendees", "first-timer-share", "attendees")
	same("activity", "first_timers", "first-timer-share", "first_timers")
	same("activity", "attendances", "satisfaction", "attended")
	same("activity", "hours", "volunteer-hours", "hours")
	same("activity", "volunteers", "volunteer-hours", "volunteers")
	same("activity", "joined", "activation", "joined")
	same("activity", "openings", "position-fill", "openings")
	same("show-up", "confirmed", "registration-outcomes", "confirmed")
	if !strings.Contains(query, "from") {
		same("activity", "attendees", "lifecycle", "active") // which is about the whole of a period
	}
	_, filter, _ := strings.Cut(query, "&")
	for _, contributions := range []string{"attendances", "hours"} {
		agree(t, "absence-factor by "+contributions+", "+query,
			total(h.series("absence-factor", filter+"&contributions="+contributions, "absence_factor", "contributions")),
			total(h.series("activity", query, "period", contributions)))
	}
}

func (h *house) agreeByGathering(t *testing.T) {
	t.Helper()
	agree(t, "attended by group", h.series("gathering-groups", "", "gathering_id", "attended"), h.series("attendance", "", "gathering_id", "attended"))
	agree(t, "first-timers by group", h.series("gathering-groups", "", "gathering_id", "first_timers"), h.series("attendance", "", "gathering_id", "first_timers"))
	agree(t, "confirmed", h.series("show-up", "", "period", "confirmed"), h.series("registration-outcomes", "", "period", "confirmed"))
	held := map[string]float64{}
	for _, row := range h.rows("attendance", "tenant=c") {
		starts, err := time.Parse(time.RFC3339, fmt.Sprint(row["starts_at"]))
		if err != nil {
			t.Fatal(err)
		}
		if starts.Before(time.Now()) {
			held["all"]++
			held[fmt.Sprint(row["kind"])]++
		}
	}
	agree(t, "gatherings", total(h.series("activity", "", "period", "gatherings")), map[string]float64{"all": held["all"]})
	agree(t, "ceremonies", total(h.series("graduation-ceremonies", "", "period", "ceremonies")), map[string]float64{"all": held["graduation_ceremony"]})
	agree(t, "student meetings", total(h.series("student-contact", "", "period", "student_meetings")), map[string]float64{"all": held["student_meeting"]})
	agree(t, "excursions", total(h.series("student-contact", "", "period", "excursions")), map[string]float64{"all": held["excursion"]})
}

func (h *house) agreeByPerson(t *testing.T) {
	t.Helper()
	engaged, eligible := map[string]float64{}, map[string]float64{}
	for _, row := range h.rows("engagement-by-mode", "tenant=c") {
		if row["mode"] == "any" {
			year := fmt.Sprint(row["period"])
			engaged[year], _ = row["engaged"].(float64)
			eligible[year], _ = row["eligible"].(float64)
		}
	}
	for by, rows := range map[string]float64{"combination": 15, "number": 4} {
		query := "by=" + by
		agree(t, "mode overlap "+query, h.series("mode-overlap", query, "period", "persons"), engaged)
		shown := h.series("mode-overlap", query, "period", "eligible")
		for year := range shown {
			shown[year] /= rows
		}
		agree(t, "eligible "+query, shown, eligible)
	}
	agree(t, "hours of ambassadors", total(h.series("ambassador-impact", "", "person_id", "hours")), total(h.series("volunteer-hours", "", "period", "hours")))
	funnel := h.series("career-funnel", "", "stage", "reached")
	agree(t, "positions", map[string]float64{"all": funnel["positions"]}, total(h.series("position-fill", "", "period", "positions")))
	for _, contributions := range []string{"attendances", "hours", "openings"} {
		query := "contributions=" + contributions
		whole := total(h.series("absence-factor", query, "absence_factor", "contributions"))
		agree(t, "the absence curve by "+contributions, total(h.series("absence-curve", query, "rank", "contributions")), whole)
	}
}
