package reporting

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/turnout/turnout/internal/problem"
)

// yearBeforeSuffix ends the name of a column that compares.
const yearBeforeSuffix = "_year_before"

// Compared tells which time the columns of the year before are about. From is nil where it is open.
type Compared struct {
	From *time.Time `json:"from"`
	To   time.Time  `json:"to"`
	AsOf time.Time  `json:"as_of"`
}

// checkComparable refuses what has no year before: a gathering happens once.
func (r *Report) checkComparable(asked *resolved) error {
	byGathering := false
	for _, d := range r.Dimensions {
		byGathering = byGathering || d.Name == "gathering_id" || d.moves() && asked.shown[grainName] == gatheringGrain
	}
	if !byGathering {
		return nil
	}
	hint := "Ask for another report; this one lists single gatherings."
	if longer := slices.DeleteFunc(slices.Clone(r.Grains), func(g string) bool { return g == gatheringGrain }); len(longer) > 0 {
		hint = "Ask for grain=" + strings.Join(longer, ", grain=") + "."
	}
	return &problem.Error{
		Status: http.StatusBadRequest, Code: "not_comparable", Title: "Bad parameter", Pointer: "/parameters/" + compareName,
		Detail: "A gathering has no year before to be compared with.", Hint: hint,
	}
}

// moves tells whether the dimension's values are periods, which a year before have another label.
func (d Dimension) moves() bool { return d.Calendar || d.Name == "period" && d.Type == String }

// aYearBefore is the same question as it would have been asked a year before: from, to
// and the moment of asking are moved back by a year of the calendar. A time that is not
// over is so compared with the same part of the year before. It is nil when the range is empty.
func (o *resolved) aYearBefore() (*resolved, *Compared) {
	out := &resolved{tenant: o.tenant, version: o.version, location: o.location, shown: o.shown, sent: maps.Clone(o.sent)}
	from, to := o.instant(fromName), o.instant(toName)
	if to.After(o.asOf) {
		to = o.asOf
	}
	compared := &Compared{To: yearEarlier(to, o.location, after), AsOf: yearEarlier(o.asOf, o.location, within)}
	out.asOf = compared.AsOf
	out.sent[asOfName], out.sent[toName] = engineText(compared.AsOf), engineText(compared.To)
	if o.sent[fromName] != earliest {
		moved := yearEarlier(from, o.location, before)
		if !moved.Before(compared.To) {
			return nil, compared
		}
		compared.From = &moved
		out.sent[fromName] = engineText(moved)
	}
	return out, compared
}

func engineText(t time.Time) string { return t.UTC().Format(engineTime) }

// instant is a bound as it is sent, as a time.
func (o *resolved) instant(name string) time.Time {
	text, _ := o.sent[name].(string)
	t, err := time.Parse(engineTime, text)
	if err != nil {
		// What is sent was formatted by this package.
		return o.asOf
	}
	return t
}

// leapDay tells what the 29th of February becomes in a year that has none.
type leapDay int

const (
	before leapDay = iota // for a beginning: the 28th, so that the day alone is not nothing
	within                // for a moment: the last one of the 28th, when all of the day is over
	after                 // for an end that is not included: the 1st of March, so that all of February is
)

// yearEarlier is the same time of the same day, in the zone, a year before.
func yearEarlier(t time.Time, zone *time.Location, leap leapDay) time.Time {
	local := t.In(zone)
	year, month, day := local.Date()
	midnight := local.Equal(startOfDay(year, month, day, zone))
	earlier := func(month time.Month, day int) time.Time { return startOfDay(year-1, month, day, zone) }
	if month == time.February && day == 29 && !isLeap(year-1) {
		switch leap {
		case within:
			return earlier(time.March, 1).Add(-time.Millisecond)
		case after:
			return earlier(time.March, 1)
		case before:
			day = 28
		}
	}
	if midnight {
		return earlier(month, day)
	}
	return time.Date(year-1, month, day, local.Hour(), local.Minute(), local.Second(), local.Nanosecond(), zone)
}

func isLeap(year int) bool { return year%4 == 0 && (year%100 != 0 || year%400 == 0) }

// labelBefore is the label, or the number, of the period a year before.
func labelBefore(value any) any {
	switch v := value.(type) {
	case int64:
		return v - 1
	case string:
		year, rest, cut := strings.Cut(v, "-")
		n, err := strconv.Atoi(year)
		if err != nil || len(year) != len("2024") {
			return value
		}
		moved := fmt.Sprintf("%04d", n-1)
		if cut {
			moved += "-" + rest
		}
		return moved
	}
	return value
}

