package oracle

import (
	"bytes"
	"cmp"
	"slices"
	"strings"
	"time"
)

// gathering is one that was not cancelled.
type gathering struct {
	id, kind, title, series, group, chapter string
	basis                                   string // as it was told; "" when nobody told
	source                                  string // of its schedule; "" when nobody announced it
	starts, ends                            time.Time
	headcount, guests, capacity             *int
	listed                                  bool            // somebody's attendance is on record, present or not
	present                                 map[string]seat // by resolved id
	previous, next                          *gathering      // of the series
	registrations                           map[string]*registration
}

// seat is one person's attendance.
type seat struct {
	role, group string
	version     [16]byte
	at          time.Time
}

// recorded says whether anybody's attendance or absence is on record: a sheet that names nobody is no zero.
func (g *gathering) recorded() bool { return g.listed }

// basisShown is how attendance was taken, as reports say it.
func (g *gathering) basisShown() string {
	if g.basis == "" && g.listed {
		return "unstated"
	}
	return cmp.Or(g.basis, "not_recorded")
}

// readGatherings finds those that were scheduled, completed or only attended, and
// were not cancelled, with who was there.
func (w *world) readGatherings() []*gathering {
	all := map[string]*gathering{}
	get := func(id string) *gathering {
		if all[id] == nil {
			all[id] = &gathering{id: id, present: map[string]seat{}, registrations: map[string]*registration{}}
		}
		return all[id]
	}
	for _, s := range w.facts["attendance.recorded"] {
		w.seat(get(s.GatheringID), s)
	}
	for _, s := range w.facts["gathering.completed"] {
		g := get(s.GatheringID)
		g.basis, g.headcount, g.guests = s.Basis, s.Headcount, s.Guests
		if g.starts.IsZero() {
			g.starts, g.ends = s.time, s.time
		}
	}
	for _, s := range w.facts["gathering.scheduled"] {
		g := get(s.GatheringID)
		g.starts, g.ends, g.series, g.source = s.StartsAt, s.EndsAt, s.SeriesID, s.source
		g.kind, g.title, g.group, g.chapter, g.capacity = s.Kind, s.Title, s.GroupID, s.ChapterID, s.Capacity
	}
	for _, s := range w.facts["gathering.cancelled"] {
		delete(all, s.GatheringID)
	}
	held := make([]*gathering, 0, len(all))
	for _, g := range all {
		held = append(held, g)
	}
	slices.SortFunc(held, func(a, b *gathering) int {
		return cmp.Or(a.starts.Compare(b.starts), strings.Compare(a.id, b.id))
	})
	last := map[string]*gathering{}
	for _, g := range held {
		if g.series == "" {
			continue
		}
		if before := last[g.series]; before != nil {
			g.previous, before.next = before, g
		}
		last[g.series] = g
	}
	return held
}

// seat notes one line of an attendance list. Of two ids of one person who were both
// present, the higher version stands.
func (w *world) seat(g *gathering, s stated) {
	g.listed = true
	if g.starts.IsZero() || s.at.Before(g.starts) {
		g.starts, g.ends = s.at, s.at
	}
	p := w.resolve(s.PersonID)
	if known, ok := g.present[p]; s.Present && (!ok || bytes.Compare(known.version[:], s.version[:]) < 0) {
		g.present[p] = seat{s.Role, s.GroupID, s.version, s.at}
	}
}

// chosen says whether the filters let a gathering pass.
func (v *view) chosen(g *gathering) bool {
	return among(v.q.Kinds, g.kind) && among(v.q.GatheringChapters, g.chapter)
}

// listed are the chosen gatherings of the range, those to come included.
func (v *view) listed() []*gathering {
	return v.filter(func(g *gathering) bool { return v.within(v.date(g.starts)) && (!v.closed || v.begun(g)) })
}

// held are the chosen gatherings of the range that have begun.
func (v *view) held() []*gathering {
	return v.filter(func(g *gathering) bool { return v.done(g.starts) })
}

func (v *view) filter(keep func(*gathering) bool) []*gathering {
	var list []*gathering
	for _, g := range v.gatherings {
		if v.chosen(g) && keep(g) {
			list = append(list, g)
		}
	}
	return list
}

// came are the wanted persons who were present, in the order of their ids.
func (v *view) came(g *gathering) []string {
	day := v.date(g.starts)
	var list []string
	for p := range g.present {
		if v.wanted(p, day) {
			list = append(list, p)
		}
	}
	slices.Sort(list)
	return list
}

// begun says whether the gathering has begun: what is on record of another does not count yet.
func (v *view) begun(g *gathering) bool { return !g.starts.After(v.now) }

// over says whether the gathering has ended.
func (v *view) over(g *gathering) bool { return !g.ends.After(v.now) }

// isNew says whether a person joined after the previous gathering of the series began.
func (w *world) isNew(g *gathering, person string) bool {
	m := w.members[person]
	return m != nil && g.previous != nil && m.joined.After(g.previous.starts)
}
