package oracle

import (
	"cmp"
	"slices"
	"time"
)

// placement is a student's time at an employer's.
type placement struct {
	id, application, opportunity, student string
	version                               [16]byte // of what names them
	started, completed, terminated        time.Time
	eligible                              bool
}

// hasStarted: who completed or broke off had started.
func (p *placement) hasStarted() bool { return !p.started.IsZero() }

// placements are those of which something has happened by now.
func (v *view) placements() map[string]*placement {
	all := map[string]*placement{}
	for _, s := range v.facts["placement.status_changed"] {
		if s.at.After(v.now) {
			continue
		}
		p := all[s.PlacementID]
		if p == nil {
			p = &placement{id: s.PlacementID}
			all[s.PlacementID] = p
		}
		if p.student == "" || string(s.version[:]) > string(p.version[:]) {
			p.version = s.version
			p.application, p.opportunity, p.student = s.ApplicationID, s.OpportunityID, v.resolve(s.StudentID)
		}
		switch s.Status {
		case "started":
			p.started = s.at
		case "completed":
			p.completed, p.eligible = s.at, s.Eligible
		default:
			p.terminated = s.at
		}
	}
	for _, p := range all {
		if p.started.IsZero() {
			p.started = p.completed
			if p.started.IsZero() || (!p.terminated.IsZero() && p.terminated.Before(p.started)) {
				p.started = p.terminated
			}
		}
	}
	return all
}

// careerCase is one student's way with one opening.
type careerCase struct {
	opportunity, student string
	first                time.Time
	stage                int
	ended                bool
	declined, rescinded  bool
	submitted            bool      // the application itself is known
	accepted             time.Time // first
	placement            *placement
}

func stages() []string {
	return []string{"positions", "applications", "interviewed", "offered", "accepted", "started", "completed", "hired"}
}

// stageOf gives what a step proves, as a place among the stages.
func stageOf(status string) int {
	return map[string]int{
		"interviewed": 2, "offered": 3, "offer_declined": 3, "offer_rescinded": 3, "offer_accepted": 4,
		"started": 5, "terminated": 5, "completed": 6,
	}[status]
}

// note takes one step of the case.
func (c *careerCase) note(status string, at time.Time) {
	if c.first.IsZero() || at.Before(c.first) {
		c.first = at
	}
	c.stage = max(c.stage, stageOf(status), 1)
	switch status {
	case "rejected", "withdrawn", "terminated":
		c.ended = true
	case "offer_declined":
		c.ended, c.declined = true, true
	case "offer_rescinded":
		c.ended, c.rescinded = true, true
	case "offer_accepted":
		c.accepted = at
	}
}

// cases are all applications, and placements that came about without one.
func (v *view) cases() map[string]*careerCase {
	all := map[string]*careerCase{}
	get := func(id string) *careerCase {
		if all[id] == nil {
			all[id] = &careerCase{}
		}
		return all[id]
	}
	placed := v.placements()
	for _, p := range placed {
		c := get(p.caseID())
		c.opportunity, c.student, c.placement = p.opportunity, p.student, p
		for status, at := range map[string]time.Time{"started": p.started, "completed": p.completed, "terminated": p.terminated} {
			if !at.IsZero() {
				c.note(status, p.started) // a placement is dated by its start
			}
		}
	}
	for _, s := range v.facts["application.status_changed"] {
		if !s.at.After(v.now) {
			get("a:"+s.ApplicationID).note(s.Status, s.at)
		}
	}
	for _, s := range v.facts["application.submitted"] {
		if !s.at.After(v.now) {
			c := get("a:" + s.ApplicationID)
			c.opportunity, c.student = s.OpportunityID, v.resolve(s.StudentID)
			c.submitted = true
			c.note("submitted", s.at)
		}
	}
	for _, s := range v.facts["employment.reported"] {
		if p := placed[s.PlacementID]; p != nil && s.Step == "hired" && !s.at.After(v.now) {
			get(p.caseID()).stage = 7
		}
	}
	return all
}

func (p *placement) caseID() string {
	if p.application != "" {
		return "a:" + p.application
	}
	return "p:" + p.id
}

// careerFunnel is report 20.
func (v *view) careerFunnel() []Row {
	positions, reached := v.reached()
	rows := []Row{}
	for i, name := range stages() {
		c := reached[i]
		row := Row{
			"stage": name, "reached": c.sum("reached"), "persons": c.distinct("persons"), "exits": c.sum("exits"),
			"declined": nil, "rescinded": nil, "conversion": nil,
		}
		switch name {
		case "positions":
			row["reached"], row["persons"], row["exits"] = positions, nil, nil
		case "offered":
			row["declined"], row["rescinded"] = c.sum("declined"), c.sum("rescinded")
		}
		if i > 1 {
			row["conversion"] = ratio(c.sum("reached"), reached[i-1].sum("reached"))
		}
		rows = append(rows, row)
	}
	return rows
}