// runBoth answers the question and, to compare, the same one of a year before, both at once.
// The second result is nil when there is nothing to compare with.
func (r *Runner) runBoth(ctx context.Context, report *Report, asked *resolved, compare bool) (current, earlier *Result, err error) {
	if !compare {
		current, err = r.run(ctx, report, asked)
		return current, nil, err
	}
	if err := report.checkComparable(asked); err != nil {
		return nil, nil, err
	}
	past, compared := asked.aYearBefore()
	both, ctx := errgroup.WithContext(ctx)
	both.Go(func() (err error) {
		current, err = r.run(ctx, report, asked)
		return err
	})
	if past != nil {
		both.Go(func() (err error) {
			earlier, err = r.run(ctx, report, past)
			return err
		})
	}
	if err := both.Wait(); err != nil {
		return nil, nil, err //nolint:wrapcheck // run has wrapped it
	}
	current.Compared = compared
	return current, earlier, nil
}

// compare puts the figures of the year before beside those of the result, row by row.
// earlier is nil when there is no time to compare with.
func (r *Result) compare(earlier *Result) {
	places := r.placesIn(earlier)
	compared := r.comparedColumns()
	rows := make([][]any, len(r.Rows))
	for i, values := range r.Rows {
		row := make([]any, 0, len(compared))
		for j, c := range r.Columns {
			row = append(row, values[j])
			switch {
			case !c.comparable():
			case places[i] < 0:
				row = append(row, nil)
			default:
				row = append(row, earlier.Rows[places[i]][j])
			}
		}
		rows[i] = row
	}
	if r.Suppressed != nil && earlier != nil {
		r.suppressedBefore(earlier, places)
	}
	r.Columns, r.Rows = compared, rows
}

// placesIn tells where in the earlier result the row of the year before is; -1 where there is none.
func (r *Result) placesIn(earlier *Result) []int {
	known := make(map[string]int)
	if earlier != nil {
		for i := range earlier.Rows {
			known[earlier.rowKey(i, false)] = i
		}
	}
	places := make([]int, len(r.Rows))
	for i := range places {
		places[i] = -1
		if place, found := known[r.rowKey(i, true)]; found && !r.withheldRow(i) {
			places[i] = place
		}
	}
	return places
}

func (c Column) comparable() bool {
	return c.Role == MeasureRole && (c.Type == Integer || c.Type == Number)
}

// comparedColumns has the column of the year before right after each that is compared.
func (r *Result) comparedColumns() []Column {
	out := make([]Column, 0, 2*len(r.Columns))
	for _, c := range r.Columns {
		out = append(out, c)
		if c.comparable() {
			words := r.Report.words()
			out = append(out, Column{
				Name: c.Name + yearBeforeSuffix, Type: c.Type, Unit: c.Unit, Role: c.Role, Compares: c.Name,
				Title: strings.ReplaceAll(words.yearBeforeTitle, "%s", c.Title), Description: words.yearBeforeDescription,
			})
		}
	}
	return out
}

// rowKey tells a row apart by its dimensions; back gives the key that it had a year before.
func (r *Result) rowKey(row int, back bool) string {
	var b strings.Builder
	for j, c := range r.Columns {
		if c.Role != DimensionRole {
			continue
		}
		value := r.Rows[row][j]
		if d, _ := r.Report.Dimension(c.Name); back && d.moves() {
			value = labelBefore(value)
		}
		fmt.Fprintf(&b, "%T %v\x00", value, value)
	}
	return b.String()
}

// backToCell moves a request for the list behind a figure of the year before to the figure
// itself: the question of a year before, the measure without its suffix, the cell's
// periods a year earlier. It tells whether that was asked for.
func (r *Report) backToCell(asked *resolved, values url.Values) (*resolved, url.Values, bool, error) {
	if err := r.checkComparable(asked); err != nil {
		return nil, nil, false, err
	}
	name, found := strings.CutSuffix(values.Get(measureName), yearBeforeSuffix)
	if _, taken := r.Measure(values.Get(measureName)); !found || taken {
		return asked, values, false, nil
	}
	past, _ := asked.aYearBefore()
	if past == nil {
		return nil, nil, false, badValue(fromName, "the time asked for lies in the future: it has no year before", "ask for an earlier time")
	}
	moved := maps.Clone(values)
	moved.Set(measureName, name)
	for _, d := range r.Dimensions {
		if !d.moves() || !values.Has(d.Name) {
			continue
		}
		if n, err := strconv.ParseInt(values.Get(d.Name), 10, 64); err == nil && d.Type == Integer {
			moved.Set(d.Name, strconv.FormatInt(n-1, 10))
		} else if label, ok := labelBefore(values.Get(d.Name)).(string); ok {
			moved.Set(d.Name, label)
		}
	}
	return past, moved, true, nil
}
