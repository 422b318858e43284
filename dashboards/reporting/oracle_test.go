package reporting_test

import (
	"fmt"
	"slices"
	"sort"
	"time"
)

// oracle computes reports in plain Go from what is true in a community.
type oracle struct {
	*community
	zone *time.Location
	now  time.Time
	want func(p *person, at time.Time) bool // the filters on persons; at is the moment of the event
	kind string                             // the filter on gatherings; "" is none
}

// day is the calendar day of t in the zone.
func (o *oracle) day(t time.Time) (year, month, day int) {
	y, m, d := t.In(o.zone).Date()
	return y, int(m), d
}

// held are the gatherings that were not cancelled.
func (o *oracle) held() []*gathering {
	return filter(o.gatherings, func(g *gathering) bool { return !g.cancelled })
}

// chosen are those of them that the filter chooses.
func (o *oracle) chosen() []*gathering {
	return filter(o.held(), func(g *gathering) bool { return o.kind == "" || g.kind == o.kind })
}

func filter[T any](list []T, keep func(T) bool) []T {
	var out []T
	for _, x := range list {
		if keep(x) {
			out = append(out, x)
		}
	}
	return out
}

func (g *gathering) recorded() bool {
	return g.basis == "check_in" || g.basis == "sign_in_sheet" || len(g.present) > 0
}

// came are the wanted persons who were present.
func (o *oracle) came(g *gathering) []*person {
	return filter(o.persons, func(p *person) bool { return g.present[p] && o.want(p, g.starts) })
}

// firstTime tells whether g is the first gathering at all at which p was present.
func (o *oracle) firstTime(g *gathering, p *person) bool {
	for _, other := range o.held() {
		if other.present[p] {
			return other == g
		}
	}
	return false
}

// beside gives the gathering of g's series that stands by steps from it, or nil.
func (o *oracle) beside(g *gathering, by int) *gathering {
	if g.series == "" {
		return nil
	}
	series := filter(o.held(), func(other *gathering) bool { return other.series == g.series })
	i := slices.Index(series, g) + by
	if i < 0 || i >= len(series) {
		return nil
	}
	return series[i]
}

func count[T any](list []T, keep func(T) bool) int64 { return int64(len(filter(list, keep))) }

// attendance gives gathering_id, attended, new_members, continuing, first_timers.
func (o *oracle) attendance() [][]any {
	var rows [][]any
	for _, g := range o.chosen() {
		row := []any{g.id, nil, nil, nil, nil}
		if g.recorded() {
			came := o.came(g)
			row[1] = int64(len(came))
			row[4] = count(came, func(p *person) bool { return o.firstTime(g, p) })
			if before := o.beside(g, -1); before != nil {
				fresh := count(came, func(p *person) bool { return p.joined.After(before.starts) })
				row[2], row[3] = fresh, int64(len(came))-fresh
			}
		}
		rows = append(rows, row)
	}
	return rows
}

// returns gives gathering_id, present, returned.
func (o *oracle) returns() [][]any {
	var rows [][]any
	series := filter(o.chosen(), func(g *gathering) bool { return g.series != "" })
	slices.SortStableFunc(series, func(a, b *gathering) int { return compare(a.series, b.series) })
	for _, g := range series {
		row := []any{g.id, nil, nil}
		if g.recorded() {
			row[1] = int64(len(o.came(g)))
			if next := o.beside(g, 1); next != nil && next.recorded() {
				row[2] = count(o.came(g), func(p *person) bool { return next.present[p] })
			}
		}
		rows = append(rows, row)
	}
	return rows
}

func compare[T int | string](a, b T) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// number is the number of the period in which t lies.
func (o *oracle) number(grain string, t time.Time) int {
	y, m, _ := o.day(t)
	switch grain {
	case "year":
		return y
	case "quarter":
		return y*4 + (m-1)/3
	}
	return y*12 + m - 1
}

func label(grain string, n int) string {
	switch grain {
	case "year":
		return fmt.Sprintf("%04d", n)
	case "quarter":
		return fmt.Sprintf("%04d-Q%d", n/4, n%4+1)
	}
	return fmt.Sprintf("%04d-%02d", n/12, n%12+1)
}

// activity gives for each person the periods with an attendance, and the label of each period that counts.
func (o *oracle) activity(grain string) (active map[*person]map[int]bool, labels map[int]string) {
	active, labels = map[*person]map[int]bool{}, map[int]string{}
	recorded := filter(o.chosen(), (*gathering).recorded)
	for i, g := range recorded {
		n := i
		if grain == "gathering" {
			labels[n] = g.id
		} else {
			n = o.number(grain, g.starts)
			labels[n] = label(grain, n)
		}
		for _, p := range o.came(g) {
			if active[p] == nil {
				active[p] = map[int]bool{}
			}
			active[p][n] = true
		}
	}
	if grain != "gathering" && len(labels) > 0 {
		for n := slices.Min(keys(labels)); n <= slices.Max(keys(labels)); n++ {
			labels[n] = label(grain, n)
		}
	}
	return active, labels
}

