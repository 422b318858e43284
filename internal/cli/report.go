package cli

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/turnout/turnout/internal/config"
)

// reportCommand lists the reports, prints one, or prints the list behind one of
// its figures.
type reportCommand struct {
	Name string `arg:"" optional:"" help:"Report to print; without it the reports are listed."`
	config.Client
	From    string   `help:"First day, month, quarter or year that counts." placeholder:"PERIOD"`
	To      string   `help:"Last day, month, quarter or year that counts." placeholder:"PERIOD"`
	Grain   string   `help:"Length of a period, where the report has several." placeholder:"GRAIN"`
	Filter  []string `help:"Keep to what matches; may be repeated." placeholder:"NAME=VALUE" sep:"none"`
	Behind  string   `help:"Print the people or records that this measure counts." placeholder:"MEASURE"`
	Cell    []string `help:"With --behind: the row of the figure; may be repeated." placeholder:"COLUMN=VALUE" sep:"none"`
	Format  format   `default:"table" enum:"table,csv,json,ndjson" help:"Form of the output: ${enum}."`
	NoChart bool     `help:"Leave the chart out."`
}

// Run prints what was asked for.
func (c *reportCommand) Run(env *environment) error {
	client, err := newAPI(c.Client)
	if err != nil {
		return err
	}
	if c.Name == "" {
		return c.list(env, client)
	}
	query, err := c.query()
	if err != nil {
		return err
	}
	if c.Format == formatTable {
		query.Set("describe", "true") // titles, chart and pivot are for people
	}
	path := "/v1/reports/" + url.PathEscape(c.Name)
	if c.Behind != "" {
		path += "/rows"
	}
	// Once as it came, so that --format json is the API's answer to the letter.
	var raw json.RawMessage
	if err := client.do(env.ctx, http.MethodGet, path, query, nil, &raw); err != nil {
		return err
	}
	if c.Format == formatJSON {
		return printJSON(env.streams.Out, raw)
	}
	result, err := decodeResult(raw)
	if err != nil {
		return err
	}
	if c.Format != formatTable {
		return result.data().print(env.streams.Out, c.Format)
	}
	return result.show(env.streams.Out, !c.NoChart)
}

// query gives the parameters as the API takes them.
func (c *reportCommand) query() (url.Values, error) {
	query := url.Values{}
	for name, value := range map[string]string{"from": c.From, "to": c.To, "grain": c.Grain, "measure": c.Behind} {
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
	if err := client.do(env.ctx, http.MethodGet, "/v1/reports", nil, nil, &answer); err != nil {
		return err
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

// result is a report's answer, or the list behind a figure.
type result struct {
	Report     string                       `json:"report"`
	Title      string                       `json:"title"`
	Question   string                       `json:"question"`
	Definition string                       `json:"definition"`
	Measure    string                       `json:"measure"`
	Timezone   string                       `json:"timezone"`
	AsOf       string                       `json:"as_of"`
	Total      *int                         `json:"total"`
	Columns    []resultColumn               `json:"columns"`
	Rows       []map[string]json.RawMessage `json:"rows"`
	Chart      *resultChart                 `json:"chart"`
	Pivot      *resultPivot                 `json:"pivot"`
}

type resultColumn struct {
	Name        string `json:"name"`
	Title       string `json:"title"`
	Type        string `json:"type"`
	Unit        string `json:"unit"`
	Role        string `json:"role"`
	Description string `json:"description"`
}

type resultChart struct {
	Kind     string   `json:"kind"`
	X        string   `json:"x"`
	Y        []string `json:"y"`
	Negative []string `json:"negative"`
}

type resultPivot struct {
	Rows    []string `json:"rows"`
	Columns string   `json:"columns"`
	Value   string   `json:"value"`
}

func decodeResult(raw []byte) (*result, error) {
	var r result
	if err := json.Unmarshal(raw, &r); err != nil {
		return nil, fmt.Errorf("read the report: %w", err)
	}
	return &r, nil
}

// data is the result as it came, for programs.
func (r *result) data() *grid {
	names := make([]string, len(r.Columns))
	for i, column := range r.Columns {
		names[i] = column.Name
	}
	grid := newGrid(names...)
	for _, row := range r.Rows {
		values := make([]any, len(r.Columns))
		for i, column := range r.Columns {
			values[i] = value(row[column.Name])
		}
		grid.add(values...)
	}
	return grid
}

// value is a cell as Go knows it: nil, text, a number kept to the letter, or
// the JSON itself.
func value(raw json.RawMessage) any {
	switch {
	case len(raw) == 0 || string(raw) == "null":
		return nil
	case raw[0] == '"':
		var text string
		if json.Unmarshal(raw, &text) == nil {
			return text
		}
		return string(raw)
	case raw[0] == '-' || (raw[0] >= '0' && raw[0] <= '9'):
		return number(raw)
	case string(raw) == "true":
		return true
	case string(raw) == "false":
		return false
	default:
		return raw
	}
}
