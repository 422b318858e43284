package importer

import (
	"fmt"
	"time"
	_ "time/tzdata" // the zones must not depend on what the machine has installed
)

// Years that events may lie in; the contract refuses others.
const (
	firstYear = 1900
	lastYear  = 2100
)

// loadZone accepts the names of the IANA time zone database and UTC.
func loadZone(name string) (*time.Location, error) {
	if name == "" || name == "Local" {
		return nil, fmt.Errorf("%q is no time zone", name)
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return nil, fmt.Errorf("%q is no time zone", name)
	}
	return zone, nil
}

// place puts a written date and time into a zone. The rules, which importing.md
// states: a time that a clock showed twice is the first of the two; a time that
// no clock showed is refused; a date without a time is the first moment of
// that day.
func place(c civil, zone *time.Location, hasTime bool) (time.Time, error) {
	wall := time.Date(c.year, c.month, c.day, c.hour, c.minute, c.second, c.nanos, time.UTC)
	if t, ok := firstReading(wall, zone); ok {
		return t, nil
	}
	if hasTime {
		return time.Time{}, fmt.Errorf("the clocks in %s never showed %s: they were put forward",
			zone, wall.Format("2006-01-02 15:04:05"))
	}
	// Clocks put forward at midnight: the day begins when they show again.
	_, until := guess(wall, zone).ZoneBounds()
	for _, t := range []time.Time{until, startOf(guess(wall, zone))} {
		if local := t.In(zone); !t.IsZero() && local.Day() == c.day && local.Month() == c.month {
			return t.UTC(), nil
		}
	}
	return time.Time{}, fmt.Errorf("there was no %s in %s", wall.Format("2006-01-02"), zone)
}

func guess(wall time.Time, zone *time.Location) time.Time {
	return time.Date(wall.Year(), wall.Month(), wall.Day(), wall.Hour(), wall.Minute(), wall.Second(), wall.Nanosecond(), zone)
}

func startOf(t time.Time) time.Time {
	start, _ := t.ZoneBounds()
	return start
}

// firstReading is the first instant at which a clock in zone showed wall. The
// offsets in force around it are tried; the largest offset is the earliest
// instant.
func firstReading(wall time.Time, zone *time.Location) (time.Time, bool) {
	near := guess(wall, zone)
	start, end := near.ZoneBounds()
	candidates := [3]time.Time{near, near, near}
	if !start.IsZero() {
		candidates[0] = start.Add(-1)
	}
	if !end.IsZero() {
		candidates[2] = end
	}
	var first time.Time
	found := false
	for _, sample := range candidates {
		_, offset := sample.Zone()
		t := wall.Add(-time.Duration(offset) * time.Second)
		if _, actual := t.In(zone).Zone(); actual != offset {
			continue
		}
		if !found || t.Before(first) {
			first, found = t, true
		}
	}
	return first, found
}
