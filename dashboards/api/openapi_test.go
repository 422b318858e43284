package api_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/turnout/turnout/dashboards/api"
	"github.com/turnout/turnout/dashboards/api/apitest"
	"github.com/turnout/turnout/dashboards/reporting"
	"github.com/turnout/turnout/internal/auth"
	"github.com/turnout/turnout/schemas"
)

// catalogue is an API that describes itself and has nothing behind it.
func catalogue() (*api.API, *reporting.Catalog, error) {
	catalog, err := reporting.Load()
	if err != nil {
		return nil, nil, err
	}
	registry, err := schemas.Builtin()
	if err != nil {
		return nil, nil, err
	}
	return api.New(api.Config{Runner: reporting.NewRunner(reporting.Config{Catalog: catalog}), Registry: registry, Version: "1.2.3"}), catalog, nil
}

// validator reads the description once for all tests.
var validator = sync.OnceValues(func() (*apitest.Validator, error) {
	h, _, err := catalogue()
	if err != nil {
		return nil, err
	}
	request, recorder := httptest.NewRequest(http.MethodGet, "/openapi.json", http.NoBody), httptest.NewRecorder()
	h.ServeHTTP(recorder, request.WithContext(auth.With(request.Context(), auth.Everyone())))
	return apitest.New(request.Context(), recorder.Body.Bytes())
})

// described gives the description that answers are held against.
func described(t *testing.T) *apitest.Validator {
	t.Helper()
	v, err := validator()
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// elsewhere are the operations that other parts of the program answer; the program's own tests hold them against it.
func elsewhere() []string {
	return []string{
		"POST /v1/events", "OPTIONS /v1/events", "GET /v1/tenants/{tenant}", "PUT /v1/tenants/{tenant}", "GET /healthz", "GET /readyz", "GET /metrics",
		"POST /v1/operations/{name}",
	}
}

// TestOpenAPINamesEveryOperation: what is answered is described, and the other way about.
func TestOpenAPINamesEveryOperation(t *testing.T) {
	t.Parallel()
	h, _, err := catalogue()
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for path, item := range described(t).Document.Paths.Map() {
		for method := range item.Operations() {
			found = append(found, method+" "+path)
		}
	}
	answered := append(h.Routes(), elsewhere()...)
	for _, operation := range answered {
		if !slices.Contains(found, operation) {
			t.Errorf("%s is answered and not described", operation)
		}
	}
	for _, operation := range found {
		if !slices.Contains(answered, operation) {
			t.Errorf("%s is described and not answered", operation)
		}
	}
	for _, route := range h.Routes() {
		_, path, _ := strings.Cut(route, " ")
		if !slices.ContainsFunc(api.Patterns(), func(p string) bool { return path == p || strings.HasSuffix(p, "/") && strings.HasPrefix(path, p) }) {
			t.Errorf("%s is not mounted", route)
		}
	}
}

// TestOpenAPINamesEveryParameter: each report's parameters and dimensions are in the description, with all their values.
func TestOpenAPINamesEveryParameter(t *testing.T) {
	t.Parallel()
	_, catalog, err := catalogue()
	if err != nil {
		t.Fatal(err)
	}
	paths := described(t).Document.Paths
	report, rows := paths.Find("/v1/reports/{name}").Get, paths.Find("/v1/reports/{name}/rows").Get
	names := report.Parameters.GetByInAndName("path", "name").Schema.Value.Enum
	for _, r := range catalog.Reports() {
		if !slices.Contains(names, any(r.Name)) {
			t.Errorf("the report %s is not named", r.Name)
		}
		for _, p := range r.Parameters {
			for _, operation := range []string{"report", "rows"} {
				described := report.Parameters.GetByInAndName("query", p.Name)
				if operation == "rows" {
					described = rows.Parameters.GetByInAndName("query", p.Name)
				}
				if described == nil {
					t.Errorf("%s: %s: the parameter %s is missing", r.Name, operation, p.Name)
					continue
				}
				for _, value := range p.Values {
					if p.Type == reporting.EnumParameter && !slices.Contains(described.Schema.Value.Enum, any(value)) {
						t.Errorf("%s: %s: the value %s of %s is missing", r.Name, operation, value, p.Name)
					}
				}
			}
		}
		for _, d := range r.Dimensions {
			if rows.Parameters.GetByInAndName("query", d.Name) == nil {
				t.Errorf("%s: the dimension %s is missing", r.Name, d.Name)
			}
		}
	}
}

// TestTheValidatorFindsDrift breaks an answer in every way that the validator has to find.
func TestTheValidatorFindsDrift(t *testing.T) {
	t.Parallel()
	v := described(t)
	good := map[string]any{"status": 400, "title": "Bad", "code": "bad", "pointer": ""}
	for name, test := range map[string]struct {
		method, target string
		status         int
		media          string
		change         func(map[string]any)
		found          bool
	}{
		"nothing wrong":      {"GET", "/v1/status", 400, "application/problem+json", nil, false},
		"unknown and absent": {"GET", "/v1/nothing", 404, "application/problem+json", nil, false},
		"unknown path":       {"GET", "/v1/nothing", 200, "application/json", nil, true},
		"unknown method":     {"PATCH", "/v1/status", 200, "application/json", nil, true},
		"unknown parameter":  {"GET", "/v1/reports/attendance?colour=red", 200, "text/csv; charset=utf-8", nil, true},
		"unknown media type": {"GET", "/v1/reports/attendance", 200, "image/png", nil, true},
		"unknown member":     {"GET", "/v1/status", 400, "application/problem+json", func(m map[string]any) { m["more"] = 1 }, true},
		"missing member":     {"GET", "/v1/status", 400, "application/problem+json", func(m map[string]any) { delete(m, "code") }, true},
		"wrong type":         {"GET", "/v1/status", 400, "application/problem+json", func(m map[string]any) { m["status"] = "400" }, true},
		"wrong answer":       {"GET", "/v1/status", 200, "application/json", nil, true},
	} {
		body := maps.Clone(good)
		if test.change != nil {
			test.change(body)
		}
		text, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		err = v.Check(httptest.NewRequest(test.method, test.target, http.NoBody), nil, test.status, http.Header{"Content-Type": {test.media}}, text)
		if (err != nil) != test.found {
			t.Errorf("%s: %v", name, err)
		}
	}
}