// reached counts the positions of the range, and the cases of their openings by stage.
// A case of an unknown opening is dated by its own first day.
func (v *view) reached() (positions float64, stage []*cell) {
	opens := map[string]string{}
	for _, s := range v.facts["opportunity.published"] {
		opens[s.OpportunityID] = s.Opens
		if v.passed(s.Opens) {
			positions += float64(s.Positions)
		}
	}
	for range stages() {
		stage = append(stage, newCell())
	}
	for _, c := range v.cases() {
		day := v.date(c.first)
		if v.wanted(c.student, day) && v.within(cmp.Or(opens[c.opportunity], day)) {
			c.count(stage)
		}
	}
	return positions, stage
}

// count counts the case at every stage that it reached, and where it ended.
func (c *careerCase) count(stage []*cell) {
	for i := 1; i <= c.stage; i++ {
		stage[i].one("reached")
		if c.student != "" {
			stage[i].put("persons", c.student)
		}
	}
	furthest := stage[c.stage]
	if c.ended {
		furthest.one("exits")
	}
	if c.declined {
		furthest.one("declined")
	}
	if c.rescinded {
		furthest.one("rescinded")
	}
}

// positionFill is report 21.
func (v *view) positionFill(grain string) []Row {
	return v.periods(grain, func(v *view) cells[int] { return v.fill(grain) }, func(_ int, c *cell) Row {
		return Row{
			"openings": c.sum("openings"), "positions": c.sum("positions"), "starts": c.sum("starts"), "fill_rate": ratio(c.sum("starts"), c.sum("positions")),
			"accepted": c.sum("accepted"), "median_days": c.median("days"),
		}
	})
}

// fill counts openings, and what came of them, by the day on which they opened.
func (v *view) fill(grain string) cells[int] {
	all, opens := cells[int]{}, map[string]string{}
	for _, s := range v.facts["opportunity.published"] {
		if v.passed(s.Opens) {
			opens[s.OpportunityID] = s.Opens
			c := all.at(v.period(grain, s.Opens))
			c.one("openings")
			c.add("positions", float64(s.Positions))
		}
	}
	for _, p := range v.placements() {
		if day := opens[p.opportunity]; day != "" && p.hasStarted() && v.wanted(p.student, v.date(p.started)) {
			all.at(v.period(grain, day)).one("starts")
		}
	}
	for _, x := range v.cases() {
		if day := opens[x.opportunity]; day != "" && x.submitted && !x.accepted.IsZero() && v.wanted(x.student, v.date(x.accepted)) {
			c := all.at(v.period(grain, day))
			c.one("accepted")
			c.keep("days", float64(daysBetween(day, v.date(x.accepted))))
		}
	}
	return all
}

// internConversion is report 22 (NACE).
func (v *view) internConversion(grain string) []Row {
	return v.periods(grain, func(v *view) cells[int] { return v.interns(grain) }, func(_ int, c *cell) Row {
		eligible, offers, accepted := c.distinct("eligible"), c.distinct("offers"), c.distinct("accepted")
		return Row{
			"completed": c.distinct("completed"), "eligible": eligible, "offers": offers, "accepted": accepted,
			"offer_rate": ratio(offers, eligible), "acceptance_rate": ratio(accepted, offers), "conversion_rate": ratio(accepted, eligible),
		}
	})
}

// interns counts who completed a placement, and what the employer made of it.
func (v *view) interns(grain string) cells[int] {
	steps := map[string][]string{}
	for _, s := range v.facts["employment.reported"] {
		if !s.at.After(v.now) && s.PlacementID != "" {
			steps[s.PlacementID] = append(steps[s.PlacementID], s.Step)
		}
	}
	has := func(id string, wanted ...string) bool {
		return slices.ContainsFunc(steps[id], func(step string) bool { return slices.Contains(wanted, step) })
	}
	all := cells[int]{}
	for _, p := range v.placements() {
		if p.completed.IsZero() || !v.done(p.completed) || !v.wanted(p.student, v.date(p.completed)) {
			continue
		}
		c := all.at(v.period(grain, v.date(p.completed)))
		c.put("completed", p.student)
		if !p.eligible {
			continue
		}
		c.put("eligible", p.student)
		if has(p.id, "job_offered", "job_accepted", "job_declined", "hired") {
			c.put("offers", p.student)
		}
		if has(p.id, "job_accepted", "hired") {
			c.put("accepted", p.student)
		}
	}
	return all
}
