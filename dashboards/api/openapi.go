package api

import (
	"encoding/json"
	"net/http"
	"strings"

	"github.com/turnout/turnout/schemas"
)

// object is a JSON object in the making.
type object = map[string]any

func (a *API) showOpenAPI(w http.ResponseWriter, r *http.Request) error {
	if err := onlyParameters(r); err != nil {
		return err
	}
	return writeDocument(w, r, a.OpenAPI())
}

func (a *API) showAsyncAPI(w http.ResponseWriter, r *http.Request) error {
	if err := onlyParameters(r); err != nil {
		return err
	}
	body, err := schemas.AsyncAPI(a.config.Registry)
	if err != nil {
		return err
	}
	return writeDocument(w, r, json.RawMessage(body))
}

// OpenAPI describes the program's HTTP interface (OpenAPI 3.1).
func (a *API) OpenAPI() map[string]any {
	return object{
		"openapi": "3.1.0",
		"info": object{
			"title": "Turnout", "version": orUnknown(a.config.Version),
			"description": "Events in, exact engagement figures out. Errors are problem documents (RFC 9457) whose pointer names what is wrong.",
		},
		"paths": object{
			"/v1/events":              object{"post": eventsOperation()},
			"/v1/reports":             object{"get": operation("List the reports", jsonOf(object{"type": "object", "required": []string{"reports"}, "properties": object{"reports": arrayOf("Report")}}))},
			"/v1/reports/{name}":      object{"get": a.reportOperation()},
			"/v1/reports/{name}/rows": object{"get": a.rowsOperation()},
			"/v1/schemas":             object{"get": operation("List the event types", anyJSON())},
			"/v1/schemas/{type}":      object{"get": operation("Show an event type", anyJSON(), pathParameter("type", "An event type with its version, such as attendance.recorded.v1."))},
			"/v1/status":              object{"get": operation("Show the state of the pipeline", anyJSON(), tenantParameter())},
			"/v1/live":                object{"get": liveOperation()},
			"/v1/deadletters": object{"get": operation("List dead letters", anyJSON(), tenantParameter(),
				queryParameter("limit", "integer", "How many at most (1 to 1000)."), queryParameter("after", "string", "The value of next in the answer before."))},
			"/v1/deadletters/{id}": object{
				"get":    operation("Show a dead letter with its original bytes", anyJSON(), pathParameter("id", "The letter's id."), tenantParameter()),
				"delete": discardOperation(),
			},
			"/v1/deadletters/replay": object{"post": replayOperation()},
			"/openapi.json":          object{"get": operation("This description", anyJSON())},
			"/asyncapi.json":         object{"get": operation("The description of the event streams", anyJSON())},
		},
		"components": object{
			"schemas": componentSchemas(),
			"securitySchemes": object{"key": object{
				"type": "http", "scheme": "bearer", "description": "An API key; none is needed while none was created.",
			}},
		},
		"security": []object{{"key": []string{}}, {}},
	}
}

func orUnknown(version string) string {
	if version == "" {
		return "unknown"
	}
	return version
}

// reportOperation lists the parameters of all reports; which report takes which is in GET /v1/reports.
func (a *API) reportOperation() object {
	o := operation("Run a report", reportContent("Result"), append([]object{a.reportName()}, a.reportParameters()...)...)
	o["description"] = "A report takes the parameters that GET /v1/reports lists for it and refuses others."
	return o
}

func (a *API) rowsOperation() object {
	parameters := append([]object{a.reportName(), queryParameter("measure", "string", "The measure whose list is asked for."),
		queryParameter("limit", "integer", "How many rows at most (1 to 10000)."), queryParameter("offset", "integer", "How many rows to pass over.")}, a.reportParameters()...)
	o := operation("List what is behind a figure", reportContent("Rows"), parameters...)
	o["description"] = `Beside the report's parameters, give the value of each dimension of the figure; \N stands for null. A dimension that is left out is not narrowed.`
	return o
}

func (a *API) reportName() object {
	var names []string
	for _, r := range a.config.Runner.Catalog().Reports() {
		names = append(names, r.Name)
	}
	p := pathParameter("name", "The report.")
	p["schema"] = object{"type": "string", "enum": names}
	return p
}

func (a *API) reportParameters() []object {
	out := []object{
		formatParameter(),
		enumParameter("describe", "Adds to JSON what helps to draw it.", "true", "false"),
		enumParameter("about", "Puts the definition, the filters, the time zone and the moment above a CSV, as lines that begin with #.", "true", "false"),
	}
	seen := make(map[string]bool)
	for _, r := range a.config.Runner.Catalog().Reports() {
		for _, p := range r.Parameters {
			if !seen[p.Name] {
				seen[p.Name] = true
				out = append(out, queryParameter(p.Name, "string", p.Description))
			}
		}
	}
	return out
}

func operation(summary string, success object, parameters ...object) object {
	o := object{
		"summary": summary, "operationId": strings.ReplaceAll(strings.ToLower(summary), " ", "-"),
		"responses": object{
			"200": success,
			"default": object{
				"description": "What is wrong, where, and what to do.",
				"content":     object{"application/problem+json": object{"schema": reference("Problem")}},
			},
		},
	}
	if len(parameters) > 0 {
		o["parameters"] = parameters
	}
	return o
}

func liveOperation() object {
	o := operation("Hear what is stored", object{
		"description": "Server-Sent Events: hello, then stored for each batch that is in the warehouse, and end with the reason when the server ends it.",
		"content":     object{"text/event-stream": object{"schema": text()}},
	}, tenantParameter(), object{
		"name": "Last-Event-ID", "in": "header", "schema": text(),
		"description": "The last id that was heard. Nothing is told again: hello says since when something may have been missed.",
	})
	o["description"] = "From now on, and never twice on purpose. A client that takes too little is dropped; a comment comes at least every 10 seconds."
	return o
}

func eventsOperation() object {
	o := operation("Publish events", jsonOf(object{"type": "object"}))
	o["description"] = "CloudEvents 1.0: structured, batched or binary, or NDJSON. Each event is answered on its own; sending again is safe."
	content := object{}
	for _, media := range []string{"application/cloudevents+json", "application/cloudevents-batch+json", "application/x-ndjson", "application/json"} {
		content[media] = object{}
	}
	o["requestBody"] = object{"required": true, "content": content}
	responses, _ := o["responses"].(object)
	responses["202"] = responses["200"]
	delete(responses, "200")
	return o
}

func replayOperation() object {
	o := operation("Replay dead letters", anyJSON(), tenantParameter())
	o["requestBody"] = object{"required": true, "content": object{"application/json": object{"schema": object{
		"type": "object", "additionalProperties": false, "properties": object{
			"ids": object{"type": "array", "items": object{"type": "string"}}, "all": object{"type": "boolean"},
			"set": object{"type": "object"}, "dry_run": object{"type": "boolean"},
		},
	}}}}
	return o
}

func discardOperation() object {
	o := operation("Discard a dead letter", object{"description": "It is gone."}, pathParameter("id", "The letter's id."), tenantParameter())
	responses, _ := o["responses"].(object)
	responses["204"] = responses["200"]
	delete(responses, "200")
	return o
}
