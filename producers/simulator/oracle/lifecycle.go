package oracle

import (
	"maps"
	"slices"
)

// active gives the periods in which each wanted person was present.
func (v *view) active(list []*gathering, periods []int) map[string]map[int]bool {
	active := map[string]map[int]bool{}
	for i, g := range list {
		for _, p := range v.came(g) {
			if active[p] == nil {
				active[p] = map[int]bool{}
			}
			active[p][periods[i]] = true
		}
	}
	return active
}

// always is the view without a range: what came before it counts for who is new.
func (v *view) always() *view {
	open := *v
	open.q.From, open.q.To = "", ""
	return &open
}

// lifecycle is report 7.
func (v *view) lifecycle(grain string) []Row {
	list := v.always().recorded()
	periods, labels := v.numbered(list, grain)
	active := v.active(list, periods)
	seen := map[int]bool{} // periods in which somebody was active
	for _, months := range active {
		for n := range months {
			seen[n] = true
		}
	}
	rows := []Row{}
	if len(seen) == 0 {
		return rows
	}
	first, last := span(seen)
	for n := first; n <= last; n++ {
		if grain == byGathering && !v.within(v.date(list[n].starts)) || grain != byGathering && !v.inRange(grain, n) {
			continue
		}
		row := v.phase(active, n)
		if grain == byGathering {
			row["period"], row["unfinished"] = labels[n], !v.over(list[n])
		} else {
			row["period"], row["unfinished"] = label(grain, n), v.unfinished(grain, n)
			row["not_recorded"] = v.notRecorded(grain, n)
			if v.unknown(grain, n) {
				row["active"], row["new"], row["returning"], row["resurrecting"], row["dormant"] = nil, nil, nil, nil, nil
			}
		}
		rows = append(rows, row)
	}
	return rows
}

// phase counts the persons of a period by what they did before.
func (v *view) phase(active map[string]map[int]bool, n int) Row {
	var fresh, returning, resurrecting, dormant float64
	for _, months := range active {
		switch now, before := months[n], months[n-1]; {
		case now && before:
			returning++
		case now && slices.Min(slices.Collect(maps.Keys(months))) == n:
			fresh++
		case now:
			resurrecting++
		case before:
			dormant++
		}
	}
	return Row{"active": fresh + returning + resurrecting, "new": fresh, "returning": returning, "resurrecting": resurrecting, "dormant": dormant}
}

// unknown says whether gatherings of a period are over and none is recorded.
func (v *view) unknown(grain string, n int) bool {
	c := newCell()
	for _, g := range v.always().held() {
		if v.period(grain, v.date(g.starts)) == n {
			v.attendanceOf(c, g)
		}
	}
	return c.known(0) == nil
}

// notRecorded counts the gatherings of a period that are over and of which nobody recorded who came.
func (v *view) notRecorded(grain string, n int) float64 {
	return count(v.always().held(), func(g *gathering) bool {
		return !g.recorded() && v.over(g) && v.period(grain, v.date(g.starts)) == n
	})
}

// retention is report 8: the range chooses cohorts. Unbounded asks for whoever came in the period or later.
func (v *view) retention(grain string, unbounded bool) []Row {
	list := v.always().recorded()
	periods, labels := v.numbered(list, grain)
	active := v.active(list, periods)
	cohorts := v.always().cohorts(grain, active)
	_, last := span(labels)
	rows := []Row{}
	for _, start := range slices.Sorted(maps.Keys(cohorts)) {
		cohort := cohorts[start]
		if !v.inRange(grain, start) {
			continue
		}
		for k := 0; start+k <= max(start, last); k++ {
			persons := count(cohort, func(p string) bool {
				if !unbounded {
					return active[p][start+k]
				}
				return slices.ContainsFunc(slices.Collect(maps.Keys(active[p])), func(n int) bool { return n >= start+k })
			})
			rows = append(rows, Row{
				"cohort": label(grain, start), "period": float64(k), "size": float64(len(cohort)), "persons": persons,
				"share": ratio(persons, float64(len(cohort))), "unfinished": v.unfinished(grain, start+k),
			})
		}
	}
	return rows
}

// cohorts are persons by the period of the first attendance or of joining.
func (v *view) cohorts(grain string, active map[string]map[int]bool) map[int][]string {
	cohorts := map[int][]string{}
	if v.q.CohortBy != "join" {
		for p, months := range active {
			first := slices.Min(slices.Collect(maps.Keys(months)))
			cohorts[first] = append(cohorts[first], p)
		}
		return cohorts
	}
	for p, m := range v.members {
		if day := v.date(m.joined); !m.joined.IsZero() && v.done(m.joined) && v.wanted(p, day) {
			n := v.period(grain, day)
			cohorts[n] = append(cohorts[n], p)
		}
	}
	return cohorts
}
