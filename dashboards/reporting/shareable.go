package reporting

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/turnout/turnout/internal/problem"
)

// defaultThreshold is the smallest number of people that the shareable view shows.
const defaultThreshold = 5

// Suppressed is a cell that the shareable view does not show. Row counts from 0.
type Suppressed struct {
	Row    int    `json:"row"`
	Column string `json:"column"`
	// Text stands in the place of the figure.
	Text string `json:"text"`
	// few tells a small count from what is withheld because that could be computed from it.
	few bool
}

// checkShareable refuses what names persons: a report about each of them, or a list behind a figure.
func (r *Report) checkShareable(list bool) error {
	switch {
	case list:
		return notShareable("A list names each person or record, which the shareable view never does.", "Ask for the report's figures, or for the list with view=full.")
	case r.namesPersons():
		return notShareable("The report "+r.Name+" names persons, which the shareable view never does.", "Ask for a report of figures, or for this one with view=full.")
	}
	return nil
}

func notShareable(detail, hint string) error {
	return &problem.Error{
		Status: http.StatusForbidden, Code: "not_shareable", Title: "Not shareable", Pointer: "/parameters/" + viewName, Detail: detail, Hint: hint,
	}
}

// namesPersons holds for reports that say so and for those that cannot deny it.
func (r *Report) namesPersons() bool {
	const person = "person_id"
	return r.Personal ||
		slices.ContainsFunc(r.Dimensions, func(d Dimension) bool { return d.Name == person }) ||
		slices.ContainsFunc(r.Measures, func(m Measure) bool { return strings.HasSuffix(m.Value, person) })
}

// peopleUnits are units of which each one is a person or an act of one.
func peopleUnits() []string {
	return []string{
		"persons", "students", "alumni", "graduates", "members", "volunteers", "donors", "ambassadors", "interns", "recipients",
		"registrations", "attendances", "applications", "cases", "placements", "responses", "gifts",
	}
}

// thingUnits are units of counts that say nothing about a person.
func thingUnits() []string {
	return []string{
		"gatherings", "openings", "positions", "ceremonies", "initiatives", "groups", "campaigns", "records", "events",
		"days", "months", "periods", "seats",
	}
}

// countsPeople tells whether a small value of the measure points at somebody. A count does
// unless its unit says otherwise: who writes a report may forget to say so.
func (m Measure) countsPeople() bool {
	if slices.Contains(m.Persons, notPersons) || len(m.Ratio) > 0 || m.Type != Integer && m.Type != Number {
		return false
	}
	if m.Count != "" || m.Rows {
		return !slices.Contains(thingUnits(), m.Unit)
	}
	return slices.Contains(peopleUnits(), m.Unit)
}

// dependsOn names the counts of which the measure may tell something: those that it names, and for
// a sum or an expression that names none every count of people of the report.
func (r *Report) dependsOn(m Measure) []string {
	switch {
	case slices.Contains(m.Persons, notPersons):
		return nil
	case len(m.Persons) > 0:
		return m.Persons
	case m.Sum == "" && m.Expr == "":
		return nil
	}
	var out []string
	for _, of := range r.Measures {
		if (of.Count != "" || of.Rows) && of.countsPeople() {
			out = append(out, of.Name)
		}
	}
	return out
}

// share takes out of the results what fewer than threshold people are behind, and whatever
// it could be computed from. The results are those of one answer: a report, and the same of
// a year before, or nil. They are changed.
func share(threshold int, results ...*Result) {
	s := newSharing(threshold, results)
	if threshold > 1 {
		s.hideFew()
		for s.hideDependent() || s.protect() {
			// What is hidden last may give away, or depend on, something else.
			continue
		}
		s.hideRatios()
	}
	s.apply()
}

// apply writes what is hidden into the results.
func (s *sharing) apply() {
	for run, result := range s.results {
		result.Suppressed, result.Threshold = []Suppressed{}, s.threshold
		words := result.Report.words()
		for row := range result.Rows {
			values := slices.Clone(result.Rows[row])
			for column, c := range result.Columns {
				cell, known := s.cells[place{run, row, column}]
				if !known || !s.figures[s.find(cell)].hidden || values[column] == nil {
					continue
				}
				few := s.figures[s.find(cell)].few
				text := words.withheld
				if few {
					text = strings.ReplaceAll(words.fewerThan, "%d", strconv.Itoa(s.threshold))
				}
				values[column] = nil
				result.Suppressed = append(result.Suppressed, Suppressed{row, c.Name, text, few})
			}
			result.Rows[row] = values
		}
	}
}

// suppressedBefore adds what is suppressed of the year before, each at the place of its row.
func (r *Result) suppressedBefore(earlier *Result, places []int) {
	byRow := make(map[int][]Suppressed)
	for _, s := range earlier.Suppressed {
		byRow[s.Row] = append(byRow[s.Row], s)
	}
	for row, from := range places {
		for _, s := range byRow[from] {
			if i := slices.IndexFunc(r.Columns, func(c Column) bool { return c.Name == s.Column }); r.Columns[i].comparable() {
				r.Suppressed = append(r.Suppressed, Suppressed{row, s.Column + yearBeforeSuffix, s.Text, s.few})
			}
		}
	}
	slices.SortStableFunc(r.Suppressed, func(a, b Suppressed) int { return a.Row - b.Row })
}

// mark is what stands in the place of a suppressed figure where there is little room.
func (r *Result) mark(s Suppressed) string {
	if s.few {
		return "<" + strconv.Itoa(r.Threshold)
	}
	return s.Text
}

// Marks are what stands in the place of suppressed figures where there is little room, as in
// a CSV file: "<5", or the word for withheld. They are found by row and column.
func (r *Result) Marks() func(row int, column string) string {
	type cell struct {
		row    int
		column string
	}
	marks := make(map[cell]string, len(r.Suppressed))
	for _, s := range r.Suppressed {
		marks[cell{s.Row, s.Column}] = r.mark(s)
	}
	return func(row int, column string) string { return marks[cell{row, column}] }
}

// suppressed is the list for programs: nil in the full view, where there is none.
func (r *Result) suppressed() any {
	if r.Suppressed == nil {
		return nil
	}
	return r.Suppressed
}
