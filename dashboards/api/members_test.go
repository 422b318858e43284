package api_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/turnout/turnout/dashboards/api"
	"github.com/turnout/turnout/dashboards/people"
	"github.com/turnout/turnout/dashboards/reporting"
	"github.com/turnout/turnout/internal/auth"
	"github.com/turnout/turnout/internal/erasures"
	"github.com/turnout/turnout/schemas"
)

// registryOffice knows one person, and who was erased.
type registryOffice struct{ lifted string }

func (registryOffice) Record(_ context.Context, tenant, person string) (*people.Record, error) {
	since := time.Date(2022, 5, 27, 18, 0, 0, 0, time.UTC)
	return &people.Record{
		Tenant: tenant, Person: person, Now: "p-1", AsOf: since, IDs: []people.ID{{ID: "p-1", MergedInto: []string{}}, {ID: "p-2", MergedInto: []string{"p-1"}}},
		Types:   []people.TypeWords{{Type: "member.left.v1", Title: "Member left", Description: "Somebody left.", Fields: map[string]string{"at": "When."}, Events: 1}},
		Sources: []people.SourceCount{{Source: "crm", Events: 1}},
		Events: []people.Event{{
			Relation: people.About, Fields: []string{"person_id"}, Stands: true, Received: since, Position: "1-0", Event: json.RawMessage(`{"id":"1"}`),
		}},
		Attributes: []people.Attribute{{From: "2022-05-27", Name: "reason", Value: "lapsed", Source: "crm", Event: "1", Stands: true}},
		Consents: people.Consents{
			Now:     map[string]people.Consent{"analytics": {Granted: true}, "contact": {Since: &since}},
			History: []people.Statement{{At: since, Purpose: "contact", Person: "p-2", Source: "crm", Event: "2", Stands: true}},
		},
		Letters:  []people.Letter{{ID: "1-0", Time: since, Code: "schema", Reason: "wrong", Body: "{}"}},
		Erasures: []erasures.Request{},
	}, nil
}

func (o registryOffice) Consents(ctx context.Context, tenant, person string) (*people.Record, error) {
	return o.Record(ctx, tenant, person)
}

func (registryOffice) Requests(_ context.Context, tenant string) ([]erasures.Request, error) {
	var all []erasures.Request
	for _, of := range []string{"a", "b"} {
		if tenant == "" || tenant == of {
			all = append(all, erasures.Request{
				Tenant: of, ID: "rq-" + of, Basis: "law", State: erasures.StateDone, RequestedAt: time.Now(), Seen: time.Now(), Hash: "00ff", Receipt: &erasures.Receipt{Request: "rq-" + of},
			})
		}
	}
	return all, nil
}

func (registryOffice) Suppressed(_ context.Context, tenant string) ([]erasures.Suppression, error) {
	if tenant == "b" {
		return nil, nil
	}
	return []erasures.Suppression{{Tenant: "a", Hash: "00ff", Request: "rq-a", Policy: "delete", Since: time.Now()}}, nil
}

func (registryOffice) Dump(_ context.Context, w io.Writer) error {
	_, err := fmt.Fprintln(w, `{"key":"secret","value":"s"}`)
	return err
}

func (o *registryOffice) Lift(_ context.Context, tenant, person, reason string) (bool, error) {
	o.lifted = tenant + " " + person + " " + reason
	return person == "p-1", nil
}

func office(t *testing.T) (*api.API, *registryOffice) {
	t.Helper()
	catalog, err := reporting.Load()
	if err != nil {
		t.Fatal(err)
	}
	registry, err := schemas.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	o := &registryOffice{}
	return api.New(api.Config{Runner: reporting.NewRunner(reporting.Config{Catalog: catalog}), Registry: registry, People: o, Erasures: o}), o
}

