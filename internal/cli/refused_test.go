package cli_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// refusing answers every request with one problem document.
func refusing(t *testing.T, status int, document string) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/problem+json")
		w.WriteHeader(status)
		_, _ = w.Write([]byte(document))
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// TestRefusedReports: what only the server knows to be wrong is wrong usage all the same; that it cannot answer is a failure.
func TestRefusedReports(t *testing.T) {
	t.Parallel()
	const (
		badValue = `{"status":400,"code":"unknown_value","title":"Bad parameter","detail":"\"week\" is not a value of grain.","hint":"Allowed: month.","pointer":"/parameters/grain"}`
		unknown  = `{"status":404,"code":"unknown_report","title":"Unknown report","detail":"There is no report \"x\".","hint":"The reports are: attendance.","pointer":"/report"}`
		wrongKey = `{"status":403,"code":"wrong_tenant","title":"Forbidden","detail":"This key belongs to another.","hint":"Use another key.","pointer":"/parameters/tenant"}`
		tooLong  = `{"status":422,"code":"query_too_long","title":"Too long","detail":"The report took too long.","hint":"Ask for less.","pointer":""}`
		busy     = `{"status":503,"code":"busy","title":"Busy","detail":"Too many reports are running.","hint":"Try again.","pointer":""}`
	)
	for name, test := range map[string]struct {
		status   int
		document string
		args     []string
		code     int
		want     string
	}{
		"a value":                       {400, badValue, []string{"attendance", "--grain", "week"}, 2, "hint: Allowed: month."},
		"a value for a file":            {400, badValue, []string{"attendance", "--grain", "week", "--format", "csv"}, 2, "hint: Allowed: month."},
		"a value for a list":            {400, badValue, []string{"attendance", "--grain", "week", "--behind", "attended"}, 2, "hint: Allowed: month."},
		"a value for the reports":       {400, badValue, []string{"--lang", "xx"}, 2, "hint: Allowed: month."},
		"a value for the digest":        {400, badValue, []string{"digest", "--to", "week", "--lang", "xx"}, 2, "hint: Allowed: month."},
		"a report":                      {404, unknown, []string{"x"}, 2, "hint: The reports are: attendance."},
		"a report as a file":            {404, unknown, []string{"x", "--format", "json"}, 2, "hint: The reports are: attendance."},
		"a report that the digest asks": {404, unknown, []string{"digest", "--to", "week"}, 1, "There is no report"},
		"another's key":                 {403, wrongKey, []string{"attendance"}, 1, "hint: Use another key."},
		"too much":                      {422, tooLong, []string{"attendance"}, 1, "hint: Ask for less."},
		"too busy":                      {503, busy, []string{"attendance"}, 1, "hint: Try again."},
		"another server":                {404, `not found`, []string{"attendance"}, 1, "--url"},
		"another server's refusal":      {400, `{}`, []string{"attendance"}, 1, "--url"},
	} {
		got := run("", append(append([]string{"report"}, test.args...), "--url", refusing(t, test.status, test.document))...)
		if got.code != test.code || got.stdout != "" || !strings.Contains(got.stderr, test.want) {
			t.Errorf("%s: %+v, want %d and %q", name, got, test.code, test.want)
		}
		noTrace(t, got)
	}
}

// TestNothingToShow: only who has no events at all is told to publish some.
func TestNothingToShow(t *testing.T) {
	t.Parallel()
	const publish = "`turnout publish`"
	for name, test := range map[string]struct {
		status     int
		answer     string
		parameters string
		want       string
	}{
		"no events":             {200, `{"warehouse":{"state":"ok","events":0}}`, `{"tenant":"uni","person":"p-1"}`, publish},
		"events of others":      {200, `{"warehouse":{"state":"ok","events":9}}`, `{"tenant":"uni","person":"p-1"}`, "nothing matches person=p-1."},
		"a figure's list":       {200, `{"warehouse":{"state":"ok","events":9}}`, `{"tenant":"uni","grain":"month"},"cell":{"period":"2024-03"}`, "nothing matches period=2024-03."},
		"events, no filter":     {200, `{"warehouse":{"state":"ok","events":9}}`, `{"tenant":"uni","from":null}`, "none of the community's events"},
		"an unknown number":     {200, `{"warehouse":{"state":"unavailable","events":null}}`, `{"tenant":"uni","person":"p-1"}`, "nothing matches person=p-1."},
		"a key for shared ones": {403, `{"status":403,"title":"Forbidden","code":"scope_missing"}`, `{"tenant":"uni","person":"p-1"}`, "nothing matches person=p-1."},
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != "/v1/status" {
				_, _ = w.Write([]byte(`{"report":"timeline","title":"Timeline","columns":[],"rows":[],"parameters":` + test.parameters + `}`))
				return
			}
			if tenant := r.URL.Query().Get("tenant"); tenant != "uni" {
				t.Errorf("%s: asked for the status of %q", name, tenant)
			}
			w.WriteHeader(test.status)
			_, _ = w.Write([]byte(test.answer))
		}))
		t.Cleanup(server.Close)
		got := run("", "report", "timeline", "--url", server.URL)
		if got.code != 0 || !strings.Contains(got.stdout, test.want) || test.want != publish && strings.Contains(got.stdout, publish) {
			t.Errorf("%s: %+v, want %q", name, got, test.want)
		}
	}
}
