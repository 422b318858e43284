package api

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"

	"github.com/turnout/turnout/dashboards/export"
	"github.com/turnout/turnout/dashboards/reporting"
	"github.com/turnout/turnout/schemas"
)

// object is a JSON object in the making.
type object = map[string]any

//go:embed openapi/paths.yaml
var openAPIPaths []byte

//go:embed openapi/components.yaml
var openAPIComponents []byte

func (a *API) showOpenAPI(w http.ResponseWriter, r *http.Request) error {
	if err := onlyParameters(r); err != nil {
		return err
	}
	document, err := a.OpenAPI()
	if err != nil {
		return err
	}
	return writeDocument(w, r, document)
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

// OpenAPI describes the program's HTTP interface (OpenAPI 3.1): the files in openapi/, with what the
// reports' files say of names, parameters and dimensions.
func (a *API) OpenAPI() (map[string]any, error) {
	var document, components object
	if err := yaml.Unmarshal(openAPIPaths, &document); err != nil {
		return nil, fmt.Errorf("read openapi/paths.yaml: %w", err)
	}
	if err := yaml.Unmarshal(openAPIComponents, &components); err != nil {
		return nil, fmt.Errorf("read openapi/components.yaml: %w", err)
	}
	document["components"] = components
	if a.config.Version != "" {
		member(document, "info")["version"] = a.config.Version
	}
	paths := member(document, "paths")
	reports := a.config.Runner.Catalog().Reports()
	report, rows := member(paths, "/v1/reports/{name}", "get"), member(paths, "/v1/reports/{name}/rows", "get")
	common := append([]object{reportName(reports)}, reportParameters(reports)...)
	addParameters(report, common...)
	addParameters(report, chosen("describe", "Adds to JSON what helps to draw it.", "true", "false"))
	addParameters(rows, append(common, dimensions(reports, common)...)...)
	for _, operation := range []object{report, rows} {
		content := member(operation, "responses", "200", "content")
		for _, f := range export.Formats() {
			if media, _, _ := strings.Cut(export.ContentType(f), ";"); f != reporting.JSON {
				content[media] = object{"schema": object{"type": "string"}}
			}
		}
	}
	return document, nil
}

// member goes down the members of an object. The document is of this program: what is missing is a mistake in the files, which tests find.
func member(of object, names ...string) object {
	for _, name := range names {
		next, _ := of[name].(object)
		of = next
	}
	return of
}

func addParameters(operation object, parameters ...object) {
	list, _ := operation["parameters"].([]any)
	for _, p := range parameters {
		list = append(list, p)
	}
	operation["parameters"] = list
}

func reportName(reports []*reporting.Report) object {
	var names []string
	for _, r := range reports {
		names = append(names, r.Name)
	}
	return object{"name": "name", "in": "path", "required": true, "description": "The report.", "schema": object{"type": "string", "enum": names}}
}

// chosen is a parameter that takes one of several values.
func chosen(name, description string, values ...string) object {
	return object{"name": name, "in": "query", "description": description, "schema": object{"type": "string", "enum": values}}
}

// reportParameters are those of every report: how the answer is written, and what the files declare.
func reportParameters(reports []*reporting.Report) []object {
	var formats []string
	for _, f := range export.Formats() {
		formats = append(formats, string(f))
	}
	out := []object{
		chosen("format", "The form of the answer; json by default.", formats...),
		chosen("about", "Puts the definition, the filters, the zone and the moment above a CSV, as lines that begin with #.", "true", "false"),
		chosen("compare", "Puts the same figure a year before beside each figure.", "year"),
		chosen("view", "shareable hides small numbers of persons.", "full", "shareable"),
		{"$ref": "#/components/parameters/lang"},
	}
	merged, order, takers := map[string]reporting.Parameter{}, []string{}, map[string][]string{}
	for _, r := range reports {
		for _, p := range r.Parameters {
			known, met := merged[p.Name]
			if !met {
				order, known = append(order, p.Name), p
			}
			for _, value := range p.Values {
				if !slices.Contains(known.Values, value) {
					known.Values = append(slices.Clone(known.Values), value)
				}
			}
			known.Min, known.Max = min(known.Min, p.Min), max(known.Max, p.Max)
			merged[p.Name], takers[p.Name] = known, append(takers[p.Name], r.Name)
		}
	}
	for _, name := range order {
		out = append(out, declared(merged[name], takers[name], len(reports)))
	}
	return out
}

// declared is a parameter as the reports' files declare it, all of them together.
func declared(p reporting.Parameter, takers []string, all int) object {
	description, schema := p.Description, object{"type": "string"}
	if len(takers) < all {
		description += " Taken by: " + strings.Join(takers, ", ") + "."
	}
	out := object{"name": p.Name, "in": "query", "description": description, "schema": schema}
	switch p.Type {
	case reporting.EnumParameter:
		schema["enum"] = p.Values
	case reporting.IntegerParameter:
		schema["type"], schema["minimum"], schema["maximum"] = "integer", p.Min, p.Max
	case reporting.ListParameter:
		out["schema"] = object{"type": "array", "items": schema} // given repeatedly, or with commas in one text
	case reporting.TenantParameter:
		schema["pattern"] = "^[a-z0-9-]{1,64}$"
	case reporting.DateParameter, reporting.ZoneParameter:
	}
	return out
}

// dimensions are the parameters that name the figure whose list is asked for, but for those that the reports take anyway.
func dimensions(reports []*reporting.Report, taken []object) []object {
	names := map[string]bool{}
	for _, p := range taken {
		if name, named := p["name"].(string); named {
			names[name] = true
		}
	}
	found := map[string]object{}
	for _, r := range reports {
		for _, d := range r.Dimensions {
			if !names[d.Name] {
				found[d.Name] = object{"name": d.Name, "in": "query", "description": "The figure's " + d.Name + ". " + d.Description, "schema": object{"type": "string"}}
			}
		}
	}
	out := make([]object, 0, len(found))
	for _, name := range slices.Sorted(maps.Keys(found)) {
		out = append(out, found[name])
	}
	return out
}
