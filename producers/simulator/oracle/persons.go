package oracle

import (
	"slices"
	"time"
)

// sortedSet gives each value once, the smallest first.
func sortedSet(list []float64) []float64 { return slices.Compact(slices.Sorted(slices.Values(list))) }

// winBack is report 12: who came often and comes no more.
func (v *view) winBack() []Row {
	end := v.until()
	year, half := shift(end, -12), shift(end, -6)
	days := map[string][]string{}
	for _, g := range v.always().held() {
		day := v.date(g.starts)
		if day <= year || day > end {
			continue
		}
		for _, p := range v.came(g) {
			days[p] = append(days[p], day)
		}
	}
	rows := []Row{}
	for p, list := range days {
		last := slices.Max(list)
		if len(list) < 2 || last > half {
			continue
		}
		row := Row{"person_id": p, "gatherings": float64(len(list)), "last_attended": last, "days_since": float64(daysBetween(last, end)), "faculty": nil, "chapter_id": nil, "contactable": true}
		if m := v.members[p]; m != nil {
			s := m.asOf(v.today)
			if !s.living || !m.left(v.now).IsZero() {
				continue
			}
			row["faculty"], row["chapter_id"], row["contactable"] = s.faculty, s.chapter, s.contactable
		}
		rows = append(rows, row)
	}
	order(rows, "person_id")
	return rows
}

// membersReport lists the members as they are now.
func (v *view) membersReport() []Row {
	visits, hours := map[string][]string{}, map[string]float64{}
	for _, g := range v.held() {
		for p := range g.present {
			visits[p] = append(visits[p], v.date(g.starts))
		}
	}
	for _, s := range v.facts["volunteering.logged"] {
		if v.passed(s.On) {
			hours[v.resolve(s.PersonID)] += s.Hours
		}
	}
	rows := []Row{}
	for p, m := range v.members {
		if !m.told(v.latest) || !v.wanted(p, v.latest) {
			continue
		}
		s := m.asOf(v.latest)
		row := Row{
			"person_id": p, "member_kind": s.kind, "status": s.status, "faculty": s.faculty, "chapter_id": s.chapter, "graduation_year": number(s.graduation),
			"joined_at": v.happened(m.joined), "left_at": stamp(m.left(v.now)), "gatherings": float64(len(visits[p])),
			"first_attended": nil, "last_attended": nil, "hours": hours[p],
		}
		if days := visits[p]; len(days) > 0 {
			row["first_attended"], row["last_attended"] = slices.Min(days), slices.Max(days)
		}
		rows = append(rows, row)
	}
	order(rows, "person_id")
	return rows
}

// happened writes a moment of a day that has come; another one is nil.
func (v *view) happened(at time.Time) any {
	if v.date(at) > v.latest {
		return nil
	}
	return stamp(at)
}

// stamp writes a moment; an unknown one is nil.
func stamp(at time.Time) any {
	if at.IsZero() {
		return nil
	}
	return at.UTC().Format(time.RFC3339Nano)
}
