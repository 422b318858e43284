package reporting

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// mostChoices bounds what is offered for one parameter; any value can be sent all the same.
const mostChoices = 200

// Choice is a value that a parameter can take in a community, and its text for people.
type Choice struct {
	Value string `json:"value"`
	Text  string `json:"text"`
}

// Choices gives what the parameters that name a query of their values can take in a community:
// by parameter, ordered by text, at most 200 of each.
func (r *Runner) Choices(ctx context.Context, tenant string) (map[string][]Choice, error) {
	_, version := r.moment(ctx, tenant)
	asked := &resolved{tenant: tenant, version: version, sent: map[string]any{tenantName: tenant}}
	out := make(map[string][]Choice)
	var queries []string
	for _, p := range r.config.Catalog.withChoices() {
		out[p.Name] = []Choice{}
		queries = append(queries, fmt.Sprintf(
			"SELECT '%s' AS parameter, toString(value) AS value, toString(text) AS text FROM (\n%s\n) ORDER BY text, value LIMIT %d", p.Name, p.Choices, mostChoices))
	}
	if len(queries) == 0 {
		return out, nil
	}
	statement := "SELECT parameter, value, text FROM (" + strings.Join(queries, "\nUNION ALL\n") + ") ORDER BY parameter, text, value"
	found, err := r.query(ctx, statement, asked, []Column{{Name: "parameter", Type: String}, {Name: "value", Type: String}, {Name: "text", Type: String}}, nil)
	if err != nil {
		return nil, fmt.Errorf("look up the values of parameters: %w", err)
	}
	for _, row := range found.values {
		name, _ := row[0].(string)
		value, _ := row[1].(string)
		text, _ := row[2].(string)
		out[name] = append(out[name], Choice{value, text})
	}
	return out, nil
}

// withChoices are the parameters that name a query of their values, each name once.
func (c *Catalog) withChoices() []Parameter {
	var out []Parameter
	for _, r := range c.reports {
		for _, p := range r.Parameters {
			if p.Choices != "" && !slices.ContainsFunc(out, func(known Parameter) bool { return known.Name == p.Name }) {
				out = append(out, p)
			}
		}
	}
	return out
}

// checkChoices tells what is wrong with the query of a parameter's values.
func (p Parameter) checkChoices() error {
	if p.Choices == "" {
		return nil
	}
	if p.Type != ListParameter || len(p.Values) > 0 {
		return fmt.Errorf("parameters.%s: choices belong to a list without values", p.Name)
	}
	named := false
	for _, ph := range placeholders(p.Choices) {
		if ph.name != tenantName || ph.typ != TenantParameter.of() {
			return fmt.Errorf("parameters.%s: choices may name {tenant:String} only, not {%s:%s}", p.Name, ph.name, ph.typ)
		}
		named = true
	}
	if !named {
		return fmt.Errorf("parameters.%s: choices never name {tenant:String}: they are of one community", p.Name)
	}
	return nil
}
