package api

import (
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/turnout/turnout/internal/problem"
	"github.com/turnout/turnout/schemas"
)

// schemaDescription is an event type for readers.
type schemaDescription struct {
	Name        string             `json:"name"`
	Title       string             `json:"title"`
	Description string             `json:"description"`
	Mode        string             `json:"mode"`
	Key         []string           `json:"key"`
	Person      string             `json:"person,omitempty"`
	Gathering   string             `json:"gathering,omitempty"`
	Fields      []fieldDescription `json:"fields"`
	Examples    []json.RawMessage  `json:"examples"`
	Schema      json.RawMessage    `json:"schema,omitempty"`
}

type fieldDescription struct {
	Name        string   `json:"name"`
	Type        string   `json:"type"`
	Format      string   `json:"format,omitempty"`
	Description string   `json:"description"`
	Required    bool     `json:"required"`
	Enum        []string `json:"enum,omitempty"`
}

func describeSchema(t *schemas.Type) schemaDescription {
	d := schemaDescription{
		Name: t.Name, Title: t.Title, Description: t.Description, Mode: t.Mode.String(), Key: t.Key,
		Person: t.Person, Gathering: t.Gathering, Fields: []fieldDescription{}, Examples: t.Examples,
	}
	for _, f := range t.Fields {
		d.Fields = append(d.Fields, fieldDescription{f.Name, f.JSONType, f.Format, f.Description, f.Required, f.Enum})
	}
	return d
}

func (a *API) listSchemas(w http.ResponseWriter, r *http.Request) error {
	if err := onlyParameters(r, "tenant"); err != nil {
		return err
	}
	types := []schemaDescription{}
	for _, t := range a.config.Registry.Types() {
		types = append(types, describeSchema(t))
	}
	return writeDocument(w, r, map[string]any{"types": types})
}

func (a *API) showSchema(w http.ResponseWriter, r *http.Request) error {
	if err := onlyParameters(r, "tenant"); err != nil {
		return err
	}
	name := r.PathValue("type")
	t, ok := a.config.Registry.Type(name)
	if !ok {
		return &problem.Error{
			Status: http.StatusNotFound, Code: "unknown_type", Title: "Unknown event type", Pointer: "/type",
			Detail: fmt.Sprintf("There is no event type %q.", name), Hint: "GET /v1/schemas lists all types.",
		}
	}
	d := describeSchema(t)
	d.Schema = t.Source
	return writeDocument(w, r, d)
}
