package oracle

import (
	"fmt"
	"strconv"
	"strings"
)

// modes of engagement in the order in which combinations name them (CASE).
func modes() []string { return []string{"volunteer", "experiential", "philanthropic", "communication"} }

// attendances gives the acts of those who were present at gatherings that have begun.
func (v *view) attendances(act func(mode, person, day string)) {
	for _, g := range v.gatherings {
		if !v.begun(g) {
			continue
		}
		for p, r := range g.present {
			mode := "experiential"
			if r.role == "speaker" || r.role == "host" {
				mode = "volunteer"
			}
			if !r.at.After(v.now) {
				act(mode, p, v.date(r.at))
			}
		}
	}
}

// acts gives the mode, the person and the day of everything that counts as engagement.
func (v *view) acts(every func(mode, person, day string)) {
	act := func(mode, person, day string) {
		if !v.withdrawn[person] {
			every(mode, person, day)
		}
	}
	v.attendances(act)
	tell := func(base, mode string, who func(stated) string, on func(stated) string) {
		for _, s := range v.facts[base] {
			day := on(s)
			if day == "" && !s.at.After(v.now) {
				day = v.date(s.at)
			}
			if id := who(s); id != "" && day != "" && day <= v.today {
				act(mode, v.resolve(id), day)
			}
		}
	}
	person := func(s stated) string { return s.PersonID }
	at := func(stated) string { return "" }
	on := func(s stated) string { return s.On }
	tell("feedback.submitted", "communication", person, at)
	tell("communication.responded", "communication", func(s stated) string {
		if s.Action == "opened" {
			return "" // opening a letter is not answering it
		}
		return s.PersonID
	}, at)
	tell("group.membership_changed", "volunteer", person, at)
	tell("volunteering.logged", "volunteer", person, on)
	tell("initiative.status_changed", "volunteer", func(s stated) string { return s.ProposerID }, at)
	tell("opportunity.published", "volunteer", func(s stated) string { return s.AmbassadorID }, func(s stated) string { return s.Opens })
	tell("donation.received", "philanthropic", func(s stated) string { return s.DonorID }, on)
}

// engagedYear is who did what in one of the community's years.
type engagedYear struct {
	year     int
	eligible float64 // living contactable alumni at its end
	modes    []set   // of each contactable alumnus with an act
	judged   int     // contactable alumni
}

// lastDayOf is the last day of the community's year, or today when that is earlier.
func (v *view) lastDayOf(year int) string {
	return min(fmt.Sprintf("%04d-%s", year, v.options.YearEnd), v.today)
}

func (v *view) engagedYears() []engagedYear {
	engaged := map[int]map[string]set{}
	v.acts(func(mode, person, day string) {
		year := v.yearOf(day)
		if engaged[year] == nil {
			engaged[year] = map[string]set{}
		}
		if engaged[year][person] == nil {
			engaged[year][person] = set{}
		}
		engaged[year][person].add(mode)
	})
	var years []engagedYear
	if len(engaged) == 0 {
		return nil
	}
	first, last := span(engaged)
	for y := first; y <= last; y++ {
		if !v.inRange(communityYear, y) {
			continue // a year is judged as a whole: half a year has no participation rate
		}
		end := v.lastDayOf(y)
		e := engagedYear{year: y}
		for p, m := range v.members {
			s := v.on(p, end)
			if m.since() > end || s.kind != "alumnus" || !s.contactable || !v.wanted(p, end) {
				continue
			}
			e.judged++
			if s.living {
				e.eligible++
			}
			if done := engaged[y][p]; done != nil {
				e.modes = append(e.modes, done)
			}
		}
		years = append(years, e)
	}
	return years
}

// engagementByMode is report 13.
func (v *view) engagementByMode() []Row {
	rows := []Row{}
	for _, e := range v.engagedYears() {
		if e.judged == 0 {
			continue
		}
		for _, mode := range append([]string{"any"}, modes()...) {
			engaged := count(e.modes, func(done set) bool { return mode == "any" || done[mode] })
			rows = append(rows, Row{
				"period": label(byYear, e.year), "mode": mode, "engaged": engaged, "eligible": e.eligible,
				"participation": ratio(engaged, e.eligible), "unfinished": v.unfinished(communityYear, e.year),
			})
		}
	}
	return rows
}

// combinations are all 15 of the four modes.
func combinations() []string {
	var all []string
	for bits := 1; bits < 1<<len(modes()); bits++ {
		var names []string
		for i, mode := range modes() {
			if bits>>i&1 == 1 {
				names = append(names, mode)
			}
		}
		all = append(all, strings.Join(names, " + "))
	}
	return all
}

// modeOverlap is report 14: persons by the exact modes that they engaged in.
func (v *view) modeOverlap() []Row {
	groups := combinations()
	name := func(done set) string {
		var names []string
		for _, mode := range modes() {
			if done[mode] {
				names = append(names, mode)
			}
		}
		return strings.Join(names, " + ")
	}
	if v.q.By == "number" {
		groups = []string{"1", "2", "3", "4"}
		name = func(done set) string { return strconv.Itoa(len(done)) }
	}
	rows := []Row{}
	for _, e := range v.engagedYears() {
		if e.judged == 0 {
			continue
		}
		persons := map[string]float64{}
		for _, done := range e.modes {
			persons[name(done)]++
		}
		for _, group := range groups {
			rows = append(rows, Row{
				"period": label(byYear, e.year), "modes": group, "persons": persons[group], "any_mode": float64(len(e.modes)),
				"share": ratio(persons[group], float64(len(e.modes))), "eligible": e.eligible, "unfinished": v.unfinished(communityYear, e.year),
			})
		}
	}
	return rows
}
