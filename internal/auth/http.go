package auth

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/turnout/turnout/internal/problem"
)

// Require lets a request through to next when the store's keys allow it, with the
// caller in its context. While the store has no keys everybody may do everything.
// A nil store has no keys.
func Require(scope Scope, store *Store, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id, err := store.Authenticate(bearer(r))
		if err != nil {
			w.Header().Set("WWW-Authenticate", challenge(err))
			problem.Write(w, r, unauthorized(err))
			return
		}
		if !id.Can(scope) {
			problem.Write(w, r, forbidden(id, scope))
			return
		}
		next.ServeHTTP(w, r.WithContext(With(r.Context(), id)))
	})
}

// bearer gives the credentials of a request; the scheme's case does not matter (RFC 9110).
func bearer(r *http.Request) string {
	scheme, token, found := strings.Cut(r.Header.Get("Authorization"), " ")
	if !found || !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimSpace(token)
}

// challenge is the WWW-Authenticate header of RFC 6750: no error code when no key was sent.
func challenge(err error) string {
	if errors.Is(err, ErrNoKey) {
		return `Bearer realm="turnout"`
	}
	return `Bearer realm="turnout", error="invalid_token"`
}

func unauthorized(err error) *problem.Error {
	const create = "Create a key on the machine that runs Turnout: turnout keys create --data DIR"
	p := &problem.Error{Status: http.StatusUnauthorized, Pointer: "Authorization", Cause: err}
	switch {
	case errors.Is(err, ErrNoKey):
		p.Code, p.Detail = "key_missing", "This server needs an API key and the request carries none."
		p.Hint = "Send the header Authorization: Bearer tk_… . " + create
	case errors.Is(err, ErrRevoked):
		p.Code, p.Detail = "key_revoked", "This API key was revoked."
		p.Hint = create
	default:
		p.Code, p.Detail = "key_unknown", "This API key is not known here."
		p.Hint = "Check that the whole key was copied; it was shown once when it was created. " + create
	}
	return p
}

func forbidden(id Identity, scope Scope) *problem.Error {
	return &problem.Error{
		Status: http.StatusForbidden, Code: "scope_missing", Pointer: "Authorization",
		Detail: fmt.Sprintf("Key %s does not have the scope %q.", id.KeyID, scope),
		Hint:   fmt.Sprintf("Create a key that has it: turnout keys create --scope %s", scope),
	}
}
