package web_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/turnout/turnout/dashboards/web"
)

const (
	indexBody  = "<!doctype html><title>Turnout</title>"
	scriptBody = "console.log('turnout')"
	scriptPath = "/assets/index-abc123.js"
)

func builtPage(t *testing.T) http.Handler {
	t.Helper()
	handler, err := web.New(fstest.MapFS{
		"index.html":                {Data: []byte(indexBody)},
		"favicon.svg":               {Data: []byte("<svg/>")},
		"assets/index-abc123.js":    {Data: []byte(scriptBody)},
		"assets/index-abc123.js.gz": {Data: []byte("packed")},
		".gitkeep":                  {Data: nil},
	})
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	return handler
}

func get(t *testing.T, handler http.Handler, method, target string, header map[string]string) *http.Response {
	t.Helper()
	request := httptest.NewRequestWithContext(t.Context(), method, target, http.NoBody)
	for name, value := range header {
		request.Header.Set(name, value)
	}
	recorder := httptest.NewRecorder()
	handler.ServeHTTP(recorder, request)
	return recorder.Result()
}

func body(t *testing.T, response *http.Response) string {
	t.Helper()
	raw, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatalf("read body: %v", err)
	}
	return string(raw)
}

func TestAddresses(t *testing.T) {
	browser := "text/html,application/xhtml+xml,*/*;q=0.8"
	tests := []struct {
		name, target, accept string
		status               int
		page                 bool
	}{
		{"root", "/", browser, 200, true},
		{"root for a program", "/", "*/*", 200, true},
		{"reports", "/reports", browser, 200, true},
		{"one report, with filters", "/reports/attendance?tenant=davis&grain=month", browser, 200, true},
		{"reference", "/reference/attendance.recorded.v1", browser, 200, true},
		{"status", "/status", browser, 200, true},
		{"one gathering", "/gatherings/m-2022-05?tenant=davis", browser, 200, true},
		{"one person", "/members/p-1", browser, 200, true},
		{"a page of one part", "/retention", browser, 200, true},
		{"deeper than a page of one part", "/retention/2024", browser, 404, true},
		{"a report's definition", "/reference/reports/attendance", browser, 200, true},
		{"deeper than any route", "/reports/attendance/rows", browser, 404, true},
		{"unknown page in a browser", "/nowhere", browser, 404, true},
		{"unknown page for a program", "/nowhere", "*/*", 404, false},
		{"unknown asset", "/assets/index-old.js", "*/*", 404, false},
		{"unknown asset in a browser", "/assets/index-old.js", browser, 404, false},
		{"unknown API", "/v1/nothing", browser, 404, false},
		{"the index is not an asset", "/index.html", "*/*", 404, false},
		{"the packed file has no address", scriptPath + ".gz", "*/*", 404, false},
		{"hidden files have no address", "/.gitkeep", "*/*", 404, false},
		{"a way out of the folder", "/assets/../../handler.go", "*/*", 404, false},
	}
	handler := builtPage(t)
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			response := get(t, handler, http.MethodGet, test.target, map[string]string{"Accept": test.accept})
			if response.StatusCode != test.status {
				t.Fatalf("status %d, want %d", response.StatusCode, test.status)
			}
			got := body(t, response)
			if (got == indexBody) != test.page {
				t.Errorf("body %q, page wanted: %v", got, test.page)
			}
			if !test.page && response.Header.Get("Content-Type") != "application/problem+json" {
				t.Errorf("content type %q, want a problem document", response.Header.Get("Content-Type"))
			}
		})
	}
}

func TestCaching(t *testing.T) {
	handler := builtPage(t)
	for target, want := range map[string]string{
		"/":            "no-cache",
		"/favicon.svg": "no-cache",
		scriptPath:     "public, max-age=31536000, immutable",
	} {
		response := get(t, handler, http.MethodGet, target, nil)
		if got := response.Header.Get("Cache-Control"); got != want {
			t.Errorf("%s: Cache-Control %q, want %q", target, got, want)
		}
		etag := response.Header.Get("ETag")
		if etag == "" {
			t.Fatalf("%s: no ETag", target)
		}
		for _, condition := range []string{etag, "W/" + etag, `"other", ` + etag, "*"} {
			again := get(t, handler, http.MethodGet, target, map[string]string{"If-None-Match": condition})
			if again.StatusCode != http.StatusNotModified || body(t, again) != "" {
				t.Errorf("%s with If-None-Match %s: status %d", target, condition, again.StatusCode)
			}
		}
		if changed := get(t, handler, http.MethodGet, target, map[string]string{"If-None-Match": `"other"`}); changed.StatusCode != http.StatusOK {
			t.Errorf("%s with another ETag: status %d", target, changed.StatusCode)
		}
	}
}

