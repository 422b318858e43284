package reporting

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// made is a result over made-up rows: one text dimension or two, then counts.
func made(parts []Parts, dimensions, counts []string, rows ...[]any) *Result {
	r := &Report{Name: "made", Parts: parts}
	for _, name := range dimensions {
		r.Dimensions = append(r.Dimensions, Dimension{Name: name, Type: String})
	}
	for _, name := range counts {
		r.Measures = append(r.Measures, Measure{Name: name, Count: "person_id", Type: Integer, Unit: "persons"})
	}
	return resultOf(r, rows...)
}

func resultOf(r *Report, rows ...[]any) *Result {
	return &Result{Report: r, Columns: r.Columns(), Rows: rows, Parameters: map[string]any{}}
}

// shown shares a result and gives its rows, with texts in the place of what is hidden.
func shown(threshold int, r *Result) [][]any {
	share(threshold, r)
	mark := r.Marks()
	out := make([][]any, len(r.Rows))
	for i, row := range r.Rows {
		out[i] = slices.Clone(row)
		for j, c := range r.Columns {
			if text := mark(i, c.Name); text != "" {
				out[i][j] = text
			}
		}
	}
	return out
}

func ints(values ...int) []any {
	out := make([]any, len(values))
	for i, v := range values {
		out[i] = int64(v)
	}
	return out
}

