package faults

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// Verdict is what a round showed. Every number should be 0.
type Verdict struct {
	Lost      int // acknowledged, or in the stream, and neither counted nor a dead letter
	Twice     int // visible more than once
	Strangers int // counted though nobody sent them
	Letters   int // dead letters too many or too few
	Differing int // facts, rollups, reports and receipts that are not what they must be
	Leaks     int // memory or descriptors that did not come back

	Details []string
}

// Clean tells whether nothing is wrong.
func (v *Verdict) Clean() bool {
	return v.Lost+v.Twice+v.Strangers+v.Letters+v.Differing+v.Leaks == 0
}

// mostDetails are kept: the rest is more of the same.
const mostDetails = 12

func (v *Verdict) findf(counter *int, format string, args ...any) {
	*counter++
	if len(v.Details) < mostDetails {
		v.Details = append(v.Details, fmt.Sprintf(format, args...))
	}
}

// judge compares what was seen with the ledger.
func (r *Round) judge(o *observed) *Verdict {
	v := &Verdict{}
	known := map[identity]bool{}
	for _, item := range r.Work.Items {
		switch item.Fate {
		case Counts:
			known[item.identity()] = true
			v.counts(item, o)
		case Letter:
			v.letter(item, o, r.Work.forgotten != (named{}))
		case Refused:
			v.refused(item, o)
		case Gone:
			v.gone(item, o)
		}
	}
	for id, n := range o.log {
		if !known[id] {
			v.findf(&v.Strangers, "%d rows of %v, which nobody sent", n, id)
		}
	}
	for id := range o.stream {
		if o.log[id] == 0 && known[id] {
			v.findf(&v.Lost, "%v is in the stream and not in the log", id)
		}
	}
	r.judgeLetters(v, o)
	arrived := r.arrived(o)
	judgeFacts(v, o, standing(arrived))
	days, persons := r.expectRollups(arrived)
	v.differ("activity_daily", compareMaps("day", days, o.days))
	v.differ("person_months", compareMaps("person", persons, o.persons))
	attended, hours := r.expectReports(plainItems(arrived, r.Work.communities))
	v.differ("attendance", compareFloats(attended, o.attended))
	v.differ("volunteer-hours", compareFloats(hours, o.hours))
	v.differ("report", o.reports)
	if r.Work.forgotten == (named{}) { // otherwise messages were written anew: their events stand for positions that are gone, or twice
		v.differ("receipts", compareMaps("tenant", o.positions, o.receipts))
	}
	v.differ("the fault", r.wrong)
	return v
}

func (v *Verdict) counts(item *Item, o *observed) {
	n := o.log[item.identity()]
	switch {
	case n == 0 && item.Acknowledged():
		v.findf(&v.Lost, "%s/%s was acknowledged and is not in the log", item.Tenant, item.ID)
	case n > 1:
		v.findf(&v.Twice, "%s/%s is in the log %d times", item.Tenant, item.ID, n)
	case n > 0 && item.Sent() == 0:
		v.findf(&v.Strangers, "%s/%s is in the log and was not sent yet", item.Tenant, item.ID)
	}
	if item.wasRefused() {
		v.findf(&v.Differing, "%s/%s was refused though nothing is wrong with it", item.Tenant, item.ID)
	}
}

// letter: a message that an erasure wrote anew twice, since it was killed in between, stands for one position, and so for one letter.
func (v *Verdict) letter(item *Item, o *observed, anew bool) {
	name := named{item.Tenant, item.ID}
	switch in, out := o.atFault[name], o.letters[name]; {
	case in == 0 && item.Acknowledged():
		v.findf(&v.Lost, "%s/%s was acknowledged and is not in the stream", item.Tenant, item.ID)
	case anew && out >= min(in, 1) && out <= in:
	case in != out:
		v.findf(&v.Letters, "%s/%s is in the stream %d times and a dead letter %d times", item.Tenant, item.ID, in, out)
	}
}

func (v *Verdict) refused(item *Item, o *observed) {
	if item.Acknowledged() {
		v.findf(&v.Differing, "%s/%s was accepted though it is at fault", item.Tenant, item.ID)
	}
	if n := o.letters[named{item.Tenant, item.ID}]; n > 0 {
		v.findf(&v.Letters, "%s/%s was refused and is a dead letter all the same", item.Tenant, item.ID)
	}
}

