package cli_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// reportServer answers as the API does for reports, and tells what was asked.
func reportServer(t *testing.T, asked *http.Request) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		*asked = *r
		if r.URL.Query().Get("format") == "" {
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write([]byte(`{"report":"attendance","columns":[],"rows":[]}`))
			return
		}
		w.Header().Set("Content-Disposition", `attachment; filename="../attendance_2026-11-22_a.`+r.URL.Query().Get("format")+`"`)
		_, _ = w.Write([]byte("the bytes\n"))
	}))
	t.Cleanup(server.Close)
	return server
}

func TestReportsAsFiles(t *testing.T) {
	t.Parallel()
	var asked http.Request
	server := reportServer(t, &asked)
	folder := t.TempDir()
	for name, test := range map[string]struct {
		args  []string
		query map[string]string
		file  string // below folder; empty is standard output
	}{
		"to standard output": {[]string{"--format", "xlsx"}, map[string]string{"format": "xlsx"}, ""},
		"by the name":        {[]string{"--output", filepath.Join(folder, "by-name.XLSX")}, map[string]string{"format": "xlsx"}, "by-name.XLSX"},
		"markdown":           {[]string{"-o", filepath.Join(folder, "page.md")}, map[string]string{"format": "markdown"}, "page.md"},
		"form before name":   {[]string{"-o", filepath.Join(folder, "odd.txt"), "--format", "parquet"}, map[string]string{"format": "parquet"}, "odd.txt"},
		"into a folder":      {[]string{"-o", folder, "--format", "csv", "--about"}, map[string]string{"format": "csv", "about": "true"}, "attendance_2026-11-22_a.csv"},
		"with everything": {
			[]string{"--format", "ndjson", "--compare", "year", "--view", "shareable", "--lang", "ru", "--from", "2024", "--filter", "faculty=law"},
			map[string]string{"format": "ndjson", "compare": "year", "view": "shareable", "lang": "ru", "from": "2024", "faculty": "law"}, "",
		},
	} {
		got := run("", append([]string{"report", "attendance", "--url", server.URL}, test.args...)...)
		if got.code != 0 {
			t.Errorf("%s: %+v", name, got)
			continue
		}
		content := got.stdout
		if test.file != "" {
			raw, err := os.ReadFile(filepath.Join(folder, test.file))
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
			content = string(raw)
			if got.stdout != "" || !strings.Contains(got.stderr, "wrote "+filepath.Join(folder, test.file)) {
				t.Errorf("%s says %q and %q", name, got.stdout, got.stderr)
			}
		}
		if content != "the bytes\n" {
			t.Errorf("%s: %q was written", name, content)
		}
		for parameter, want := range test.query {
			if value := asked.URL.Query().Get(parameter); value != want {
				t.Errorf("%s: %s is %q, want %q", name, parameter, value, want)
			}
		}
	}
	if entries, err := os.ReadDir(folder); err != nil || len(entries) != 4 {
		t.Errorf("the folder holds %v (%v)", entries, err)
	}
	missing := run("", "report", "attendance", "--url", server.URL, "-o", filepath.Join(folder, "no", "such.csv"))
	if missing.code != 1 || !strings.Contains(missing.stderr, "--output") {
		t.Errorf("a folder that is not there: %+v", missing)
	}
}
