package api

import (
	"strings"

	"github.com/turnout/turnout/dashboards/export"
	"github.com/turnout/turnout/dashboards/reporting"
)

func reference(name string) object { return object{"$ref": "#/components/schemas/" + name} }

func arrayOf(name string) object { return object{"type": "array", "items": reference(name)} }

func jsonOf(schema object) object {
	return object{"description": "Done.", "content": object{"application/json": object{"schema": schema}}}
}

func anyJSON() object { return jsonOf(object{"type": "object"}) }

func reportContent(name string) object {
	content := object{"application/json": object{"schema": reference(name)}}
	for _, f := range export.Formats() {
		if media, _, _ := strings.Cut(export.ContentType(f), ";"); f != reporting.JSON {
			content[media] = object{"schema": object{"type": "string"}}
		}
	}
	return object{"description": "Done.", "content": content}
}

func formatParameter() object {
	var names []string
	for _, f := range export.Formats() {
		names = append(names, string(f))
	}
	return enumParameter("format", "The form of the answer; json by default.", names...)
}

func enumParameter(name, description string, values ...string) object {
	p := queryParameter(name, "string", description)
	p["schema"] = object{"type": "string", "enum": values}
	return p
}

func queryParameter(name, typ, description string) object {
	return object{"name": name, "in": "query", "description": description, "schema": object{"type": typ}}
}

func pathParameter(name, description string) object {
	return object{"name": name, "in": "path", "required": true, "description": description, "schema": object{"type": "string"}}
}

func tenantParameter() object {
	return queryParameter("tenant", "string", "The community; by default the key's own.")
}

func text() object { return object{"type": "string"} }

func componentSchemas() object {
	column := object{"type": "object", "required": []string{"name", "type", "unit", "description"}, "properties": object{
		"name": text(), "unit": text(), "description": text(),
		"type": object{"type": "string", "enum": []string{"string", "integer", "number", "boolean", "date", "datetime"}},
	}}
	rows := object{"type": "array", "items": object{"type": "object"}, "description": "A value that is not known is null."}
	common := object{
		"report": text(), "parameters": object{"type": "object"}, "timezone": text(),
		"as_of": object{"type": "string", "format": "date-time"}, "columns": arrayOf("Column"), "rows": rows,
	}
	result, list := object{"title": text(), "definition": text()}, object{
		"measure": text(), "cell": object{"type": "object"}, "value": object{},
		"total": object{"type": "integer"}, "limit": object{"type": "integer"}, "offset": object{"type": "integer"},
		"next_offset": object{"type": []string{"integer", "null"}},
	}
	for name, schema := range common {
		result[name], list[name] = schema, schema
	}
	return object{
		"Column": column,
		"Report": object{"type": "object", "required": []string{"name", "title", "question"}, "properties": object{
			"name": text(), "title": text(), "question": text(), "section": text(), "definition": text(),
		}},
		"Result": object{"type": "object", "required": []string{"report", "title", "definition", "parameters", "timezone", "as_of", "columns", "rows"}, "properties": result},
		"Rows":   object{"type": "object", "required": []string{"report", "measure", "cell", "value", "total", "columns", "rows"}, "properties": list},
		"Problem": object{"type": "object", "required": []string{"status", "title", "code"}, "properties": object{
			"status": object{"type": "integer"}, "title": text(), "code": text(), "detail": text(), "hint": text(), "pointer": text(),
		}},
	}
}
