package reporting_test

import (
	"testing"
	"time"
)

func TestHillsPeople(t *testing.T) {
	t.Parallel()
	w := newWorld(t, hillsNow)
	w.tell(hills()...)
	tests := []struct{ name, query, columns, want string }{
		{"activation", "", "period joined activated due active_within_90 activation_rate median_days unfinished", `
			2023-12 1 1 1 1 1 31 false
			2024-01 2 1 1 1 1 10 false
			2024-02 2 2 0 0 - 0  false
			2024-03 1 1 0 0 - 12 false`},
		{"activation", "grain=year&from=2024", "period joined activated due active_within_90 activation_rate median_days unfinished", `2024 5 4 1 1 1 12 true`},
		{"engagement-by-mode", "", "period mode engaged eligible unfinished", `
			2023 any           1 1 false
			2023 volunteer     1 1 false
			2023 experiential  0 1 false
			2023 philanthropic 0 1 false
			2023 communication 0 1 false
			2024 any           4 5 true
			2024 volunteer     3 5 true
			2024 experiential  4 5 true
			2024 philanthropic 1 5 true
			2024 communication 1 5 true`},
		{"mode-overlap", "by=number", "period modes persons any_mode share eligible unfinished", `
			2023 1 1 1 1    1 false
			2023 2 0 1 0    1 false
			2023 3 0 1 0    1 false
			2023 4 0 1 0    1 false
			2024 1 1 4 0.25 5 true
			2024 2 1 4 0.25 5 true
			2024 3 2 4 0.5  5 true
			2024 4 0 4 0    5 true`},
		{"mode-overlap", "from=2024", "modes persons", `
			volunteer                                                  0
			experiential                                               1
			philanthropic                                              0
			communication                                              0
			volunteer_+_experiential                                   1
			volunteer_+_philanthropic                                  0
			volunteer_+_communication                                  0
			experiential_+_philanthropic                               0
			experiential_+_communication                               0
			philanthropic_+_communication                              0
			volunteer_+_experiential_+_philanthropic                   1
			volunteer_+_experiential_+_communication                   1
			volunteer_+_philanthropic_+_communication                  0
			experiential_+_philanthropic_+_communication               0
			volunteer_+_experiential_+_philanthropic_+_communication   0`},
		{"members", "", "person_id member_kind status faculty chapter_id graduation_year joined_at gatherings first_attended last_attended hours", `
			ann alumnus ambassador law     north 2010 2023-12-20 2 2024-01-20 2024-03-15 3.5
			bob alumnus ambassador physics -     -    2024-01-31 2 2024-03-15 2024-04-01 1.5
			cyd student candidate  -       -     -    2024-01-10 2 2024-01-20 2024-04-01 0
			eve alumnus ambassador -       -     -    2024-02-10 2 2024-01-20 2024-03-15 0.5
			fay alumnus candidate  -       -     -    2024-01-15 0 -          -          0
			hal alumnus candidate  -       -     -    2024-03-20 1 2024-04-01 2024-04-01 0`},
		{"members", "person=eve-old,hal&from=2024-03-01", "person_id gatherings first_attended hours", `
			eve 1 2024-03-15 0
			hal 1 2024-04-01 0`},
		{"members", "staff=only&to=2024-01-31", "person_id gatherings hours", `dan 1 0`},
		{"timeline", "person=eve-old", "day type what detail mode", `
			2024-01-16 registration.submitted.v1   First      waitlisted    -
			2024-01-16 registration.submitted.v1   First      confirmed     -
			2024-01-19 registration.cancelled.v1   First      -             -
			2024-01-20 attendance.recorded.v1      First      participant   experiential
			2024-02-02 volunteering.logged.v1      -          mentoring     volunteer
			2024-02-10 member.registered.v1        -          ambassador    -
			2024-02-10 group.membership_changed.v1 wg1        joined        volunteer
			2024-03-01 group.membership_changed.v1 wg1        left          volunteer
			2024-03-05 member.registered.v1        -          ambassador    -
			2024-03-06 member.merged.v1            -          -             -
			2024-03-15 attendance.recorded.v1      g3         host          volunteer
			2024-03-16 feedback.submitted.v1       g3         -             communication`},
		{"timeline", "person=fay,nobody", "day type what detail", `
			2024-01-15 member.registered.v1      -     candidate
			2024-01-17 registration.submitted.v1 First waitlisted`},
		{"timeline", "", "day", ``},
	}
	for _, one := range tests {
		t.Run(one.name+" "+one.query, func(t *testing.T) { w.expect(t, one.name, one.query, one.columns, one.want) })
	}
}

// TestWinBack is half a year later: eve has left, cyd asked not to be written to, gus came once more in May.
func TestWinBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "2024-10-05T06:00:00Z")
	w.tell(hills()...)
	w.tell(
		event("member.left", "2024-06-01T06:00:00Z", "person_id", "eve", "at", "2024-06-01T06:00:00Z", "reason", "resigned"),
		event("consent.changed", "2024-06-02T06:00:00Z", "person_id", "cyd", "purpose", "contact", "granted", false, "at", "2024-06-02T06:00:00Z"),
	)
	const columns = "person_id gatherings last_attended days_since faculty chapter_id contactable"
	w.expect(t, "win-back", "", columns, `
		ann 2 2024-03-15 204 law     north true
		bob 2 2024-04-01 187 physics -     true
		cyd 2 2024-04-01 187 -       -     false`)
	w.expect(t, "win-back", "to=2024-10-01", columns, `
		ann 2 2024-03-15 200 law     north true
		bob 2 2024-04-01 183 physics -     true
		cyd 2 2024-04-01 183 -       -     false`)
	// On 30 September the first of April is within the half year.
	w.expect(t, "win-back", "to=2024-09-30", "person_id", `ann`)
	w.expect(t, "win-back", "status=candidate", "person_id", `cyd`)
}

// TestActivationMedian is the classic sample of remission times of Freireich and others (1963): 21 patients with
// a median of 8 weeks, 21 under treatment, many of them still well at the end, with a median of 23.
func TestActivationMedian(t *testing.T) {
	t.Parallel()
	now := time.Date(2023, time.December, 31, 12, 0, 0, 0, time.UTC)
	samples := []struct {
		faculty      string
		after, soFar []int
		want         string
	}{
		{"placebo", []int{1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23}, nil, "2023 21 21 8"},
		{"treated", []int{6, 6, 6, 7, 10, 13, 16, 22, 23}, []int{6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35}, "2023 21 9 23"},
	}
	w := newWorld(t, now.Format(time.RFC3339))
	stamped := func(daysAgo int) string { return now.AddDate(0, 0, -daysAgo).Format(time.RFC3339) }
	for _, s := range samples {
		for i, days := range s.after {
			id := s.faculty + string(rune('a'+i))
			joined := 40
			w.tell(member(id, "alumnus", "candidate", stamped(joined), "faculty", s.faculty))
			w.tell(comes("g"+id, id, "participant", stamped(joined-days)))
		}
		for i, days := range s.soFar {
			w.tell(member(s.faculty+string(rune('A'+i)), "alumnus", "candidate", stamped(days), "faculty", s.faculty))
		}
	}
	for _, s := range samples {
		w.expect(t, "activation", "grain=year&faculty="+s.faculty, "period joined activated median_days", s.want)
	}
}
