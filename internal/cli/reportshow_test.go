package cli

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/mattn/go-runewidth"
)

// TestReportsForPeople prints answers as people see them: piped, on a wide terminal with its chart, on a narrow one.
// The answers are testdata/NAME.json; what is expected is testdata/NAME.txt, which UPDATE_GOLDEN=1 writes anew.
func TestReportsForPeople(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"attendance", "compared", "lifecycle", "retention", "funnel", "rates", "list", "quality", "empty", "unmatched"} {
		raw, err := os.ReadFile(filepath.Join("testdata", name+".json"))
		if err != nil {
			t.Fatal(err)
		}
		result, err := decodeResult(raw)
		if err != nil {
			t.Fatal(err)
		}
		var out strings.Builder
		for _, columns := range []int{0, 100, 60} {
			var one bytes.Buffer
			if err := result.show(&one, screen{columns: columns}, true); err != nil {
				t.Fatal(err)
			}
			if columns > 0 {
				fits(t, name, one.String(), columns)
			}
			out.WriteString("--- columns: " + map[int]string{0: "piped", 100: "100", 60: "60"}[columns] + "\n" + one.String())
		}
		golden := filepath.Join("testdata", name+".txt")
		if os.Getenv("UPDATE_GOLDEN") != "" {
			if err := os.WriteFile(golden, []byte(out.String()), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), out.String()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// fits holds every line to the width of the terminal.
func fits(t *testing.T, name, text string, columns int) {
	t.Helper()
	for line := range strings.SplitSeq(text, "\n") {
		if width := runewidth.StringWidth(line); width > columns {
			t.Errorf("%s: %d columns of %d: %q", name, width, columns, line)
		}
	}
}

// TestColorsChangeNothingElse: without its colours, a coloured answer is the plain one.
func TestColorsChangeNothingElse(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"attendance", "retention", "lifecycle"} {
		raw, err := os.ReadFile(filepath.Join("testdata", name+".json"))
		if err != nil {
			t.Fatal(err)
		}
		result, err := decodeResult(raw)
		if err != nil {
			t.Fatal(err)
		}
		var plain, colored bytes.Buffer
		if err := result.show(&plain, screen{columns: 100}, false); err != nil {
			t.Fatal(err)
		}
		if err := result.show(&colored, screen{columns: 100, color: true}, false); err != nil {
			t.Fatal(err)
		}
		stripped := regexp.MustCompile("\x1b\\[[0-9;]*m").ReplaceAllString(colored.String(), "")
		if diff := cmp.Diff(plain.String(), stripped); diff != "" || !strings.Contains(colored.String(), "\x1b[") {
			t.Errorf("%s (-plain +stripped):\n%s", name, diff)
		}
	}
}