func keys[K comparable, V any](m map[K]V) []K {
	var out []K
	for k := range m {
		out = append(out, k)
	}
	return out
}

// lifecycle gives period, active, new, returning, resurrecting, dormant.
func (o *oracle) lifecycle(grain string) [][]any {
	active, labels := o.activity(grain)
	var numbers []int
	for _, periods := range active {
		numbers = append(numbers, keys(periods)...)
	}
	if len(numbers) == 0 {
		return nil
	}
	var rows [][]any
	for n := slices.Min(numbers); n <= slices.Max(numbers); n++ {
		var fresh, returning, resurrecting, dormant int64
		for _, periods := range active {
			before := periods[n-1]
			switch {
			case periods[n] && slices.Min(keys(periods)) == n:
				fresh++
			case periods[n] && before:
				returning++
			case periods[n]:
				resurrecting++
			case before:
				dormant++
			}
		}
		rows = append(rows, []any{labels[n], fresh + returning + resurrecting, fresh, returning, resurrecting, dormant})
	}
	return rows
}

// retention gives cohort, period, size, persons.
func (o *oracle) retention(grain string, byJoin, unbounded bool) [][]any {
	active, labels := o.activity(grain)
	cohorts := map[int][]*person{}
	for _, p := range o.persons {
		switch {
		case byJoin && !p.joined.IsZero() && o.want(p, p.joined):
			n := o.number(grain, p.joined)
			cohorts[n] = append(cohorts[n], p)
		case !byJoin && len(active[p]) > 0:
			n := slices.Min(keys(active[p]))
			cohorts[n] = append(cohorts[n], p)
		}
	}
	starts := keys(cohorts)
	sort.Ints(starts)
	var rows [][]any
	for _, start := range starts {
		last := start
		if len(labels) > 0 {
			last = max(start, slices.Max(keys(labels)))
		}
		for k := 0; start+k <= last; k++ {
			persons := count(cohorts[start], func(p *person) bool {
				if !unbounded {
					return active[p][start+k]
				}
				return slices.ContainsFunc(keys(active[p]), func(n int) bool { return n >= start+k })
			})
			rows = append(rows, []any{label(grain, start), int64(k), int64(len(cohorts[start])), persons})
		}
	}
	return rows
}

// stickiness gives period, active_months, persons, yearly_active.
func (o *oracle) stickiness() [][]any {
	months := map[int]map[*person]map[int]bool{}
	for _, g := range o.chosen() {
		y, m, _ := o.day(g.starts)
		for _, p := range o.came(g) {
			if months[y] == nil {
				months[y] = map[*person]map[int]bool{}
			}
			if months[y][p] == nil {
				months[y][p] = map[int]bool{}
			}
			months[y][p][m] = true
		}
	}
	years := keys(months)
	sort.Ints(years)
	var rows [][]any
	for _, y := range years {
		for n := 1; n <= 12; n++ {
			persons := count(keys(months[y]), func(p *person) bool { return len(months[y][p]) == n })
			rows = append(rows, []any{fmt.Sprintf("%04d", y), int64(n), persons, int64(len(months[y]))})
		}
	}
	return rows
}

// absence gives absence_factor, contributors, contributions.
func (o *oracle) absence() [][]any {
	attended := map[*person]int{}
	total := 0
	for _, g := range o.chosen() {
		for _, p := range o.came(g) {
			attended[p]++
			total++
		}
	}
	var counts []int
	for _, n := range attended {
		counts = append(counts, n)
	}
	sort.Sort(sort.Reverse(sort.IntSlice(counts)))
	factor, sum := 0, 0
	for factor < len(counts) && sum*2 < total {
		sum += counts[factor]
		factor++
	}
	return [][]any{{int64(factor), int64(len(counts)), float64(total)}}
}

// firstTimers gives period, attendees, first_timers.
func (o *oracle) firstTimers(grain string) [][]any {
	active, labels := o.activity(grain)
	numbers := keys(labels)
	sort.Ints(numbers)
	fresh := map[int]map[*person]bool{}
	for i, g := range filter(o.chosen(), (*gathering).recorded) {
		n := i
		if grain != "gathering" {
			n = o.number(grain, g.starts)
		}
		for _, p := range o.came(g) {
			if o.firstTime(g, p) {
				if fresh[n] == nil {
					fresh[n] = map[*person]bool{}
				}
				fresh[n][p] = true
			}
		}
	}
	var rows [][]any
	for _, n := range numbers {
		if grain != "gathering" && o.silent(grain, n) {
			rows = append(rows, []any{labels[n], nil, nil})
			continue
		}
		rows = append(rows, []any{labels[n], count(keys(active), func(p *person) bool { return active[p][n] }), int64(len(fresh[n]))})
	}
	return rows
}

// silent tells whether gatherings of the period are over, and not one of them is recorded.
func (o *oracle) silent(grain string, n int) bool {
	within := filter(o.chosen(), func(g *gathering) bool { return o.number(grain, g.starts) == n })
	recorded := filter(within, (*gathering).recorded)
	return len(within) > 0 && len(recorded) == 0
}
