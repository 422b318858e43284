package reporting

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
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
