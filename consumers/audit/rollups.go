package audit

import (
	"context"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"time"

	"github.com/turnout/turnout/internal/warehouse"
)

// community is one whose rollups are to be compared.
type community struct {
	name  string
	facts uint64
	zone  string
	noted *big.Int // the version that was noted when the audit came to it
}

// rollups compares what was computed ahead with what would be computed now. A community that changes meanwhile is looked at again; what
// is then still not brought up to date with the audit's beginning is a difference of its own.
func (a *Auditor) rollups(ctx context.Context, report *Report, tenant string, progress Progress) error {
	waiting, err := a.communities(ctx, tenant)
	if err != nil {
		return err
	}
	all := len(waiting)
	deadline := time.Now().Add(a.cfg.RollupPatience)
	ticker := time.NewTicker(rollupsEvery)
	defer ticker.Stop()
	for {
		if waiting, err = a.compareCurrent(ctx, report, waiting, func(done int) {
			progress("compare the rollups", uint64(done), uint64(all))
		}); err != nil {
			return err
		}
		if len(waiting) == 0 {
			return nil
		}
		if time.Now().After(deadline) {
			break
		}
		select {
		case <-ctx.Done():
			return ctx.Err() //nolint:wrapcheck // the caller's own
		case <-ticker.C:
		}
	}
	return a.forgotten(ctx, report, waiting)
}

// rollupsEvery is how often communities are looked at again that were not up to date.
const rollupsEvery = 500 * time.Millisecond

// communities lists those with rollups, or with a log that asks for them.
func (a *Auditor) communities(ctx context.Context, tenant string) ([]community, error) {
	states, err := a.cfg.Rollups.States(ctx)
	if err != nil {
		return nil, fmt.Errorf("list the rollups: %w", err)
	}
	var names []string
	for _, state := range states {
		if tenant == "" || state.Tenant == tenant {
			names = append(names, state.Tenant)
		}
	}
	if len(names) == 0 {
		return nil, nil
	}
	facts, err := a.cfg.Rollups.CountFacts(ctx, names)
	if err != nil {
		return nil, fmt.Errorf("count facts: %w", err)
	}
	all := make([]community, len(names))
	for i, name := range names {
		noted, err := a.cfg.Notes.Version(ctx, name)
		if err != nil {
			return nil, fmt.Errorf("list the rollups: %w", err)
		}
		all[i] = community{name: name, facts: facts[name], zone: a.cfg.Zone(name), noted: noted.UInt128()}
	}
	slices.SortStableFunc(all, func(a, b community) int { return strings.Compare(a.zone, b.zone) })
	return all, nil
}

// compareCurrent compares the communities that are up to date, several in a query, and gives those that have to wait.
func (a *Auditor) compareCurrent(ctx context.Context, report *Report, waiting []community, progress func(done int)) ([]community, error) {
	var later []community
	all := len(waiting)
	for len(waiting) > 0 {
		some := together(waiting, a.cfg.PartRows)
		waiting = waiting[len(some):]
		versions, err := a.versions(ctx, some)
		if err != nil {
			return nil, err
		}
		checked, found, err := a.compareRollups(ctx, some)
		if err != nil {
			return nil, err
		}
		now, err := a.versions(ctx, some)
		if err != nil {
			return nil, err
		}
		for _, c := range some {
			// Equal is equal, whatever changed. What differs counts only of a community that did not change while it was compared.
			if len(found[c.name]) > 0 && (versions[c.name] == "" || versions[c.name] != now[c.name]) {
				later = append(later, c)
				continue
			}
			report.Rollups.Checked += checked[c.name]
			report.Rollups.Differing += uint64(len(found[c.name]))
			for _, month := range found[c.name] {
				report.add(Difference{
					Kind: KindRollupDiffers, Tenant: c.name, Where: "month " + month, Sentence: "what was computed ahead is not what the facts say",
				})
			}
		}
		progress(all - len(waiting) - len(later))
	}
	return later, nil
}

// together takes communities of one time zone whose facts are compared in one query.
func together(waiting []community, most uint64) []community {
	sum := waiting[0].facts
	n := 1
	for n < len(waiting) && n < communitiesAtOnce && waiting[n].zone == waiting[0].zone && sum+waiting[n].facts <= most {
		sum += waiting[n].facts
		n++
	}
	return waiting[:n]
}

