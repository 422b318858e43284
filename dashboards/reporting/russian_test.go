package reporting

import (
	"fmt"
	"strings"
	"testing"
	"unicode"
)

// TestRussianIsWhole tells which words of the reports that come with the program are
// missing in Russian, and which Russian words belong to nothing.
func TestRussianIsWhole(t *testing.T) {
	t.Parallel()
	catalog, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	ru := catalog.spoken["ru"]
	check := func(key, text string) {
		if !strings.ContainsFunc(text, func(r rune) bool { return unicode.Is(unicode.Cyrillic, r) }) {
			t.Errorf("%s: there is no Russian for it: %q", key, text)
		}
	}
	for _, text := range []string{ru.Words.YearBeforeTitle, ru.Words.YearBeforeDescription, ru.Words.FewerThan, ru.Words.Withheld, ru.Words.CountsIn} {
		check("words", text)
	}
	for _, r := range catalog.Reports() {
		said := catalog.in(r, "ru")
		for what, text := range map[string]string{"title": said.Title, "question": said.Question, "definition": said.Definition, "section": said.Section} {
			check("reports."+r.Name+"."+what, text)
		}
		d := said.Describe()
		for i, c := range d.Columns {
			key := fmt.Sprintf("reports.%s.columns.%s", r.Name, c.Name)
			check(key+".title", c.Title)
			check(key+".description", c.Description)
			if c.NullText != "" {
				check(key+".null_text", c.NullText)
			}
			if own := r.Describe().Columns[i]; own.Name != c.Name || own.Type != c.Type || own.Unit != c.Unit {
				t.Errorf("%s is %+v, in English %+v", key, c, own)
			}
		}
		for _, p := range d.Parameters {
			key := fmt.Sprintf("reports.%s.parameters.%s", r.Name, p.Name)
			check(key+".title", p.Title)
			check(key+".description", p.Description)
			for _, value := range p.Values {
				check(key+".values."+value, p.Texts[value])
			}
		}
	}
	staleWords(t, catalog, ru)
}

// staleWords finds what is said of what does not exist.
func staleWords(t *testing.T, catalog *Catalog, ru *translation) {
	t.Helper()
	used := make(map[string]bool)
	for name, said := range ru.Reports {
		r, ok := catalog.Report(name)
		if !ok {
			t.Errorf("reports.%s: there is no such report", name)
			continue
		}
		for column := range said.Columns {
			_, isDimension := r.Dimension(column)
			_, isMeasure := r.Measure(column)
			if !isDimension && !isMeasure && !strings.Contains(r.query, column) {
				t.Errorf("reports.%s.columns.%s: there is no such column", name, column)
			}
		}
		for parameter := range said.Parameters {
			if _, ok := r.Parameter(parameter); !ok {
				t.Errorf("reports.%s.parameters.%s: there is no such parameter", name, parameter)
			}
		}
	}
	for _, r := range catalog.Reports() {
		used[r.Section] = true
		for _, p := range r.Parameters {
			used[p.Name] = true
		}
		for _, c := range r.Columns() {
			used[c.Name] = true
		}
		for name := range ru.Columns {
			used[name] = used[name] || strings.Contains(r.query, name) // a column of lists
		}
	}
	for name := range ru.Sections {
		if !used[name] {
			t.Errorf("sections.%s: there is no such section", name)
		}
	}
	for name := range ru.Columns {
		if !used[name] {
			t.Errorf("columns.%s: there is no such column", name)
		}
	}
	for name := range ru.Parameters {
		if !used[name] {
			t.Errorf("parameters.%s: there is no such parameter", name)
		}
	}
	for name := range ru.Values {
		if !used[name] {
			t.Errorf("values.%s: there is no such column or parameter", name)
		}
	}
}
