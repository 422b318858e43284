package importer

import (
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// pattern is a compiled date layout: tokens such as DD.MM.YYYY HH:mm.
type pattern struct {
	text    string
	parts   []patternPart
	hasTime bool
	hasZone bool
}

type patternPart struct {
	token   string // "" for literal text
	literal string
}

// Tokens for the name of a month, cut and whole; both accept both.
const (
	monthShort = "MMM"
	monthLong  = "MMMM"
)

// patternTokens, longest first where one begins another.
func patternTokens() []string {
	return []string{"YYYY", monthLong, monthShort, "MM", "M", "DD", "D", "HH", "H", "hh", "h", "mm", "ss", "SSS", "A", "Z"}
}

const rfc3339Name = "rfc3339"

// compilePattern reads a date layout. A layout must name year, month and day;
// letters that are no token stand in brackets ("D MMMM YYYY [at] HH:mm").
func compilePattern(text string) (pattern, error) {
	p := pattern{text: text}
	source := text
	if strings.EqualFold(text, rfc3339Name) {
		source = "YYYY-MM-DDTHH:mm:ssZ"
	}
	for rest := source; rest != ""; {
		part, n, err := nextPart(rest)
		if err != nil {
			return pattern{}, err
		}
		p.parts = append(p.parts, part)
		rest = rest[n:]
	}
	if err := p.checkTokens(); err != nil {
		return pattern{}, err
	}
	return p, nil
}

func nextPart(rest string) (patternPart, int, error) {
	if rest[0] == '[' {
		end := strings.IndexByte(rest, ']')
		if end < 0 {
			return patternPart{}, 0, fmt.Errorf("the bracket in %q is not closed", rest)
		}
		return patternPart{literal: rest[1:end]}, end + 1, nil
	}
	for _, token := range patternTokens() {
		if strings.HasPrefix(rest, token) {
			return patternPart{token: token}, len(token), nil
		}
	}
	r, size := utf8.DecodeRuneInString(rest)
	if unicode.IsLetter(r) && r != 'T' {
		return patternPart{}, 0, fmt.Errorf("%q is no part of a date layout", string(r))
	}
	return patternPart{literal: rest[:size]}, size, nil
}

// checkTokens refuses layouts that leave out a part of the date, or name one
// twice.
func (p *pattern) checkTokens() error {
	seen := map[string]bool{}
	for _, part := range p.parts {
		if part.token == "" {
			continue
		}
		kind := tokenKind(part.token)
		if seen[kind] {
			return fmt.Errorf("it names the %s twice", kind)
		}
		seen[kind] = true
	}
	for _, need := range []string{"year", "month", "day"} {
		if !seen[need] {
			return fmt.Errorf("it has no %s", need)
		}
	}
	hours := seen["hour"] || seen["hour of twelve"]
	switch {
	case seen["hour"] && seen["hour of twelve"]:
		return fmt.Errorf("it names the hour twice")
	case seen["hour of twelve"] != seen["AM or PM"]:
		return fmt.Errorf("h and hh need A (AM or PM), and A needs them; use HH for hours from 00 to 23")
	case seen["minute"] && !hours, seen["second"] && !seen["minute"], seen["fraction"] && !seen["second"], seen["offset"] && !hours:
		return fmt.Errorf("it names a smaller part of the time without the larger one")
	}
	p.hasTime, p.hasZone = hours, seen["offset"]
	return nil
}

func tokenKind(token string) string {
	switch token {
	case "YYYY":
		return "year"
	case monthLong, monthShort, "MM", "M":
		return "month"
	case "DD", "D":
		return "day"
	case "HH", "H":
		return "hour"
	case "hh", "h":
		return "hour of twelve"
	case "mm":
		return "minute"
	case "ss":
		return "second"
	case "SSS":
		return "fraction"
	case "A":
		return "AM or PM"
	default:
		return "offset"
	}
}

// civil is a date and time as written, before it is placed in a zone.
type civil struct {
	year, day, hour, minute, second, nanos int
	month                                  time.Month
	offset                                 int // seconds east of UTC, when the layout has one
	pm, twelve                             bool
}

// parse reads text by the pattern; ok is false when text is not written so.
// The parts are in range but the day may still not exist in its month.
func (p *pattern) parse(text string) (c civil, ok bool) {
	rest := text
	for _, part := range p.parts {
		if part.token == "" {
			if len(rest) < len(part.literal) || !strings.EqualFold(rest[:len(part.literal)], part.literal) {
				return civil{}, false
			}
			rest = rest[len(part.literal):]
			continue
		}
		n := c.take(part.token, rest)
		if n == 0 {
			return civil{}, false
		}
		rest = rest[n:]
		if part.token == "ss" && strings.EqualFold(p.text, rfc3339Name) && strings.HasPrefix(rest, ".") {
			n := c.take("SSS", rest[1:])
			if n == 0 {
				return civil{}, false
			}
			rest = rest[1+n:]
		}
	}
	if c.twelve {
		c.hour %= 12
		if c.pm {
			c.hour += 12
		}
	}
	return c, rest == ""
}

// take reads one token at the start of rest and returns its length, 0 when it
// is not there.
func (c *civil) take(token, rest string) int {
	switch token {
	case "YYYY":
		return number(rest, 4, 4, 0, 9999, &c.year)
	case "MM", "M":
		var month int
		n := number(rest, len(token), 2, 1, 12, &month)
		c.month = time.Month(month)
		return n
	case monthShort, monthLong:
		month, n := monthName(rest)
		c.month = month
		return n
	case "DD", "D":
		return number(rest, len(token), 2, 1, 31, &c.day)
	case "HH", "H":
		return number(rest, len(token), 2, 0, 23, &c.hour)
	case "hh", "h":
		c.twelve = true
		return number(rest, len(token), 2, 1, 12, &c.hour)
	case "mm":
		return number(rest, 2, 2, 0, 59, &c.minute)
	case "ss":
		return number(rest, 2, 2, 0, 59, &c.second)
	case "SSS":
		return c.takeFraction(rest)
	case "A":
		return c.takeHalf(rest)
	default:
		return c.takeOffset(rest)
	}
}

func (c *civil) takeFraction(rest string) int {
	n, scale := 0, 100_000_000
	for n < len(rest) && n < 9 && isDigit(rest[n]) {
		c.nanos += int(rest[n]-'0') * scale
		scale /= 10
		n++
	}
	return n
}

func (c *civil) takeHalf(rest string) int {
	if len(rest) < 2 {
		return 0
	}
	switch strings.ToUpper(rest[:2]) {
	case "AM":
		c.pm = false
	case "PM":
		c.pm = true
	default:
		return 0
	}
	return 2
}

// takeOffset reads Z, +03, +0300 or +03:00.
func (c *civil) takeOffset(rest string) int {
	if rest == "" {
		return 0
	}
	if rest[0] == 'Z' || rest[0] == 'z' {
		return 1
	}
	if rest[0] != '+' && rest[0] != '-' {
		return 0
	}
	var hours, minutes int
	used := 1 + number(rest[1:], 2, 2, 0, 23, &hours)
	if used == 1 {
		return 0
	}
	after := strings.TrimPrefix(rest[used:], ":")
	if n := number(after, 2, 2, 0, 59, &minutes); n > 0 {
		used = len(rest) - len(after) + n
	} else if after != rest[used:] {
		return 0
	}
	c.offset = hours*3600 + minutes*60
	if rest[0] == '-' {
		c.offset = -c.offset
	}
	return used
}

// number reads least to most digits as a value from low to high.
func number(text string, least, most, low, high int, into *int) int {
	n, value := 0, 0
	for n < len(text) && n < most && isDigit(text[n]) {
		value = value*10 + int(text[n]-'0')
		n++
	}
	if n < least || value < low || value > high {
		return 0
	}
	*into = value
	return n
}

func isDigit(b byte) bool { return b >= '0' && b <= '9' }

// monthName reads an English or Russian month, whole or its first three
// letters; a full stop behind a shortened name belongs to it.
func monthName(text string) (time.Month, int) {
	end := strings.IndexFunc(text, func(r rune) bool { return !unicode.IsLetter(r) })
	if end < 0 {
		end = len(text)
	}
	word := strings.ToLower(text[:end])
	if utf8.RuneCountInString(word) < 3 {
		return 0, 0
	}
	for i, names := range monthNames() {
		for _, name := range names {
			short := string([]rune(name)[:3])
			if word == name {
				return time.Month(i + 1), end
			}
			if word == short {
				if strings.HasPrefix(text[end:], ".") {
					end++
				}
				return time.Month(i + 1), end
			}
		}
	}
	return 0, 0
}

func monthNames() [12][]string {
	return [12][]string{
		{"january", "января", "январь"},
		{"february", "февраля", "февраль"},
		{"march", "марта", "март"},
		{"april", "апреля", "апрель"},
		{"may", "мая", "май"},
		{"june", "июня", "июнь"},
		{"july", "июля", "июль"},
		{"august", "августа", "август"},
		{"september", "сентября", "сентябрь"},
		{"october", "октября", "октябрь"},
		{"november", "ноября", "ноябрь"},
		{"december", "декабря", "декабрь"},
	}
}
