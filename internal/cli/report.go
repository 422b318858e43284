package cli

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"

	"github.com/turnout/turnout/internal/config"
)

// reportCommands are the ways to read figures: a report, or a page of several.
type reportCommands struct {
	Show   reportCommand `cmd:"" default:"withargs" help:"List the reports, or print one."`
	Digest digestCommand `cmd:"" help:"One page for a week, month, quarter or year: figures, gatherings, careers, what is not recorded."`
}

// reportCommand lists the reports, prints one, or prints the list behind one of
// its figures.
type reportCommand struct {
	Name string `arg:"" optional:"" help:"Report to print; without it the reports are listed."`
	config.Client
	From    string   `help:"First day, month, quarter or year that counts." placeholder:"PERIOD"`
	To      string   `help:"Last day, month, quarter or year that counts." placeholder:"PERIOD"`
	Grain   string   `help:"Length of a period, where the report has several." placeholder:"GRAIN"`
	Filter  []string `help:"Keep to what matches; may be repeated." placeholder:"NAME=VALUE" sep:"none"`
	Compare string   `default:"" enum:",year" help:"year: put the figure of a year before beside each figure."`
	View    string   `default:"full" enum:"full,shareable" help:"shareable: hide small numbers of people."`
	Lang    string   `help:"Language of titles and definitions, such as ru." placeholder:"LANG"`
	Behind  string   `help:"Print the people or records that this measure counts." placeholder:"MEASURE"`
	Cell    []string `help:"With --behind: the row of the figure; may be repeated." placeholder:"COLUMN=VALUE" sep:"none"`
	Format  format   `default:"" enum:",table,csv,json,ndjson,xlsx,parquet,markdown" help:"Form of the output: table (default), csv, json, ndjson, xlsx, parquet or markdown; else as the name of --output ends."`
	Output  string   `short:"o" help:"Write to this file, or into this folder." placeholder:"FILE" type:"path"`
	About   bool     `help:"With csv: put definition, filters, zone and moment above."`
	NoChart bool     `help:"Leave the chart out."`
}

// Run prints what was asked for.
func (c *reportCommand) Run(env *environment) error {
	client, err := newAPI(c.Client)
	if err != nil {
		return err
	}
	if err := c.settleFormat(env); err != nil {
		return err
	}
	if c.Name == "" {
		return c.list(env, client)
	}
	query, err := c.query()
	if err != nil {
		return err
	}
	path := "/v1/reports/" + url.PathEscape(c.Name)
	if c.Behind != "" {
		path += "/rows"
	}
	if c.Format != formatTable {
		return misused(c.fetch(env, client, path, query), http.StatusBadRequest, http.StatusNotFound)
	}
	query.Set("describe", "true") // titles, chart and pivot are for people
	var raw json.RawMessage
	if err := client.do(env.ctx, http.MethodGet, path, query, nil, &raw); err != nil {
		return misused(err, http.StatusBadRequest, http.StatusNotFound)
	}
	result, err := decodeResult(raw)
	if err != nil {
		return err
	}
	if len(result.Rows) == 0 {
		result.noEvents = withoutEvents(env, client, result)
	}
	return result.show(env.streams.Out, screenOf(env.streams.Out), !c.NoChart)
}

// query gives the parameters as the API takes them.
func (c *reportCommand) query() (url.Values, error) {
	query := url.Values{}
	given := map[string]string{"from": c.From, "to": c.To, "grain": c.Grain, "measure": c.Behind, "compare": c.Compare, "lang": c.Lang}
	if c.View != "full" {
		given["view"] = c.View
	}
	for name, value := range given {
		if value != "" {
			query.Set(name, value)
		}
	}
	for _, filter := range c.Filter {
		name, value, found := strings.Cut(filter, "=")
		if !found || name == "" {
			return nil, usagef("--filter: %q is not of the form NAME=VALUE", filter)
		}
		query.Add(name, value)
	}
	if len(c.Cell) > 0 && c.Behind == "" {
		return nil, usagef("--cell: it goes with --behind MEASURE")
	}
	for _, cell := range c.Cell {
		name, value, found := strings.Cut(cell, "=")
		if !found || name == "" {
			return nil, usagef("--cell: %q is not of the form COLUMN=VALUE", cell)
		}
		query.Add(name, value)
	}
	return query, nil
}

func (c *reportCommand) list(env *environment, client *api) error {
	var answer struct {
		Reports []struct {
			Name     string `json:"name"`
			Title    string `json:"title"`
			Question string `json:"question"`
			Broken   string `json:"broken"`
		} `json:"reports"`
	}
	query := url.Values{}
	if c.Lang != "" {
		query.Set("lang", c.Lang)
	}
	if err := client.do(env.ctx, http.MethodGet, "/v1/reports", query, nil, &answer); err != nil {
		return misused(err, http.StatusBadRequest)
	}
	grid := newGrid("name", "question")
	if c.Format != formatTable {
		grid = newGrid("name", "title", "question")
	}
	for _, r := range answer.Reports {
		if c.Format == formatTable && r.Broken != "" {
			grid.add(r.Name, "It cannot be run. "+r.Broken)
			continue
		}
		if c.Format == formatTable {
			grid.add(r.Name, r.Question)
			continue
		}
		grid.add(r.Name, r.Title, r.Question)
	}
	if c.Format == formatTable {
		grid.footer = "\nPrint one with: turnout report NAME"
	}
	return grid.print(env.streams.Out, c.Format)
}
