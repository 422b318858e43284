package oracle

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Row is a row of a report by column. A value is a number (float64), text, truth, or
// nil for what is not known; days are YYYY-MM-DD and moments RFC 3339.
type Row map[string]any

// Table is what a report must show.
type Table struct {
	Report string   `json:"report"`
	Query  string   `json:"query"` // as in the address, without the tenant
	Key    []string `json:"key"`   // the columns that tell its rows apart
	Rows   []Row    `json:"rows"`
}

// report is how one report is computed.
type report struct {
	key    string // columns, separated by blanks
	grains string // likewise; the first is the usual one
	rows   func(v *view, grain string) []Row
}

const (
	calendarGrains = "month quarter year"
	allGrains      = "gathering month quarter year"
	schoolGrains   = "year quarter month"
)

// plain is a report without grains.
func plain(rows func(*view) []Row) func(*view, string) []Row {
	return func(v *view, _ string) []Row { return rows(v) }
}

// reports are all that the oracle knows, by name.
func reports() map[string]report {
	return map[string]report{
		"attendance":             {"gathering_id", "", plain((*view).attendance)},
		"first-timer-share":      {"period", allGrains, (*view).firstTimerShare},
		"show-up":                {"period", allGrains, (*view).showUp},
		"registration-outcomes":  {"period", allGrains, (*view).registrationOutcomes},
		"registration-lead-time": {"days_before", "", plain((*view).leadTime)},
		"return-rate":            {"gathering_id", "", plain((*view).returnRate)},
		"lifecycle":              {"period", "month gathering quarter year", (*view).lifecycle},
		"retention": {"cohort period", calendarGrains, func(v *view, grain string) []Row {
			return v.retention(grain, false)
		}},
		"retention-unbounded": {"cohort period", calendarGrains, func(v *view, grain string) []Row {
			return v.retention(grain, true)
		}},
		"stickiness":             {"period active_months", "", plain((*view).stickiness)},
		"activation":             {"period", calendarGrains, (*view).activation},
		"absence-factor":         {"", "", plain((*view).absenceFactor)},
		"absence-curve":          {"rank", "", plain((*view).absenceCurve)},
		"win-back":               {"person_id", "", plain((*view).winBack)},
		"engagement-by-mode":     {"period mode", "", plain((*view).engagementByMode)},
		"mode-overlap":           {"period modes", "", plain((*view).modeOverlap)},
		"volunteer-hours":        {"period", calendarGrains, (*view).volunteerHours},
		"groups":                 {"group_id", "", plain((*view).groupsReport)},
		"gathering-groups":       {"gathering_id group_id", "", plain((*view).gatheringGroups)},
		"initiatives":            {"kind", "", plain((*view).initiatives)},
		"graduation-ceremonies":  {"period", schoolGrains, (*view).graduationCeremonies},
		"student-contact":        {"period", schoolGrains, (*view).studentContact},
		"career-funnel":          {"stage", "", plain((*view).careerFunnel)},
		"position-fill":          {"period", "quarter month year", (*view).positionFill},
		"intern-conversion":      {"period", schoolGrains, (*view).internConversion},
		"career-outcomes":        {"class", "", plain((*view).careerOutcomes)},
		"communication-response": {"campaign_id", "", plain((*view).communicationResponse)},
		"satisfaction":           {"period", allGrains, (*view).satisfaction},
		"ambassador-impact":      {"person_id", "", plain((*view).ambassadorImpact)},
		"giving":                 {"period", "", plain((*view).giving)},
		"giving-sums":            {"period currency", "", plain((*view).givingSums)},
		"data-quality":           {"check source", "", plain((*view).dataQuality)},
		"activity":               {"period", calendarGrains, (*view).activity},
		"members":                {"person_id", "", plain((*view).membersReport)},
	}
}

// Names are the reports that the oracle knows.
func Names() []string { return slices.Sorted(maps.Keys(reports())) }

// Grains are those of a report, the usual one first; none when it has no choice.
func Grains(name string) []string { return strings.Fields(reports()[name].grains) }

// Report computes what a report must show to who looks at it at a moment; the zero
// time is after everything. The query is as in the address of the API.
func (o *Oracle) Report(name, query string, now time.Time) (*Table, error) {
	return o.report(name, query, func(w *world, q question) *view { return w.look(q, now) })
}

// YearBefore computes what the same report would have shown a year before, of what is
// known today: range and moment are moved back, attributes "as now" are not. A range
// that was open then ends with that moment.
func (o *Oracle) YearBefore(name, query string, now time.Time) (*Table, error) {
	return o.report(name, query, func(w *world, q question) *view {
		v := w.look(q.backAYear(), now.In(w.options.Zone).AddDate(-1, 0, 0))
		v.latest, v.closed, v.q.To = w.date(now), true, v.until()
		return v
	})
}

func (o *Oracle) report(name, query string, look func(*world, question) *view) (*Table, error) {
	r, known := reports()[name]
	if !known {
		return nil, fmt.Errorf("the oracle knows of no report %q", name)
	}
	if o.world == nil {
		facts, err := o.standing()
		if err != nil {
			return nil, err
		}
		o.world = newWorld(o.options, facts)
		if o.world.received, err = o.kept(); err != nil {
			return nil, err
		}
	}
	q, err := readQuery(query)
	if err != nil {
		return nil, err
	}
	grain := q.Grain
	if grain == "" && r.grains != "" {
		grain = Grains(name)[0]
	}
	rows := r.rows(look(o.world, q), grain)
	o.world.withhold(rows)
	return &Table{Report: name, Query: query, Key: strings.Fields(r.key), Rows: rows}, nil
}
