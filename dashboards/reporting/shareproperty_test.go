package reporting

import (
	"fmt"
	"slices"
	"strconv"
	"testing"

	"pgregory.net/rapid"
)

// reader is somebody who wants to know more than is shown: what is known of each cell, and the sums.
type reader struct {
	least, most []int
	sums        [][]int // cell indexes: the first is the sum of the others
	steps       int
}

// another tells whether cell could have another value than its true one, all sums holding.
func (r *reader) another(truth []int, cell int) bool {
	for _, side := range [][2]int{{r.least[cell], truth[cell] - 1}, {truth[cell] + 1, r.most[cell]}} {
		least, most := slices.Clone(r.least), slices.Clone(r.most)
		least[cell], most[cell] = max(side[0], least[cell]), min(side[1], most[cell])
		r.steps = 20000
		if least[cell] <= most[cell] && r.solve(least, most) {
			return true
		}
	}
	return false
}

// solve looks for one solution within the bounds, narrowing them by the sums.
func (r *reader) solve(least, most []int) bool {
	r.steps--
	if r.steps < 0 || !r.narrow(least, most) {
		return false
	}
	open, width := -1, 0
	for i := range least {
		if w := most[i] - least[i]; w > 0 && (open < 0 || w < width) {
			open, width = i, w
		}
	}
	if open < 0 {
		return true
	}
	for v := least[open]; v <= most[open]; v++ {
		l, m := slices.Clone(least), slices.Clone(most)
		l[open], m[open] = v, v
		if r.solve(l, m) {
			return true
		}
	}
	return false
}

func (r *reader) narrow(least, most []int) bool {
	for changed := true; changed; {
		changed = false
		for _, sum := range r.sums {
			low, high := 0, 0
			for _, i := range sum[1:] {
				low, high = low+least[i], high+most[i]
			}
			set := func(i, l, m int) {
				if l > least[i] || m < most[i] {
					least[i], most[i], changed = max(l, least[i]), min(m, most[i]), true
				}
			}
			set(sum[0], low, high)
			for _, i := range sum[1:] {
				set(i, least[sum[0]]-(high-most[i]), most[sum[0]]-(low-least[i]))
			}
		}
		for i := range least {
			if least[i] > most[i] {
				return false
			}
		}
	}
	return true
}

// checkNothingTells holds a shared result against a reader who knows all sums.
func checkNothingTells(t *rapid.T, truth [][]any, r *Result, first int, sums func(cell func(row int, name string) int) [][]int) {
	t.Helper()
	checkWith(t, truth, r, first, nil, sums)
}

// checkWith has further unknowns, which are in no cell and of which nothing is known.
func checkWith(t *rapid.T, truth [][]any, r *Result, first int, unseen []int, sums func(cell func(row int, name string) int) [][]int) {
	t.Helper()
	width := len(r.Columns)
	read := &reader{}
	mark := r.Marks()
	var values []int
	hidden := map[int]string{}
	for row := range r.Rows {
		for column, c := range r.Columns {
			v, _ := truth[row][column].(int64)
			values = append(values, int(v))
			least, most := int(v), int(v)
			switch text := mark(row, c.Name); {
			case text == "" && column >= first && r.Rows[row][column] == nil:
				t.Fatalf("row %d %s is empty and not said to be hidden", row, c.Name)
			case text == "" && column >= first && v > 0 && int(v) < r.Threshold:
				t.Fatalf("row %d %s shows %d", row, c.Name, v)
			case text == "":
			case v == 0:
				t.Fatalf("row %d %s: a true 0 is hidden", row, c.Name)
			case text == fmt.Sprintf("<%d", r.Threshold):
				least, most = 1, r.Threshold-1
				hidden[len(values)-1] = c.Name
			default:
				// Whoever knows the method knows that what is withheld is seldom small.
				least, most = 1, 200
				if int(v) >= r.Threshold {
					least = r.Threshold
				}
				hidden[len(values)-1] = c.Name
			}
			read.least, read.most = append(read.least, least), append(read.most, most)
		}
	}
	for _, v := range unseen {
		values, read.least, read.most = append(values, v), append(read.least, 0), append(read.most, 1000)
	}
	read.sums = sums(func(row int, name string) int {
		return row*width + slices.IndexFunc(r.Columns, func(c Column) bool { return c.Name == name })
	})
	for cell, name := range hidden {
		if !read.another(values, cell) {
			t.Fatalf("%s of row %d can be computed to be %d from %v, suppressed %v; the truth is %v", name, cell/width, values[cell], r.Rows, r.Suppressed, truth)
		}
	}
}

func small(t *rapid.T) int {
	return rapid.OneOf(rapid.IntRange(0, 6), rapid.IntRange(0, 30)).Draw(t, "n")
}

