package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/turnout/turnout/internal/problem"
)

// headline sets each figure of the activity beside that of a year before.
func (d *digestReader) headline(p *digestPage) error {
	r, err := d.ask("activity", map[string]string{"grain": d.period.grain, "compare": "year"})
	if err != nil {
		return err
	}
	p.define(r)
	w := p.Words
	section := digestSection{Title: w.headline, Report: r.Report, Heads: []string{w.figure}, Right: []bool{false}}
	several := len(r.Rows) > 1 // a week that two years share
	for n := range r.Rows {
		name := p.Period
		if several {
			name = r.words(n, r.Columns[0])
		}
		section.Heads = append(section.Heads, name, w.yearBefore, w.change)
		section.Right = append(section.Right, true, true, true)
	}
	for _, c := range r.Columns {
		before, compared := r.column(c.Name + "_year_before")
		if c.Role != "measure" || c.Compares != "" || !compared {
			continue
		}
		line := []string{c.heading()}
		for n := range r.Rows {
			line = append(line, r.words(n, c), r.words(n, before), r.change(n, c, before))
		}
		section.Rows = append(section.Rows, line)
	}
	if len(r.Rows) == 0 {
		section.Heads, section.Right, section.Rows = nil, nil, nil
		section.Notes = []string{w.nothing}
	}
	p.Sections = append(p.Sections, section)
	return nil
}

// change is what a figure is more or less than a year before: in its own unit and per cent, of a share in percentage points.
func (r *result) change(row int, c, before resultColumn) string {
	now, known := amount(r.Rows[row][c.Name])
	then, knownThen := amount(r.Rows[row][before.Name])
	if !known || !knownThen || r.hiddenAt(row, c.Name) != "" || r.hiddenAt(row, before.Name) != "" {
		return absent
	}
	difference := now - then
	if c.share() {
		return signed(difference*100, 1) + " pp" // per cent
	}
	text := signed(difference, 2) // decimals
	if then != 0 && difference != 0 {
		text += " (" + signed(difference/then*100, 0) + " %)" // per cent
	}
	return text
}

// signed writes a number with its sign; what rounds to nothing has none.
func signed(f float64, decimals int) string {
	scale := math.Pow10(decimals)
	f = math.Round(f*scale) / scale
	text := strconv.FormatFloat(math.Abs(f), 'f', -1, 64)
	switch {
	case f > 0:
		return "+" + text
	case f < 0:
		return "−" + text
	default:
		return "±0"
	}
}

func (d *digestReader) gatherings(p *digestPage) error {
	r, err := d.ask("attendance", nil)
	if err != nil {
		return err
	}
	section := p.add(p.Words.gatherings, r, "title", "starts_at", "attended", "new_members", "continuing", "first_timers", "headcount")
	if id, found := r.column("gathering_id"); found {
		for n, row := range section.Rows {
			if row[0] == absent { // nobody gave it a title
				row[0] = r.words(n, id)
			}
		}
	}
	if len(r.Rows) == 0 {
		section.Notes = append(section.Notes, p.Words.noGathering)
	}
	return nil
}

// mostNew is how many persons are listed; the number of all stands above.
const mostNew = 30

// newcomers lists who joined, behind the headline's figure. The shareable view names nobody.
func (d *digestReader) newcomers(p *digestPage) error {
	if d.shareable {
		return nil
	}
	query := url.Values{
		"measure": {"joined"}, "grain": {d.period.grain}, "from": {d.period.from.Format("2006-01-02")}, "to": {d.period.to.Format("2006-01-02")},
		"limit": {strconv.Itoa(mostNew)},
	}
	if d.lang != "" {
		query.Set("lang", d.lang)
	}
	var raw json.RawMessage
	err := d.client.do(d.env.ctx, http.MethodGet, "/v1/reports/activity/rows", query, nil, &raw)
	var refused *problem.Error
	if errors.As(err, &refused) && refused.Status == http.StatusForbidden {
		return nil // a key that may not read lists
	}
	if err != nil {
		return err
	}
	r, err := decodeResult(raw)
	if err != nil {
		return err
	}
	section := digestSection{Title: p.Words.newcomers, Report: "activity"}
	total := len(r.Rows)
	if r.Total != nil {
		total = *r.Total
	}
	if total == 0 {
		section.Notes = []string{p.Words.nobody}
	}
	ids := make([]string, 0, len(r.Rows))
	person, _ := r.column("person_id")
	for n := range r.Rows {
		ids = append(ids, r.words(n, person))
	}
	if len(ids) > 0 {
		text := fmt.Sprintf("%d: %s", total, strings.Join(ids, ", "))
		if more := total - len(ids); more > 0 {
			text += fmt.Sprintf(" "+p.Words.andMore, more)
		}
		section.Notes = []string{text}
	}
	p.Sections = append(p.Sections, section)
	return nil
}

// careers tell how far applications for the period's openings came, and what became of interns and of the year's class.
func (d *digestReader) careers(p *digestPage) error {
	year := d.period.to.Format("2006")
	for _, part := range []struct {
		report string
		more   map[string]string
		names  []string
	}{
		{"career-funnel", nil, []string{"stage", "reached", "persons", "exits", "conversion"}},
		{"intern-conversion", map[string]string{"grain": d.period.grain}, []string{"period", "completed", "eligible", "offer_rate", "acceptance_rate", "conversion_rate"}},
		{"career-outcomes", map[string]string{"from": year, "to": year}, []string{"class", "graduates", "known", "knowledge_rate", "outcome_rate"}},
	} {
		r, err := d.ask(part.report, part.more)
		if err != nil {
			return err
		}
		if part.report == "intern-conversion" && d.period.length == "week" {
			for n := range r.Rows { // the row is of the week, whatever its year is called
				r.Rows[n]["period"] = json.RawMessage(strconv.Quote(p.Period))
			}
		}
		section := p.add(r.Title, r, part.names...)
		if len(r.Rows) == 0 {
			section.Notes = append(section.Notes, p.Words.nothing)
		}
	}
	return nil
}

// quality says what of the period cannot be trusted yet.
func (d *digestReader) quality(p *digestPage) error {
	r, err := d.ask("data-quality", nil)
	if err != nil {
		return err
	}
	section := p.add(p.Words.quality, r, "check", "source", "records")
	var found [][]string
	for n, row := range section.Rows {
		if count, known := amount(r.Rows[n]["records"]); known && count != 0 || r.hiddenAt(n, "records") != "" {
			found = append(found, []string{strings.ReplaceAll(row[0], "_", " "), row[1], row[2]})
		}
	}
	section.Rows = found
	if len(found) == 0 {
		section.Notes = append(section.Notes, p.Words.clean)
	}
	return nil
}
