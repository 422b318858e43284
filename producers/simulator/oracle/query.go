package oracle

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// question is what a report is asked, as in the address of the API.
type question struct {
	Grain    string // "" is the report's first
	From, To string // days; "" is open

	Kinds, GatheringChapters      []string // of gatherings; none are all
	Statuses, Faculties, Chapters []string // of persons; none are all
	GraduationFrom, GraduationTo  int      // 0 is open
	Staff                         string   // exclude, include or only; "" is exclude
	Now                           bool     // attributes as now, not as at the act

	CohortBy      string // of retention: attendance or join
	By            string // of mode-overlap: combination or number
	Contributions string // of absence-factor: attendances, hours or openings
	Person        string // of timeline
	Activities    []string
}

// readQuery reads the parameters that the API takes. What has no part in figures,
// such as tenant and format, is passed over.
func readQuery(text string) (question, error) {
	values, err := url.ParseQuery(text)
	if err != nil {
		return question{}, fmt.Errorf("read the query: %w", err)
	}
	q := question{
		Grain: values.Get("grain"), Staff: values.Get("staff"), Now: values.Get("attributes") == "now",
		CohortBy: values.Get("cohort_by"), By: values.Get("by"), Contributions: values.Get("contributions"), Person: values.Get("person"),
		Kinds: split(values.Get("kind")), GatheringChapters: split(values.Get("gathering_chapter")), Statuses: split(values.Get("status")),
		Faculties: split(values.Get("faculty")), Chapters: split(values.Get("chapter")), Activities: split(values.Get("activity")),
	}
	for name, year := range map[string]*int{"graduation_from": &q.GraduationFrom, "graduation_to": &q.GraduationTo} {
		text := values.Get(name)
		if text == "" {
			continue
		}
		n, err := strconv.Atoi(text)
		if err != nil {
			return q, fmt.Errorf("read %s: %w", name, err)
		}
		*year = n
	}
	if q.From, _, err = daysOf(values.Get("from")); err != nil {
		return q, err
	}
	_, q.To, err = daysOf(values.Get("to"))
	return q, err
}

func split(list string) []string {
	if list == "" {
		return nil
	}
	return strings.Split(list, ",")
}

// daysOf gives the first and the last day of a written year, quarter, month or day.
func daysOf(text string) (first, last string, err error) {
	if text == "" {
		return "", "", nil
	}
	written, months := text, 0
	if len(text) == len("2024-Q2") && text[5] == 'Q' {
		quarter := int(text[6] - '0')
		written, months = fmt.Sprintf("%s-%02d", text[:4], quarter*3-2), 2
	}
	for layout, end := range map[string]func(time.Time) time.Time{
		"2006":        func(t time.Time) time.Time { return t.AddDate(1, 0, -1) },
		"2006-01":     func(t time.Time) time.Time { return t.AddDate(0, months+1, -1) },
		time.DateOnly: func(t time.Time) time.Time { return t },
	} {
		if start, err := time.Parse(layout, written); err == nil {
			return start.Format(time.DateOnly), end(start).Format(time.DateOnly), nil
		}
	}
	return "", "", fmt.Errorf("%q is no year, quarter, month or day", text)
}

// backAYear gives the question with its range moved back by a year.
func (q question) backAYear() question {
	if q.From != "" {
		q.From = shift(q.From, -12)
	}
	if q.To != "" { // the day after the last one is moved: February ends when it ends
		after := parseDay(q.To).AddDate(0, 0, 1).Format(time.DateOnly)
		q.To = parseDay(shift(after, -12)).AddDate(0, 0, -1).Format(time.DateOnly)
	}
	return q
}

// shift moves a day by months; where the month is too short, to its last day.
func shift(day string, months int) string {
	t := parseDay(day)
	first := time.Date(t.Year(), t.Month()+time.Month(months), 1, 0, 0, 0, 0, time.UTC)
	last := first.AddDate(0, 1, -1).Day()
	return time.Date(first.Year(), first.Month(), min(t.Day(), last), 0, 0, 0, 0, time.UTC).Format(time.DateOnly)
}

// parseDay reads a day that was written by this program or checked by the contract.
func parseDay(day string) time.Time {
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return time.Time{}
	}
	return t
}

// daysBetween counts the local days from one day to another.
func daysBetween(from, to string) int {
	return int(parseDay(to).Sub(parseDay(from)).Hours() / 24)
}
