package importer

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/go-json-experiment/json/jsontext"
)

// fault is why a cell's text is no value for its field.
type fault struct{ code, reason, hint string }

// trimCell removes what people do not see around a cell's text.
func trimCell(text string) string {
	return strings.TrimFunc(text, func(r rune) bool {
		return unicode.IsSpace(r) || r == '\u200b' || r == '\ufeff'
	})
}

// foldWord makes words comparable: case and the kind and number of spaces do
// not matter.
func foldWord(text string) string {
	return strings.ToLower(strings.Join(strings.Fields(trimCell(text)), " "))
}

// foldHeader makes column names comparable: case and spaces do not matter.
func foldHeader(text string) string {
	return strings.ToLower(strings.Join(strings.Fields(trimCell(text)), ""))
}

// appendValue appends the JSON of a cell that is not empty. at is set for
// dates. An empty result says that values made the cell empty.
func (f *field) appendValue(dst []byte, text string) (out []byte, at time.Time, problem *fault) {
	if f.values != nil {
		known, ok := f.values[foldWord(text)]
		switch {
		case ok && known == "":
			return dst, time.Time{}, nil
		case ok:
			text = known
		case f.kind == kindText:
			return dst, time.Time{}, &fault{CodeValue, fmt.Sprintf("%s is not among the values of the mapping", quoteCell(text)), "add it under values, or correct the cell"}
		}
	}
	return f.appendPlain(dst, text)
}

// appendPlain converts text by the kind of the field, without translation.
func (f *field) appendPlain(dst []byte, text string) ([]byte, time.Time, *fault) {
	switch f.kind {
	case kindEnum:
		return f.appendEnum(dst, text)
	case kindInteger:
		return appendInteger(dst, text)
	case kindNumber:
		return appendNumber(dst, text, f.decimal)
	case kindBool:
		return appendBool(dst, text)
	case kindDate, kindDateTime:
		return f.appendDate(dst, text)
	case kindList:
		return f.appendList(dst, text)
	default:
		return appendString(dst, text), time.Time{}, nil
	}
}

func appendString(dst []byte, text string) []byte {
	out, err := jsontext.AppendQuote(dst, text)
	if err != nil { // invalid UTF-8, which rows are checked for before
		out, _ = jsontext.AppendQuote(dst, strings.ToValidUTF8(text, "\uFFFD"))
	}
	return out
}

func (f *field) appendEnum(dst []byte, text string) ([]byte, time.Time, *fault) {
	if slices.Contains(f.enum, text) {
		return appendString(dst, text), time.Time{}, nil
	}
	folded := foldWord(text)
	for _, word := range f.enum {
		if strings.EqualFold(word, folded) {
			return appendString(dst, word), time.Time{}, nil
		}
	}
	return dst, time.Time{}, &fault{CodeValue, fmt.Sprintf("%s is none of %s", quoteCell(text), strings.Join(f.enum, ", ")), "translate it under values, or correct the cell"}
}

// maxExact is the largest integer that every JSON reader keeps exactly.
const maxExact = 1<<53 - 1

func appendInteger(dst []byte, text string) ([]byte, time.Time, *fault) {
	n, err := strconv.ParseInt(strings.TrimPrefix(text, "+"), 10, 64)
	if err != nil || n > maxExact || n < -maxExact || strings.HasPrefix(text, "+-") {
		return dst, time.Time{}, &fault{CodeValue, fmt.Sprintf("%s is no whole number", quoteCell(text)), "write digits only, such as 1200"}
	}
	return strconv.AppendInt(dst, n, 10), time.Time{}, nil
}

func appendNumber(dst []byte, text string, decimal byte) ([]byte, time.Time, *fault) {
	plain := text
	if decimal == ',' {
		plain = strings.Replace(text, ",", ".", 1)
		if strings.Contains(text, ".") {
			plain = ""
		}
	}
	if !isDecimal(plain) {
		hint := "write it like 1.5"
		if strings.Contains(text, ",") {
			hint = `the mapping reads a decimal point; for a comma say decimal: "," in the mapping`
		}
		return dst, time.Time{}, &fault{CodeValue, fmt.Sprintf("%s is no number", quoteCell(text)), hint}
	}
	value := jsontext.Value(normalDecimal(plain))
	if err := value.Canonicalize(); err != nil {
		return dst, time.Time{}, &fault{CodeValue, fmt.Sprintf("%s is too large a number", quoteCell(text)), ""}
	}
	return append(dst, value...), time.Time{}, nil
}

// isDecimal accepts digits with an optional sign and at most one point between
// digits; no exponents, no grouping.
func isDecimal(text string) bool {
	body := strings.TrimLeft(text, "+-")
	if len(text)-len(body) > 1 || body == "" || len(body) > 300 {
		return false
	}
	whole, fraction, pointed := strings.Cut(body, ".")
	return allDigits(whole) && (!pointed || allDigits(fraction))
}

