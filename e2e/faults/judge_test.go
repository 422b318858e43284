package faults

import (
	"maps"
	"strings"
	"testing"

	"github.com/turnout/turnout/schemas"
)

// perfect is a round that was played without a fault, and what would be seen then.
func perfect(t *testing.T) (*Round, *observed) {
	t.Helper()
	registry, err := schemas.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	r, err := newRound(1, 4711, nothing(), &House{}, registry, false)
	if err != nil {
		t.Fatal(err)
	}
	o := &observed{
		stream: map[identity]int{}, atFault: map[named]int{}, forgotten: map[named]int{}, positions: map[string]int{}, log: map[identity]int{},
		letters: map[named]int{}, kept: map[string]int{}, receipts: map[string]int{}, facts: map[factKey][]factRow{},
	}
	for _, send := range r.Work.Sends {
		for _, item := range send.Items {
			deliver(o, send, item)
		}
	}
	arrived := r.arrived(o)
	for key, item := range standing(arrived) {
		o.facts[key] = []factRow{{id: item.event.ID, voided: item.event.Voided, version: decimal(item.record.Version)}}
	}
	o.days, o.persons = r.expectRollups(arrived)
	o.attended, o.hours = r.expectReports(plainItems(arrived, r.Work.communities))
	return r, o
}

// deliver brings one event where it belongs.
func deliver(o *observed, send *Send, item *Item) {
	item.trying()
	if item.Fate != Counts && send.Way < NATSSingle {
		item.note(refused)
		return
	}
	item.note(acknowledged)
	o.positions[item.Tenant]++
	o.receipts[item.Tenant]++
	if item.Fate == Counts {
		o.stream[item.identity()]++
		o.log[item.identity()] = 1
		return
	}
	name := named{item.Tenant, item.ID}
	o.atFault[name]++
	o.letters[name]++
	o.kept[item.Tenant]++
}

func TestNothingIsFoundWhereNothingIsWrong(t *testing.T) {
	r, o := perfect(t)
	if v := r.judge(o); !v.Clean() {
		t.Fatalf("%s: %q", v, v.Details)
	}
	if len(o.log) < 100 || len(o.letters) == 0 || len(o.days) == 0 || len(o.attended) == 0 || len(o.hours) == 0 {
		t.Fatalf("too little to compare: %d rows, %d letters, %d days, %d gatherings", len(o.log), len(o.letters), len(o.days), len(o.attended))
	}
}

