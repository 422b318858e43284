package oracle

import (
	"maps"
	"slices"
)

// set holds each text once.
type set map[string]bool

func (s set) add(text string) { s[text] = true }

// cell is what was counted in one group of rows.
type cell struct {
	sums map[string]float64
	sets map[string]set
	all  map[string][]float64 // single values, for medians
	// quiet is a cell that is known for what is missing in it: it begins and ends no list of periods.
	quiet bool
}

func newCell() *cell {
	return &cell{sums: map[string]float64{}, sets: map[string]set{}, all: map[string][]float64{}}
}

// add adds to a measure that is summed up.
func (c *cell) add(measure string, n float64) { c.sums[measure] += n }

// one counts a row.
func (c *cell) one(measure string) { c.sums[measure]++ }

// put counts somebody or something once, however often it is put.
func (c *cell) put(measure, id string) {
	if c.sets[measure] == nil {
		c.sets[measure] = set{}
	}
	c.sets[measure].add(id)
}

// keep remembers a single value.
func (c *cell) keep(measure string, n float64) { c.all[measure] = append(c.all[measure], n) }

func (c *cell) sum(measure string) float64 { return c.sums[measure] }

func (c *cell) distinct(measure string) float64 { return float64(len(c.sets[measure])) }

// median is nil of nothing, and the mean of the middle two of an even number.
func (c *cell) median(measure string) any {
	sorted := slices.Sorted(slices.Values(c.all[measure]))
	if len(sorted) == 0 {
		return nil
	}
	half := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[half]
	}
	return (sorted[half-1] + sorted[half]) / 2
}

// ratio is nil where the whole is nothing.
func ratio(part, whole float64) any {
	if whole == 0 {
		return nil
	}
	return part / whole
}

// cells are by period, or by what else parts the rows.
type cells[K comparable] map[K]*cell

func (c cells[K]) at(key K) *cell {
	if c[key] == nil {
		c[key] = newCell()
	}
	return c[key]
}

// periods gives a row for every period from the first to the last one with something
// in it in all history, as far as it has days of the range. What is built from a view
// is narrowed to that view's range.
func (v *view) periods(grain string, build func(*view) cells[int], row func(n int, c *cell) Row) []Row {
	rows := []Row{}
	ever := build(v.always())
	maps.DeleteFunc(ever, func(_ int, c *cell) bool { return c.quiet })
	if len(ever) == 0 {
		return rows
	}
	all := build(v)
	first, last := span(ever)
	for n := first; n <= last; n++ {
		if !v.inRange(grain, n) {
			continue
		}
		r := row(n, all.at(n))
		r["period"], r["unfinished"] = label(grain, n), v.unfinished(grain, n)
		rows = append(rows, r)
	}
	return rows
}

// inRange says whether a calendar period has days of the range.
func (v *view) inRange(grain string, n int) bool {
	return (v.q.From == "" || v.firstDay(grain, n+1) > v.q.From) && (v.q.To == "" || v.firstDay(grain, n) <= v.q.To)
}

// span is the first and the last period.
func span[V any](periods map[int]V) (first, last int) {
	started := false
	for n := range periods {
		if !started {
			first, last, started = n, n, true
		}
		first, last = min(first, n), max(last, n)
	}
	return first, last
}

// attendanceOf notes what of a gathering's attendance is known: it is unknown in a group
// of gatherings of which some are over and none is recorded, and 0 where there are none.
func (v *view) attendanceOf(c *cell, g *gathering) {
	switch {
	case g.recorded():
		c.one("recorded")
	case v.over(g):
		c.one("unrecorded")
	}
}

// known gives a figure of attendance, nil where nobody recorded any.
func (c *cell) known(n float64) any {
	if c.sum("recorded") == 0 && c.sum("unrecorded") > 0 {
		return nil
	}
	return n
}

// knownRatio is a ratio of figures that must be known.
func (c *cell) knownRatio(part, whole float64) any {
	if c.known(part) == nil {
		return nil
	}
	return ratio(part, whole)
}
