package cli

import (
	"regexp"
	"strconv"
	"time"
)

// digestTime is what --to asks for: the last complete period of a length, or a period by its name.
type digestTime struct {
	length string // week, month, quarter, year
	named  time.Time
	set    bool
}

// span is a time of whole days, both included.
type span struct {
	from, to time.Time
	grain    string // of the reports, so that the span is one row
	length   string
}

func parseTo(text string) (digestTime, error) {
	switch text {
	case "week", "month", "quarter", "year":
		return digestTime{length: text}, nil
	}
	for _, form := range []struct{ pattern, layout, length string }{
		{`^\d{4}-\d{2}-\d{2}$`, time.DateOnly, "week"}, {`^\d{4}-\d{2}$`, "2006-01", "month"}, {`^\d{4}$`, "2006", "year"},
	} {
		if !regexp.MustCompile(form.pattern).MatchString(text) {
			continue
		}
		if day, err := time.Parse(form.layout, text); err == nil {
			return digestTime{length: form.length, named: day, set: true}, nil
		}
	}
	if match := regexp.MustCompile(`^(\d{4})-Q([1-4])$`).FindStringSubmatch(text); match != nil {
		year, _ := strconv.Atoi(match[1]) // digits
		quarter, _ := strconv.Atoi(match[2])
		return digestTime{length: "quarter", named: time.Date(year, time.Month(3*quarter-2), 1, 0, 0, 0, 0, time.UTC), set: true}, nil // months of a quarter
	}
	return digestTime{}, usagef("--to: %q is none of week, month, quarter, year, and no day 2026-11-22, month 2026-10, quarter 2026-Q3 or year 2026", text)
}

const daysOfWeek = 7

// span is the time asked for, seen from a moment in the community's zone: the last one that is over, from Monday to Sunday for a
// week. A day names the seven days that end with it.
func (d digestTime) span(now time.Time) span {
	today := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, time.UTC)
	months := map[string]int{"month": 1, "quarter": 3, "year": 12}[d.length] // months of each
	if d.length == "week" {
		last := d.named
		if !d.set {
			last = today.AddDate(0, 0, -(int(today.Weekday())+daysOfWeek-1)%daysOfWeek-1)
		}
		return span{from: last.AddDate(0, 0, 1-daysOfWeek), to: last, grain: "year", length: d.length}
	}
	first := d.named
	if !d.set {
		first = time.Date(today.Year(), (today.Month()-1)/time.Month(months)*time.Month(months)+1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, -months, 0)
	}
	return span{from: first, to: first.AddDate(0, months, -1), grain: d.length, length: d.length}
}

// open tells whether the span is not over at a moment.
func (s span) open(now time.Time) bool {
	return now.Format(time.DateOnly) <= s.to.Format(time.DateOnly)
}

// String is how people name the span.
func (s span) String() string {
	switch s.length {
	case "month":
		return s.from.Format("2006-01")
	case "quarter":
		return s.from.Format("2006-Q") + strconv.Itoa((int(s.from.Month())+2)/3) // months of a quarter
	case "year":
		return s.from.Format("2006")
	default:
		return s.from.Format(time.DateOnly) + " – " + s.to.Format(time.DateOnly)
	}
}
