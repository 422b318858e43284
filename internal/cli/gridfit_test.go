package cli

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestNarrowTables narrows one table step by step: words are cut first, then what only describes is left out, and a
// figure stays as long as there is anything else.
func TestNarrowTables(t *testing.T) {
	t.Parallel()
	for columns, want := range map[int]struct {
		dropped []string
		heads   []string
		first   []any
	}{
		0:  {nil, []string{"chapter", "place", "note", "came", "new"}, []any{"A chapter of many words *", "somewhere far away", "written by hand", number("10"), number("2")}},
		75: {nil, []string{"chapter", "place", "note", "came", "new"}, []any{"A chapter of many words *", "somewhere far away", "written by hand", number("10"), number("2")}},
		65: {nil, []string{"chapter", "place", "note", "came", "new"}, []any{"A chapter of … *", "somewhere far a…", "written by hand", number("10"), number("2")}},
		54: {nil, []string{"chapter", "place", "note", "came", "new"}, []any{"A chapter… *", "somewhere f…", "written by …", number("10"), number("2")}},
		50: {[]string{"note"}, []string{"chapter", "place", "came", "new"}, []any{"A chapter of m… *", "somewhere far aw…", number("10"), number("2")}},
		36: {[]string{"note", "new"}, []string{"chapter", "place", "came"}, []any{"A chapter … *", "somewhere fa…", number("10")}},
		24: {[]string{"note", "new", "place"}, []string{"chapter", "came"}, []any{"A chapter of … *", number("10")}},
		20: {[]string{"note", "new", "place"}, []string{"chapter", "came"}, []any{"A chapter… *", number("10")}},
	} {
		grid := newGrid("chapter", "place", "note", "came", "new")
		grid.kinds = []columnKind{{text: true}, {text: true}, {text: true, lesser: true}, {figure: true}, {figure: true}}
		grid.add("A chapter of many words *", "somewhere far away", "written by hand", number("10"), number("2"))
		grid.add("B", nil, "", number("3"), nil)
		dropped := grid.fit(columns)
		if !slices.Equal(dropped, want.dropped) || !slices.Equal(grid.columns, want.heads) {
			t.Errorf("%d columns: %v without %v, want %v without %v", columns, grid.columns, dropped, want.heads, want.dropped)
		}
		if diff := cmp.Diff(want.first, grid.rows[0]); diff != "" {
			t.Errorf("%d columns (-want +got):\n%s", columns, diff)
		}
		if columns > 0 && grid.width() > columns {
			t.Errorf("%d columns: the table has %d", columns, grid.width())
		}
	}
}

func TestWrap(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		columns    int
		text, want string
	}{
		{0, "as  it is, however long", "as  it is, however long"},
		{20, "", ""},
		{20, "How many people came to each?", "How many people came\nto each?"},
		{20, "2 of 3 rows · times in UTC", "2 of 3 rows · times\nin UTC"},
		{12, "2 of 3 row · times in", "2 of 3 row ·\ntimes in"},
		{8, "а_слово_длиннее строки", "а_слово_длиннее\nстроки"},
	} {
		if got := (screen{columns: test.columns}).wrap(test.text); got != test.want {
			t.Errorf("%q in %d columns is %q", test.text, test.columns, strings.Split(got, "\n"))
		}
	}
}
