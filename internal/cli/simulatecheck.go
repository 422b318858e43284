package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"time"

	"github.com/turnout/turnout/internal/erasures"
	"github.com/turnout/turnout/producers/simulator/oracle"
)

// expected is the document that --expect writes.
type expected struct {
	Preset      string               `json:"preset"`
	Communities []oracle.Expectation `json:"communities"`
}

// check asks for every report of the file and tells each difference. It fails when there is one.
func (c *simulateCommand) check(env *environment) error {
	raw, err := os.ReadFile(c.Check)
	if err != nil {
		return err //nolint:wrapcheck // it names the operation and the file already
	}
	var file expected
	if err := json.Unmarshal(raw, &file); err != nil {
		return usagef("--check: %s is not what --expect writes: %v", c.Check, err)
	}
	tables, different := 0, 0
	for i := range file.Communities {
		community := &file.Communities[i]
		if then, now := dayIn(community, community.AsOf), dayIn(community, time.Now()); then != now {
			fmt.Fprintf(env.streams.Err, "%s: expected as of %s, asked on %s; figures that depend on today may differ\n", community.Tenant, then, now)
		}
		c.pending(env, community.Tenant)
		for _, table := range community.Reports {
			found, err := c.differences(env, community.Tenant, table)
			if err != nil { // a report that gives no answer must not hide the others
				found = []oracle.Difference{{Report: table.Report, Column: "answer", Got: err.Error(), Want: "figures"}}
			}
			if err := context.Cause(env.ctx); err != nil {
				return err
			}
			tables++
			different += len(found)
			for _, d := range found {
				fmt.Fprintf(env.streams.Out, "%s ?%s %s\n", community.Tenant, table.Query, d)
			}
		}
	}
	fmt.Fprintf(env.streams.Out, "%s compared, %s\n", count(tables, "report"), count(different, "difference"))
	if different > 0 {
		return errors.New("the reports do not show what they must")
	}
	return nil
}

// pending says when somebody is still to be forgotten there: the figures expected are those afterwards.
func (c *simulateCommand) pending(env *environment, tenant string) {
	target := c.Client
	target.Tenant = tenant
	client, err := newAPI(target)
	if err != nil {
		return // the reports say so
	}
	var answer struct {
		Erasures []erasures.Request `json:"erasures"`
	}
	if err := client.do(env.ctx, http.MethodGet, "/v1/erasures", nil, nil, &answer); err != nil {
		return // likewise
	}
	waiting := 0
	for i := range answer.Erasures {
		if answer.Erasures[i].State == erasures.StatePending {
			waiting++
		}
	}
	if waiting > 0 {
		fmt.Fprintf(env.streams.Err, "%s: %s to forget somebody not done yet; figures may differ until then\n", tenant, count(waiting, "request"))
	}
}

// dayIn is the calendar day in the community's zone.
func dayIn(community *oracle.Expectation, at time.Time) string {
	zone, err := time.LoadLocation(community.Timezone)
	if err != nil {
		zone = time.UTC
	}
	return at.In(zone).Format(time.DateOnly)
}

// differences asks the API for one report.
func (c *simulateCommand) differences(env *environment, tenant string, table *oracle.Table) ([]oracle.Difference, error) {
	target := c.Client
	target.Tenant = tenant
	client, err := newAPI(target)
	if err != nil {
		return nil, err
	}
	query, err := url.ParseQuery(table.Query)
	if err != nil {
		return nil, fmt.Errorf("read the query of %s: %w", table.Report, err)
	}
	response, err := client.send(env.ctx, http.MethodGet, "/v1/reports/"+table.Report, query, nil)
	if err != nil {
		return nil, fmt.Errorf("ask for %s?%s: %w", table.Report, table.Query, err)
	}
	defer response.Body.Close()
	var answer struct {
		Rows []map[string]any `json:"rows"`
	}
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
		return nil, fmt.Errorf("read %s: %w", table.Report, err)
	}
	return table.Compare(answer.Rows), nil
}
