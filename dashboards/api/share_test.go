package api_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/turnout/turnout/dashboards/api"
	"github.com/turnout/turnout/internal/auth"
)

// TestAKeyToShareWith may read reports in the shareable view, and nothing else.
func TestAKeyToShareWith(t *testing.T) {
	t.Parallel()
	h, _ := house(t)
	share := auth.Identity{KeyID: "k", Tenant: "a", Scopes: []auth.Scope{auth.Share}}
	for target, status := range map[string]int{
		"/v1/reports/lifecycle":                          http.StatusOK,
		"/v1/reports/lifecycle?view=shareable":           http.StatusOK,
		"/v1/reports/lifecycle?view=full":                http.StatusForbidden,
		"/v1/reports/lifecycle?view=":                    http.StatusForbidden,
		"/v1/reports/lifecycle?view=shareable&view=full": http.StatusForbidden,
		"/v1/reports/lifecycle?tenant=b":                 http.StatusForbidden,
		"/v1/reports/lifecycle/rows?measure=new":         http.StatusForbidden,
		"/v1/reports/win-back":                           http.StatusForbidden,
		"/v1/reports/win-back?format=csv":                http.StatusForbidden,
	} {
		answer := ask(t, h, share, "GET", target, "")
		if answer.Code != status || status == http.StatusOK && !strings.Contains(answer.Body.String(), `"view":"shareable"`) {
			t.Errorf("%s: %d %s, want %d", target, answer.Code, answer.Body, status)
		}
	}
	for _, pattern := range api.Patterns() {
		if reports := strings.HasPrefix(pattern, "/v1/reports") || pattern == "/v1/values"; share.Can(api.Scope(pattern)) != reports {
			t.Errorf("%s: a key to share with may read it: %v", pattern, !reports)
		}
	}
}

// TestValuesToFilterBy asks what filters can be set to, of one's own community and of another's.
func TestValuesToFilterBy(t *testing.T) {
	t.Parallel()
	h, _ := house(t)
	share := auth.Identity{KeyID: "k", Tenant: "a", Scopes: []auth.Scope{auth.Share}}
	answer := ask(t, h, share, "GET", "/v1/values", "")
	if answer.Code != http.StatusOK || !strings.Contains(answer.Body.String(), `"faculty":[]`) {
		t.Errorf("%d %s", answer.Code, answer.Body)
	}
	for target, status := range map[string]int{"/v1/values?tenant=b": http.StatusForbidden, "/v1/values?lang=ru": http.StatusBadRequest} {
		if answer := ask(t, h, share, "GET", target, ""); answer.Code != status {
			t.Errorf("%s: %d %s, want %d", target, answer.Code, answer.Body, status)
		}
	}
}
