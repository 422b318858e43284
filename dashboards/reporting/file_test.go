package reporting

import (
	"strings"
	"testing"
)

func TestWithoutComments(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		"SELECT 1 -- one\nFROM t":       "SELECT 1 \nFROM t",
		"SELECT 1 -- one":               "SELECT 1 ",
		"SELECT /* один */ 1":           "SELECT   1",
		"SELECT 1 /* open":              "SELECT 1  ",
		"SELECT '-- no' AS `/* no */`":  "SELECT '-- no' AS `/* no */`",
		`SELECT 'it''s \' -- no', "--"`: `SELECT 'it''s \' -- no', "--"`,
		"SELECT 'open -- no":            "SELECT 'open -- no",
		"--":                            "",
		"SELECT 2-1":                    "SELECT 2-1",
	}
	for text, want := range tests {
		if got := withoutComments(text); got != want {
			t.Errorf("%q becomes %q, want %q", text, got, want)
		}
	}
}

func FuzzWithoutComments(f *testing.F) {
	f.Add("SELECT 1 -- one\nFROM t /* x */ 'a'")
	f.Fuzz(func(t *testing.T, text string) {
		got := withoutComments(text)
		if len(got) > len(text)+1 {
			t.Errorf("%q grows to %q", text, got)
		}
		if !strings.ContainsAny(text, "-/'\"`") && got != text {
			t.Errorf("%q becomes %q", text, got)
		}
	})
}
