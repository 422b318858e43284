package oracle

import (
	"time"
)

// dataQuality is report 28 of events that reached the stream at the time of the view,
// all accepted; what was refused at the door is no dead letter.
func (v *view) dataQuality() []Row {
	checks := map[string]map[string]float64{}
	add := func(check, source string, n float64) {
		if checks[check] == nil {
			checks[check] = map[string]float64{}
		}
		checks[check][source] += n
	}
	for _, g := range v.filter(func(g *gathering) bool { return v.over(g) && !g.recorded() && v.within(v.date(g.starts)) }) {
		add("attendance_not_recorded", g.source, 1)
	}
	if v.within(v.today) { // they are dated by when they were received
		v.strangers(add)
		v.troubles(add)
	}
	if n := len(v.withdrawn); n > 0 { // whenever they said so
		add("withdrawn_from_analytics", "", float64(n))
	}
	rows := []Row{}
	for _, check := range []string{"attendance_not_recorded", "unresolved_persons", "late_events", "duplicates", "identity_conflicts", "dead_letters", "withdrawn_from_analytics"} {
		if len(checks[check]) == 0 {
			rows = append(rows, Row{"check": check, "source": nil, "records": 0.0})
		}
	}
	for check, sources := range checks {
		for source, n := range sources {
			rows = append(rows, Row{"check": check, "source": source, "records": n})
		}
	}
	order(rows, "check", "source")
	return rows
}

// strangers are persons who came or registered and of whom no member event tells.
func (v *view) strangers(add func(check, source string, n float64)) {
	strangers := map[string]set{}
	for _, base := range []string{"attendance.recorded", "registration.submitted"} {
		for _, s := range v.facts[base] {
			p := v.resolve(s.PersonID)
			if m := v.members[p]; v.withdrawn[p] || m != nil && m.told(v.today) {
				continue
			}
			if strangers[s.source] == nil {
				strangers[s.source] = set{}
			}
			strangers[s.source].add(p)
		}
	}
	for source, persons := range strangers {
		add("unresolved_persons", source, float64(len(persons)))
	}
}

// troubles are those of single events on their way.
func (v *view) troubles(add func(check, source string, n float64)) {
	for _, e := range v.received {
		if v.now.Sub(e.time) > 24*time.Hour {
			add("late_events", e.source, 1)
		}
		if e.again > 0 {
			add("duplicates", e.source, float64(e.again))
		}
		if e.contents == 2 {
			add("identity_conflicts", e.source, 1)
		}
	}
}
