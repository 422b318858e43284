package oracle

// logs are the entries of the range in the log of volunteering, with the person.
func (v *view) logs(each func(s stated, person string)) {
	for _, s := range v.facts["volunteering.logged"] {
		p := v.resolve(s.PersonID)
		if v.passed(s.On) && among(v.q.Activities, s.Activity) && v.wanted(p, s.On) {
			each(s, p)
		}
	}
}

// volunteerHours is report 15.
func (v *view) volunteerHours(grain string) []Row {
	first := map[string]string{}
	for _, s := range v.facts["volunteering.logged"] {
		if p := v.resolve(s.PersonID); first[p] == "" || s.On < first[p] {
			first[p] = s.On
		}
	}
	return v.periods(grain, func(v *view) cells[int] {
		all := cells[int]{}
		v.logs(func(s stated, p string) {
			c := all.at(v.period(grain, s.On))
			c.log(s)
			c.put("volunteers", p)
			if s.On == first[p] {
				c.put("new", p)
			}
		})
		return all
	}, func(_ int, c *cell) Row {
		return Row{
			"hours": c.sum("hours"), "volunteers": c.distinct("volunteers"), "hours_per_volunteer": ratio(c.sum("hours"), c.distinct("volunteers")),
			"new_volunteers": c.distinct("new"), "logs": c.sum("logs"), "students_reached": c.reached(),
		}
	})
}

// log counts one entry.
func (c *cell) log(s stated) {
	c.one("logs")
	c.add("hours", s.Hours)
	if s.Students != nil {
		c.one("said")
		c.add("students", float64(*s.Students))
	}
}

// reached is how many students the entries reached; nil when there are some and none says.
func (c *cell) reached() any {
	if c.sum("logs") > 0 && c.sum("said") == 0 {
		return nil
	}
	return c.sum("students")
}

// openings are those of the range that somebody opened, with the person.
func (v *view) openings(each func(s stated, ambassador string)) {
	for _, s := range v.facts["opportunity.published"] {
		if p := v.resolve(s.AmbassadorID); s.AmbassadorID != "" && v.passed(s.Opens) && v.wanted(p, s.Opens) {
			each(s, p)
		}
	}
}

// ambassadorImpact is report 26.
func (v *view) ambassadorImpact() []Row {
	all := cells[string]{}
	v.openings(func(s stated, p string) {
		all.at(p).one("openings")
		all.at(p).add("positions", float64(s.Positions))
	})
	opened := map[string]string{}
	for _, s := range v.facts["opportunity.published"] {
		opened[s.OpportunityID] = v.resolve(s.AmbassadorID)
	}
	for _, p := range v.placements() {
		ambassador := opened[p.opportunity]
		if day := v.date(p.started); ambassador != "" && p.hasStarted() && v.done(p.started) && v.wanted(ambassador, day) && !v.withdrawn[p.student] {
			all.at(ambassador).one("started")
		}
	}
	v.logs(func(s stated, p string) {
		all.at(p).log(s)
	})
	rows := []Row{}
	for p, c := range all {
		rows = append(rows, Row{
			"person_id": p, "openings": c.sum("openings"), "positions": c.sum("positions"), "placements_started": c.sum("started"),
			"hours": c.sum("hours"), "students_reached": c.reached(),
		})
	}
	order(rows, "person_id")
	return rows
}

// studentContact is report 19.
func (v *view) studentContact(grain string) []Row {
	return v.periods(grain, func(v *view) cells[int] {
		all := cells[int]{}
		for _, g := range v.held() {
			if g.kind != "student_meeting" && g.kind != "excursion" {
				continue
			}
			day := v.date(g.starts)
			c := all.at(v.period(grain, day))
			c.one(g.kind)
			v.attendanceOf(c, g)
			for _, p := range v.came(g) {
				if v.on(p, day).kind == "student" {
					c.put("students", p)
				}
			}
		}
		v.logs(func(s stated, _ string) {
			if s.Activity == "mentoring" || s.Activity == "lecture" || s.Activity == "excursion_hosting" {
				all.at(v.period(grain, s.On)).add("hours", s.Hours)
			}
		})
		return all
	}, func(_ int, c *cell) Row {
		students := c.distinct("students")
		return Row{
			"student_meetings": c.sum("student_meeting"), "excursions": c.sum("excursion"), "students": c.known(students),
			"hours": c.sum("hours"), "students_per_hour": c.knownRatio(students, c.sum("hours")),
		}
	})
}

// graduationCeremonies is report 18: ambassadors who had a part in one.
func (v *view) graduationCeremonies(grain string) []Row {
	return v.periods(grain, func(v *view) cells[int] {
		all := cells[int]{}
		for _, g := range v.held() {
			if g.kind == "graduation_ceremony" {
				v.ceremony(all.at(v.period(grain, v.date(g.starts))), g)
			}
		}
		return all
	}, func(_ int, c *cell) Row {
		return Row{
			"ceremonies": c.sum("ceremonies"), "not_recorded": c.sum("unrecorded"), "with_ambassador": c.known(c.distinct("with")),
			"ambassador_share": c.knownRatio(c.distinct("with"), c.sum("recorded")), "ambassadors": c.known(c.distinct("ambassadors")),
			"appearances": c.known(c.sum("appearances")), "ambassadors_per_ceremony": c.knownRatio(c.sum("appearances"), c.sum("recorded")),
		}
	})
}

func (v *view) ceremony(c *cell, g *gathering) {
	day := v.date(g.starts)
	c.one("ceremonies")
	v.attendanceOf(c, g)
	for _, p := range v.came(g) {
		if v.on(p, day).status == "ambassador" && g.present[p].role != "participant" {
			c.put("with", g.id)
			c.put("ambassadors", p)
			c.one("appearances")
		}
	}
}
