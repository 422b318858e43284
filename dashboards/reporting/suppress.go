package reporting

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// place is one cell of an answer: of which result, row and column.
type place struct{ run, row, column int }

// figure is one unknown to who reads the answer: one figure, however often it is repeated.
type figure struct {
	value   float64
	people  bool // a count of people
	sum     bool // hidden with the counts that it depends on, whatever its value
	hidden  bool
	few     bool
	blurred bool  // small, but not said to be
	slack   bool  // no cell: how often people were counted again
	in      []int // the equations that it takes part in
}

// equation is a sum that holds: the parts less the total are nothing.
type equation struct {
	total    int
	parts    []int
	overlaps bool
	again    int // of parts that overlap: what they count again
}

// all are the figures of the equation.
func (e *equation) all() []int {
	all := append([]int{e.total}, e.parts...)
	if e.overlaps {
		all = append(all, e.again)
	}
	return all
}

// sharing is an answer as a set of figures with the sums that hold between them.
type sharing struct {
	threshold int
	results   []*Result
	cells     map[place]int
	parent    []int // which cells are one figure; see find
	figures   []figure
	equations []equation
}

func newSharing(threshold int, results []*Result) *sharing {
	s := &sharing{threshold: threshold, cells: make(map[place]int)}
	for _, r := range results {
		if r != nil {
			s.results = append(s.results, r)
		}
	}
	for run, r := range s.results {
		for row := range r.Rows {
			for column := range r.Columns {
				s.add(place{run, row, column})
			}
		}
	}
	s.joinYears()
	// Which cells are one figure has to be settled before sums are made of figures.
	s.eachGroup(s.joinTotals)
	s.eachGroup(s.relate)
	for i, e := range s.equations {
		for _, v := range e.all() {
			s.figures[v].in = append(s.figures[v].in, i)
		}
	}
	return s
}

// add takes a cell that holds a number.
func (s *sharing) add(at place) {
	r := s.results[at.run]
	m, ok := r.Report.Measure(r.Columns[at.column].Name)
	value, known := number(r.Rows[at.row][at.column])
	if !ok || !known {
		return
	}
	s.cells[at] = len(s.parent)
	s.parent = append(s.parent, len(s.parent))
	s.figures = append(s.figures, figure{value: value, people: m.countsPeople()})
}

func number(value any) (float64, bool) {
	switch v := value.(type) {
	case int64:
		return float64(v), true
	case float64:
		return v, true
	}
	return 0, false
}

// find gives the figure that a cell belongs to.
func (s *sharing) find(cell int) int {
	for s.parent[cell] != cell {
		cell = s.parent[cell]
	}
	return cell
}

// join makes two cells one figure, if they say the same.
func (s *sharing) join(a, b place) {
	x, known := s.cells[a]
	y, too := s.cells[b]
	if !known || !too {
		return
	}
	x, y = s.find(x), s.find(y)
	if x != y && s.figures[x].value == s.figures[y].value {
		s.parent[y] = x
	}
}

// joinYears joins the rows of the year before with those of the answer that are about the same
// period: 2024 stands beside 2025, and in a row of its own.
func (s *sharing) joinYears() {
	const both = 2
	if len(s.results) < both {
		return
	}
	rows := make(map[string]int)
	for row := range s.results[0].Rows {
		rows[s.results[0].rowKey(row, false)] = row
	}
	for row := range s.results[1].Rows {
		same, found := rows[s.results[1].rowKey(row, false)]
		if !found {
			continue
		}
		for column := range s.results[1].Columns {
			s.join(place{0, same, column}, place{1, row, column})
		}
	}
}

// sums are the declared parts, those of the chart among them.
func (r *Report) sums() []Parts {
	out := r.Parts
	if r.Chart != nil && r.Chart.Total != "" {
		out = append(slices.Clip(out), Parts{Total: r.Chart.Total, Of: r.Chart.Y})
	}
	return out
}

// eachGroup visits the rows that belong together by each declaration, of each result.
func (s *sharing) eachGroup(visit func(run int, rows []int, column map[string]int, p Parts)) {
	for run, r := range s.results {
		column := make(map[string]int)
		for i, c := range r.Columns {
			column[c.Name] = i
		}
		for _, p := range r.Report.sums() {
			groups := make(map[string][]int)
			var order []string
			for row := range r.Rows {
				key := r.groupKey(row, p)
				if _, seen := groups[key]; !seen {
					order = append(order, key)
				}
				groups[key] = append(groups[key], row)
			}
			for _, key := range order {
				visit(run, groups[key], column, p)
			}
		}
	}
}

// joinTotals makes a total that is repeated beside its parts one figure.
func (s *sharing) joinTotals(run int, rows []int, column map[string]int, p Parts) {
	if len(p.Over) == 0 || p.Next || p.Whole != "" {
		return
	}
	for _, row := range rows[1:] {
		s.join(place{run, rows[0], column[p.Total]}, place{run, row, column[p.Total]})
	}
}

