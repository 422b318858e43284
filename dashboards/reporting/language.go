package reporting

import (
	"cmp"
	"maps"
	"slices"

	"golang.org/x/text/language"
)

// englishName is the language that report files are written in.
const englishName = "en"

// words are the phrases that answers are made of, beside those of the reports.
type words struct {
	// yearBeforeTitle is the title of a column that compares; %s is that of the column compared.
	yearBeforeTitle string
	// yearBeforeDescription tells what such a column says.
	yearBeforeDescription string
	// fewerThan stands in the place of a small count; %d is the threshold.
	fewerThan string
	// withheld stands in the place of what a small count could be computed from.
	withheld string
	// countsIn is the title of a list's column that tells which rows count in a part of a share; %s is the part.
	countsIn string
}

func english() words {
	return words{
		yearBeforeTitle:       "%s, year before",
		yearBeforeDescription: "The same figure a year before; of a period that is not over, the same part of it.",
		fewerThan:             "fewer than %d",
		withheld:              "withheld",
		countsIn:              "Counts in: %s",
	}
}

// words are those of the report's language.
func (r *Report) words() words {
	if r.spoken == nil {
		return english()
	}
	said, own := r.spoken.Words, english()
	return words{
		yearBeforeTitle:       cmp.Or(said.YearBeforeTitle, own.yearBeforeTitle),
		yearBeforeDescription: cmp.Or(said.YearBeforeDescription, own.yearBeforeDescription),
		fewerThan:             cmp.Or(said.FewerThan, own.fewerThan),
		withheld:              cmp.Or(said.Withheld, own.withheld),
		countsIn:              cmp.Or(said.CountsIn, own.countsIn),
	}
}

// Languages are those in which the reports can be read, English first.
func (c *Catalog) Languages() []string {
	return append([]string{englishName}, slices.Sorted(maps.Keys(c.spoken))...)
}

// Language is the one of the catalogue's languages that suits best a reader who sends
// the header Accept-Language; English if none does, or the header says nothing.
func (c *Catalog) Language(acceptLanguage string) string {
	var known []language.Tag
	for _, name := range c.Languages() {
		known = append(known, language.Make(name))
	}
	wanted, _, err := language.ParseAcceptLanguage(acceptLanguage)
	if err != nil || len(wanted) == 0 {
		return englishName
	}
	_, i, sure := language.NewMatcher(known).Match(wanted...)
	if sure < language.High {
		// A related language is not what was asked for.
		return englishName
	}
	return c.Languages()[i]
}

// Describe gives the descriptions of all reports in a language of the catalogue.
func (c *Catalog) Describe(lang string) []Description {
	out := make([]Description, 0, len(c.reports))
	for _, r := range c.reports {
		out = append(out, c.in(r, lang).Describe())
	}
	return out
}

// in gives the report in a language: the same report with other words. What a language
// does not say is said in English.
func (c *Catalog) in(r *Report, lang string) *Report {
	if t := c.spoken[lang]; t != nil {
		return r.translate(lang, t)
	}
	return r
}

func (r *Report) translate(lang string, t *translation) *Report {
	said := t.Reports[r.Name]
	out := *r
	out.Lang, out.spoken = lang, t
	out.Title, out.Question = cmp.Or(said.Title, r.Title), cmp.Or(said.Question, r.Question)
	out.Section, out.Definition = cmp.Or(t.Sections[r.Section], r.Section), cmp.Or(folded(said.Definition), r.Definition)
	out.Parameters, out.Dimensions, out.Measures = slices.Clone(r.Parameters), slices.Clone(r.Dimensions), slices.Clone(r.Measures)
	for i := range out.Parameters {
		p := &out.Parameters[i]
		own, shared := said.Parameters[p.Name], t.Parameters[p.Name]
		p.Title = cmp.Or(own.Title, shared.Title, titleOf(p.Title, p.Name))
		p.Description = cmp.Or(own.Description, shared.Description, p.Description)
	}
	for i := range out.Dimensions {
		d := &out.Dimensions[i]
		own, shared := said.Columns[d.Name], t.Columns[d.Name]
		d.Title = cmp.Or(own.Title, shared.Title, titleOf(d.Title, d.Name))
		d.Description = cmp.Or(own.Description, shared.Description, d.Description)
	}
	for i := range out.Measures {
		m := &out.Measures[i]
		own, shared := said.Columns[m.Name], t.Columns[m.Name]
		m.Title = cmp.Or(own.Title, shared.Title, titleOf(m.Title, m.Name))
		m.Description = cmp.Or(own.Description, shared.Description, m.Description)
		if m.NullText != "" {
			m.NullText = cmp.Or(own.NullText, shared.NullText, m.NullText)
		}
	}
	return &out
}

// texts are the words for the values of a column or parameter; nil where none are said.
func (r *Report) texts(name string) map[string]string {
	if r.spoken == nil {
		return nil
	}
	if own := r.spoken.Reports[r.Name].Values[name]; own != nil {
		return own
	}
	return r.spoken.Values[name]
}

// listTitle is the heading of a column that only lists have. A flag is called what the
// figure is that counts by it.
func (r *Report) listTitle(name string) string {
	if r.spoken == nil {
		return titleOf("", name)
	}
	flag := ""
	if i := slices.IndexFunc(r.Measures, func(m Measure) bool { return m.Where == name }); i >= 0 {
		flag = r.Measures[i].Title
	}
	return cmp.Or(r.spoken.Reports[r.Name].Columns[name].Title, r.spoken.Columns[name].Title, flag, titleOf("", name))
}
