package draw_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/mattn/go-runewidth"
	"pgregory.net/rapid"

	"github.com/turnout/turnout/internal/cli/draw"
)

func known(numbers ...float64) []draw.Value {
	out := make([]draw.Value, len(numbers))
	for i, n := range numbers {
		out[i] = draw.Value{Number: n, Known: true}
	}
	return out
}

// meetings has a figure of each kind: known, 0, not recorded, hidden, and of a period that is not over.
func meetings() *draw.Chart {
	return &draw.Chart{
		Labels: []string{"First", "Second", "Third", "Fourth", "Fifth"}, Open: []bool{false, false, false, false, true}, Width: 48, Absent: "not recorded",
		Series: []draw.Series{
			{Name: "Continuing", Values: []draw.Value{{}, {Number: 35, Known: true}, {Number: 0, Known: true}, {Hidden: "fewer than 5"}, {Number: 1, Known: true}}},
			{Name: "New", Values: []draw.Value{{}, {Number: 14, Known: true}, {Number: 0, Known: true}, {Number: 12, Known: true}, {Number: 0, Known: true}}},
		},
	}
}

func TestCharts(t *testing.T) {
	t.Parallel()
	whole := meetings()
	whole.Totals = append(known(20, 49, 0, 16), draw.Value{})
	single := meetings()
	single.Series = single.Series[:1]
	lifecycle := &draw.Chart{
		Labels: []string{"2026-09", "2026-10", "2026-11"}, Open: []bool{false, false, true}, Width: 50, Absent: "not recorded",
		Series: []draw.Series{{Name: "New", Values: known(3, 2, 1)}, {Name: "Returning", Values: known(0, 5, 2)}, {Name: "Dormant", Values: known(0, 1, 6)}},
	}
	funnel := &draw.Chart{
		Labels: []string{"positions", "applications", "interviewed", "offered"}, Width: 60, Absent: "not recorded",
		Series: []draw.Series{{Name: "Reached", Values: append(known(10, 40, 20), draw.Value{Hidden: "fewer than 5"})}, {Name: "Exits", Values: append([]draw.Value{{}}, known(12, 0, 1)...)}},
		Steps:  []draw.Value{{}, {}, {Number: 0.5, Known: true}, {}},
	}
	rates := &draw.Chart{
		Labels: []string{"2022", "2023", "2024", "2025", "2026"}, Open: []bool{false, false, false, false, true}, Width: 40, Share: true,
		Series: []draw.Series{{Name: "Offer rate", Values: []draw.Value{{Number: 0.25, Known: true}, {Number: 1, Known: true}, {}, {Number: 0.5, Known: true}, {Number: 0, Known: true}}}},
	}
	for name, test := range map[string]struct{ got, want string }{
		"bars": {single.Bars(), `
First   not recorded
Second  ███████████████████████████ 35
Third   0
Fourth  fewer than 5
Fifth * █ 1
`},
		"grouped": {meetings().Bars(), `
First   not recorded
        not recorded
Second  ███████████████████████████ 35
        ▒▒▒▒▒▒▒▒▒▒▒ 14
Third   0
        0
Fourth  fewer than 5
        ▒▒▒▒▒▒▒▒▒ 12
Fifth * █ 1
        0
        █ Continuing   ▒ New
`},
		"stacked": {meetings().Stacked(), `
First   not recorded
Second  ███████████████████▒▒▒▒▒▒▒▒ 49
Third   0
Fourth  ▒▒▒▒▒▒▒ ≥ 12
Fifth * █ 1
        █ Continuing   ▒ New
`},
		"with totals": {whole.Stacked(), `
First   ╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌ 20
Second  ██████████████████████████▒▒▒▒▒▒▒▒▒▒▒ 49
Third   0
Fourth  ▒▒▒▒▒▒▒▒▒╌╌╌ 16
Fifth * █ 1
        █ Continuing   ▒ New
`},
		"diverging": {lifecycle.Diverging(2), `
2026-09                   0 │████████ 3
2026-10                1 ░░░│█████▒▒▒▒▒▒▒▒▒▒▒▒▒ 7
2026-11 * 6 ░░░░░░░░░░░░░░░░│███▒▒▒▒▒ 3
          █ New   ▒ Returning   ░ Dormant
`},
		"funnel": {funnel.Funnel(), `
positions    ██████ 10
applications ████████████████████████ 40 · exits 12
interviewed  ████████████ 20 (50.0 %)
offered      fewer than 5 · exits 1
`},
		"lines": {rates.Lines(), `
100.0 % ┤       ●
        ┤      ·
        ┤     ·
        ┤    ·
        ┤   ·                  ●
 50.0 % ┤  ·
        ┤ ·
        ┤●
        ┤
  0.0 % ┤                              ○
        └──────────────────────────────
         2022                     2026 *
`},
	} {
		if diff := cmp.Diff(strings.TrimPrefix(test.want, "\n"), test.got); diff != "" {
			t.Errorf("%s (-want +got):\n%s\n%s", name, diff, test.got)
		}
	}
}

func TestColor(t *testing.T) {
	t.Parallel()
	c := meetings()
	c.Color = true
	if text := c.Stacked(); !strings.Contains(text, "\x1b[34m█") || !strings.Contains(text, "\x1b[33m█") || !strings.Contains(text, "\x1b[2mnot recorded\x1b[0m") {
		t.Errorf("%q", text)
	}
	if got := draw.Heat("12", 0.9, false); got != "12" {
		t.Errorf("%q", got)
	}
}

// TestNothingIsTooWide draws anything at any width: no line is wider, and nothing panics.
func TestNothingIsTooWide(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 12).Draw(t, "labels")
		c := &draw.Chart{Width: rapid.IntRange(60, 160).Draw(t, "width"), Absent: "not recorded", Share: rapid.Bool().Draw(t, "share")}
		value := rapid.Custom(func(t *rapid.T) draw.Value {
			switch rapid.IntRange(0, 3).Draw(t, "kind") {
			case 0:
				return draw.Value{}
			case 1:
				return draw.Value{Hidden: "fewer than 5"}
			default:
				return draw.Value{Known: true, Number: float64(rapid.IntRange(0, 100_000).Draw(t, "number"))}
			}
		})
		for range n {
			c.Labels = append(c.Labels, rapid.StringMatching(`[a-zа-я ]{0,40}`).Draw(t, "label"))
			c.Open = append(c.Open, rapid.Bool().Draw(t, "open"))
		}
		for range rapid.IntRange(1, 3).Draw(t, "series") {
			c.Series = append(c.Series, draw.Series{Name: "a name", Values: rapid.SliceOfN(value, n, n).Draw(t, "values")})
		}
		for name, text := range map[string]string{"bars": c.Bars(), "stacked": c.Stacked(), "diverging": c.Diverging(1), "lines": c.Lines()} {
			for line := range strings.SplitSeq(text, "\n") {
				if width := runewidth.StringWidth(strings.TrimRight(line, " ")); width > c.Width {
					t.Fatalf("%s: %d columns of %d: %q", name, width, c.Width, line)
				}
			}
		}
	})
}
