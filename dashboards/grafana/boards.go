package grafana

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/turnout/turnout/dashboards/reporting"
)

// object is a piece of a board's JSON.
type object map[string]any

const (
	pluginType = "grafana-clickhouse-datasource"
	// schemaVersion is that of the boards' JSON; Grafana migrates older ones by itself.
	schemaVersion = 39
	boardWidth    = 24
	chartWidth    = 12
	chartHeight   = 9
	tableHeight   = 12
)

// Boards gives a board for every section of the reports, by file name. Reports whose
// rows name persons are left out: Grafana does not know who may see them.
func Boards(catalog *reporting.Catalog) (map[string][]byte, error) {
	sections := map[string][]*reporting.Report{}
	for _, r := range catalog.Reports() {
		if !r.Personal {
			sections[r.Section] = append(sections[r.Section], r)
		}
	}
	files := make(map[string][]byte, len(sections))
	for section, reports := range sections {
		board, err := boardOf(section, reports)
		if err != nil {
			return nil, err
		}
		var out strings.Builder
		encoder := json.NewEncoder(&out)
		encoder.SetEscapeHTML(false)
		encoder.SetIndent("", "  ")
		if err := encoder.Encode(board); err != nil {
			return nil, fmt.Errorf("write the board of %s: %w", section, err)
		}
		files["community-"+slug(section)+".json"] = []byte(out.String())
	}
	return files, nil
}

func slug(section string) string { return strings.ReplaceAll(strings.ToLower(section), " ", "-") }

// boardOf puts the charts first, two beside one another, and the tables below in a row
// that is closed: Grafana asks for them only when somebody opens it.
func boardOf(section string, reports []*reporting.Report) (object, error) {
	var charts, tables []object
	id, place := 0, 0
	next := func(panel object, x, y, w, h int) object {
		id++
		panel["id"], panel["gridPos"] = id, object{"x": x, "y": y, "w": w, "h": h}
		return panel
	}
	for _, r := range reports {
		sql, err := query(r)
		if err != nil {
			return nil, err
		}
		if chart := chartPanel(r, sql); chart != nil {
			charts = append(charts, next(chart, place%2*chartWidth, place/2*chartHeight, chartWidth, chartHeight))
			place++
		}
	}
	below := (place + 1) / 2 * chartHeight
	row := next(object{"type": "row", "title": "Tables", "collapsed": true}, 0, below, boardWidth, 1)
	for i, r := range reports {
		sql, err := query(r)
		if err != nil {
			return nil, err
		}
		tables = append(tables, next(tablePanel(r, sql), 0, below+1+i*tableHeight, boardWidth, tableHeight))
	}
	row["panels"] = tables
	return object{
		"uid":         "turnout-community-" + slug(section),
		"title":       "Turnout: " + section,
		"description": "The reports on " + strings.ToLower(section) + ", from their files. Edit those, not the board.",
		"tags":        []string{"turnout", "turnout-community"},
		"links": []object{{
			"type": "dashboards", "title": "Turnout", "tags": []string{"turnout-community"}, "asDropdown": true, "keepTime": true, "includeVars": true,
		}},
		"schemaVersion": schemaVersion, "version": 1, "editable": false, "graphTooltip": 0, "timezone": "", "refresh": "",
		"time":        object{"from": "now-2y/y", "to": "now"},
		"templating":  object{"list": variables()},
		"annotations": object{"list": []object{}},
		"panels":      append(charts, row),
	}, nil
}

// source names the data source by the board's variable.
func source() object { return object{"type": pluginType, "uid": "${" + sourceVariable + "}"} }

func variables() []object {
	const communities = "SELECT tenant FROM facts GROUP BY tenant ORDER BY tenant"
	grains := make([]object, 0, len(boardGrains()))
	for i, g := range boardGrains() {
		grains = append(grains, object{"text": g, "value": g, "selected": i == 0})
	}
	return []object{
		{"name": sourceVariable, "label": "Data source", "type": "datasource", "query": pluginType, "refresh": 1},
		{
			"name": tenantVariable, "label": "Community", "type": "query", "datasource": source(), "query": communities, "refresh": 1,
			"multi": false, "includeAll": false, "description": "Whose figures these are.",
		},
		{
			"name": grainVariable, "label": "Period", "type": "custom", "query": strings.Join(boardGrains(), ","), "options": grains,
			"current": grains[0], "multi": false, "includeAll": false, "description": "What one period is, where a report knows more than one.",
		},
		text(zoneVariable, "Time zone", "UTC", "The zone in which days, months and years begin, such as Europe/Moscow: the community's."),
		text(yearEndVariable, "Year ends", "12-31", "The last day of the community's year, MM-DD."),
	}
}

// text is a variable that people type.
func text(name, label, value, description string) object {
	current := object{"text": value, "value": value}
	return object{
		"name": name, "label": label, "type": "textbox", "query": value, "current": current, "options": []object{current}, "description": description,
	}
}