// TestEveryFaultIsFound breaks what would be seen in one place after the other: the check must be red each time, and say so.
func TestEveryFaultIsFound(t *testing.T) {
	anyOf := func(r *Round, fate Fate) *Item {
		for _, item := range r.Work.Items {
			if item.Fate == fate && item.Acknowledged() {
				return item
			}
		}
		t.Fatalf("no item of fate %d", fate)
		return nil
	}
	for name, c := range map[string]struct {
		want string
		do   func(*Round, *observed)
	}{
		"an acknowledged event is lost": {"lost", func(r *Round, o *observed) { delete(o.log, anyOf(r, Counts).identity()) }},
		"an event of the stream was not stored": {"lost", func(r *Round, o *observed) {
			item := anyOf(r, Counts)
			item.acknowledged = false
			delete(o.log, item.identity())
		}},
		"an event is in the log twice":    {"twice", func(r *Round, o *observed) { o.log[anyOf(r, Counts).identity()] = 2 }},
		"an event that nobody sent":       {"strangers", func(_ *Round, o *observed) { o.log[identity{tenant: "t", id: "x"}] = 1 }},
		"an event that was not sent yet":  {"strangers", func(r *Round, _ *observed) { anyOf(r, Counts).sent = 0 }},
		"a sound event was refused":       {"differing", func(r *Round, _ *observed) { anyOf(r, Counts).refused = true }},
		"a dead letter is missing":        {"letters", func(r *Round, o *observed) { delete(o.letters, named{anyOf(r, Letter).Tenant, anyOf(r, Letter).ID}) }},
		"a dead letter is there twice":    {"letters", func(r *Round, o *observed) { o.letters[named{anyOf(r, Letter).Tenant, anyOf(r, Letter).ID}]++ }},
		"a dead letter is not kept":       {"letters", func(r *Round, o *observed) { o.kept[anyOf(r, Letter).Tenant]-- }},
		"a sound event is a dead letter":  {"letters", func(r *Round, o *observed) { o.letters[named{r.Work.Tenants[0], anyOf(r, Counts).ID}]++ }},
		"an acknowledged letter is lost":  {"lost", func(r *Round, o *observed) { delete(o.atFault, named{anyOf(r, Letter).Tenant, anyOf(r, Letter).ID}) }},
		"a fact is missing":               {"differing", func(_ *Round, o *observed) { dropOne(o.facts) }},
		"a fact stands twice":             {"twice", func(_ *Round, o *observed) { double(o.facts) }},
		"an old revision stands":          {"differing", func(_ *Round, o *observed) { older(o.facts) }},
		"a fact that nobody sent":         {"strangers", func(_ *Round, o *observed) { o.facts[factKey{"t", "1"}] = []factRow{{}} }},
		"a day of the rollups differs":    {"differing", func(_ *Round, o *observed) { addOne(o.days) }},
		"a day of the rollups is missing": {"differing", func(_ *Round, o *observed) { dropOne(o.days) }},
		"a month of the rollups is there": {"differing", func(_ *Round, o *observed) { o.persons[personRow{"t", "2024-01-01", "p"}] = acts{volunteer: 1} }},
		"a report differs":                {"differing", func(_ *Round, o *observed) { addOne(o.attended) }},
		"hours differ":                    {"differing", func(_ *Round, o *observed) { addOne(o.hours) }},
		"a community differs":             {"differing", func(_ *Round, o *observed) { o.reports = []string{"activity [2025] joined: 1, want 2"} }},
		"a receipt is missing":            {"differing", func(r *Round, o *observed) { o.receipts[r.Work.Tenants[0]]-- }},
		"the fault itself went wrong":     {"differing", func(r *Round, _ *observed) { r.Wrongf("a second program runs") }},
		"an erased person is in the log":  {"differing", func(r *Round, _ *observed) { anyOf(r, Counts).Fate = Gone }},
		"an erased person has a letter":   {"differing", func(r *Round, _ *observed) { anyOf(r, Letter).Fate = Gone }},
		"an erased person is streamed":    {"differing", func(r *Round, o *observed) { forgetOne(anyOf(r, Counts), o) }},
	} {
		t.Run(name, func(t *testing.T) {
			r, o := perfect(t)
			c.do(r, o)
			v := r.judge(o)
			if v.Clean() || !strings.Contains(v.String(), c.want) || len(v.Details) == 0 {
				t.Errorf("the verdict is %q with %q, want %s", v, v.Details, c.want)
			}
		})
	}
}

func addOne[K comparable, N int | float64](in map[K]N) {
	for key := range in {
		in[key]++
		return
	}
}

func dropOne[K comparable, V any](in map[K]V) {
	for key := range in {
		delete(in, key)
		return
	}
}

func double(facts map[factKey][]factRow) {
	for key, rows := range facts {
		facts[key] = append(rows, rows[0])
		return
	}
}

func older(facts map[factKey][]factRow) {
	for key, rows := range maps.Clone(facts) {
		rows[0].version = "1"
		facts[key] = rows
		return
	}
}

func forgetOne(item *Item, o *observed) {
	item.Fate = Gone
	delete(o.log, item.identity())
	o.forgotten[named{item.Tenant, item.ID}] = 1
}

// TestARoundIsTheSameAgain: what is published and in which order follows from the seed alone.
func TestARoundIsTheSameAgain(t *testing.T) {
	registry, err := schemas.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	text := func(seed uint64) string {
		r, err := newRound(1, seed, nothing(), &House{}, registry, false)
		if err != nil {
			t.Fatal(err)
		}
		var b strings.Builder
		for _, send := range r.Work.Sends {
			b.WriteString(strings.Repeat(" ", int(send.Way)))
			for _, item := range send.Items {
				b.Write(item.Raw)
			}
		}
		return b.String()
	}
	for seed := range uint64(5) {
		if first, second := text(seed), text(seed); first != second {
			t.Errorf("seed %d gives two workloads", seed)
		}
	}
	if text(1) == text(2) {
		t.Error("two seeds give one workload")
	}
}