func TestCompression(t *testing.T) {
	tests := []struct {
		accept string
		packed bool
	}{
		{"", false}, {"gzip", true}, {"br, GZIP", true}, {"gzip;q=0.5, br", true}, {"gzip;q=0", false}, {"gzip; q=0.0", false}, {"br", false},
	}
	handler := builtPage(t)
	plain := get(t, handler, http.MethodGet, scriptPath, nil).Header.Get("ETag")
	for _, test := range tests {
		response := get(t, handler, http.MethodGet, scriptPath, map[string]string{"Accept-Encoding": test.accept})
		if got := response.Header.Get("Content-Encoding") == "gzip"; got != test.packed {
			t.Errorf("Accept-Encoding %q: packed %v, want %v", test.accept, got, test.packed)
		}
		if got := body(t, response) == "packed"; got != test.packed {
			t.Errorf("Accept-Encoding %q: packed body %v, want %v", test.accept, got, test.packed)
		}
		if (response.Header.Get("ETag") == plain) == test.packed {
			t.Errorf("Accept-Encoding %q: the two encodings must not share an ETag", test.accept)
		}
		if response.Header.Get("Vary") != "Accept-Encoding" {
			t.Errorf("Accept-Encoding %q: no Vary", test.accept)
		}
	}
}

func TestHead(t *testing.T) {
	handler := builtPage(t)
	for _, target := range []string{"/", scriptPath} {
		full := get(t, handler, http.MethodGet, target, nil)
		head := get(t, handler, http.MethodHead, target, nil)
		if got := body(t, head); got != "" {
			t.Errorf("HEAD %s: body %q", target, got)
		}
		for _, name := range []string{"Content-Length", "Content-Type", "ETag", "Cache-Control"} {
			if head.Header.Get(name) != full.Header.Get(name) {
				t.Errorf("HEAD %s: %s %q, GET says %q", target, name, head.Header.Get(name), full.Header.Get(name))
			}
		}
	}
}

func TestOtherMethods(t *testing.T) {
	for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodOptions} {
		response := get(t, builtPage(t), method, "/", nil)
		if response.StatusCode != http.StatusMethodNotAllowed || response.Header.Get("Allow") != "GET, HEAD" {
			t.Errorf("%s: status %d, Allow %q", method, response.StatusCode, response.Header.Get("Allow"))
		}
	}
}

func TestSecurityHeaders(t *testing.T) {
	handler := builtPage(t)
	for _, target := range []string{"/", scriptPath, "/nowhere"} {
		header := get(t, handler, http.MethodGet, target, nil).Header
		policy := header.Get("Content-Security-Policy")
		if !strings.HasPrefix(policy, "default-src 'none'") || strings.Contains(policy, "unsafe") || strings.Contains(policy, "http") {
			t.Errorf("%s: policy %q", target, policy)
		}
		if header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: no nosniff", target)
		}
	}
}

func TestWithoutAssetsThePageSaysHowToBuildIt(t *testing.T) {
	handler, err := web.New(fstest.MapFS{".gitkeep": {Data: nil}})
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	for _, target := range []string{"/", "/reports/attendance"} {
		response := get(t, handler, http.MethodGet, target, nil)
		if response.StatusCode != http.StatusServiceUnavailable || !strings.Contains(body(t, response), "make build") {
			t.Errorf("%s: status %d", target, response.StatusCode)
		}
	}
	if response := get(t, handler, http.MethodGet, "/assets/x.js", map[string]string{"Accept": "text/html"}); response.StatusCode != http.StatusNotFound {
		t.Errorf("asset: status %d", response.StatusCode)
	}
}

// The embedded page may be built or not where this runs; both must give a handler that answers at /.
func TestEmbeddedPageAnswers(t *testing.T) {
	handler, err := web.Handler()
	if err != nil {
		t.Fatalf("Handler: %v", err)
	}
	response := get(t, handler, http.MethodGet, "/", nil)
	if got := body(t, response); !strings.Contains(got, "Turnout") {
		t.Errorf("status %d, body %q", response.StatusCode, got)
	}
}
