package oracle

import (
	"fmt"
	"strconv"
)

// The grains of periods. communityYear is the year that ends with the community's year end.
const (
	byGathering   = "gathering"
	byMonth       = "month"
	byQuarter     = "quarter"
	byYear        = "year"
	communityYear = "community year"
)

// period numbers the calendar periods of a grain, so that the next one is one more.
func (w *world) period(grain, day string) int {
	year, month := numberOf(day[:4]), numberOf(day[5:7])
	switch grain {
	case communityYear:
		return w.yearOf(day)
	case byYear:
		return year
	case byQuarter:
		return year*4 + (month-1)/3
	}
	return year*12 + month - 1
}

// yearOf is the year in which the community's year ends that holds the day.
func (w *world) yearOf(day string) int {
	year := numberOf(day[:4])
	if day[5:] > w.options.YearEnd {
		year++
	}
	return year
}

// numberOf reads digits that were checked before.
func numberOf(digits string) int {
	n, err := strconv.Atoi(digits)
	if err != nil {
		return 0
	}
	return n
}

func label(grain string, period int) string {
	switch grain {
	case byYear, communityYear:
		return fmt.Sprintf("%04d", period)
	case byQuarter:
		return fmt.Sprintf("%04d-Q%d", period/4, period%4+1)
	}
	return fmt.Sprintf("%04d-%02d", period/12, period%12+1)
}

// firstDay is the day on which a calendar period begins.
func (w *world) firstDay(grain string, period int) string {
	switch grain {
	case communityYear:
		last := fmt.Sprintf("%04d-%s", period-1, w.options.YearEnd)
		return parseDay(last).AddDate(0, 0, 1).Format("2006-01-02")
	case byYear:
		return fmt.Sprintf("%04d-01-01", period)
	case byQuarter:
		return fmt.Sprintf("%04d-%02d-01", period/4, period%4*3+1)
	}
	return fmt.Sprintf("%04d-%02d-01", period/12, period%12+1)
}

// unfinished says whether the period is not over yet.
func (v *view) unfinished(grain string, period int) bool {
	return v.today < v.firstDay(grain, period+1)
}
