package reporting_test

import (
	"strconv"
	"time"
)

// showUpBy adds showUp up over calendar periods: what is known counts, and what nobody knows stays unknown.
func (o *oracle) showUpBy(grain string) [][]any {
	var rows [][]any
	for i, row := range o.showUp() {
		period := label(grain, o.number(grain, o.chosen()[i].starts))
		if len(rows) == 0 || rows[len(rows)-1][0] != period {
			rows = append(rows, []any{period, int64(0), int64(0), nil, nil, nil, nil})
		}
		sums := rows[len(rows)-1]
		for j, value := range row[1:] {
			if n, known := value.(int64); known {
				before, _ := sums[j+1].(int64)
				sums[j+1] = before + n
			}
		}
	}
	return rows
}

// showUp gives gathering, confirmed, cancelled, expected, shown_up, no_shows, walk_ins.
func (o *oracle) showUp() [][]any {
	var rows [][]any
	for _, g := range o.chosen() {
		var confirmed, cancelled, expected, shown, walkIns int64
		for _, p := range filter(o.persons, func(p *person) bool { return o.want(p, g.starts) }) {
			r := g.registered[p]
			isConfirmed := r != nil && !r.confirmed.IsZero() && (r.rejected.IsZero() || !r.cancelled.IsZero())
			isCancelled := isConfirmed && !r.cancelled.IsZero() && r.cancelled.Before(g.starts)
			confirmed += one(isConfirmed)
			cancelled += one(isCancelled)
			expected += one(isConfirmed && !isCancelled)
			shown += one(isConfirmed && !isCancelled && g.present[p])
			walkIns += one(g.present[p] && (!isConfirmed || isCancelled))
		}
		row := []any{g.id, confirmed, cancelled, nil, nil, nil, nil}
		if g.basis == "check_in" || g.basis == "sign_in_sheet" {
			row = []any{g.id, confirmed, cancelled, expected, shown, expected - shown, walkIns}
		}
		rows = append(rows, row)
	}
	return rows
}

func one(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// engagement gives period, mode, engaged, eligible for communities whose year is the calendar year.
func (o *oracle) engagement() [][]any {
	type act struct {
		year int
		p    *person
	}
	modes := map[act]map[string]bool{}
	first, last := 9999, 0
	for _, g := range o.held() {
		y, _, _ := o.day(g.starts)
		for p, present := range g.present {
			if !present {
				continue
			}
			mode := "experiential"
			if g.roles[p] == "speaker" {
				mode = "volunteer"
			}
			if modes[act{y, p}] == nil {
				modes[act{y, p}] = map[string]bool{"any": true}
			}
			modes[act{y, p}][mode] = true
			first, last = min(first, y), max(last, y)
		}
	}
	var rows [][]any
	for y := first; y <= last; y++ {
		end := time.Date(y, time.December, 31, 0, 0, 0, 0, time.UTC)
		alumni := filter(o.persons, func(p *person) bool {
			return p.kind == "alumnus" && p.versions[0].from.Before(end.AddDate(0, 0, 1)) && o.want(p, end.Add(12*time.Hour))
		})
		for _, mode := range []string{"any", "volunteer", "experiential", "philanthropic", "communication"} {
			if len(alumni) > 0 {
				engaged := count(alumni, func(p *person) bool { return modes[act{y, p}][mode] })
				rows = append(rows, []any{strconv.Itoa(y), mode, engaged, int64(len(alumni))})
			}
		}
	}
	return rows
}