func TestSmallCellsAreHidden(t *testing.T) {
	t.Parallel()
	oneRow := []Parts{{Total: "total", Of: []string{"a", "b", "c"}}}
	tests := map[string]struct {
		threshold int
		values    []int
		want      []any
	}{
		"nothing small":          {5, []int{30, 10, 10, 10}, ints(30, 10, 10, 10)},
		"a part takes the next":  {5, []int{34, 10, 20, 4}, []any{int64(34), "withheld", int64(20), "<5"}},
		"two parts hide another": {5, []int{26, 20, 3, 3}, []any{int64(26), int64(20), "<5", "<5"}},
		"two ones tell":          {5, []int{22, 20, 1, 1}, []any{int64(22), "withheld", "<5", "<5"}},
		"two fours tell":         {5, []int{28, 20, 4, 4}, []any{int64(28), "withheld", "<5", "<5"}},
		"zero stays":             {5, []int{23, 20, 0, 3}, []any{int64(23), "withheld", int64(0), "<5"}},
		"only zeros beside":      {5, []int{4, 0, 0, 4}, []any{"<5", int64(0), int64(0), "<5"}},
		"all of four":            {5, []int{8, 4, 4, 0}, []any{"withheld", "<5", "<5", int64(0)}},
		"a small total":          {5, []int{3, 2, 1, 0}, []any{"<5", "<5", "<5", int64(0)}},
		"threshold 10":           {10, []int{60, 40, 11, 9}, []any{int64(60), int64(40), "withheld", "<10"}},
		"threshold 1":            {1, []int{3, 2, 1, 0}, ints(3, 2, 1, 0)},
		"threshold 0":            {0, []int{3, 2, 1, 0}, ints(3, 2, 1, 0)},
	}
	for name, test := range tests {
		row := append([]any{"x"}, ints(test.values...)...)
		got := shown(test.threshold, made(oneRow, []string{"period"}, []string{"total", "a", "b", "c"}, row))
		if diff := cmp.Diff(test.want, got[0][1:]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// TestATotalOverRows has a total beside each of its parts, which stand in rows of their own.
func TestATotalOverRows(t *testing.T) {
	t.Parallel()
	parts := []Parts{{Total: "any", Of: []string{"persons"}, Over: []string{"mode"}}}
	got := shown(5, made(parts, []string{"period", "mode"}, []string{"persons", "any"},
		[]any{"2023", "1", int64(20), int64(33)}, []any{"2023", "2", int64(9), int64(33)}, []any{"2023", "3", int64(4), int64(33)},
		[]any{"2024", "1", int64(3), int64(3)}, []any{"2024", "2", int64(0), int64(3)}, []any{"2024", "3", int64(0), int64(3)},
	))
	want := [][]any{
		{"2023", "1", int64(20), int64(33)}, {"2023", "2", "withheld", int64(33)}, {"2023", "3", "<5", int64(33)},
		{"2024", "1", "<5", "<5"}, {"2024", "2", int64(0), "<5"}, {"2024", "3", int64(0), "<5"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestARepeatedFigure has a mean beside the buckets that it is the mean of, and each stage's count in the next stage, too.
func TestARepeatedFigure(t *testing.T) {
	t.Parallel()
	r := &Report{
		Name: "made", Dimensions: []Dimension{{Name: "period", Type: String}, {Name: "months", Type: Integer}},
		Measures: []Measure{
			{Name: "persons", Count: "person_id", Type: Integer, Unit: "persons"}, {Name: "active", Count: "person_id", Type: Integer, Unit: "persons"},
			{Name: "mean", Expr: "avg(months)", Type: Number, Unit: "months"},
		},
		Parts: []Parts{{Total: "active", Of: []string{"persons"}, Over: []string{"months"}}, {Total: "mean", Over: []string{"months"}}},
	}
	got := shown(5, resultOf(r,
		[]any{"2023", int64(1), int64(20), int64(40), 2.1}, []any{"2023", int64(2), int64(17), int64(40), 2.1}, []any{"2023", int64(3), int64(3), int64(40), 2.1},
		[]any{"2024", int64(1), int64(20), int64(40), 2.1}, []any{"2024", int64(2), int64(10), int64(40), 2.1}, []any{"2024", int64(3), int64(10), int64(40), 2.1},
	))
	want := [][]any{
		{"2023", int64(1), int64(20), int64(40), "withheld"}, {"2023", int64(2), "withheld", int64(40), "withheld"}, {"2023", int64(3), "<5", int64(40), "withheld"},
		{"2024", int64(1), int64(20), int64(40), 2.1}, {"2024", int64(2), int64(10), int64(40), 2.1}, {"2024", int64(3), int64(10), int64(40), 2.1},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	stages := made([]Parts{{Total: "reached", Of: []string{"previous"}, Over: []string{"stage"}, Next: true}}, []string{"stage"}, []string{"persons", "reached", "previous"},
		[]any{"applied", int64(4), int64(9), nil}, []any{"offered", int64(4), int64(6), int64(9)}, []any{"hired", int64(0), int64(0), int64(6)})
	stages.Report.Measures[1] = Measure{Name: "reached", Sum: "amount", Type: Integer, Unit: "cases", Persons: nameList{"persons"}}
	if diff := cmp.Diff([][]any{
		{"applied", "<5", "withheld", nil}, {"offered", "<5", "withheld", "withheld"}, {"hired", int64(0), int64(0), "withheld"},
	}, shown(5, stages)); diff != "" {
		t.Errorf("stages (-want +got):\n%s", diff)
	}
}

// TestWhatDependsOnHiddenCounts has ratios, hours and expressions beside counts.
func TestWhatDependsOnHiddenCounts(t *testing.T) {
	t.Parallel()
	r := &Report{Name: "made", Dimensions: []Dimension{{Name: "period", Type: String}}, Measures: []Measure{
		{Name: "volunteers", Count: "person_id", Type: Integer, Unit: "persons"},
		{Name: "guests", Count: "person_id", Type: Integer, Unit: "persons"},
		{Name: "hours", Sum: "hours", Type: Number, Unit: "hours", Persons: nameList{"volunteers"}},
		{Name: "median", Expr: "median(hours)", Type: Number, Unit: "hours"},
		{Name: "each", Ratio: []string{"hours", "volunteers"}, Type: Number},
		{Name: "openings", Count: "opening_id", Type: Integer, Unit: "openings"},
		{Name: "ceremonies", Count: "gathering_id", Type: Integer, Unit: "occasions", Persons: nameList{notPersons}},
		{Name: "heads", Value: "heads", Type: Integer, Unit: "persons"},
		{Name: "since", Value: "since", Type: Integer, Unit: "days"},
	}}
	got := shown(5, resultOf(r,
		[]any{"a", int64(6), int64(7), 12.0, 2.5, 2.0, int64(1), int64(1), int64(9), int64(1)},
		[]any{"b", int64(2), int64(7), 12.0, 2.5, 6.0, int64(1), int64(1), int64(3), int64(1)},
		[]any{"c", int64(9), int64(1), 12.0, 2.5, 12. / 9, int64(1), int64(1), int64(0), int64(1)},
		[]any{"d", int64(0), int64(0), 0.0, nil, nil, int64(1), nil, nil, nil},
	))
	want := [][]any{
		{"a", int64(6), int64(7), 12.0, 2.5, 2.0, int64(1), int64(1), int64(9), int64(1)},
		{"b", "<5", int64(7), "withheld", "withheld", "withheld", int64(1), int64(1), "<5", int64(1)},
		{"c", int64(9), "<5", 12.0, "withheld", 12. / 9, int64(1), int64(1), int64(0), int64(1)},
		{"d", int64(0), int64(0), 0.0, nil, nil, int64(1), nil, nil, nil},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestTheYearBeforeIsHiddenAlike has 2024 in a row of its own and beside 2025.
func TestTheYearBeforeIsHiddenAlike(t *testing.T) {
	t.Parallel()
	parts := []Parts{{Total: "total", Of: []string{"a", "b"}}, {Total: "total", Of: []string{"b", "gone"}, Next: true}}
	names := []string{"total", "a", "b", "gone"}
	current := made(parts, []string{"period"}, names,
		append([]any{"2024"}, ints(30, 20, 10, 0)...), append([]any{"2025"}, ints(40, 12, 28, 2)...))
	earlier := made(parts, []string{"period"}, names,
		append([]any{"2023"}, ints(12, 12, 0, 0)...), append([]any{"2024"}, ints(30, 20, 10, 2)...))
	share(5, current, earlier)
	current.compare(earlier)
	mark := current.Marks()
	for _, name := range names {
		own, beside := mark(0, name), mark(1, name+yearBeforeSuffix)
		if name != "gone" && (own != beside || current.Rows[0][slices.IndexFunc(current.Columns, func(c Column) bool { return c.Name == name })] == nil != (own != "")) {
			t.Errorf("%s of 2024 is %q in its row and %q beside 2025", name, own, beside)
		}
	}
	if mark(1, "gone") != "<5" || mark(1, "gone"+yearBeforeSuffix) != "<5" {
		t.Errorf("small counts are shown: %v", current.Rows)
	}
}

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
				rows[i] = []any{"2024", fmt.Sprint(i), int64(v), int64(total)}
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
