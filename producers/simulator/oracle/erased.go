package oracle

import (
	"encoding/json"
	"fmt"
)

// forgotten are the ids of erased persons: those that were asked for, and all that a merge makes one with them.
type forgotten set

// erased reads who is to be forgotten. A request that was taken back, or a merge, counts no more.
func (o *Oracle) erased() (forgotten, error) {
	gone := forgotten{}
	if !o.options.Erase {
		return gone, nil
	}
	near := map[string][]string{}
	var waiting []string
	for _, revisions := range o.facts {
		f := latest(revisions, func(*fact) bool { return true })
		if f.voided || f.base != "member.erased" && f.base != "member.merged" {
			continue
		}
		var s said
		if err := json.Unmarshal(f.data, &s); err != nil {
			return nil, fmt.Errorf("read the data of %s: %w", f.base, err)
		}
		if f.base == "member.erased" {
			waiting = append(waiting, s.PersonID)
		} else {
			near[s.FromID], near[s.IntoID] = append(near[s.FromID], s.IntoID), append(near[s.IntoID], s.FromID)
		}
	}
	for ; len(waiting) > 0; waiting = waiting[1:] {
		if !gone[waiting[0]] {
			gone[waiting[0]] = true
			waiting = append(waiting, near[waiting[0]]...)
		}
	}
	return gone, nil
}

// event tells whether an event is about somebody who is forgotten: then it goes. The request itself stays, without the person.
func (g forgotten) event(f *fact) bool {
	if len(g) == 0 || f.base == "member.erased" {
		return false
	}
	var s said
	if json.Unmarshal(f.data, &s) != nil {
		return false
	}
	if f.base == "feedback.submitted" { // may be anonymous
		s.PersonID = ""
	}
	return g[s.PersonID] || g[s.StudentID] || g[s.DonorID] || g[s.FromID] || g[s.IntoID]
}

// mentions takes the forgotten out of what is about something else.
func (g forgotten) mentions(s *said) {
	for _, id := range []*string{&s.PersonID, &s.AmbassadorID, &s.ProposerID} {
		if g[*id] {
			*id = ""
		}
	}
}

// kept are the received events without those that are gone.
func (o *Oracle) kept() (map[content]*received, error) {
	gone, err := o.erased()
	if err != nil || len(gone) == 0 {
		return o.received, err
	}
	kept := map[content]*received{}
	for name, e := range o.received {
		if !gone.event(e.fact) {
			kept[name] = e
		}
	}
	return kept, nil
}
