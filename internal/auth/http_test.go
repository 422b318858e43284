package auth_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/turnout/turnout/internal/auth"
	"github.com/turnout/turnout/internal/problem"
)

func TestRequire(t *testing.T) {
	path := newPath(t)
	publish, _ := create(t, path, "alumni", auth.Publish)
	admin, _ := create(t, path, "", auth.Admin)
	gone, goneID := create(t, path, "alumni", auth.Read)
	if _, err := auth.Revoke(path, goneID); err != nil {
		t.Fatal(err)
	}
	store := open(t, path)
	tests := map[string]struct {
		header string
		scope  auth.Scope
		status int
		code   string
	}{
		"right scope":       {"Bearer " + publish, auth.Publish, 200, ""},
		"scheme in lower":   {"bearer " + publish, auth.Publish, 200, ""},
		"admin includes":    {"Bearer " + admin, auth.Read, 200, ""},
		"missing":           {"", auth.Publish, 401, "key_missing"},
		"other scheme":      {"Basic " + publish, auth.Publish, 401, "key_missing"},
		"unknown":           {"Bearer tk_nobody_secret", auth.Publish, 401, "key_unknown"},
		"revoked":           {"Bearer " + gone, auth.Read, 401, "key_revoked"},
		"scope missing":     {"Bearer " + publish, auth.Read, 403, "scope_missing"},
		"admin not implied": {"Bearer " + publish, auth.Admin, 403, "scope_missing"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var caller auth.Identity
			handler := auth.Require(test.scope, store, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				caller = auth.From(r.Context())
			}))
			request := httptest.NewRequest(http.MethodGet, "/", nil)
			request.Header.Set("Authorization", test.header)
			answer := httptest.NewRecorder()
			handler.ServeHTTP(answer, request)
			if answer.Code != test.status {
				t.Fatalf("status %d, want %d: %s", answer.Code, test.status, answer.Body)
			}
			if (answer.Code == 200) != caller.Can(test.scope) {
				t.Errorf("caller %+v after status %d", caller, answer.Code)
			}
			if got := answer.Header().Get("WWW-Authenticate"); strings.HasPrefix(got, "Bearer ") != (answer.Code == 401) {
				t.Errorf("WWW-Authenticate is %q with status %d", got, answer.Code)
			}
			if test.code != "" {
				var doc problem.Document
				if err := json.Unmarshal(answer.Body.Bytes(), &doc); err != nil || doc.Code != test.code || doc.Hint == "" {
					t.Errorf("got %+v, %v; want code %s and a hint", doc, err, test.code)
				}
			}
		})
	}
}

func TestRequireWithoutKeys(t *testing.T) {
	handler := auth.Require(auth.Admin, nil, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !auth.From(r.Context()).Can(auth.Admin) {
			w.WriteHeader(http.StatusForbidden)
		}
	}))
	answer := httptest.NewRecorder()
	handler.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/", nil))
	if answer.Code != http.StatusOK {
		t.Errorf("status %d", answer.Code)
	}
}

func TestBind(t *testing.T) {
	all, alumni := auth.Identity{}, auth.Identity{Tenant: "alumni"}
	tests := map[string]struct {
		id        auth.Identity
		requested string
		want      string
		status    int
	}{
		"neither":             {all, "", "default", 0},
		"the key's":           {alumni, "", "alumni", 0},
		"the requested":       {all, "davis", "davis", 0},
		"both the same":       {alumni, "alumni", "alumni", 0},
		"conflict":            {alumni, "davis", "", 403},
		"default is a tenant": {alumni, "default", "", 403},
		"malformed":           {all, "a.>", "", 400},
		"malformed, own":      {alumni, "ALUMNI", "", 400},
		"too long":            {all, strings.Repeat("a", 65), "", 400},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := test.id.Bind(test.requested)
			var p *problem.Error
			if errors.As(err, &p) != (test.status != 0) || (p != nil && p.Status != test.status) || got != test.want {
				t.Errorf("got %q, %v", got, err)
			}
		})
	}
}

func TestContextWithoutCallerFailsClosed(t *testing.T) {
	if id := auth.From(t.Context()); id.Can(auth.Read) || id.Can(auth.Publish) || id.Can(auth.Admin) {
		t.Errorf("got %+v", id)
	}
	if id := auth.From(auth.With(t.Context(), auth.Everyone())); !id.Can(auth.Publish) || !id.Sees("any") {
		t.Errorf("got %+v", id)
	}
}

func TestParseScopes(t *testing.T) {
	if got, err := auth.ParseScopes("share"); err != nil || len(got) != 1 || (auth.Identity{Scopes: got}).Can(auth.Read) {
		t.Errorf("got %v, %v", got, err)
	}
	if reader := (auth.Identity{Scopes: []auth.Scope{auth.Read}}); !reader.Can(auth.Share) {
		t.Error("who reads everything may not read what is shared")
	}
	if got, err := auth.ParseScopes("publish, read,publish"); err != nil || len(got) != 2 {
		t.Errorf("got %v, %v", got, err)
	}
	for _, bad := range []string{"", "publish,", "root", "publish read"} {
		if got, err := auth.ParseScopes(bad); err == nil {
			t.Errorf("%q became %v", bad, got)
		}
	}
}
