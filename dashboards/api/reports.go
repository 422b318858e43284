package api

import (
	"bytes"
	"io"
	"net/http"
	"net/url"

	"github.com/turnout/turnout/dashboards/reporting"
)

func (a *API) listReports(w http.ResponseWriter, r *http.Request) error {
	if err := onlyParameters(r, "tenant"); err != nil {
		return err
	}
	descriptions := []reporting.Description{}
	for _, report := range a.config.Runner.Catalog().Reports() {
		descriptions = append(descriptions, report.Describe())
	}
	return writeJSON(w, map[string]any{"reports": descriptions})
}

// asked reads what every report takes: the form of the answer and the bound tenant.
func asked(r *http.Request) (values url.Values, format reporting.Format, describe bool, err error) {
	if values, err = query(r); err != nil {
		return nil, "", false, err
	}
	bound, err := tenant(r)
	if err != nil {
		return nil, "", false, err
	}
	values.Set("tenant", bound)
	form, err := take(values, "format", string(reporting.JSON), string(reporting.CSV), string(reporting.NDJSON))
	if err != nil {
		return nil, "", false, err
	}
	more, err := take(values, "describe", "true", "false")
	if err != nil {
		return nil, "", false, err
	}
	if form == "" {
		form = string(reporting.JSON)
	}
	return values, reporting.Format(form), more == "true", nil
}

func (a *API) runReport(w http.ResponseWriter, r *http.Request) error {
	values, format, describe, err := asked(r)
	if err != nil {
		return err
	}
	result, err := a.config.Runner.Run(r.Context(), r.PathValue("name"), values)
	if err != nil {
		return err
	}
	if describe && format == reporting.JSON {
		return writeJSON(w, result.Described())
	}
	return send(w, format, result)
}

func (a *API) listRows(w http.ResponseWriter, r *http.Request) error {
	values, format, _, err := asked(r)
	if err != nil {
		return err
	}
	rows, err := a.config.Runner.Rows(r.Context(), r.PathValue("name"), values)
	if err != nil {
		return err
	}
	return send(w, format, rows)
}

// send writes what can be written in several forms. It is made whole first: a
// failure half-way could not be told any more.
func send(w http.ResponseWriter, format reporting.Format, answer formatted) error {
	var body bytes.Buffer
	if err := answer.Write(&body, format); err != nil {
		return err
	}
	return writeRaw(w, format.ContentType(), bytes.TrimSuffix(body.Bytes(), []byte("\n")))
}

// formatted is an answer that can be written in several forms.
type formatted interface {
	Write(w io.Writer, f reporting.Format) error
}
