package oracle

import (
	"bytes"
	"maps"
	"slices"
)

// careerOutcomes is report 23 (NACE): what became of each class.
func (v *view) careerOutcomes() []Row {
	latest := map[string]stated{}
	for _, s := range v.facts["employment.reported"] {
		if s.at.After(v.now) {
			continue
		}
		p := v.resolve(s.PersonID)
		known, ok := latest[p]
		if !ok || s.at.After(known.at) || (s.at.Equal(known.at) && bytes.Compare(s.version[:], known.version[:]) > 0) {
			latest[p] = s
		}
	}
	all := cells[int]{}
	for p, m := range v.members {
		s := m.asOf(v.today)
		if s.kind != "alumnus" || m.since() > v.today || s.graduation == nil || !v.wanted(p, v.today) || !v.classWithin(*s.graduation) {
			continue
		}
		c := all.at(*s.graduation)
		c.one("graduates")
		if told, ok := latest[p]; ok {
			c.one("known")
			c.one(told.Outcome)
		}
	}
	rows := []Row{}
	for _, class := range slices.Sorted(maps.Keys(all)) {
		c := all[class]
		employed := c.sum("full_time") + c.sum("part_time") + c.sum("self_employed")
		good := employed + c.sum("service") + c.sum("military") + c.sum("continuing_education")
		rows = append(rows, Row{
			"class": float64(class), "graduates": c.sum("graduates"), "known": c.sum("known"), "employed": employed, "service": c.sum("service"),
			"military": c.sum("military"), "continuing_education": c.sum("continuing_education"), "seeking": c.sum("seeking"),
			"not_seeking": c.sum("not_seeking"), "knowledge_rate": ratio(c.sum("known"), c.sum("graduates")),
			"outcome_rate": ratio(good, c.sum("known")-c.sum("not_seeking")),
		})
	}
	return rows
}

// classWithin says whether a graduation year is in the range.
func (v *view) classWithin(year int) bool {
	return (v.q.From == "" || year >= numberOf(v.q.From[:4])) && (v.q.To == "" || year <= numberOf(v.q.To[:4]))
}

// campaign is a letter and who answered it.
type campaign struct {
	row        Row
	day        string // sent, or first answered when nobody told of the letter
	responders set
}

// communicationResponse is report 24.
func (v *view) communicationResponse() []Row {
	all := map[string]*campaign{}
	for _, s := range v.facts["communication.sent"] {
		if !s.at.After(v.now) {
			all[s.CampaignID] = &campaign{Row{
				"sent_at": stamp(s.at), "channel": s.Channel, "segment": s.Segment, "recipients": number(s.Recipients), "delivered": number(s.Delivered),
			}, v.date(s.at), set{}}
		}
	}
	v.answers(all)
	rows := []Row{}
	for id, c := range all {
		if !v.within(c.day) {
			continue
		}
		c.row["campaign_id"], c.row["responders"], c.row["response_rate"] = id, float64(len(c.responders)), nil
		if delivered, ok := c.row["delivered"].(float64); ok {
			c.row["response_rate"] = ratio(float64(len(c.responders)), delivered)
		}
		rows = append(rows, c.row)
	}
	order(rows, "campaign_id")
	return rows
}

// answers notes who answered; a letter that nobody told of begins with its first answer.
func (v *view) answers(all map[string]*campaign) {
	unheard := map[string]bool{}
	for _, s := range v.facts["communication.responded"] {
		if s.at.After(v.now) || s.CampaignID == "" {
			continue
		}
		c, day := all[s.CampaignID], v.date(s.at)
		if c == nil {
			c = &campaign{Row{"sent_at": nil, "channel": nil, "segment": nil, "recipients": nil, "delivered": nil}, day, set{}}
			all[s.CampaignID], unheard[s.CampaignID] = c, true
		}
		if unheard[s.CampaignID] {
			c.day = min(c.day, day)
		}
		if p := v.resolve(s.PersonID); s.Action != "opened" && v.wanted(p, day) {
			c.responders.add(p)
		}
	}
}

// enough is how many answers an average is shown from.
const enough = 5

// satisfaction is report 25.
func (v *view) satisfaction(grain string) []Row {
	if grain != byGathering {
		return v.periods(grain, func(v *view) cells[int] {
			all, told := cells[int]{}, v.feedback()
			for _, g := range v.held() {
				n := v.period(grain, v.date(g.starts))
				quiet := !g.recorded() && len(told[g.id]) == 0 && (all[n] == nil || all[n].quiet)
				v.hear(all.at(n), g, told[g.id])
				all[n].quiet = quiet
			}
			return all
		}, func(_ int, c *cell) Row { return c.satisfied() })
	}
	rows, told := []Row{}, v.feedback()
	for _, g := range v.held() {
		if !g.recorded() && len(told[g.id]) == 0 {
			continue
		}
		c := newCell()
		v.hear(c, g, told[g.id])
		row := c.satisfied()
		row["period"], row["title"], row["unfinished"] = g.id, g.title, !v.over(g)
		rows = append(rows, row)
	}
	return rows
}

// hear counts a gathering's attendances and what those who answered think of it.
func (v *view) hear(c *cell, g *gathering, told []stated) {
	v.attendanceOf(c, g)
	if g.recorded() {
		c.add("attended", float64(len(v.came(g))))
	}
	for _, s := range told {
		c.rate(s)
		if s.NPS != nil && g.recorded() {
			c.one("counted")
		}
	}
}

func (c *cell) satisfied() Row {
	row := Row{
		"responses": c.sum("responses"), "promoters": c.sum("promoters"), "passives": c.sum("passives"), "detractors": c.sum("detractors"),
		"nps": nil, "rating": nil, "ratings": c.sum("ratings"), "attended": c.known(c.sum("attended")),
		"recorded_responses": c.known(c.sum("counted")), "response_rate": c.knownRatio(c.sum("counted"), c.sum("attended")),
	}
	if n := c.sum("responses"); n >= enough {
		row["nps"] = 100 * (c.sum("promoters") - c.sum("detractors")) / n
	}
	if n := c.sum("ratings"); n >= enough {
		row["rating"] = c.sum("stars") / n
	}
	return row
}

// rate counts one response.
func (c *cell) rate(s stated) {
	if s.Rating != nil {
		c.one("ratings")
		c.add("stars", float64(*s.Rating))
	}
	if s.NPS == nil {
		return
	}
	c.one("responses")
	switch {
	case *s.NPS >= 9:
		c.one("promoters")
	case *s.NPS >= 7:
		c.one("passives")
	default:
		c.one("detractors")
	}
}

// feedback gives the responses of wanted persons, and those without a name while no
// filter on persons asks for one, by gathering.
func (v *view) feedback() map[string][]stated {
	told := map[string][]stated{}
	for _, s := range v.facts["feedback.submitted"] {
		g := v.named[s.GatheringID]
		if g == nil || s.at.After(v.now) {
			continue
		}
		if s.PersonID == "" && v.anybody() || s.PersonID != "" && v.wanted(v.resolve(s.PersonID), v.date(s.at)) {
			told[s.GatheringID] = append(told[s.GatheringID], s)
		}
	}
	return told
}
