package reporting

import "slices"

// Who reads an answer can put the sums that it shows together. A hidden figure is protected
// when the answer could as well have come about with another value of it: when some hidden
// figures can be changed so that all sums still hold and each stays what the reader knows of
// it. protect looks for such a change, which proves that the figure cannot be computed, and
// hides more where it finds none.

// mostSteps bounds the search for one figure. To give up early hides more than needed, never less.
const mostSteps = 3000

// protect hides more figures where they are needed, and tells whether it did.
func (s *sharing) protect() bool {
	var added []int
	blurred := false
	for v := range s.figures {
		for s.exposed(v) {
			if more, found := s.nextToHide(v); found {
				s.figures[more].hidden = true
				added = append(added, more)
			} else if s.blur(v) {
				blurred = true
			} else {
				break
			}
		}
	}
	return s.trim(added) || blurred
}

// exposed tells whether figure v is hidden and can be computed all the same.
func (s *sharing) exposed(v int) bool {
	return s.find(v) == v && s.figures[v].hidden && !s.figures[v].slack && len(s.figures[v].in) > 0 && !s.protected(v)
}

// mostTrials bounds the time that trim may take.
const mostTrials = 20_000

// trim shows again what was hidden early and is not needed any more, and tells whether anything stays hidden.
func (s *sharing) trim(added []int) bool {
	left := len(added)
	if left*len(s.figures) > mostTrials {
		return true
	}
	for _, v := range slices.Backward(added) {
		s.figures[v].hidden = false
		left--
		if slices.ContainsFunc(s.all(), s.exposed) {
			s.figures[v].hidden = true
			left++
		}
	}
	return left > 0
}

func (s *sharing) all() []int {
	all := make([]int, len(s.figures))
	for v := range all {
		all[v] = v
	}
	return all
}

// protected tells whether figure v could be another.
func (s *sharing) protected(v int) bool {
	for _, step := range []float64{1, -1} {
		search := change{sharing: s, by: make(map[int]float64), steps: mostSteps}
		if search.try(v, step) {
			return true
		}
	}
	return false
}

// change is a set of changed figures in the making.
type change struct {
	*sharing
	by    map[int]float64
	order []int // of by, so that the same answer always hides the same
	steps int
}

// try changes a figure and mends the sums that do not hold any more, and takes it back if that fails.
func (c *change) try(v int, step float64) bool {
	c.steps--
	least, most := c.bounds(&c.figures[v])
	if moved := c.figures[v].value + step; c.steps < 0 || moved < least || moved > most {
		return false
	}
	c.by[v], c.order = step, append(c.order, v)
	if c.mend() {
		return true
	}
	delete(c.by, v)
	c.order = c.order[:len(c.order)-1]
	return false
}

// mend looks for the first sum that does not hold and changes one more figure of it.
func (c *change) mend() bool {
	for _, v := range c.order {
		for _, i := range c.figures[v].in {
			e := &c.equations[i]
			if off := c.off(e); off != 0 {
				return c.mendOne(e, off)
			}
		}
	}
	return true
}

func (c *change) off(e *equation) float64 {
	off := -c.by[e.total]
	if e.overlaps {
		off -= c.by[e.again]
	}
	for _, part := range e.parts {
		off += c.by[part]
	}
	return off
}

func (c *change) mendOne(e *equation, off float64) bool {
	for _, part := range e.parts {
		if _, done := c.by[part]; !done && c.figures[part].hidden && c.try(part, -off) {
			return true
		}
	}
	if _, done := c.by[e.total]; !done && c.figures[e.total].hidden && c.try(e.total, off) {
		return true
	}
	if !e.overlaps {
		return false
	}
	_, done := c.by[e.again]
	return !done && c.try(e.again, off)
}

// blur says less of a small figure where nothing is left to hide: withheld instead of fewer than
// so many. Where two parts and their total are all fewer than 3, the words alone tell each of them.
func (s *sharing) blur(v int) bool {
	for _, i := range s.figures[v].in {
		if total := &s.figures[s.equations[i].total]; total.few {
			total.few, total.blurred = false, true
			return true
		}
	}
	did := s.figures[v].few
	s.figures[v].few, s.figures[v].blurred = false, did || s.figures[v].blurred
	return did
}

// nextToHide is the figure to hide so that v cannot be computed: the smallest part that is shown
// beside it, else the total, else one further away. Zeros stay: they say who is not there.
func (s *sharing) nextToHide(v int) (int, bool) {
	seen := map[int]bool{v: true}
	for near := []int{v}; len(near) > 0; {
		var further []int
		best, found := -1, false
		for _, u := range near {
			for _, i := range s.figures[u].in {
				e := &s.equations[i]
				for _, w := range e.all() {
					if s.figures[w].hidden && !seen[w] {
						seen[w] = true
						further = append(further, w)
					}
					if !s.figures[w].hidden && s.figures[w].value != 0 && (!found || s.before(w, best, e)) {
						best, found = w, true
					}
				}
			}
		}
		if found {
			return best, true
		}
		near = further
	}
	return -1, false
}

// before tells whether w is hidden rather than best: a part before a total, a small figure before a large one.
func (s *sharing) before(w, best int, e *equation) bool {
	if w == e.total || best == e.total {
		return best == e.total && w != e.total
	}
	return s.figures[w].value < s.figures[best].value
}
