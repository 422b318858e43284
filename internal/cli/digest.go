package cli

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/turnout/turnout/internal/config"
)

// digestCommand writes one page about a time, composed of reports only: every figure in it is a report's.
type digestCommand struct {
	config.Client
	To     string `required:"" help:"The last complete week, month, quarter or year; or a period such as 2026-10, 2026-Q3, 2026; or a day, for the seven days that end with it." placeholder:"week|month|quarter|year|DATE"`
	View   string `default:"full" enum:"full,shareable" help:"shareable: hide small numbers of people."`
	Lang   string `help:"Language, such as ru." placeholder:"LANG"`
	Format string `default:"" enum:",markdown,html" help:"markdown (default) or html; else as the name of --output ends."`
	Output string `short:"o" help:"Write to this file." placeholder:"FILE" type:"path"`
}

// Run writes the page.
func (c *digestCommand) Run(env *environment) error {
	client, err := newAPI(c.Client)
	if err != nil {
		return err
	}
	asked, err := parseTo(c.To)
	if err != nil {
		return err
	}
	if c.Format == "" && slices.Contains([]string{".html", ".htm"}, strings.ToLower(filepath.Ext(c.Output))) {
		c.Format = "html"
	}
	reader := &digestReader{env: env, client: client, lang: c.Lang, shareable: c.View == "shareable"}
	page, err := reader.page(asked)
	if err != nil {
		return err
	}
	write := page.markdown
	if c.Format == "html" {
		write = page.html
	}
	if c.Output == "" {
		return write(env.streams.Out)
	}
	if err := writeFile(c.Output, write); err != nil {
		return err
	}
	fmt.Fprintln(env.streams.Err, "wrote "+c.Output)
	return nil
}

// digestReader asks for the reports of a page.
type digestReader struct {
	env       *environment
	client    *api
	lang      string
	shareable bool
	period    span
}

// ask runs a report over the page's time, described for people.
func (d *digestReader) ask(report string, more map[string]string) (*result, error) {
	query := url.Values{"describe": {"true"}}
	if !d.period.from.IsZero() {
		query.Set("from", d.period.from.Format(time.DateOnly))
		query.Set("to", d.period.to.Format(time.DateOnly))
	}
	if d.lang != "" {
		query.Set("lang", d.lang)
	}
	if d.shareable {
		query.Set("view", "shareable")
	}
	for name, value := range more {
		query.Set(name, value)
	}
	var raw json.RawMessage
	if err := d.client.do(d.env.ctx, http.MethodGet, "/v1/reports/"+report, query, nil, &raw); err != nil {
		return nil, misused(err, http.StatusBadRequest) // a report that is missing is not the caller's mistake
	}
	return decodeResult(raw)
}

// page reads everything that the page tells. The community's zone and the moment are the server's.
func (d *digestReader) page(asked digestTime) (*digestPage, error) {
	first, err := d.ask("activity", map[string]string{"grain": "year", "from": "2100", "to": "2100"})
	if err != nil {
		return nil, err
	}
	zone, err := time.LoadLocation(first.Timezone)
	if err != nil {
		return nil, fmt.Errorf("read the community's time zone: %w", err)
	}
	now, err := time.Parse(time.RFC3339Nano, first.AsOf)
	if err != nil {
		return nil, fmt.Errorf("read the server's time: %w", err)
	}
	d.period = asked.span(now.In(zone))
	words := digestWordsIn(d.lang)
	page := &digestPage{
		Words: words, Language: cmp.Or(d.lang, "en"), Tenant: plain(value(first.Parameters["tenant"])), Period: d.period.String(), Zone: zone.String(),
		AsOf: now.In(zone).Format("2006-01-02 15:04"), Open: d.period.open(now.In(zone)), Shareable: d.shareable, definitions: map[string]string{},
	}
	for _, section := range []func(*digestPage) error{d.headline, d.gatherings, d.newcomers, d.careers, d.quality} {
		if err := section(page); err != nil {
			return nil, err
		}
	}
	for _, title := range slices.Sorted(maps.Keys(page.definitions)) {
		page.Definitions = append(page.Definitions, digestLine{title, page.definitions[title]})
	}
	return page, nil
}

// digestPage is what is written: texts only, in the form in which people read them.
type digestPage struct {
	Words           digestWords
	Language        string
	Tenant, Period  string
	Zone, AsOf      string
	Open, Shareable bool
	Sections        []digestSection
	Definitions     []digestLine
	definitions     map[string]string
}

type digestLine struct{ Label, Text string }

// digestSection is a table with what there is to say about it; or only that, where there are no rows.
type digestSection struct {
	Title, Report string
	Heads         []string
	Right         []bool // columns of figures
	Rows          [][]string
	Notes         []string
}

// define remembers a report's definition for the end of the page.
func (p *digestPage) define(r *result) {
	p.definitions[r.Title] = strings.Join(strings.Fields(r.Definition), " ")
}

// add puts a section on the page, with the columns of the result that are named and there.
func (p *digestPage) add(title string, r *result, names ...string) *digestSection {
	section := digestSection{Title: title, Report: r.Report}
	var shown []resultColumn
	for _, name := range names {
		if c, found := r.column(name); found {
			shown = append(shown, c)
		}
	}
	for _, c := range shown {
		section.Heads, section.Right = append(section.Heads, c.heading()), append(section.Right, c.numeric() && c.Role != "dimension")
	}
	for n := range r.Rows {
		line := make([]string, len(shown))
		for i, c := range shown {
			line[i] = r.words(n, c)
		}
		section.Rows = append(section.Rows, line)
	}
	p.define(r)
	p.Sections = append(p.Sections, section)
	return &p.Sections[len(p.Sections)-1]
}

// words are a cell as people read it.
func (r *result) words(row int, c resultColumn) string {
	v := r.cell(row, c, value(r.Rows[row][c.Name]))
	if v == nil {
		return absent
	}
	return printable(plain(v))
}

func (p *digestPage) write(w io.Writer, text string) error {
	if _, err := io.WriteString(w, text); err != nil {
		return fmt.Errorf("write the digest: %w", err)
	}
	return nil
}