func TestMembers(t *testing.T) {
	t.Parallel()
	h, o := office(t)
	all := auth.Everyone()
	bound := auth.Identity{KeyID: "k", Tenant: "a", Scopes: []auth.Scope{auth.Admin}}
	for _, test := range []struct {
		caller         auth.Identity
		method, target string
		body           string
		status         int
		contains       string
	}{
		{all, "GET", "/v1/members/export?tenant=a&person=p-1", "", 200, `"person_now": "p-1"`},
		{all, "GET", "/v1/members/export?tenant=a&person=p-1&format=ndjson", "", 200, `{"event":{"relation":"about"`},
		{all, "GET", "/v1/members/export?tenant=a&person=p-1&format=csv", "", 200, "events.csv"},
		{all, "GET", "/v1/members/export?tenant=a&person=p-1&format=xlsx", "", 400, "format"},
		{all, "GET", "/v1/members/export?tenant=a&person=p-1&view=full", "", 400, "view"},
		{bound, "GET", "/v1/members/export?person=p-1", "", 200, `"tenant": "a"`},
		{bound, "GET", "/v1/members/export?person=p-1&tenant=b", "", 403, "wrong_tenant"},
		{bound, "GET", "/v1/members/consents?person=p-1", "", 200, `"contact":{"granted":false,"since":"2022-05-27T18:00:00Z"}`},
		{bound, "GET", "/v1/members/consents?person=p-1&tenant=b", "", 403, "wrong_tenant"},
		{all, "GET", "/v1/erasures", "", 200, `"rq-b"`},
		{all, "GET", "/v1/erasures?request=rq-a", "", 200, `"rq-a"`},
		{all, "GET", "/v1/erasures?request=rq-z", "", 404, "unknown_request"},
		{bound, "GET", "/v1/erasures?request=rq-b", "", 404, "unknown_request"},
		{all, "GET", "/v1/suppressed", "", 200, `"person_hash":"00ff"`},
		{all, "GET", "/v1/suppressed?tenant=b", "", 200, `{"suppressed":[]}`},
		{all, "GET", "/v1/suppressed?format=ndjson", "", 200, `"secret"`},
		{bound, "GET", "/v1/suppressed?format=ndjson", "", 403, "tenant_forbidden"},
		{bound, "POST", "/v1/suppressed/lift", `{"person":"p-1","reason":"by mistake"}`, 200, `{"lifted":true}`},
		{bound, "POST", "/v1/suppressed/lift?tenant=b", `{"person":"p-1","reason":"by mistake"}`, 403, "wrong_tenant"},
		{bound, "POST", "/v1/suppressed/lift", `{"person":"p-9","reason":"by mistake"}`, 404, "not_suppressed"},
	} {
		var header []string
		if test.body != "" {
			header = []string{"Content-Type", "application/json"}
		}
		answer := ask(t, h, test.caller, test.method, test.target, test.body, header...)
		if answer.Code != test.status || !strings.Contains(answer.Body.String(), test.contains) {
			t.Errorf("%s %s: %d %.300s, want %d %s", test.method, test.target, answer.Code, answer.Body, test.status, test.contains)
		}
	}
	if o.lifted != "a p-9 by mistake" {
		t.Errorf("lifted: %s", o.lifted)
	}
	nobody := api.New(api.Config{Runner: reporting.NewRunner(reporting.Config{Catalog: &reporting.Catalog{}})})
	for _, target := range []string{"/v1/members/export?person=p", "/v1/members/consents?person=p", "/v1/erasures", "/v1/suppressed"} {
		if answer := ask(t, nobody, all, "GET", target, ""); answer.Code != http.StatusServiceUnavailable {
			t.Errorf("%s without anything behind it: %d %s", target, answer.Code, answer.Body)
		}
	}
}

// TestScopesOfPersons: everything about a person, and who was erased, is for admins.
func TestScopesOfPersons(t *testing.T) {
	t.Parallel()
	for pattern, scope := range map[string]auth.Scope{
		"/v1/members/export": auth.Admin, "/v1/suppressed": auth.Admin, "/v1/suppressed/lift": auth.Admin, "/v1/members/consents": auth.Read, "/v1/erasures": auth.Read,
	} {
		if got := api.Scope(pattern); got != scope {
			t.Errorf("%s needs %s, want %s", pattern, got, scope)
		}
	}
}
