package reporting_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/turnout/turnout/dashboards/reporting"
)

// selection is a set of filters, in a query and in plain Go.
type selection struct {
	query string
	kind  string
	want  func(o *oracle, p *person, at time.Time) bool
}

func selections() map[string]selection {
	noStaff := func(_ *oracle, p *person, _ time.Time) bool { return p.kind != "staff" }
	return map[string]selection{
		"default":    {"", "", noStaff},
		"with staff": {"&staff=include", "", func(*oracle, *person, time.Time) bool { return true }},
		"staff only": {"&staff=only", "", func(_ *oracle, p *person, _ time.Time) bool { return p.kind == "staff" }},
		"one kind":   {"&kind=meeting", "meeting", noStaff},
		"law then": {"&faculty=law", "", func(o *oracle, p *person, at time.Time) bool {
			return p.kind != "staff" && o.then(p, at).faculty == "law"
		}},
		"law now": {"&faculty=law&attributes=now", "", func(_ *oracle, p *person, _ time.Time) bool { return p.kind != "staff" && p.now().faculty == "law" }},
		"north then": {"&chapter=north,south&status=ambassador", "", func(o *oracle, p *person, at time.Time) bool {
			v := o.then(p, at)
			return p.kind != "staff" && v.chapter != "" && v.status == "ambassador"
		}},
	}
}

// then is what was known of p at the end of the day of at; what was known first holds before, too.
func (o *oracle) then(p *person, at time.Time) version {
	if len(p.versions) == 0 {
		return version{}
	}
	y, m, d := at.In(o.zone).Date()
	end := time.Date(y, m, d+1, 0, 0, 0, 0, time.UTC)
	known := p.versions[0]
	for _, v := range p.versions {
		if v.from.Before(end) {
			known = v
		}
	}
	return known
}

func (p *person) now() version {
	if len(p.versions) == 0 {
		return version{}
	}
	return p.versions[len(p.versions)-1]
}

// pickColumns gives the named columns of all rows.
func pickColumns(t testing.TB, r *reporting.Result, names ...string) [][]any {
	t.Helper()
	rows := make([][]any, len(r.Rows))
	for _, name := range names {
		for i, value := range columnOf(t, r, name) {
			rows[i] = append(rows[i], value)
		}
	}
	return rows
}

// TestReportsAgainstOracle compares every report, over made-up communities, zones and
// filters, with an independent computation.
func TestReportsAgainstOracle(t *testing.T) {
	t.Parallel()
	zones := []string{"UTC", "Asia/Kathmandu", "America/St_Johns", "Pacific/Auckland", "America/Santiago", "Asia/Kolkata"}
	others := []string{"with staff", "staff only", "one kind", "law then", "law now", "north then"}
	for i, zone := range zones {
		location, err := time.LoadLocation(zone)
		if err != nil {
			t.Fatal(err)
		}
		w := newWorld(t, "2026-03-01T00:00:00Z")
		c := newCommunity(uint64(i))
		w.tell(c.events...)
		if i > 0 {
			w.freeze() // one zone over the real views is enough
		}
		// Each selection is tried in some zone; all in all zones would take minutes.
		for _, name := range []string{"default", others[i%len(others)]} {
			s := selections()[name]
			o := &oracle{community: c, zone: location, now: w.now, kind: s.kind}
			o.want = func(p *person, at time.Time) bool { return s.want(o, p, at) }
			t.Run(zone+" "+name, func(t *testing.T) {
				t.Parallel()
				compareAll(t, w, o, "timezone="+zone+s.query)
			})
		}
	}
}

func compareAll(t *testing.T, w *world, o *oracle, query string) {
	t.Helper()
	check := func(report, more string, want [][]any, columns ...string) {
		t.Helper()
		got := pickColumns(t, w.run(report, query+more), columns...)
		if len(got) == 0 && len(want) == 0 {
			return
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s?%s%s (-want +got):\n%s", report, query, more, diff)
		}
	}
	check("attendance", "", o.attendance(), "gathering_id", "attended", "new_members", "continuing", "first_timers")
	check("return-rate", "", o.returns(), "gathering_id", "present", "returned")
	check("show-up", "", o.showUp(), "period", "confirmed", "cancelled", "expected", "shown_up", "no_shows", "walk_ins")
	check("show-up", "&grain=quarter", o.showUpBy("quarter"), "period", "confirmed", "cancelled", "expected", "shown_up", "no_shows", "walk_ins")
	check("stickiness", "", o.stickiness(), "period", "active_months", "persons", "yearly_active")
	check("absence-factor", "", o.absence(), "absence_factor", "contributors", "contributions")
	for _, grain := range []string{"gathering", "month", "quarter", "year"} {
		check("lifecycle", "&grain="+grain, o.lifecycle(grain), "period", "active", "new", "returning", "resurrecting", "dormant")
		check("first-timer-share", "&grain="+grain, o.firstTimers(grain), "period", "attendees", "first_timers")
		if grain == "gathering" {
			continue
		}
		for _, by := range []string{"attendance", "join"} {
			if grain == "year" && by == "join" {
				continue
			}
			more := "&grain=" + grain + "&cohort_by=" + by
			check("retention", more, o.retention(grain, by == "join", false), "cohort", "period", "size", "persons")
			check("retention-unbounded", more, o.retention(grain, by == "join", true), "cohort", "period", "size", "persons")
		}
	}
	if o.kind == "" {
		check("engagement-by-mode", "", o.engagement(), "period", "mode", "engaged", "eligible")
	}
}
