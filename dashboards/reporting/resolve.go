package reporting

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/turnout/turnout/internal/problem"
	"github.com/turnout/turnout/schemas"
)

// resolved is what a reader asked for, checked.
type resolved struct {
	tenant   string
	version  string // of what is stored of the tenant; empty when it is not known
	location *time.Location
	asOf     time.Time
	// shown are the values as readers see them, sent are those of the query.
	shown map[string]any
	sent  map[string]any
}

const (
	longestValue = 256
	mostValues   = 100
	engineTime   = "2006-01-02 15:04:05.000"
)

// resolve checks the values a reader gave for the report's parameters. Names in
// other are someone else's (a cell's) and left alone.
func (r *Report) resolve(values url.Values, other []string, zone string, asOf time.Time) (*resolved, error) {
	if err := r.refuseUnknown(values, other); err != nil {
		return nil, err
	}
	out := &resolved{asOf: asOf, shown: make(map[string]any), sent: make(map[string]any)}
	given, err := single(values, timezoneName)
	if err != nil {
		return nil, err
	}
	if given != "" {
		zone = given
	}
	if out.location, err = loadZone(zone); err != nil {
		return nil, err
	}
	out.shown[timezoneName], out.sent[timezoneName] = zone, zone
	out.sent[asOfName] = asOf.UTC().Format(engineTime)
	for _, p := range r.Parameters {
		if p.Name == timezoneName {
			continue
		}
		if err := out.set(p, values[p.Name]); err != nil {
			return nil, err
		}
	}
	if err := out.checkOrder(); err != nil {
		return nil, err
	}
	return out, nil
}

func (r *Report) refuseUnknown(values url.Values, other []string) error {
	names := make([]string, 0, len(values))
	for name := range values {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		if _, ok := r.Parameter(name); ok || slices.Contains(other, name) {
			continue
		}
		allowed := slices.Clone(other)
		for _, p := range r.Parameters {
			allowed = append(allowed, p.Name)
		}
		return bad("unknown_parameter", name, fmt.Sprintf("the report %s has no parameter %q", r.Name, shorten(name)), allowed)
	}
	return nil
}

// set takes one parameter's values.
func (o *resolved) set(p Parameter, values []string) error {
	if p.Type == ListParameter {
		return o.setList(p, values)
	}
	text, err := single(url.Values{p.Name: values}, p.Name)
	if err != nil {
		return err
	}
	switch p.Type {
	case TenantParameter:
		if !schemas.ValidTenant(text) {
			return badValue(p.Name, fmt.Sprintf("%q is not the name of a community", shorten(text)), "use 1 to 64 of the characters a-z, 0-9 and -")
		}
		o.tenant = text
		o.shown[p.Name], o.sent[p.Name] = text, text
	case EnumParameter:
		if text == "" {
			text = p.Default
		}
		if !slices.Contains(p.Values, text) {
			return bad("unknown_value", p.Name, fmt.Sprintf("%q is not a value of %s", shorten(text), p.Name), p.Values)
		}
		o.shown[p.Name], o.sent[p.Name] = text, text
	case IntegerParameter:
		return o.setInteger(p, text)
	case DateParameter:
		return o.setDate(p, text)
	case ListParameter, ZoneParameter:
	}
	return nil
}

func (o *resolved) setList(p Parameter, values []string) error {
	list := []string{}
	for _, value := range values {
		for part := range strings.SplitSeq(value, ",") {
			part = strings.TrimSpace(part)
			if part == "" || slices.Contains(list, part) {
				continue
			}
			if err := checkText(p.Name, part); err != nil {
				return err
			}
			if len(p.Values) > 0 && !slices.Contains(p.Values, part) {
				return bad("unknown_value", p.Name, fmt.Sprintf("%q is not a value of %s", shorten(part), p.Name), p.Values)
			}
			list = append(list, part)
		}
	}
	if len(list) > mostValues {
		return badValue(p.Name, fmt.Sprintf("%d values are too many", len(list)), fmt.Sprintf("give at most %d", mostValues))
	}
	o.sent[p.Name] = list
	o.shown[p.Name] = nil
	if len(list) > 0 {
		o.shown[p.Name] = list
	}
	return nil
}

