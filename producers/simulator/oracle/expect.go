package oracle

import (
	"fmt"
	"time"
)

// Expectation is what all reports of one community must show.
type Expectation struct {
	Tenant   string    `json:"tenant"`
	Timezone string    `json:"timezone"`
	YearEnd  string    `json:"year_end"`
	AsOf     time.Time `json:"as_of"` // when the reports are looked at
	Counts   Counts    `json:"counts"`
	Reports  []*Table  `json:"reports"`
}

// Expect computes every report at every grain, and with its own parameters, for who
// looks at that moment.
func (o *Oracle) Expect(now time.Time) (*Expectation, error) {
	all := &Expectation{
		Tenant: o.options.Tenant, Timezone: o.options.Zone.String(), YearEnd: o.options.YearEnd, AsOf: now.UTC().Truncate(time.Second), Counts: o.counts,
	}
	for _, name := range Names() {
		for _, query := range Queries(name) {
			table, err := o.Report(name, query, now)
			if err != nil {
				return nil, fmt.Errorf("compute %s: %w", name, err)
			}
			all.Reports = append(all.Reports, table)
		}
	}
	return all, nil
}

// Queries are those under which a report is expected: each grain, each value of a
// parameter of its own, without filters.
func Queries(name string) []string {
	own := map[string][]string{
		"retention": {"&cohort_by=attendance", "&cohort_by=join"}, "retention-unbounded": {"&cohort_by=attendance", "&cohort_by=join"},
		"mode-overlap":   {"&by=combination", "&by=number"},
		"absence-factor": {"&contributions=attendances", "&contributions=hours", "&contributions=openings"},
		"absence-curve":  {"&contributions=attendances", "&contributions=hours", "&contributions=openings"},
	}[name]
	if own == nil {
		own = []string{""}
	}
	grains := Grains(name)
	if len(grains) == 0 {
		grains = []string{""}
	}
	var all []string
	for _, grain := range grains {
		for _, more := range own {
			query := more
			if grain != "" {
				query = "&grain=" + grain + more
			}
			if query != "" {
				query = query[1:]
			}
			all = append(all, query)
		}
	}
	return all
}
