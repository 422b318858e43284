package importer

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// blocks returns the fenced blocks of one language in a Markdown file.
func blocks(t *testing.T, path, language string) []string {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, part := range strings.Split(string(raw), "```"+language+"\n")[1:] {
		text, _, ok := strings.Cut(part, "```")
		if !ok {
			t.Fatalf("a block in %s is not closed", path)
		}
		list = append(list, text)
	}
	return list
}

// TestWorkedExample runs the example of the documentation: what it says comes
// out is what comes out.
func TestWorkedExample(t *testing.T) {
	page := filepath.Join("..", "..", "docs", "importing.md")
	table, mapping := blocks(t, page, "csv")[0], blocks(t, page, "yaml")[0]
	got := importBytes(t, mustMapping(t, mapping), []byte(table))
	if got.err != nil || len(got.events) != 2 {
		t.Fatalf("error %v, %d events", got.err, len(got.events))
	}
	if want := strings.TrimSpace(blocks(t, page, "json")[0]); string(got.events[1].Data) != want {
		t.Errorf("data is %s, the page says %s", got.events[1].Data, want)
	}
	if at := got.events[1].Time.Format(time.RFC3339); at != "2022-05-27T15:05:00Z" {
		t.Errorf("it happened %s", at)
	}
	if got.sum.Repeated != 1 || got.sum.Blank != 1 || got.sum.Skipped != 1 || got.notes[0].Line != 4 {
		t.Errorf("summary %+v, notes %v", got.sum, got.notes)
	}
	var lines []string
	for _, p := range got.problems {
		p.File = "sheet.csv"
		lines = append(lines, p.Error())
	}
	if want := strings.TrimSpace(blocks(t, page, "text")[0]); strings.Join(lines, "\n") != want {
		t.Errorf("problems are\n%s\nthe page says\n%s", strings.Join(lines, "\n"), want)
	}
}
