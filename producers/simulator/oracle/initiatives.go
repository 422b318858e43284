package oracle

import (
	"slices"
	"time"
)

func statuses() []string {
	return []string{"proposed", "discussed", "adopted", "rejected", "in_progress", "done"}
}

// initiative is one initiative's way so far.
type initiative struct {
	kind, status string
	at           time.Time // of the latest status
	steps        map[string]time.Time
}

// initiatives is report 17.
func (v *view) initiatives() []Row {
	all := map[string]*initiative{}
	for _, s := range v.facts["initiative.status_changed"] {
		if s.at.After(v.now) {
			continue
		}
		i := all[s.InitiativeID]
		if i == nil {
			i = &initiative{steps: map[string]time.Time{}}
			all[s.InitiativeID] = i
		}
		i.steps[s.Status] = s.at
		tie := s.at.Equal(i.at) && slices.Index(statuses(), s.Status) > slices.Index(statuses(), i.status)
		if s.at.After(i.at) || tie || i.status == "" {
			i.kind, i.status, i.at = s.Kind, s.Status, s.at
		}
	}
	kinds := cells[string]{}
	for _, i := range all {
		if v.within(v.date(i.first())) {
			v.decide(kinds.at(i.kind), i)
		}
	}
	rows := []Row{}
	for kind, c := range kinds {
		rows = append(rows, Row{
			"kind": kind, "initiatives": c.sum("all"), "proposed": c.sum("proposed"), "discussed": c.sum("discussed"), "adopted_now": c.sum("adopted"),
			"rejected": c.sum("rejected"), "in_progress": c.sum("in_progress"), "done": c.sum("done"), "decided": c.sum("decided"),
			"adopted": c.sum("ever adopted"), "adoption_rate": ratio(c.sum("ever adopted"), c.sum("decided")), "median_days": c.median("days"),
		})
	}
	order(rows, "kind")
	return rows
}

// first is when anything was said of the initiative.
func (i *initiative) first() time.Time {
	first := i.at
	for _, at := range i.steps {
		if at.Before(first) {
			first = at
		}
	}
	return first
}

func (i *initiative) ever(statuses ...string) bool {
	return slices.ContainsFunc(statuses, func(status string) bool { return !i.steps[status].IsZero() })
}

func (v *view) decide(c *cell, i *initiative) {
	c.one("all")
	c.one(i.status)
	if i.ever("adopted", "in_progress", "done", "rejected") {
		c.one("decided")
	}
	if i.ever("adopted", "in_progress", "done") {
		c.one("ever adopted")
	}
	if i.ever("proposed") && i.ever("adopted") {
		c.keep("days", float64(daysBetween(v.date(i.steps["proposed"]), v.date(i.steps["adopted"]))))
	}
}
