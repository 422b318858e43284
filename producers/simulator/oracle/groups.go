package oracle

import (
	"bytes"
	"maps"
	"slices"
	"time"
)

// group is a working group, a chapter, a council, or an autonomous structure.
type group struct {
	id, kind, name string
	defined        bool
	changes        map[string][]membership // by person
}

// membership is a step of one person.
type membership struct {
	at      time.Time
	version [16]byte
	joined  bool
}

// readGroups finds those that were defined or that somebody joined or left.
func (w *world) readGroups() map[string]*group {
	all := map[string]*group{}
	get := func(id string) *group {
		if all[id] == nil {
			all[id] = &group{id: id, changes: map[string][]membership{}}
		}
		return all[id]
	}
	for _, s := range w.facts["group.defined"] {
		g := get(s.GroupID)
		g.kind, g.name, g.defined = s.Kind, s.Name, true
	}
	for _, s := range w.facts["group.membership_changed"] {
		g, p := get(s.GroupID), w.resolve(s.PersonID)
		g.changes[p] = append(g.changes[p], membership{s.at, s.version, s.Action == "joined"})
	}
	return all
}

// heardOf says whether anybody had joined or left by then.
func (g *group) heardOf(now time.Time) bool {
	for _, changes := range g.changes {
		if slices.ContainsFunc(changes, func(m membership) bool { return !m.at.After(now) }) {
			return true
		}
	}
	return false
}

// isMember says whether the latest change until then was to join.
func (g *group) isMember(person string, until func(time.Time) bool) bool {
	var last *membership
	for i := range g.changes[person] {
		m := &g.changes[person][i]
		if !until(m.at) {
			continue
		}
		if last == nil || m.at.After(last.at) || m.at.Equal(last.at) && bytes.Compare(m.version[:], last.version[:]) > 0 {
			last = m
		}
	}
	return last != nil && last.joined
}

// groupsOf are the groups that an attendance belongs to: the one that it names, else
// those of the gathering.
func (g *gathering) groupsOf(s seat) []string {
	if s.group != "" {
		return []string{s.group}
	}
	return g.groups()
}

// groups are the gathering's own: its group and its chapter.
func (g *gathering) groups() []string {
	var list []string
	if g.group != "" {
		list = append(list, g.group)
	}
	if g.chapter != "" && g.chapter != g.group {
		list = append(list, g.chapter)
	}
	return list
}

// groupsReport is report 16.
func (v *view) groupsReport() []Row {
	all := cells[string]{}
	for id, g := range v.groups {
		if g.defined || g.heardOf(v.now) {
			all.at(id)
		}
	}
	v.meetings(func(id string, g *gathering) {
		all.at(id).put("gatherings", g.id)
		v.attendanceOf(all.at(id), g)
	})
	end := v.until()
	yearAgo := v.period(byMonth, end) - 11
	given := map[string]map[string]float64{}
	for _, g := range v.held() {
		day := v.date(g.starts)
		for _, p := range v.came(g) {
			for _, id := range g.groupsOf(g.present[p]) {
				c := all.at(id)
				c.one("attendances")
				c.put("attendees", p)
				if v.firsts[p] == g {
					c.put("first", p)
				}
				if month := v.period(byMonth, day); month >= yearAgo {
					c.put("months", day[:7])
				}
				if given[id] == nil {
					given[id] = map[string]float64{}
				}
				given[id][p]++
			}
		}
	}
	rows := []Row{}
	for _, id := range slices.Sorted(maps.Keys(all)) {
		rows = append(rows, v.groupRow(id, all[id], given[id]))
	}
	return rows
}

// meetings gives each begun gathering with each group that it was a gathering of.
func (v *view) meetings(each func(group string, g *gathering)) {
	for _, g := range v.held() {
		named := set{}
		for _, id := range g.groups() {
			named.add(id)
		}
		for p, s := range g.present {
			if s.group != "" && !v.withdrawn[p] {
				named.add(s.group)
			}
		}
		for id := range named {
			each(id, g)
		}
	}
}

func (v *view) groupRow(id string, c *cell, given map[string]float64) Row {
	members, active := 0.0, 0.0
	row := Row{"group_id": id, "name": nil, "group_kind": nil}
	end := v.until()
	if g := v.groups[id]; g != nil {
		row["name"], row["group_kind"] = g.name, g.kind
		for p := range g.changes {
			if v.wanted(p, end) && g.isMember(p, func(at time.Time) bool { return !at.After(v.now) && v.date(at) <= end }) {
				members++
				if c.sets["attendees"][p] {
					active++
				}
			}
		}
	}
	factor, _ := Absence(slices.Collect(maps.Values(given)))
	attendees, first := c.distinct("attendees"), c.distinct("first")
	maps.Copy(row, Row{
		"members": members, "gatherings": c.distinct("gatherings"), "attendances": c.known(c.sum("attendances")), "attendees": c.known(attendees),
		"active_members": c.known(active), "attendance_share": c.knownRatio(active, members), "months_active": c.known(c.distinct("months")),
		"first_timers": c.known(first), "first_timer_share": c.knownRatio(first, attendees), "absence_factor": c.known(float64(factor)),
	})
	return row
}

// gatheringGroups says who worked in which group at a gathering.
func (v *view) gatheringGroups() []Row {
	rows := []Row{}
	for _, g := range v.held() {
		by := cells[string]{}
		for _, p := range v.came(g) {
			c := by.at(g.present[p].group)
			c.one("attended")
			if v.isNew(g, p) {
				c.one("new")
			}
			if v.firsts[p] == g {
				c.one("first")
			}
		}
		for _, id := range slices.Sorted(maps.Keys(by)) {
			c := by[id]
			row := Row{
				"gathering_id": g.id, "group_id": id, "title": g.title, "starts_at": g.starts.UTC().Format(time.RFC3339Nano), "name": nil,
				"attended": c.sum("attended"), "new_members": nil, "first_timers": c.sum("first"),
			}
			if known := v.groups[id]; known != nil {
				row["name"] = known.name
			}
			if g.previous != nil {
				row["new_members"] = c.sum("new")
			}
			rows = append(rows, row)
		}
	}
	return rows
}