func (o *resolved) setInteger(p Parameter, text string) error {
	o.shown[p.Name] = nil
	var none *int64
	o.sent[p.Name] = none
	if text == "" {
		return nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < p.Min || n > p.Max {
		return badValue(p.Name, fmt.Sprintf("%q is not a whole number from %d to %d", shorten(text), p.Min, p.Max), "write digits only")
	}
	o.shown[p.Name], o.sent[p.Name] = n, &n
	return nil
}

// setDate takes the beginning of what is written, for "to" its end: a day, month,
// quarter or year named there is shown whole.
func (o *resolved) setDate(p Parameter, text string) error {
	o.shown[p.Name] = nil
	o.sent[p.Name] = earliest
	if p.Name == toName {
		o.sent[p.Name] = latest
	}
	if text == "" {
		return nil
	}
	s, err := parseSpan(text, o.location)
	if err != nil {
		return badValue(p.Name, err.Error(), "write a day 2024-05-27, a month 2024-05, a quarter 2024-Q2, a year 2024, or an instant 2024-05-27T18:30:00Z")
	}
	t := s.start
	if p.Name == toName {
		t = s.end
	}
	o.shown[p.Name], o.sent[p.Name] = text, t.UTC().Format(engineTime)
	return nil
}

func (o *resolved) checkOrder() error {
	from, hasFrom := o.sent[fromName].(string)
	to, hasTo := o.sent[toName].(string)
	// Both are in one layout with the year first: text compares as time does.
	if hasFrom && hasTo && from >= to {
		return badValue(fromName, fmt.Sprintf("from (%v) is not before to (%v)", o.shown[fromName], o.shown[toName]), "exchange them")
	}
	return nil
}

func loadZone(name string) (*time.Location, error) {
	location, err := time.LoadLocation(name)
	if err != nil || name == "" || name == "Local" || !isZoneName(name) {
		return nil, badValue(timezoneName, fmt.Sprintf("%q is not a time zone", shorten(name)), "give a name of the time zone database, such as Europe/Moscow or UTC")
	}
	return location, nil
}

// isZoneName refuses what the operating system would take for a path.
func isZoneName(name string) bool {
	return !strings.Contains(name, "..") && !strings.HasPrefix(name, "/") && len(name) <= longestValue
}

func single(values url.Values, name string) (string, error) {
	given := values[name]
	if len(given) > 1 {
		return "", badValue(name, fmt.Sprintf("%s is given %d times", name, len(given)), "give it once")
	}
	if len(given) == 0 {
		return "", nil
	}
	return given[0], checkText(name, given[0])
}

func checkText(name, text string) error {
	if len(text) > longestValue {
		return badValue(name, fmt.Sprintf("the value has %d bytes", len(text)), fmt.Sprintf("at most %d are allowed", longestValue))
	}
	if !utf8.ValidString(text) {
		return badValue(name, "the value is not valid UTF-8", "encode it as UTF-8, then percent-encode it")
	}
	if strings.ContainsFunc(text, unicode.IsControl) {
		return badValue(name, "the value holds a control character", "remove it")
	}
	return nil
}

// bad is the reader's mistake, with what is allowed.
func bad(code, name, detail string, allowed []string) error {
	return &problem.Error{
		Status: http.StatusBadRequest, Code: code, Title: "Bad parameter", Detail: detail + ".",
		Hint: "Allowed: " + strings.Join(allowed, ", ") + ".", Pointer: "/parameters/" + name,
	}
}

func badValue(name, detail, hint string) error {
	return &problem.Error{
		Status: http.StatusBadRequest, Code: "bad_value", Title: "Bad parameter", Detail: detail + ".",
		Hint: strings.ToUpper(hint[:1]) + hint[1:] + ".", Pointer: "/parameters/" + name,
	}
}
