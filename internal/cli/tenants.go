package cli

import (
	"net/http"

	"github.com/turnout/turnout/internal/auth"
	"github.com/turnout/turnout/internal/config"
	"github.com/turnout/turnout/internal/tenants"
)

// tenantsCommand shows or changes the settings of a community.
type tenantsCommand struct {
	Show tenantsShow `cmd:"" help:"Show a community's settings."`
	Set  tenantsSet  `cmd:"" help:"Change a community's settings; what is not given stays."`
}

type tenantSettings struct {
	Tenant string `json:"tenant"`
	tenants.Settings
}

type tenantsShow struct {
	config.Client
	Format format `default:"table" enum:"table,csv,json,ndjson" help:"Form of the output: ${enum}."`
}

// Run shows the settings.
func (c *tenantsShow) Run(env *environment) error {
	client, err := newAPI(c.Client)
	if err != nil {
		return err
	}
	var settings tenantSettings
	if err := client.do(env.ctx, http.MethodGet, "/v1/tenants/"+tenantOrDefault(c.Tenant), nil, nil, &settings); err != nil {
		return err
	}
	return printSettings(env, settings, c.Format)
}

type tenantsSet struct {
	config.Client
	Timezone      string `help:"IANA time zone in which its periods are counted." placeholder:"ZONE"`
	YearEnd       string `help:"Last day of its year." placeholder:"MM-DD"`
	SuppressBelow *int   `help:"Size from which a cell is shown in the shareable view." placeholder:"N"`
	ErasurePolicy string `help:"What becomes of the events of an erased person: delete or anonymise." placeholder:"POLICY"`
	Format        format `default:"table" enum:"table,csv,json,ndjson" help:"Form of the output: ${enum}."`
}

// Run changes the settings.
func (c *tenantsSet) Run(env *environment) error {
	client, err := newAPI(c.Client)
	if err != nil {
		return err
	}
	change := map[string]any{}
	if c.Timezone != "" {
		change["timezone"] = c.Timezone
	}
	if c.YearEnd != "" {
		change["year_end"] = c.YearEnd
	}
	if c.SuppressBelow != nil {
		change["suppress_below"] = *c.SuppressBelow
	}
	if c.ErasurePolicy != "" {
		change["erasure_policy"] = c.ErasurePolicy
	}
	if len(change) == 0 {
		return usagef("nothing to change; give --timezone, --year-end, --suppress-below or --erasure-policy")
	}
	var settings tenantSettings
	if err := client.do(env.ctx, http.MethodPut, "/v1/tenants/"+tenantOrDefault(c.Tenant), nil, change, &settings); err != nil {
		return err
	}
	return printSettings(env, settings, c.Format)
}

func printSettings(env *environment, s tenantSettings, f format) error {
	grid := newGrid("tenant", "timezone", "year_end", "suppress_below", "erasure_policy")
	grid.add(s.Tenant, s.Timezone, s.YearEnd, s.SuppressBelow, s.ErasurePolicy)
	return grid.print(env.streams.Out, f)
}

func tenantOrDefault(tenant string) string {
	if tenant == "" {
		return auth.DefaultTenant
	}
	return tenant
}