const communitiesAtOnce = 200

// versions gives the communities' versions as far as their rollups are up to date with their notes; "" for the others.
func (a *Auditor) versions(ctx context.Context, of []community) (map[string]string, error) {
	oldest, err := a.oldest(ctx)
	if err != nil {
		return nil, err
	}
	versions := make(map[string]string, len(of))
	for _, c := range of {
		noted, err := a.cfg.Notes.Version(ctx, c.name)
		if err != nil {
			return nil, fmt.Errorf("read the versions of the rollups: %w", err)
		}
		// A version above the note's was never given: nothing will bring those rollups up to date.
		if stored := oldest[c.name]; stored != nil && stored.Cmp(noted.UInt128()) >= 0 {
			versions[c.name] = noted.String()
		}
	}
	return versions, nil
}

// oldest gives the version that all months of a community have at least.
func (a *Auditor) oldest(ctx context.Context) (map[string]*big.Int, error) {
	states, err := a.cfg.Rollups.States(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the versions of the rollups: %w", err)
	}
	oldest := make(map[string]*big.Int, len(states))
	for _, state := range states {
		oldest[state.Tenant] = state.Oldest
	}
	return oldest, nil
}

const rollupHash = "sipHash64(person, volunteer, experiential, philanthropic, communication, attended, day, day_type, day_mode, day_facts)"

// compareRollups gives, by community, how many buckets were compared and the months that differ. An empty bucket is as good as none.
func (a *Auditor) compareRollups(ctx context.Context, some []community) (checked map[string]uint64, found map[string][]string, err error) {
	of, names := make([]warehouse.Rollup, len(some)), make([]string, len(some))
	for i, c := range some {
		of[i], names[i] = warehouse.Rollup{Tenant: c.name}, warehouse.Quote(c.name)
	}
	said := a.cfg.Rollups.Select(some[0].zone, warehouse.Months{}, of...)
	query := `
SELECT tenant, count(), groupArrayIf(toString(month), length(hashes) != 2 OR hashes[1] != hashes[2]) FROM
(
    SELECT toString(tenant) AS tenant, month, groupArray(hash) AS hashes FROM
    (
        SELECT tenant, month, ` + rollupHash + ` AS hash FROM (` + said + `) WHERE notEmpty(person) OR notEmpty(day)
        UNION ALL
        SELECT tenant, month, ` + rollupHash + ` AS hash FROM rollup_months FINAL
        WHERE tenant IN (` + strings.Join(names, ", ") + `) AND (notEmpty(person) OR notEmpty(day))
    )
    GROUP BY tenant, month
)
GROUP BY tenant`
	rows, err := a.query(ctx, query)
	if err != nil {
		return nil, nil, fmt.Errorf("compare rollups with facts: %w", err)
	}
	defer rows.Close() //nolint:errcheck // read to the end, or its error is returned
	checked, found = map[string]uint64{}, map[string][]string{}
	for rows.Next() {
		var tenant string
		var n uint64
		var months []string
		if err := rows.Scan(&tenant, &n, &months); err != nil {
			return nil, nil, fmt.Errorf("compare rollups with facts: %w", err)
		}
		slices.Sort(months)
		checked[tenant], found[tenant] = n, months
	}
	if err := rows.Err(); err != nil {
		return nil, nil, fmt.Errorf("compare rollups with facts: %w", err)
	}
	return checked, found, nil
}

// forgotten tells of communities whose rollups did not even reach what was noted when the audit came to them. One that changes all the
// time is not told of: its rollups follow, and its figures could not be compared.
func (a *Auditor) forgotten(ctx context.Context, report *Report, waiting []community) error {
	oldest, err := a.oldest(ctx)
	if err != nil {
		return err
	}
	for _, c := range waiting {
		if stored := oldest[c.name]; stored != nil && stored.Cmp(c.noted) >= 0 {
			continue
		}
		report.Rollups.Differing++
		report.add(Difference{
			Kind: KindRollupForgotten, Tenant: c.name, Where: "all months",
			Sentence: fmt.Sprintf("what was computed ahead is older than the facts, and was not computed again within %s", a.cfg.RollupPatience),
		})
	}
	return nil
}
