package oracle

// activity is the overview's row of figures, a period each.
func (v *view) activity(grain string) []Row {
	return v.periods(grain, func(v *view) cells[int] {
		all := cells[int]{}
		for _, g := range v.held() {
			c := all.at(v.period(grain, v.date(g.starts)))
			c.one("gatherings")
			v.meet(c, g)
		}
		for p, m := range v.members {
			if day := v.date(m.joined); !m.joined.IsZero() && v.done(m.joined) && v.wanted(p, day) {
				all.at(v.period(grain, day)).one("joined")
			}
		}
		v.logs(func(s stated, p string) {
			c := all.at(v.period(grain, s.On))
			c.log(s)
			c.put("volunteers", p)
		})
		for _, s := range v.facts["opportunity.published"] {
			if v.passed(s.Opens) {
				all.at(v.period(grain, s.Opens)).one("openings")
			}
		}
		for _, p := range v.placements() {
			if day := v.date(p.started); p.hasStarted() && v.done(p.started) && v.wanted(p.student, day) {
				all.at(v.period(grain, day)).one("started")
			}
		}
		return all
	}, func(_ int, c *cell) Row {
		came, first := c.distinct("attendees"), c.distinct("first")
		return Row{
			"gatherings": c.sum("gatherings"), "not_recorded": c.sum("unrecorded"), "attendances": c.known(c.sum("attendances")),
			"attendees": c.known(came), "first_timers": c.known(first), "first_timer_share": c.knownRatio(first, came), "joined": c.sum("joined"),
			"hours": c.sum("hours"), "volunteers": c.distinct("volunteers"), "openings": c.sum("openings"), "placements_started": c.sum("started"),
		}
	})
}

// soon is within how many days after joining somebody counts as activated.
const soon = 90

// activation is report 10.
func (v *view) activation(grain string) []Row {
	return v.periods(grain, func(v *view) cells[int] {
		all := cells[int]{}
		for p, m := range v.members {
			day := v.date(m.joined)
			if m.joined.IsZero() || !v.done(m.joined) || !v.wanted(p, day) {
				continue
			}
			c := all.at(v.period(grain, day))
			c.one("joined")
			due := daysBetween(day, v.today) >= soon
			if due {
				c.one("due")
			}
			first := v.firsts[p]
			if first == nil || first.starts.After(v.now) {
				c.keep("censored", float64(daysBetween(day, v.today)))
				continue
			}
			c.one("activated")
			days := max(0, daysBetween(day, v.date(first.starts)))
			c.keep("days", float64(days))
			if due && days <= soon {
				c.one("within")
			}
		}
		return all
	}, func(_ int, c *cell) Row {
		return Row{
			"joined": c.sum("joined"), "activated": c.sum("activated"), "due": c.sum("due"), "active_within_90": c.sum("within"),
			"activation_rate": ratio(c.sum("within"), c.sum("due")), "median_days": kaplanMeier(c.all["days"], c.all["censored"]),
		}
	})
}

// kaplanMeier is the median of times of which some are only known to be longer: the
// first time at which the estimated survival is a half or less; nil when it never is.
func kaplanMeier(events, censored []float64) any {
	at := func(list []float64, t float64) float64 {
		return count(list, func(x float64) bool { return x == t })
	}
	surviving := 1.0
	for _, t := range sortedSet(events) {
		atRisk := count(events, func(x float64) bool { return x >= t }) + count(censored, func(x float64) bool { return x >= t })
		surviving *= 1 - at(events, t)/atRisk
		if surviving <= 0.5+1e-9 {
			return t
		}
	}
	return nil
}
