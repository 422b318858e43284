package faults

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Table is what a run showed, by kind, as Markdown.
func Table(kinds []Kind, played []Played) string {
	var b strings.Builder
	b.WriteString("| fault | what is broken | rounds | struck | events acknowledged | lost | twice | differing | letters | leaks |\n|---|---|---|---|---|---|---|---|---|---|\n")
	var all row
	for _, kind := range kinds {
		var one row
		for i := range played {
			if played[i].Kind == kind.Name {
				one.add(&played[i])
				all.add(&played[i])
			}
		}
		if one.rounds > 0 {
			fmt.Fprintf(&b, "| `%s` | %s | %s |\n", kind.Name, kind.Does, &one)
		}
	}
	fmt.Fprintf(&b, "| **all** | | %s |\n", &all)
	return b.String()
}

// row adds rounds up.
type row struct {
	rounds, struck, events, lost, twice, differing, letters, leaks, unplayed int
}

func (r *row) add(p *Played) {
	r.rounds++
	r.events += p.Events
	if !p.Missed && p.Verdict != nil {
		r.struck++
	}
	if p.Verdict == nil {
		r.unplayed++
		return
	}
	r.lost += p.Verdict.Lost
	r.twice += p.Verdict.Twice + p.Verdict.Strangers
	r.differing += p.Verdict.Differing
	r.letters += p.Verdict.Letters
	r.leaks += p.Verdict.Leaks
}

// String is the row's columns. A round that could not be played is told apart: it proves nothing.
func (r *row) String() string {
	rounds := strconv.Itoa(r.rounds)
	if r.unplayed > 0 {
		rounds += fmt.Sprintf(" (%d not played)", r.unplayed)
	}
	return fmt.Sprintf("%s | %d | %d | %d | %d | %d | %d | %d", rounds, r.struck, r.events, r.lost, r.twice, r.differing, r.letters, r.leaks)
}

// Summary says in a line how a run went.
func Summary(played []Played) string {
	var all row
	var took time.Duration
	failed := 0
	for i := range played {
		all.add(&played[i])
		took += played[i].Took
		if played[i].Failed() {
			failed++
		}
	}
	return fmt.Sprintf("%d rounds in %s, %d events acknowledged: %d lost, %d counted twice, %d differing, %d dead letters wrong, %d leaks; %d rounds failed, %d of them could not be played",
		all.rounds, took.Round(time.Second), all.events, all.lost, all.twice, all.differing, all.letters, all.leaks, failed, all.unplayed)
}