// TestNothingHiddenCanBeComputed lets a reader who knows the declared sums try.
func TestNothingHiddenCanBeComputed(t *testing.T) {
	t.Parallel()
	t.Run("parts in parts", func(t *testing.T) {
		t.Parallel()
		rapid.Check(t, func(t *rapid.T) {
			a, b, c := small(t), small(t), small(t)
			rows := [][]any{append([]any{"x"}, ints(a+b+c, a+b, c, a, b)...)}
			r := made([]Parts{{Total: "confirmed", Of: []string{"expected", "cancelled"}}, {Total: "expected", Of: []string{"came", "missed"}}},
				[]string{"period"}, []string{"confirmed", "expected", "cancelled", "came", "missed"}, slices.Clone(rows)...)
			share(rapid.IntRange(3, 7).Draw(t, "threshold"), r)
			checkNothingTells(t, rows, r, 1, func(cell func(int, string) int) [][]int {
				return [][]int{
					{cell(0, "confirmed"), cell(0, "expected"), cell(0, "cancelled")},
					{cell(0, "expected"), cell(0, "came"), cell(0, "missed")},
				}
			})
		})
	})
	t.Run("over rows", func(t *testing.T) {
		t.Parallel()
		rapid.Check(t, func(t *rapid.T) {
			n, total := rapid.IntRange(2, 6).Draw(t, "rows"), 0
			values := make([]int, n)
			for i := range values {
				values[i] = small(t)
				total += values[i]
			}
			rows := make([][]any, n)
			for i, v := range values {
				rows[i] = []any{"2024", strconv.Itoa(i), int64(v), int64(total)}
			}
			r := made([]Parts{{Total: "any", Of: []string{"persons"}, Over: []string{"mode"}}},
				[]string{"period", "mode"}, []string{"persons", "any"}, slices.Clone(rows)...)
			share(rapid.IntRange(3, 7).Draw(t, "threshold"), r)
			checkNothingTells(t, rows, r, 2, func(cell func(int, string) int) [][]int {
				sum := []int{cell(0, "any")}
				sums := [][]int{}
				for i := range rows {
					sum = append(sum, cell(i, "persons"))
					sums = append(sums, []int{cell(i, "any"), cell(0, "any")})
				}
				return append(sums, sum)
			})
		})
	})
	t.Run("overlapping", func(t *testing.T) {
		t.Parallel()
		rapid.Check(t, overlapping)
	})
	t.Run("lives", func(t *testing.T) {
		t.Parallel()
		rapid.Check(t, func(t *rapid.T) {
			rows := lives(t)
			r := made([]Parts{
				{Total: "active", Of: []string{"new", "returning", "resurrecting"}}, {Total: "active", Of: []string{"returning", "dormant"}, Next: true},
			}, []string{"period"}, []string{"active", "new", "returning", "resurrecting", "dormant"}, slices.Clone(rows)...)
			share(rapid.IntRange(3, 6).Draw(t, "threshold"), r)
			checkNothingTells(t, rows, r, 1, func(cell func(int, string) int) [][]int {
				var sums [][]int
				for i := range rows {
					sums = append(sums, []int{cell(i, "active"), cell(i, "new"), cell(i, "returning"), cell(i, "resurrecting")})
					if i > 0 {
						sums = append(sums, []int{cell(i-1, "active"), cell(i, "returning"), cell(i, "dormant")})
					}
				}
				return sums
			})
		})
	})
}

// overlapping has people in modes, some in several, and a row of all who are in any.
func overlapping(t *rapid.T) {
	counts := make([]int, 4) // any, one, two, three
	for _, in := range [][]int{{1}, {2}, {3}, {1, 2}, {2, 3}} {
		n := small(t)
		counts[0] += n
		for _, i := range in {
			counts[i] += n
		}
	}
	rows := make([][]any, len(counts))
	for i, mode := range []string{"any", "one", "two", "three"} {
		rows[i] = []any{mode, int64(counts[i])}
	}
	r := made([]Parts{{Total: "engaged", Of: []string{"engaged"}, Over: []string{"mode"}, Whole: "any"}}, []string{"mode"}, []string{"engaged"}, slices.Clone(rows)...)
	share(rapid.IntRange(3, 7).Draw(t, "threshold"), r)
	// What stands in no cell: those counted again, and the sum of any and again, which is that of one, two and three.
	sum := counts[1] + counts[2] + counts[3]
	checkWith(t, rows, r, 1, []int{sum - counts[0], sum}, func(cell func(int, string) int) [][]int {
		again, sum := 2*len(rows), 2*len(rows)+1
		return [][]int{{sum, cell(0, "engaged"), again}, {sum, cell(1, "engaged"), cell(2, "engaged"), cell(3, "engaged")}}
	})
}

// lives are periods as the lifecycle report has them.
func lives(t *rapid.T) [][]any {
	var rows [][]any
	active := 0
	for i := range rapid.IntRange(1, 6).Draw(t, "periods") {
		returning := rapid.IntRange(0, active).Draw(t, "returning")
		dormant := active - returning
		fresh, back := small(t), 0
		if i > 1 {
			back = small(t)
		}
		active = fresh + returning + back
		rows = append(rows, append([]any{fmt.Sprintf("%04d", 2000+i)}, ints(active, fresh, returning, back, dormant)...))
	}
	return rows
}
