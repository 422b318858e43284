package e2e_test

import (
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/turnout/turnout/dashboards/api/apitest"
)

// descriptions are the validators of all houses, by the text of the document: most have the same.
var descriptions sync.Map

// readDescription asks the program what it answers. Every answer to the house's requests is held against that.
func (h *house) readDescription() {
	h.t.Helper()
	status, body := h.get("/openapi.json")
	if status != http.StatusOK {
		h.t.Fatalf("openapi.json: %d %s", status, body)
	}
	if known, found := descriptions.Load(string(body)); found {
		h.described, _ = known.(*apitest.Validator)
		return
	}
	validator, err := apitest.New(h.t.Context(), body)
	if err != nil {
		h.t.Fatal(err)
	}
	h.described = validator
	descriptions.Store(string(body), validator)
}

// hold reports an answer that the program's own description does not know.
func (h *house) hold(request *http.Request, sent string, response *http.Response, body []byte) {
	h.t.Helper()
	page := !strings.HasPrefix(request.URL.Path, "/v1/") && response.Header.Get("Content-Type") != "application/json"
	if h.described == nil || page {
		return
	}
	if err := h.described.Check(request, []byte(sent), response.StatusCode, response.Header, body); err != nil {
		h.t.Errorf("drift from /openapi.json: %v", err)
	}
}

// TestOpenAPI asks for every operation that the program describes: each is answered, and as described.
func TestOpenAPI(t *testing.T) {
	t.Parallel()
	h := open(t)
	if status, body := h.do(http.MethodPost, "/v1/events", "", "application/cloudevents+json", attendanceOf("a", "1")); status != http.StatusAccepted {
		t.Fatalf("%d %s", status, body)
	}
	if status, body := h.do(http.MethodPost, "/v1/events", "", "application/cloudevents+json", "{}"); status != http.StatusUnprocessableEntity {
		t.Errorf("%d %s", status, body)
	}
	fill := strings.NewReplacer("{name}", "attendance", "{type}", "attendance.recorded.v1", "{id}", "1-0", "{tenant}", "a")
	bodies := map[string]string{"POST /v1/events": attendanceOf("a", "2"), "PUT /v1/tenants/{tenant}": `{"timezone":"UTC"}`, "POST /v1/deadletters/replay": `{"all":true,"dry_run":true}`}
	count := 0
	for path, item := range h.described.Document.Paths.Map() {
		for method := range item.Operations() {
			if path == "/v1/live" {
				continue // has no end; it has a test of its own
			}
			target := fill.Replace(path)
			if strings.HasSuffix(path, "/rows") {
				target += "?measure=attended"
			}
			media := ""
			if bodies[method+" "+path] != "" {
				media = "application/json"
			}
			if path == "/v1/events" {
				media = "application/cloudevents+json"
			}
			status, body := h.do(method, target, "", media, bodies[method+" "+path])
			if status == 0 || status == http.StatusMethodNotAllowed || status >= http.StatusInternalServerError || strings.Contains(string(body), `"not_found"`) {
				t.Errorf("%s %s is described and answered with %d %s", method, target, status, body)
			}
			count++
		}
	}
	if count < 18 {
		t.Errorf("only %d operations are described", count)
	}
}
