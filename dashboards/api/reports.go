package api

import (
	"bytes"
	"cmp"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"

	"github.com/turnout/turnout/dashboards/export"
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

// form is how an answer is written: what of the request is not about what is counted.
type form struct {
	format          reporting.Format
	describe, about bool
}

// asked reads what every report takes: the form of the answer and the bound tenant.
func asked(r *http.Request) (values url.Values, f form, err error) {
	if values, err = query(r); err != nil {
		return nil, f, err
	}
	bound, err := tenant(r)
	if err != nil {
		return nil, f, err
	}
	values.Set("tenant", bound)
	var formats []string
	for _, known := range export.Formats() {
		formats = append(formats, string(known))
	}
	format, err := take(values, "format", formats...)
	if err != nil {
		return nil, f, err
	}
	describe, err := take(values, "describe", "true", "false")
	if err != nil {
		return nil, f, err
	}
	about, err := take(values, "about", "true", "false")
	if err != nil {
		return nil, f, err
	}
	return values, form{reporting.Format(cmp.Or(format, string(reporting.JSON))), describe == "true", about == "true"}, nil
}

func (a *API) runReport(w http.ResponseWriter, r *http.Request) error {
	values, f, err := asked(r)
	if err != nil {
		return err
	}
	result, err := a.config.Runner.Run(r.Context(), r.PathValue("name"), values)
	if err != nil {
		return err
	}
	if f.describe && f.format == reporting.JSON {
		return writeJSON(w, result.Described())
	}
	return send(w, f, result, export.FromResult(result))
}

func (a *API) listRows(w http.ResponseWriter, r *http.Request) error {
	values, f, err := asked(r)
	if err != nil {
		return err
	}
	rows, err := a.config.Runner.Rows(r.Context(), r.PathValue("name"), values)
	if err != nil {
		return err
	}
	return send(w, f, rows, export.FromRows(rows))
}

// send writes what can be written in several forms. It is made whole first: a
// failure half-way could not be told any more.
func send(w http.ResponseWriter, f form, answer formatted, table *export.Table) error {
	var body bytes.Buffer
	if f.about && f.format == reporting.CSV {
		if err := table.WriteComments(&body); err != nil {
			return err //nolint:wrapcheck // of our own
		}
	}
	writer := answer
	if slices.Contains([]reporting.Format{export.XLSX, export.Parquet, export.Markdown}, f.format) {
		writer = table
	}
	if err := writer.Write(&body, f.format); err != nil {
		return err
	}
	if f.format != reporting.JSON {
		disposition := mime.FormatMediaType("attachment", map[string]string{"filename": table.FileName(f.format)})
		w.Header().Set("Content-Disposition", disposition)
	}
	return writeRaw(w, export.ContentType(f.format), body.Bytes())
}

// formatted is an answer that can be written in several forms.
type formatted interface {
	Write(w io.Writer, f reporting.Format) error
}