// relate adds the equations that a declaration makes over rows that belong together.
func (s *sharing) relate(run int, rows []int, column map[string]int, p Parts) {
	if len(p.Of) == 0 {
		return
	}
	if p.Whole != "" {
		s.relateWhole(run, rows, column, p)
		return
	}
	if !p.Next {
		s.equate(run, rows[0], rows, column, p)
		return
	}
	for i := range rows[1:] {
		s.equate(run, rows[i], rows[i+1:i+2], column, p)
	}
}

// relateWhole adds the equation of parts that overlap: they add up to the whole, and to those who are
// counted again, of whom a reader knows that they are not fewer than nobody.
func (s *sharing) relateWhole(run int, rows []int, column map[string]int, p Parts) {
	at := slices.IndexFunc(rows, func(row int) bool { return s.results[run].Rows[row][column[p.Over[0]]] == p.Whole })
	if at < 0 {
		return
	}
	before := len(s.equations)
	s.equate(run, rows[at], slices.Concat(rows[:at], rows[at+1:]), column, p)
	if len(s.equations) == before {
		return
	}
	e := &s.equations[before]
	again := -s.figures[e.total].value
	for _, part := range e.parts {
		again += s.figures[part].value
	}
	e.again, e.overlaps = len(s.figures), true
	s.parent = append(s.parent, e.again)
	s.figures = append(s.figures, figure{value: again, hidden: true, slack: true})
}

// groupKey tells the rows apart over which a declaration adds up.
func (r *Result) groupKey(row int, p Parts) string {
	var b strings.Builder
	if len(p.Over) == 0 && !p.Next {
		fmt.Fprint(&b, row)
	}
	for column, c := range r.Columns {
		d, ok := r.Report.Dimension(c.Name)
		if !ok || p.Next && len(p.Over) == 0 && d.moves() || slices.Contains(p.Over, c.Name) {
			continue
		}
		fmt.Fprintf(&b, "%v\x00", r.Rows[row][column])
	}
	return b.String()
}

// equate adds one equation, unless a figure of it is not known: then the sum says nothing.
func (s *sharing) equate(run, totalRow int, rows []int, column map[string]int, p Parts) {
	total, known := s.cells[place{run, totalRow, column[p.Total]}]
	if !known {
		return
	}
	e := equation{total: s.find(total)}
	for _, row := range rows {
		for _, name := range p.Of {
			part, known := s.cells[place{run, row, column[name]}]
			if !known {
				return
			}
			e.parts = append(e.parts, s.find(part))
		}
	}
	s.equations = append(s.equations, e)
}

// hideFew hides the counts of 1 up to below the threshold; a true 0 is nobody and stays.
func (s *sharing) hideFew() {
	for _, cell := range s.cells {
		v := &s.figures[s.find(cell)]
		if v.people && v.value > 0 && v.value < float64(s.threshold) {
			v.hidden, v.few = true, true
		}
	}
}

// hideDependent hides the sums and expressions of which a count is hidden, and tells whether it did.
func (s *sharing) hideDependent() bool {
	return s.hideColumns(func(r *Report, m Measure) []string { return r.dependsOn(m) })
}

// hideRatios hides the ratios of which a part is hidden: from a ratio and one part the other follows.
func (s *sharing) hideRatios() {
	s.hideColumns(func(_ *Report, m Measure) []string { return m.Ratio })
}

func (s *sharing) hideColumns(of func(*Report, Measure) []string) bool {
	did := false
	for run, r := range s.results {
		for column, c := range r.Columns {
			m, _ := r.Report.Measure(c.Name)
			names := of(r.Report, m)
			if len(names) == 0 {
				continue
			}
			for row := range r.Rows {
				cell, known := s.cells[place{run, row, column}]
				if !known || s.figures[s.find(cell)].hidden || !s.anyHidden(run, row, names) {
					continue
				}
				v := &s.figures[s.find(cell)]
				v.hidden, v.sum, did = true, true, true
			}
		}
	}
	return did
}

func (s *sharing) anyHidden(run, row int, names []string) bool {
	for column, c := range s.results[run].Columns {
		if !slices.Contains(names, c.Name) {
			continue
		}
		if cell, known := s.cells[place{run, row, column}]; known && s.figures[s.find(cell)].hidden {
			return true
		}
	}
	return false
}

// bounds are what a reader knows of a hidden figure without computing: that it is small, or
// that it is not, since a small one would be called so.
func (s *sharing) bounds(v *figure) (least, most float64) {
	switch {
	case v.few && s.threshold == 2:
		return 0, 1 // one person is always told from none: there is nothing left to protect
	case v.few:
		return 1, float64(s.threshold - 1)
	case v.people && !v.sum && !v.blurred:
		return float64(s.threshold), math.Inf(1)
	case v.sum || v.slack:
		return 0, math.Inf(1)
	}
	return 1, math.Inf(1)
}
