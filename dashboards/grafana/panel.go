package grafana

import (
	"slices"

	"github.com/turnout/turnout/dashboards/reporting"
)

// periodStart is the measure that places a period in time, in reports that have it.
const periodStart = "period_start"

// panel is what all panels share.
func panel(r *reporting.Report, kind, sql string) object {
	return object{
		"type": kind, "title": r.Title, "description": r.Question + "\n\n" + r.Definition, "datasource": source(),
		"fieldConfig": object{"defaults": object{"noValue": "unknown"}, "overrides": overrides(r)},
		"options":     object{},
		"targets": []object{{
			"refId": "A", "datasource": source(), "editorType": "sql", "queryType": "table", "format": 1, "rawSql": sql,
		}},
	}
}

// overrides give every column its heading and unit.
func overrides(r *reporting.Report) []object {
	out := make([]object, 0, len(r.Columns()))
	for _, c := range r.Columns() {
		properties := []object{{"id": "displayName", "value": c.Title}}
		if unit := unitOf(c); unit != "" {
			properties = append(properties, object{"id": "unit", "value": unit})
		}
		out = append(out, object{"matcher": object{"id": "byName", "options": c.Name}, "properties": properties})
	}
	return out
}

// unitOf is Grafana's name for a column's unit; empty for what has none.
func unitOf(c reporting.Column) string {
	switch {
	case c.Unit == "share":
		return "percentunit"
	case c.Unit != "":
		return "suffix: " + c.Unit
	case c.Type == reporting.DateTime:
		return "dateTimeAsIso"
	}
	return ""
}

// chartPanel draws the report as its file says; nil where a drawing needs more than one
// dimension, which the table shows.
func chartPanel(r *reporting.Report, sql string) object {
	if r.Chart == nil || r.Chart.Kind == "heatmap" {
		return nil
	}
	if r.Chart.Kind == "number" {
		out := panel(r, "stat", sql)
		out["options"] = object{
			"reduceOptions": object{"calcs": []string{"lastNotNull"}, "fields": "", "values": false},
			"colorMode":     "none", "graphMode": "none",
		}
		return only(out, r.Chart.Y...)
	}
	if len(r.Dimensions) > 1 {
		return nil
	}
	if _, placed := r.Measure(periodStart); placed && r.Chart.Kind == "line" {
		return timeline(r, sql)
	}
	out := panel(r, "barchart", sql)
	stacking := "none"
	if r.Chart.Kind == "stacked" {
		stacking = "normal"
	}
	out["options"] = object{
		"xField": r.Chart.X, "stacking": stacking, "showValue": "never", "xTickLabelMaxLength": 20,
		"legend": object{"showLegend": true, "displayMode": "list", "placement": "bottom"}, "tooltip": object{"mode": "multi", "sort": "none"},
	}
	return only(out, append([]string{r.Chart.X}, r.Chart.Y...)...)
}

// timeline draws figures over time. A period without a figure stays a gap: unknown is not zero.
func timeline(r *reporting.Report, sql string) object {
	out := panel(r, "timeseries", sql)
	out["options"] = object{
		"legend": object{"showLegend": true, "displayMode": "list", "placement": "bottom"}, "tooltip": object{"mode": "multi", "sort": "none"},
	}
	config, isObject := out["fieldConfig"].(object)
	if defaults, ok := config["defaults"].(object); isObject && ok {
		defaults["custom"] = object{"spanNulls": false, "showPoints": "always", "lineWidth": 2}
	}
	return only(out, append([]string{periodStart}, r.Chart.Y...)...)
}

// only keeps the columns that are drawn.
func only(out object, names ...string) object {
	slices.Sort(names)
	out["transformations"] = []object{{"id": "filterFieldsByName", "options": object{"include": object{"names": slices.Compact(names)}}}}
	return out
}

// tablePanel lists the report; one that is long is laid out as its file says.
func tablePanel(r *reporting.Report, sql string) object {
	out := panel(r, "table", sql)
	out["options"] = object{"showHeader": true, "cellHeight": "sm"}
	if r.Pivot == nil {
		return out
	}
	value, _ := r.Measure(r.Pivot.Value)
	out["transformations"] = []object{{
		"id": "groupingToMatrix",
		"options": object{
			"columnField": r.Pivot.Columns, "rowField": r.Pivot.Rows[0], "valueField": r.Pivot.Value, "emptyValue": "null",
		},
	}}
	column := reporting.Column{Unit: value.Unit, Type: value.Type}
	out["fieldConfig"] = object{
		"defaults": object{
			"noValue": "unknown", "unit": unitOf(column), "custom": object{"cellOptions": object{"type": "color-background", "mode": "gradient"}},
			"color": object{"mode": "continuous-blues"},
		},
		"overrides": []object{},
	}
	return out
}
