package oracle

import (
	"bytes"
	"time"
)

// registration is a person's history with one gathering.
type registration struct {
	confirmed bool
	cancelled time.Time // the last time; zero is never
	last      struct {
		at      time.Time
		rank    int
		version [16]byte
	}
}

// Ranks are the order of steps that were taken at one moment.
const (
	rankConfirmed = 2
	rankCancelled = 4
)

func ranks() map[string]int {
	return map[string]int{"pending": 0, "waitlisted": 1, "confirmed": rankConfirmed, "rejected": 3}
}

func (w *world) readRegistrations() {
	byID := map[string]*gathering{}
	for _, g := range w.gatherings {
		byID[g.id] = g
	}
	step := func(s stated, rank int) *registration {
		g := byID[s.GatheringID]
		if g == nil {
			return nil
		}
		p := w.resolve(s.PersonID)
		r := g.registrations[p]
		if r == nil {
			r = &registration{}
			r.last.rank = -1
			g.registrations[p] = r
		}
		later := s.at.Compare(r.last.at)
		if later == 0 {
			later = rank - r.last.rank
		}
		if later == 0 {
			later = bytes.Compare(s.version[:], r.last.version[:])
		}
		if r.last.rank < 0 || later > 0 {
			r.last.at, r.last.rank, r.last.version = s.at, rank, s.version
		}
		return r
	}
	for _, s := range w.facts["registration.submitted"] {
		if r := step(s, ranks()[s.Status]); r != nil && s.Status == "confirmed" {
			r.confirmed = true
		}
	}
	for _, s := range w.facts["registration.cancelled"] {
		if r := step(s, rankCancelled); r != nil && s.at.After(r.cancelled) {
			r.cancelled = s.at
		}
	}
}

// standing says whether the registration was confirmed and not taken back since.
func (r *registration) standing() bool {
	return r.confirmed && (r.last.rank == rankConfirmed || r.last.rank == rankCancelled)
}

// cancelledBefore says whether the confirmed registration was cancelled before the start.
func (r *registration) cancelledBefore(start time.Time) bool {
	return r.standing() && r.last.rank == rankCancelled && earlier(r.cancelled, start)
}

func (w *world) showUp() []ShowUp {
	rows := make([]ShowUp, 0, len(w.gatherings))
	for _, g := range w.gatherings {
		row := ShowUp{GatheringID: g.id}
		var expected, shown, walkIns int
		for p, r := range g.registrations {
			if !w.shown(p, g.starts) || !r.confirmed {
				continue
			}
			row.Confirmed++
			switch {
			case r.cancelledBefore(g.starts):
				row.Cancelled++
			case r.standing():
				expected++
				if _, here := g.present[p]; here {
					shown++
				}
			}
		}
		for _, p := range g.came {
			r := g.registrations[p]
			if r == nil || !r.standing() || r.cancelledBefore(g.starts) {
				walkIns++
			}
		}
		if (g.basis == "check_in" || g.basis == "sign_in_sheet") && w.over(g) {
			noShows := expected - shown
			row.Expected, row.ShownUp, row.NoShows, row.WalkIns = &expected, &shown, &noShows, &walkIns
		}
		rows = append(rows, row)
	}
	return rows
}
