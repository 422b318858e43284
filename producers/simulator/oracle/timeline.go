package oracle

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// about gives the persons whom a fact is about, by type: who did it, or to whom it happened.
func about(s stated) string {
	return cmp.Or(s.PersonID, s.FromID, s.ProposerID, s.AmbassadorID, s.StudentID, s.DonorID)
}

// named is the day that an event names instead of a time of day; "" when it has one.
func named(s stated) string { return cmp.Or(s.On, s.Opens, s.ValidFrom) }

// timeline is what happened to one person, in order. Its rows are told apart by their
// place: of events at the same moment any may stand first, so only times are given.
func (v *view) timeline() []Row {
	students := map[string]string{}
	for _, s := range v.facts["application.submitted"] {
		students[s.ApplicationID] = s.StudentID
	}
	type moment struct {
		at  time.Time
		day string
	}
	var list []moment
	for base, facts := range v.facts {
		for _, s := range facts {
			person := about(s)
			if base == "application.status_changed" {
				person = students[s.ApplicationID]
			}
			day := cmp.Or(named(s), v.date(s.at))
			if person == "" || v.resolve(person) != v.resolve(v.q.Person) || !v.passed(day) || named(s) == "" && s.at.After(v.now) {
				continue
			}
			list = append(list, moment{s.at, day})
		}
	}
	slices.SortFunc(list, func(a, b moment) int { return cmp.Or(a.at.Compare(b.at), strings.Compare(a.day, b.day)) })
	rows := []Row{}
	for i, m := range list {
		rows = append(rows, Row{"entry": float64(i + 1), "at": stamp(m.at), "day": m.day, "person_id": v.resolve(v.q.Person)})
	}
	return rows
}
