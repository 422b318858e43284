package reporting

import (
	"fmt"
	"strconv"
	"time"
)

// span is the time that a written date stands for: from Start until before End.
// An instant has no length.
type span struct{ start, end time.Time }

const (
	firstYear = 1900
	lastYear  = 2100
)

// parseSpan reads a year 2024, quarter 2024-Q2, month 2024-05, day 2024-05-27 (each
// in the zone of location) or an RFC 3339 instant.
func parseSpan(text string, location *time.Location) (span, error) {
	year, month, day, length, err := readCalendar(text)
	if err == nil {
		if year < firstYear || year > lastYear {
			return span{}, fmt.Errorf("the year %d is not within %d to %d", year, firstYear, lastYear)
		}
		end := time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC).AddDate(length.years, length.months, length.days)
		return span{startOfDay(year, time.Month(month), day, location), startOfDay(end.Year(), end.Month(), end.Day(), location)}, nil
	}
	instant, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return span{}, fmt.Errorf("%q is not a date", shorten(text))
	}
	if y := instant.UTC().Year(); y < firstYear || y > lastYear {
		return span{}, fmt.Errorf("the year %d is not within %d to %d", y, firstYear, lastYear)
	}
	return span{instant, instant}, nil
}

type calendarLength struct{ years, months, days int }

func readCalendar(text string) (year, month, day int, length calendarLength, err error) {
	const monthsOfQuarter = 3
	if len(text) == len("2024-Q2") && text[4] == '-' && text[5] == 'Q' && text[6] >= '1' && text[6] <= '4' {
		if year, err = strconv.Atoi(text[:4]); err != nil {
			return 0, 0, 0, calendarLength{}, fmt.Errorf("read the year: %w", err)
		}
		return year, int(text[6]-'1')*monthsOfQuarter + 1, 1, calendarLength{months: monthsOfQuarter}, nil
	}
	for _, form := range []struct {
		layout string
		length calendarLength
	}{
		{"2006", calendarLength{years: 1}},
		{"2006-01", calendarLength{months: 1}},
		{time.DateOnly, calendarLength{days: 1}},
	} {
		t, failed := time.Parse(form.layout, text)
		if failed == nil {
			return t.Year(), int(t.Month()), t.Day(), form.length, nil
		}
	}
	return 0, 0, 0, calendarLength{}, fmt.Errorf("not a calendar date")
}

// startOfDay is the first instant of the day. Where clocks are put forward at
// midnight, the day begins at a later hour than 0.
func startOfDay(year int, month time.Month, day int, location *time.Location) time.Time {
	t := time.Date(year, month, day, 0, 0, 0, 0, location)
	want := time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
	y, m, d := t.Date()
	if time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Before(want) {
		if _, end := t.ZoneBounds(); !end.IsZero() {
			return end
		}
	}
	if start, _ := t.ZoneBounds(); !start.IsZero() && (t.Hour() > 0 || t.Minute() > 0) {
		return start
	}
	return t
}

func shorten(text string) string {
	const longest = 60
	runes := []rune(text)
	if len(runes) <= longest {
		return text
	}
	return string(runes[:longest]) + "…"
}
