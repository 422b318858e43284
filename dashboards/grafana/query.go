package grafana

import (
	"fmt"
	"slices"
	"strings"

	"github.com/turnout/turnout/dashboards/reporting"
)

// The variables of every board.
const (
	sourceVariable  = "clickhouse"
	tenantVariable  = "tenant"
	zoneVariable    = "timezone"
	grainVariable   = "grain"
	yearEndVariable = "year_end"
)

// boardGrains are the periods that a board offers.
func boardGrains() []string { return []string{"month", "quarter", "year"} }

// query is the report's statement with Grafana's variables and macros in the place of
// its parameters; filters that no variable sets have their defaults.
func query(r *reporting.Report) (string, error) {
	var unknown []string
	text := reporting.Fill(r.Statement(), func(name, typ string) string {
		expression, known := expressionFor(r, name, typ)
		if !known {
			unknown = append(unknown, fmt.Sprintf("{%s:%s}", name, typ))
		}
		return expression
	})
	if len(unknown) > 0 {
		return "", fmt.Errorf("fill the query of %s: there is no variable for %s", r.Name, strings.Join(unknown, ", "))
	}
	return text, nil
}

func expressionFor(r *reporting.Report, name, typ string) (string, bool) {
	switch name {
	case "tenant":
		return variable(tenantVariable), true
	case "timezone":
		return variable(zoneVariable), true
	case "year_end":
		return variable(yearEndVariable), true
	case "from":
		return "toDateTime64($__fromTime_ms, 3, 'UTC')", true
	case "to":
		return "toDateTime64($__toTime_ms, 3, 'UTC')", true
	case "as_of", "now":
		return "now64(3, 'UTC')", true
	case "grain":
		return grain(r), true
	}
	switch {
	case typ == "Array(String)":
		return "emptyArrayString()", true
	case strings.HasPrefix(typ, "Nullable("):
		return fmt.Sprintf("CAST(NULL, '%s')", typ), true
	case typ == "String":
		p, found := r.Parameter(name)
		return "'" + p.Default + "'", found && p.Type == reporting.EnumParameter && !strings.ContainsAny(p.Default, `'\$`)
	}
	return "", false
}

// variable is a text that holds the variable's value, whatever is in it: percent-encoding
// leaves no quote and no backslash.
func variable(name string) string { return "decodeURLComponent('${" + name + ":percentencode}')" }

// grain is the board's for reports that know all of its periods, else the report's own.
func grain(r *reporting.Report) string {
	for _, g := range boardGrains() {
		if !slices.Contains(r.Grains, g) {
			return "'" + r.Grains[0] + "'"
		}
	}
	return variable(grainVariable)
}
