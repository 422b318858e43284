package faults

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/turnout/turnout/producers/simulator/oracle"
)

// reportsPerRound of a simulated community are compared with its oracle; which ones is chance.
const reportsPerRound = 8

// seeReports asks the API what an analyst would ask.
func (r *Round) seeReports(ctx context.Context, o *observed) error {
	plain := r.Work.Tenants[:len(r.Work.Tenants)-len(r.Work.communities)]
	for _, tenant := range plain {
		rows, _, err := r.House.rows(ctx, tenant, "attendance", "")
		if err != nil {
			return err
		}
		for _, row := range rows {
			if n, ok := row["attended"].(float64); ok {
				o.attended[[2]string{tenant, fmt.Sprint(row["gathering_id"])}] = n
			}
		}
		if rows, _, err = r.House.rows(ctx, tenant, "volunteer-hours", "grain=year"); err != nil {
			return err
		}
		for _, row := range rows {
			if n, ok := row["hours"].(float64); ok {
				o.hours[tenant] += n
			}
		}
	}
	return r.seeCommunities(ctx, o)
}

// seeCommunities holds reports of simulated communities against the oracle.
func (r *Round) seeCommunities(ctx context.Context, o *observed) error {
	chance := rand.New(rand.NewPCG(r.Seed, 3)) //nolint:gosec // it must be the same again
	for _, c := range r.Work.communities {
		knows, err := c.newOracle(r.registry, r.arrived(o))
		if err != nil {
			return err
		}
		names := oracle.Names()
		for range reportsPerRound {
			name := names[chance.IntN(len(names))]
			queries := oracle.Queries(name)
			query := queries[chance.IntN(len(queries))]
			if name == "data-quality" {
				continue // it counts deliveries, which a fault repeats
			}
			rows, asOf, err := r.House.rows(ctx, c.tenant, name, query)
			if err != nil {
				return err
			}
			table, err := knows.Report(name, query, asOf)
			if err != nil {
				return fmt.Errorf("ask the oracle for %s: %w", name, err)
			}
			for _, d := range table.Compare(rows) {
				o.reports = append(o.reports, fmt.Sprintf("%s %s?%s", c.tenant, d, query))
			}
		}
	}
	return nil
}

// idOf is what an event says of its id, also when the rest of it is wrong.
func idOf(raw []byte) string {
	var envelope struct {
		ID string `json:"id"`
	}
	if json.Unmarshal(raw, &envelope) != nil {
		return ""
	}
	return strings.TrimSpace(envelope.ID)
}
