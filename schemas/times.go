package schemas

import (
	"time"
)

// Years that a time may lie in: communities have a history, and plans.
const (
	MinYear = 1900
	MaxYear = 2100
)

// The first second of MinYear and the last of MaxYear, in UTC, as Unix times.
const (
	firstSecond = -2208988800
	lastSecond  = 4133980799
)

// epochMillis is 1900-01-01T00:00:00Z in Unix milliseconds: versions count from there.
const epochMillis = -2208988800000

// ParseTime reads an RFC 3339 date-time as the contract means it: `T` and `Z` in upper case, seconds given, a real calendar day,
// no leap second, between 1900-01-01 and 2100-12-31 in UTC. The result is in UTC, cut down (also before 1970) to the millisecond.
func ParseTime(text string) (time.Time, error) {
	t, problem := parseTime(text)
	if problem != "" {
		return time.Time{}, &Violation{Code: CodeBadTime, Detail: quoteShort(text) + " " + problem + ".", Hint: hintTime}
	}
	return t, nil
}

// ParseDate reads a calendar day such as 2022-05-27, between 1900 and 2100, as midnight UTC.
func ParseDate(text string) (time.Time, error) {
	t, problem := parseDate(text)
	if problem != "" {
		return time.Time{}, &Violation{Code: CodeBadTime, Detail: quoteShort(text) + " " + problem + ".", Hint: hintDate}
	}
	return t, nil
}

const (
	hintTime = "write it like 2022-05-27T18:00:00+02:00 or 2022-05-27T16:00:00Z"
	hintDate = "write it like 2022-05-27"
)

const (
	notTime   = "is not an RFC 3339 date-time"
	notDate   = "is not a date of the form YYYY-MM-DD"
	noSuchDay = "names a day that the calendar does not have"
	noLeap    = "has a leap second, which no clock here can hold; use second 59"
	noZone    = "has no time zone"
	outside   = "is outside 1900-01-01 to 2100-12-31"
)

// parseTime returns the time, or a problem as the rest of a sentence whose subject is the text.
func parseTime(s string) (time.Time, string) {
	if len(s) < len("2006-01-02T15:04:05") || s[10] != 'T' {
		return time.Time{}, notTime
	}
	year, month, day, problem := calendarDay(s[:10])
	if problem != "" {
		return time.Time{}, problem
	}
	hour, minute, second, problem := clock(s[11:19])
	if problem != "" {
		return time.Time{}, problem
	}
	nanos, rest, ok := fraction(s[19:])
	if !ok {
		return time.Time{}, notTime
	}
	offset, problem := zoneOffset(rest)
	if problem != "" {
		return time.Time{}, problem
	}
	nanos -= nanos % int(time.Millisecond)
	t := time.Date(year, time.Month(month), day, hour, minute, second, nanos, time.UTC)
	if offset != 0 {
		t = t.Add(-offset)
	}
	if !inRange(t) {
		return time.Time{}, outside
	}
	return t, ""
}

// clock reads hh:mm:ss.
func clock(s string) (hour, minute, second int, problem string) {
	hour, okH := digits(s[0:2])
	minute, okM := digits(s[3:5])
	second, okS := digits(s[6:8])
	switch {
	case !okH || !okM || !okS || s[2] != ':' || s[5] != ':' || hour > 23 || minute > 59 || second > 60:
		return 0, 0, 0, notTime
	case second == 60:
		return 0, 0, 0, noLeap
	default:
		return hour, minute, second, ""
	}
}

// fraction reads an optional fraction of a second and returns what follows it. Digits beyond the ninth are dropped.
func fraction(s string) (nanos int, rest string, ok bool) {
	if s == "" || s[0] != '.' {
		return 0, s, true
	}
	i, scale := 1, 100_000_000
	for ; i < len(s) && s[i] >= '0' && s[i] <= '9'; i++ {
		nanos += int(s[i]-'0') * scale
		scale /= 10
	}
	return nanos, s[i:], i > 1
}

func zoneOffset(s string) (time.Duration, string) {
	switch {
	case s == "Z":
		return 0, ""
	case s == "":
		return 0, noZone
	case len(s) != len("+02:00") || (s[0] != '+' && s[0] != '-') || s[3] != ':':
		return 0, notTime
	}
	hours, okH := digits(s[1:3])
	minutes, okM := digits(s[4:6])
	if !okH || !okM || hours > 23 || minutes > 59 {
		return 0, notTime
	}
	offset := time.Duration(hours)*time.Hour + time.Duration(minutes)*time.Minute
	if s[0] == '-' {
		offset = -offset
	}
	return offset, ""
}

func parseDate(s string) (time.Time, string) {
	if len(s) != len("2006-01-02") {
		return time.Time{}, notDate
	}
	year, month, day, problem := calendarDay(s)
	if problem == notTime {
		problem = notDate
	}
	if problem != "" {
		return time.Time{}, problem
	}
	if year < MinYear || year > MaxYear {
		return time.Time{}, outside
	}
	return time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC), ""
}

// calendarDay reads YYYY-MM-DD. Years outside the range pass here, because an offset may bring them back in.
func calendarDay(s string) (year, month, day int, problem string) {
	century, ok1 := digits(s[0:2])
	rest, ok2 := digits(s[2:4])
	month, ok3 := digits(s[5:7])
	day, ok4 := digits(s[8:10])
	if !ok1 || !ok2 || !ok3 || !ok4 || s[4] != '-' || s[7] != '-' {
		return 0, 0, 0, notTime
	}
	year = century*100 + rest
	if month < 1 || month > 12 || day < 1 || day > daysIn(year, month) {
		return 0, 0, 0, noSuchDay
	}
	return year, month, day, ""
}

func daysIn(year, month int) int {
	switch month {
	case 4, 6, 9, 11:
		return 30
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	default:
		return 31
	}
}

func digits(s string) (int, bool) {
	a, b := s[0]-'0', s[1]-'0'
	return int(a)*10 + int(b), a <= 9 && b <= 9
}

func inRange(t time.Time) bool {
	second := t.Unix()
	return second >= firstSecond && second <= lastSecond
}

// appendTimestamp writes a time as the contract stores it: UTC, RFC 3339, milliseconds only when there are some.
func appendTimestamp(dst []byte, t time.Time) []byte {
	t = t.UTC()
	year, month, day := t.Date()
	if year < 0 || year > 9999 { // refused by whoever decodes it
		return t.AppendFormat(dst, "2006-01-02T15:04:05.999Z")
	}
	hour, minute, second := t.Clock()
	dst = appendDigits(dst, year/100)
	dst = appendDigits(dst, year%100)
	dst = appendDigits(append(dst, '-'), int(month))
	dst = appendDigits(append(dst, '-'), day)
	dst = appendDigits(append(dst, 'T'), hour)
	dst = appendDigits(append(dst, ':'), minute)
	dst = appendDigits(append(dst, ':'), second)
	if millis := t.Nanosecond() / int(time.Millisecond); millis > 0 {
		dst = append(dst, '.', byte('0'+millis/100), byte('0'+millis/10%10), byte('0'+millis%10))
		for dst[len(dst)-1] == '0' {
			dst = dst[:len(dst)-1]
		}
	}
	return append(dst, 'Z')
}

// appendDigits appends two digits of a number below 100.
func appendDigits(dst []byte, n int) []byte { return append(dst, byte('0'+n/10), byte('0'+n%10)) }
