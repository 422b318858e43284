package oracle

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

func count[T any](list []T, keep func(T) bool) *int {
	n := 0
	for _, x := range list {
		if keep(x) {
			n++
		}
	}
	return &n
}

func label(month int) string { return fmt.Sprintf("%04d-%02d", month/12, month%12+1) }

// firsts is each person's first attendance.
func (w *world) firsts() map[string]*gathering {
	first := map[string]*gathering{}
	for _, g := range w.gatherings {
		for p := range g.present {
			if first[p] == nil {
				first[p] = g
			}
		}
	}
	return first
}

func (w *world) attendance() []Attendance {
	first := w.firsts()
	rows := make([]Attendance, 0, len(w.gatherings))
	for _, g := range w.gatherings {
		row := Attendance{GatheringID: g.id, StartsAt: g.starts.UTC(), Headcount: g.headcount, AnonymousGuests: g.guests}
		if g.recorded() {
			attended := len(g.came)
			row.Attended = &attended
			row.FirstTimers = count(g.came, func(p string) bool { return first[p] == g })
			if g.previous != nil {
				row.NewMembers = count(g.came, func(p string) bool {
					m := w.members[p]
					return m != nil && m.joined.After(g.previous.starts)
				})
				continuing := attended - *row.NewMembers
				row.Continuing = &continuing
			}
		}
		rows = append(rows, row)
	}
	return rows
}

// activity is each shown person's months with an attendance.
func (w *world) activity() map[string]map[int]bool {
	active := map[string]map[int]bool{}
	for _, g := range w.gatherings {
		for _, p := range g.came {
			if active[p] == nil {
				active[p] = map[int]bool{}
			}
			active[p][w.month(g.starts)] = true
		}
	}
	return active
}

// span is the first and last month of the given ones; false when there are none.
func span(months []int) (first, last int, ok bool) {
	if len(months) == 0 {
		return 0, 0, false
	}
	return slices.Min(months), slices.Max(months), true
}

func (w *world) lifecycle() []Lifecycle {
	var all []int
	for _, months := range w.months {
		all = slices.AppendSeq(all, maps.Keys(months))
	}
	first, last, ok := span(all)
	rows := []Lifecycle{}
	for n := first; ok && n <= last; n++ {
		row := Lifecycle{Period: label(n)}
		for _, months := range w.months {
			switch now, before := months[n], months[n-1]; {
			case now && before:
				row.Returning++
			case now && slices.Min(slices.Collect(maps.Keys(months))) == n:
				row.New++
			case now:
				row.Resurrecting++
			case before:
				row.Dormant++
			}
		}
		row.Active = row.New + row.Returning + row.Resurrecting
		rows = append(rows, row)
	}
	return rows
}

// recordedMonths are those of the gatherings whose attendance is recorded.
func (w *world) recordedMonths() []int {
	var all []int
	for _, g := range w.gatherings {
		if g.recorded() {
			all = append(all, w.month(g.starts))
		}
	}
	return all
}

func (w *world) firstTimers() []FirstTimers {
	came, fresh := map[int]map[string]bool{}, map[int]map[string]bool{}
	put := func(months map[int]map[string]bool, n int, p string) {
		if months[n] == nil {
			months[n] = map[string]bool{}
		}
		months[n][p] = true
	}
	firsts := w.firsts()
	for _, g := range w.gatherings {
		for _, p := range g.came {
			put(came, w.month(g.starts), p)
			if firsts[p] == g {
				put(fresh, w.month(g.starts), p)
			}
		}
	}
	first, last, ok := span(w.recordedMonths())
	rows := []FirstTimers{}
	for n := first; ok && n <= last; n++ {
		rows = append(rows, FirstTimers{label(n), len(came[n]), len(fresh[n])})
	}
	return rows
}

func (w *world) absence() AbsenceFactor {
	given := map[string]int{}
	for _, g := range w.gatherings {
		for _, p := range g.came {
			given[p]++
		}
	}
	return Absence(slices.Collect(maps.Values(given)))
}

// Absence is the absence factor of what each person contributed (CHAOSS).
func Absence(contributions []int) AbsenceFactor {
	sorted := slices.SortedFunc(slices.Values(contributions), func(a, b int) int { return cmp.Compare(b, a) })
	factor := AbsenceFactor{Contributors: len(sorted)}
	for _, n := range sorted {
		factor.Contributions += n
	}
	sum := 0
	for _, n := range sorted {
		if sum*2 >= factor.Contributions {
			break
		}
		sum += n
		factor.Factor++
	}
	return factor
}

func (w *world) returns() []ReturnRate {
	series := slices.DeleteFunc(slices.Clone(w.gatherings), func(g *gathering) bool { return g.series == "" })
	slices.SortStableFunc(series, func(a, b *gathering) int { return strings.Compare(a.series, b.series) })
	rows := []ReturnRate{}
	for _, g := range series {
		row := ReturnRate{GatheringID: g.id}
		if g.recorded() {
			row.Present = count(g.came, func(string) bool { return true })
			if g.next != nil && g.next.recorded() {
				row.Returned = count(g.came, func(p string) bool {
					_, again := g.next.present[p]
					return again
				})
			}
		}
		rows = append(rows, row)
	}
	return rows
}

func (w *world) retention() []Retention {
	cohorts := map[int][]map[int]bool{}
	for _, months := range w.months {
		first := slices.Min(slices.Collect(maps.Keys(months)))
		cohorts[first] = append(cohorts[first], months)
	}
	_, last, _ := span(w.recordedMonths())
	rows := []Retention{}
	for _, start := range slices.Sorted(maps.Keys(cohorts)) {
		for k := 0; start+k <= last; k++ {
			persons := count(cohorts[start], func(months map[int]bool) bool { return months[start+k] })
			rows = append(rows, Retention{label(start), k, len(cohorts[start]), *persons})
		}
	}
	return rows
}

func (w *world) stickiness() []Stickiness {
	years := map[int]map[string]int{}
	for p, months := range w.months {
		for n := range months {
			if years[n/12] == nil {
				years[n/12] = map[string]int{}
			}
			years[n/12][p]++
		}
	}
	rows := []Stickiness{}
	for _, y := range slices.Sorted(maps.Keys(years)) {
		counts := slices.Collect(maps.Values(years[y]))
		for n := 1; n <= 12; n++ {
			persons := count(counts, func(months int) bool { return months == n })
			rows = append(rows, Stickiness{fmt.Sprintf("%04d", y), n, *persons, len(counts)})
		}
	}
	return rows
}

// over says whether the gathering had ended when the reports are looked at.
func (w *world) over(g *gathering) bool {
	return w.options.Now.IsZero() || !g.ends.After(w.options.Now)
}

// earlier compares moments of which the zero one is unknown, not first.
func earlier(a, b time.Time) bool { return !a.IsZero() && a.Before(b) }
