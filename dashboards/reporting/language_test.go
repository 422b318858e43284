package reporting_test

import (
	"context"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/turnout/turnout/dashboards/reporting"
)

// spoken is the report of docs/adding-a-report.md with words in two languages, one in two files.
func spoken(t *testing.T) *reporting.Catalog {
	t.Helper()
	catalog, err := reporting.Load(fstest.MapFS{
		"visits.sql": {Data: []byte(good(t))},
		"ru.visits.yaml": {Data: []byte(`
reports:
  visits:
    title: Визиты
    question: Кто где был и сколько?
    definition: |
      Все посещения
      по ролям.
    columns: {role: {title: Роль, description: Роль.}, people: {title: Люди}, minutes: {title: Минуты}}
    parameters: {roles: {title: Роли}}
    values: {role: {host: ведущий}, roles: {host: ведущие}}
`)},
		"de.yaml": {Data: []byte("words: {withheld: geheim, year_before_title: '%s vor einem Jahr'}\nsections: {Gatherings: Treffen}")},
	})
	if err != nil {
		t.Fatal(err)
	}
	return catalog
}

func TestAReportInAnotherLanguage(t *testing.T) {
	t.Parallel()
	catalog := spoken(t)
	if got := strings.Join(catalog.Languages(), " "); got != "en de ru" {
		t.Errorf("languages are %s", got)
	}
	w := newWorldWith(t, "2024-01-01T00:00:00Z", catalog, reporting.Limits{})
	w.attended("g", "2022-05-27", "p")
	result := w.run("visits", "lang=ru")
	if r := result.Report; r.Lang != "ru" || r.Title != "Визиты" || r.Definition != "Все посещения по ролям." {
		t.Errorf("%s: %s, %s", r.Lang, r.Title, r.Definition)
	}
	titles := make(map[string]string)
	for _, c := range result.Columns {
		titles[c.Name] = c.Title
	}
	if titles["role"] != "Роль" || titles["people"] != "Люди" || titles["visits"] != "Visits" {
		t.Errorf("titles are %v", titles)
	}
	rows, err := w.runner.Rows(context.Background(), "visits", w.values("lang=ru&measure=long_share&role=participant"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range rows.Columns {
		titles[c.Name] = c.Title
	}
	if titles["minutes"] != "Минуты" || !strings.HasPrefix(titles["in_visits"], "Учтено: ") {
		t.Errorf("titles of the list are %v", titles)
	}
	if own := w.run("visits", "").Report; own.Lang != "en" || own.Title != "Visits" {
		t.Errorf("without lang: %s %s", own.Lang, own.Title)
	}
	if german := w.run("absence-factor", "lang=de&compare=year"); !strings.HasSuffix(german.Columns[1].Title, " vor einem Jahr") {
		t.Errorf("titles are %+v", german.Columns)
	}
	for _, d := range catalog.Describe("ru") {
		if d.Name != "visits" {
			continue
		}
		if d.Columns[0].Texts["host"] != "ведущий" || d.Question != "Кто где был и сколько?" {
			t.Errorf("described as %+v", d)
		}
		for _, p := range d.Parameters {
			if p.Name == "roles" && (p.Title != "Роли" || p.Texts["host"] != "ведущие") {
				t.Errorf("parameter %+v", p)
			}
		}
	}
}

func TestTheLanguageOfAReader(t *testing.T) {
	t.Parallel()
	catalog := spoken(t)
	for header, want := range map[string]string{
		"": "en", "ru": "ru", "ru-RU,ru;q=0.9,en-US;q=0.8,en;q=0.7": "ru", "en-GB,ru;q=0.8": "en", "fr-FR,ru;q=0.5": "ru", "fr": "en",
		"uk": "en", "de-AT": "de", "*": "en", "ru;q=": "en", ";;;": "en", "\x00": "en", "en;q=0.1,ru;q=0.2": "ru",
	} {
		if got := catalog.Language(header); got != want {
			t.Errorf("%q is answered in %s, want %s", header, got, want)
		}
	}
}

func TestBrokenLanguagesAreRefused(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"en.yaml":     "sections: {}",
		"words.yaml":  "sections: {}",
		"ru.own.yaml": "words: {withheld: нет}",
		"ru.two.yaml": "report: {}",
	} {
		_, err := reporting.Load(folder(name, text))
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v, want an error that names the file", name, err)
		}
	}
	if _, err := reporting.Load(fs.FS(fstest.MapFS{})); err != nil {
		t.Error(err)
	}
}
