package oracle

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"
)

// attendance is report 1, a row a gathering.
func (v *view) attendance() []Row {
	rows := []Row{}
	for _, g := range v.listed() {
		row := Row{
			"gathering_id": g.id, "title": g.title, "starts_at": g.starts.UTC().Format(time.RFC3339Nano), "attendance_basis": g.basisShown(),
			"attended": nil, "new_members": nil, "continuing": nil, "first_timers": nil, "new_share": nil,
			"headcount": number(g.headcount), "anonymous_guests": number(g.guests), "kind": g.kind, "series_id": g.series, "unfinished": !v.over(g),
		}
		if g.recorded() && v.begun(g) {
			came := v.came(g)
			attended := float64(len(came))
			row["attended"] = attended
			row["first_timers"] = count(came, func(p string) bool { return v.firsts[p] == g })
			if g.previous != nil {
				fresh := count(came, func(p string) bool { return v.isNew(g, p) })
				row["new_members"], row["continuing"], row["new_share"] = fresh, attended-fresh, ratio(fresh, attended)
			}
		}
		rows = append(rows, row)
	}
	return rows
}

// number is what a figure that may be unknown is in a row.
func number(n *int) any {
	if n == nil {
		return nil
	}
	return float64(*n)
}

func count[T any](list []T, keep func(T) bool) float64 {
	n := 0.0
	for _, x := range list {
		if keep(x) {
			n++
		}
	}
	return n
}

// recorded are the gatherings that have begun and whose attendance is on record.
func (v *view) recorded() []*gathering {
	return slices.DeleteFunc(v.held(), func(g *gathering) bool { return !g.recorded() })
}

// numbered gives each gathering its period: its place among them, or the calendar's.
func (v *view) numbered(list []*gathering, grain string) (periods []int, labels map[int]string) {
	labels = map[int]string{}
	for i, g := range list {
		n, name := i, g.id
		if grain != byGathering {
			n = v.period(grain, v.date(g.starts))
			name = label(grain, n)
		}
		periods, labels[n] = append(periods, n), name
	}
	return periods, labels
}

// firstTimerShare is report 2.
func (v *view) firstTimerShare(grain string) []Row {
	if grain == byGathering {
		rows := []Row{}
		for _, g := range v.recorded() {
			c := newCell()
			v.meet(c, g)
			row := c.firstTimers()
			row["period"], row["unfinished"] = g.id, !v.over(g)
			rows = append(rows, row)
		}
		return rows
	}
	return v.periods(grain, func(v *view) cells[int] {
		all := cells[int]{}
		for _, g := range v.held() {
			n := v.period(grain, v.date(g.starts))
			quiet := !g.recorded() && (all[n] == nil || all[n].quiet)
			v.meet(all.at(n), g)
			all[n].quiet = quiet
		}
		return all
	}, func(_ int, c *cell) Row { return c.firstTimers() })
}

// meet counts who came to a gathering, and who of them never came before.
func (v *view) meet(c *cell, g *gathering) {
	v.attendanceOf(c, g)
	for _, p := range v.came(g) {
		c.one("attendances")
		c.put("attendees", p)
		if v.firsts[p] == g {
			c.put("first", p)
		}
	}
}

func (c *cell) firstTimers() Row {
	came, first := c.distinct("attendees"), c.distinct("first")
	return Row{"attendees": c.known(came), "first_timers": c.known(first), "first_timer_share": c.knownRatio(first, came)}
}

// returnRate is report 6, a row for each gathering of a series.
func (v *view) returnRate() []Row {
	series := slices.DeleteFunc(v.held(), func(g *gathering) bool { return g.series == "" })
	slices.SortStableFunc(series, func(a, b *gathering) int { return strings.Compare(a.series, b.series) })
	rows := []Row{}
	for _, g := range series {
		row := Row{"gathering_id": g.id, "title": g.title, "series_id": g.series, "next_gathering_id": nil, "present": nil, "returned": nil, "return_rate": nil}
		if g.next != nil {
			row["next_gathering_id"] = g.next.id
		}
		if g.recorded() {
			came := v.came(g)
			row["present"] = float64(len(came))
			if g.next != nil && g.next.recorded() && v.over(g.next) {
				again := count(came, func(p string) bool {
					_, here := g.next.present[p]
					return here
				})
				row["returned"], row["return_rate"] = again, ratio(again, float64(len(came)))
			}
		}
		rows = append(rows, row)
	}
	return rows
}

// stickiness is report 9: persons of a year by the number of their active months.
func (v *view) stickiness() []Row {
	months := map[int]map[string]set{}
	for _, g := range v.held() {
		day := v.date(g.starts)
		year := numberOf(day[:4])
		for _, p := range v.came(g) {
			if months[year] == nil {
				months[year] = map[string]set{}
			}
			if months[year][p] == nil {
				months[year][p] = set{}
			}
			months[year][p].add(day[5:7])
		}
	}
	rows := []Row{}
	for _, year := range slices.Sorted(maps.Keys(months)) {
		persons, total := float64(len(months[year])), 0.0
		by := map[int]float64{}
		for _, active := range months[year] {
			by[len(active)]++
			total += float64(len(active))
		}
		begun := 12.0
		if label(byYear, year) == v.today[:4] {
			begun = float64(numberOf(v.today[5:7]))
		}
		for n := 1; n <= 12; n++ {
			rows = append(rows, Row{
				"period": label(byYear, year), "active_months": float64(n), "persons": by[n], "yearly_active": persons, "share": ratio(by[n], persons),
				"monthly_active": total / begun, "stickiness": ratio(total/begun, persons), "unfinished": v.unfinished(byYear, year),
			})
		}
	}
	return rows
}

// contributions are what each person gave: attendances, hours or openings.
func (v *view) contributions() map[string]float64 {
	given := map[string]float64{}
	switch v.q.Contributions {
	case "hours":
		v.logs(func(s stated, p string) { given[p] += s.Hours })
	case "openings":
		v.openings(func(_ stated, p string) { given[p]++ })
	default:
		for _, g := range v.held() {
			for _, p := range v.came(g) {
				given[p]++
			}
		}
	}
	return given
}

// absenceFactor is report 11.
func (v *view) absenceFactor() []Row {
	factor, sum := Absence(slices.Collect(maps.Values(v.contributions())))
	return []Row{{"absence_factor": float64(factor), "contributors": float64(len(v.contributions())), "contributions": sum}}
}

// Absence is the absence factor of what each person contributed (CHAOSS): the smallest
// number of persons who give at least half of the sum, which it gives, too.
func Absence(contributions []float64) (factor int, sum float64) {
	sorted := slices.SortedFunc(slices.Values(contributions), func(a, b float64) int { return cmp.Compare(b, a) })
	for _, n := range sorted {
		sum += n
	}
	given := 0.0
	for _, n := range sorted {
		if given*2 >= sum {
			break
		}
		given += n
		factor++
	}
	return factor, sum
}

// absenceCurve is the other half of report 11: who gives how much, the most first.
func (v *view) absenceCurve() []Row {
	given := v.contributions()
	persons := slices.SortedFunc(maps.Keys(given), func(a, b string) int {
		return cmp.Or(cmp.Compare(given[b], given[a]), strings.Compare(a, b))
	})
	_, sum := Absence(slices.Collect(maps.Values(given)))
	rows, cumulative := []Row{}, 0.0
	for i, p := range persons {
		cumulative += given[p]
		rows = append(rows, Row{
			"rank": float64(i + 1), "person_id": p, "contributions": given[p], "cumulative": cumulative, "share": ratio(cumulative, sum),
		})
	}
	return rows
}
