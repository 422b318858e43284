package api

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/turnout/turnout/dashboards/export"
	"github.com/turnout/turnout/dashboards/reporting"
	"github.com/turnout/turnout/internal/auth"
	"github.com/turnout/turnout/internal/problem"
)

func (a *API) listReports(w http.ResponseWriter, r *http.Request) error {
	if err := onlyParameters(r, "tenant", "lang"); err != nil {
		return err
	}
	values, err := query(r)
	if err != nil {
		return err
	}
	lang, err := a.language(w, r, values)
	if err != nil {
		return err
	}
	return writeDocument(w, r, map[string]any{"reports": a.config.Runner.Describe(lang)})
}

// listValues gives what the parameters of reports can take in a community, where its data tell.
func (a *API) listValues(w http.ResponseWriter, r *http.Request) error {
	if err := onlyParameters(r, "tenant"); err != nil {
		return err
	}
	bound, err := tenant(r)
	if err != nil {
		return err
	}
	values, err := a.config.Runner.Choices(r.Context(), bound)
	if err != nil {
		return err
	}
	return writeDocument(w, r, map[string]any{"values": values})
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
	if err := onlyShareable(r, values); err != nil {
		return nil, f, err
	}
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

// language settles in which language to answer: as asked by lang, else as the browser says.
func (a *API) language(w http.ResponseWriter, r *http.Request, values url.Values) (string, error) {
	languages := a.config.Runner.Catalog().Languages()
	w.Header().Add("Vary", "Accept-Language")
	switch given := values["lang"]; {
	case len(given) == 0 || len(given) == 1 && given[0] == "":
		values.Set("lang", a.config.Runner.Catalog().Language(r.Header.Get("Accept-Language")))
	case len(given) > 1 || !slices.Contains(languages, given[0]):
		return "", &problem.Error{
			Status: http.StatusBadRequest, Code: "unknown_value", Title: "Bad parameter", Pointer: "/parameters/lang",
			Detail: fmt.Sprintf("%q is not a value of lang.", strings.Join(given, ", ")), Hint: "Allowed: " + strings.Join(languages, ", ") + ".",
		}
	}
	return values.Get("lang"), nil
}

// onlyShareable keeps a caller who may read what is shared, and nothing else, to that view.
func onlyShareable(r *http.Request, values url.Values) error {
	if auth.From(r.Context()).Can(auth.Read) {
		return nil
	}
	if asked := values["view"]; len(asked) > 0 && (len(asked) > 1 || asked[0] != "shareable") {
		return &problem.Error{
			Status: http.StatusForbidden, Code: "scope_missing", Pointer: "Authorization", Title: "Not shareable",
			Detail: "This key may read the shareable view only.", Hint: "Leave view out, or use a key with the scope read.",
		}
	}
	values.Set("view", "shareable")
	return nil
}

func (a *API) runReport(w http.ResponseWriter, r *http.Request) error {
	values, f, err := asked(r)
	if err != nil {
		return err
	}
	if _, err := a.language(w, r, values); err != nil {
		return err
	}
	result, err := a.config.Runner.Run(r.Context(), r.PathValue("name"), values)
	if err != nil {
		return withForms(err, "format", "describe", "about")
	}
	table := export.FromResult(result)
	fingerprint, err := table.Fingerprint(f.format, f.describe, f.about, result.Report.Describe())
	if err != nil || unchanged(w, r, fingerprint) {
		return err
	}
	if f.describe && f.format == reporting.JSON {
		body, err := json.Marshal(result.Described())
		if err != nil {
			return err //nolint:wrapcheck // our own types; the text is for the log
		}
		writeBody(w, r, export.ContentType(f.format), append(body, '\n'))
		return nil
	}
	return send(w, r, f, result, table)
}

func (a *API) listRows(w http.ResponseWriter, r *http.Request) error {
	values, f, err := asked(r)
	if err != nil {
		return err
	}
	if _, err := a.language(w, r, values); err != nil {
		return err
	}
	rows, err := a.config.Runner.Rows(r.Context(), r.PathValue("name"), values)
	if err != nil {
		return withForms(err, "format", "about")
	}
	table := export.FromRows(rows)
	fingerprint, err := table.Fingerprint(f.format, f.about, rows.Limit, rows.Offset, rows.Figure, rows.Cell)
	if err != nil {
		return err
	}
	if next := rows.Offset + int64(len(rows.Rows)); next < rows.Total && len(rows.Rows) > 0 {
		linkNext(w, r, "offset", strconv.FormatInt(next, 10))
	}
	if unchanged(w, r, fingerprint) {
		return nil
	}
	return send(w, r, f, rows, table)
}

// linkNext names the next page, in every form (RFC 8288).
func linkNext(w http.ResponseWriter, r *http.Request, parameter, value string) {
	values := r.URL.Query()
	values.Set(parameter, value)
	w.Header().Set("Link", "<"+r.URL.Path+"?"+values.Encode()+`>; rel="next"`)
}

// send writes what can be written in several forms. It is made whole first: a
// failure half-way could not be told any more.
func send(w http.ResponseWriter, r *http.Request, f form, answer formatted, table *export.Table) error {
	var body bytes.Buffer
	if f.about && f.format == reporting.CSV {
		if err := table.WriteComments(&body); err != nil {
			return err
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
	writeBody(w, r, export.ContentType(f.format), body.Bytes())
	return nil
}

// formatted is an answer that can be written in several forms.
type formatted interface {
	Write(w io.Writer, f reporting.Format) error
}