func (v *Verdict) gone(item *Item, o *observed) {
	name := named{item.Tenant, item.ID}
	if o.log[identityOf(item)]+o.letters[name]+o.forgotten[name] > 0 {
		v.findf(&v.Differing, "%s/%s of an erased person: %d in the log, %d in the stream, %d dead letters", item.Tenant, item.ID,
			o.log[identityOf(item)], o.forgotten[name], o.letters[name])
	}
}

// identityOf is also that of an item that was never sound, which no row has.
func identityOf(item *Item) identity {
	if item.event == nil {
		return identity{}
	}
	return item.identity()
}

// judgeLetters looks for dead letters that nobody expects, and holds the two places where they are kept against each other.
func (r *Round) judgeLetters(v *Verdict, o *observed) {
	expected, open := map[named]bool{}, map[string]int{}
	for _, item := range r.Work.Items {
		if item.Fate != Counts {
			expected[named{item.Tenant, item.ID}] = true
		}
	}
	for name, n := range o.letters {
		open[name.tenant] += n
		if !expected[name] {
			v.findf(&v.Letters, "%v is a dead letter though nothing is wrong with it", name)
		}
	}
	for _, different := range compareMaps("tenant", open, o.kept) {
		v.findf(&v.Letters, "dead letters in the warehouse and in their stream: %s", different)
	}
}

func judgeFacts(v *Verdict, o *observed, winners map[factKey]*Item) {
	for key, item := range winners {
		rows := o.facts[key]
		want := factRow{id: item.event.ID, voided: item.event.Voided, version: decimal(item.record.Version)}
		switch {
		case len(rows) > 1:
			v.findf(&v.Twice, "%s %s stands %d times in facts", key.tenant, item.record.Key, len(rows))
		case len(rows) == 0:
			v.findf(&v.Differing, "%s %s is not in facts", key.tenant, item.record.Key)
		case rows[0] != want:
			v.findf(&v.Differing, "%s %s is %+v in facts, want %+v", key.tenant, item.record.Key, rows[0], want)
		}
	}
	for key, rows := range o.facts {
		if winners[key] == nil {
			v.findf(&v.Strangers, "facts have %v %+v, which nobody sent", key, rows)
		}
	}
}

func (v *Verdict) differ(what string, different []string) {
	for _, d := range different {
		v.findf(&v.Differing, "%s: %s", what, d)
	}
}

// compareMaps says where got is not want. What is not there is as good as the zero value.
func compareMaps[K comparable, V comparable](what string, want, got map[K]V) []string {
	var different []string
	for key, value := range want {
		if got[key] != value {
			different = append(different, fmt.Sprintf("%s %v is %v, want %v", what, key, got[key], value))
		}
	}
	var zero V
	for key, value := range got {
		if _, known := want[key]; !known && value != zero {
			different = append(different, fmt.Sprintf("%s %v is %v, want none", what, key, value))
		}
	}
	slices.Sort(different)
	return different
}

const tolerance = 1e-6

func compareFloats[K comparable](want, got map[K]float64) []string {
	round := func(in map[K]float64) map[K]float64 {
		out := map[K]float64{}
		for key, value := range in {
			out[key] = math.Round(value/tolerance) * tolerance
		}
		return out
	}
	return compareMaps("at", round(want), round(got))
}

// plainItems are those of the plain communities.
func plainItems(items []*Item, simulated []*community) []*Item {
	return slices.DeleteFunc(slices.Clone(items), func(item *Item) bool {
		return slices.ContainsFunc(simulated, func(c *community) bool { return c.tenant == item.Tenant })
	})
}

// String names what is wrong, in a line.
func (v *Verdict) String() string {
	var parts []string
	for _, part := range []struct {
		what string
		n    int
	}{{"lost", v.Lost}, {"twice", v.Twice}, {"strangers", v.Strangers}, {"letters", v.Letters}, {"differing", v.Differing}, {"leaks", v.Leaks}} {
		if part.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", part.n, part.what))
		}
	}
	if len(parts) == 0 {
		return "clean"
	}
	return strings.Join(parts, ", ")
}