func allDigits(text string) bool {
	return text != "" && strings.IndexFunc(text, func(r rune) bool { return r < '0' || r > '9' }) < 0
}

// normalDecimal makes a decimal valid JSON: no plus sign, no leading zeros.
func normalDecimal(text string) string {
	sign := ""
	switch text[0] {
	case '-':
		sign, text = "-", text[1:]
	case '+':
		text = text[1:]
	}
	trimmed := strings.TrimLeft(text, "0")
	if trimmed == "" || trimmed[0] == '.' {
		trimmed = "0" + trimmed
	}
	return sign + trimmed
}

func appendBool(dst []byte, text string) ([]byte, time.Time, *fault) {
	switch strings.ToLower(text) {
	case "yes", "y", "true", "1":
		return append(dst, "true"...), time.Time{}, nil
	case "no", "n", "false", "0":
		return append(dst, "false"...), time.Time{}, nil
	}
	return dst, time.Time{}, &fault{CodeValue, fmt.Sprintf("%s is neither yes nor no", quoteCell(text)), "use yes, no, true, false, 1 or 0, or declare the word under values"}
}

func (f *field) appendList(dst []byte, text string) ([]byte, time.Time, *fault) {
	dst = append(dst, '[')
	first := true
	for item := range strings.SplitSeq(text, f.split) {
		item = trimCell(item)
		if item == "" {
			continue
		}
		if !first {
			dst = append(dst, ',')
		}
		dst, first = appendString(dst, item), false
	}
	return append(dst, ']'), time.Time{}, nil
}

// appendDate tries every layout: a text that two of them read differently is
// refused, since either reading may be wrong.
func (f *field) appendDate(dst []byte, text string) ([]byte, time.Time, *fault) {
	var found time.Time
	var foundBy *pattern
	for i := range f.patterns {
		layout := &f.patterns[i]
		c, ok := layout.parse(text)
		if !ok {
			continue
		}
		at, problem := f.placeCivil(c, layout)
		if problem != nil {
			return dst, time.Time{}, problem
		}
		if foundBy != nil && !at.Equal(found) {
			return dst, time.Time{}, &fault{CodeTime, fmt.Sprintf("%s can be read by %q and by %q, as different times", quoteCell(text), foundBy.text, layout.text), "keep one of the two layouts"}
		}
		found, foundBy = at, layout
	}
	if foundBy == nil {
		return dst, time.Time{}, &fault{CodeTime, fmt.Sprintf("%s is not written like %s", quoteCell(text), f.layouts()), "correct the cell, or add its layout under date"}
	}
	if f.kind == kindDate {
		day := found
		if f.zone != nil {
			day = found.In(f.zone)
		}
		return day.AppendFormat(dst, `"2006-01-02"`), found, nil
	}
	return found.AppendFormat(dst, `"2006-01-02T15:04:05.999Z"`), found, nil
}

func (f *field) layouts() string {
	texts := make([]string, len(f.patterns))
	for i := range f.patterns {
		texts[i] = f.patterns[i].text
	}
	return strings.Join(texts, " or ")
}

// placeCivil makes an instant of a written date. A day (kindDate) is taken as
// written: an offset or time beside it does not move it to another day.
func (f *field) placeCivil(c civil, layout *pattern) (time.Time, *fault) {
	if c.day > time.Date(c.year, c.month+1, 0, 0, 0, 0, 0, time.UTC).Day() {
		return time.Time{}, &fault{CodeTime, fmt.Sprintf("%s %d has no day %d", c.month, c.year, c.day), "correct the cell, or the order of day and month under date"}
	}
	hasTime := layout.hasTime
	if f.kind == kindDate {
		c.hour, c.minute, c.second, c.nanos, hasTime = 0, 0, 0, 0, false
	}
	var at time.Time
	switch {
	case layout.hasZone && f.kind == kindDateTime:
		at = time.Date(c.year, c.month, c.day, c.hour, c.minute, c.second, c.nanos, time.UTC).Add(-time.Duration(c.offset) * time.Second)
	case f.zone == nil: // a day without a zone: only its date is used
		at = time.Date(c.year, c.month, c.day, 0, 0, 0, 0, time.UTC)
	default:
		placed, err := place(c, f.zone, hasTime)
		if err != nil {
			return time.Time{}, &fault{CodeTime, err.Error(), "correct the time, or check zone in the mapping"}
		}
		at = placed
	}
	at = at.UTC().Truncate(time.Millisecond)
	if at.Year() < firstYear || at.Year() > lastYear || c.year < firstYear || c.year > lastYear {
		return time.Time{}, &fault{CodeTime, fmt.Sprintf("the year %d is outside %d to %d", c.year, firstYear, lastYear), "correct the cell"}
	}
	return at, nil
}

// quoteCell shows a cell's text in a message, cut when it is long.
func quoteCell(text string) string {
	const most = 60
	if runes := []rune(text); len(runes) > most {
		text = string(runes[:most]) + "…"
	}
	return strconv.Quote(text)
}
