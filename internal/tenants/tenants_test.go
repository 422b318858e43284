package tenants_test

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/turnout/turnout/internal/auth"
	"github.com/turnout/turnout/internal/embedded/embeddedtest"
	"github.com/turnout/turnout/internal/problem"
	"github.com/turnout/turnout/internal/tenants"
)

func TestMain(m *testing.M) { embeddedtest.Main(m) }

func newJetStream(t *testing.T) jetstream.JetStream {
	t.Helper()
	nc, err := nats.Connect(embeddedtest.NATS(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	return js
}

func open(t *testing.T, js jetstream.JetStream) *tenants.Store {
	t.Helper()
	store, err := tenants.Open(t.Context(), js, 1, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(store.Close)
	return store
}

// do asks the handler as somebody.
func do(store *tenants.Store, as auth.Identity, method, tenant, body string) (int, string) {
	recorder := httptest.NewRecorder()
	request := httptest.NewRequest(method, "/v1/tenants/"+tenant, strings.NewReader(body))
	store.Handler().ServeHTTP(recorder, request.WithContext(auth.With(request.Context(), as)))
	return recorder.Code, recorder.Body.String()
}

func TestSettingsLastAndReachEveryProcess(t *testing.T) {
	t.Parallel()
	js := newJetStream(t)
	here, elsewhere := open(t, js), open(t, js)
	if got := here.Get("acme"); got != tenants.Defaults() {
		t.Errorf("without settings: %+v", got)
	}
	want := tenants.Settings{Timezone: "Asia/Kathmandu", YearEnd: "08-31", SuppressBelow: 0, ErasurePolicy: tenants.PolicyAnonymise}
	if err := here.Put(t.Context(), "acme", want); err != nil {
		t.Fatal(err)
	}
	if got := here.Get("acme"); got != want {
		t.Errorf("right after the change: %+v", got)
	}
	for elsewhere.Get("acme") != want {
		if t.Context().Err() != nil {
			t.Fatal("the change did not arrive")
		}
	}
	if got := open(t, js).Get("acme"); got != want {
		t.Errorf("opened again: %+v", got)
	}
}

func TestHandler(t *testing.T) {
	t.Parallel()
	store := open(t, newJetStream(t))
	everyone := auth.Everyone()
	status, body := do(store, everyone, http.MethodPut, "acme", `{"timezone":"Europe/Moscow"}`)
	if status != http.StatusOK || strings.TrimSpace(body) != `{"tenant":"acme","timezone":"Europe/Moscow","year_end":"12-31","suppress_below":5,"erasure_policy":"delete"}` {
		t.Errorf("%d %s", status, body)
	}
	// What is not given stays.
	if status, body = do(store, everyone, http.MethodPut, "acme", `{"year_end":"06-30"}`); !strings.Contains(body, "Europe/Moscow") {
		t.Errorf("%d %s", status, body)
	}
	if status, body = do(store, everyone, http.MethodGet, "acme", ""); status != http.StatusOK || !strings.Contains(body, "06-30") {
		t.Errorf("%d %s", status, body)
	}
	other := auth.Identity{KeyID: "k", Tenant: "other", Scopes: []auth.Scope{auth.Admin}}
	for _, method := range []string{http.MethodGet, http.MethodPut} {
		if status, body = do(store, other, method, "acme", `{"timezone":"UTC"}`); status != http.StatusForbidden {
			t.Errorf("%s with another tenant's key: %d %s", method, status, body)
		}
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	store := open(t, newJetStream(t))
	tests := map[string]struct{ tenant, body, pointer string }{
		"zone":             {"acme", `{"timezone":"Mars/Olympus"}`, "/timezone"},
		"no zone":          {"acme", `{"timezone":""}`, "/timezone"},
		"machine's zone":   {"acme", `{"timezone":"Local"}`, "/timezone"},
		"year's end":       {"acme", `{"year_end":"02-30"}`, "/year_end"},
		"leap day":         {"acme", `{"year_end":"02-29"}`, "/year_end"},
		"year's end, full": {"acme", `{"year_end":"2024-08-31"}`, "/year_end"},
		"negative size":    {"acme", `{"suppress_below":-1}`, "/suppress_below"},
		"large size":       {"acme", `{"suppress_below":1000}`, "/suppress_below"},
		"policy":           {"acme", `{"erasure_policy":"shred"}`, "/erasure_policy"},
		"no policy":        {"acme", `{"erasure_policy":""}`, "/erasure_policy"},
		"unknown member":   {"acme", `{"time_zone":"UTC"}`, ""},
		"no object":        {"acme", `[]`, ""},
		"no JSON":          {"acme", `{`, ""},
		"two documents":    {"acme", `{"year_end":"06-30"}{"year_end":"07-31"}`, ""},
		"too long":         {"acme", `{"timezone":"` + strings.Repeat("x", 8<<10) + `"}`, ""},
		"tenant's name":    {"ACME", `{"timezone":"UTC"}`, "/parameters/tenant"},
		"tenant's length":  {strings.Repeat("a", 65), `{"timezone":"UTC"}`, "/parameters/tenant"},
	}
	for name, test := range tests {
		status, body := do(store, auth.Everyone(), http.MethodPut, test.tenant, test.body)
		var document problem.Document
		if err := json.Unmarshal([]byte(body), &document); err != nil {
			t.Errorf("%s: %s", name, body)
		}
		if status != http.StatusBadRequest || document.Pointer != test.pointer || document.Detail == "" || document.Hint == "" {
			t.Errorf("%s: %d %+v", name, status, document)
		}
	}
	if got := store.Get("acme"); got != tenants.Defaults() {
		t.Errorf("something was changed: %+v", got)
	}
}
