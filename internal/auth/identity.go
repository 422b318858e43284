package auth

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/turnout/turnout/internal/problem"
	"github.com/turnout/turnout/schemas"
)

// DefaultTenant is the community of a request that names none.
const DefaultTenant = "default"

// Scope is one thing a key may do.
type Scope string

// The scopes of a key. Share lets read reports in the view that hides small counts, and
// nothing else; read includes it, and admin includes all.
const (
	Publish Scope = "publish"
	Share   Scope = "share"
	Read    Scope = "read"
	Admin   Scope = "admin"
)

// Scopes lists every scope there is, weakest first.
func Scopes() []Scope { return []Scope{Publish, Share, Read, Admin} }

// ParseScopes reads a list such as "publish,read".
func ParseScopes(list string) ([]Scope, error) {
	var scopes []Scope
	for word := range strings.SplitSeq(list, ",") {
		scope := Scope(strings.TrimSpace(word))
		if !slices.Contains(Scopes(), scope) {
			return nil, fmt.Errorf("parse scopes: %q is none of publish, share, read, admin", word)
		}
		if !slices.Contains(scopes, scope) {
			scopes = append(scopes, scope)
		}
	}
	return scopes, nil
}

// Identity is who is calling.
type Identity struct {
	// KeyID names the key; empty where no key is needed.
	KeyID string
	// Tenant is the only community the caller may touch; empty means all.
	Tenant string
	// Scopes is what the caller may do.
	Scopes []Scope
}

// Everyone is the caller where no key exists: every scope, every tenant.
func Everyone() Identity { return Identity{Scopes: []Scope{Admin}} }

// Can reports whether the caller holds the scope.
func (id Identity) Can(scope Scope) bool {
	return slices.Contains(id.Scopes, scope) || slices.Contains(id.Scopes, Admin) || scope == Share && slices.Contains(id.Scopes, Read)
}

// Bind settles the tenant of a request: the requested one, else the key's, else
// DefaultTenant. Asking for another tenant than the key's is a *problem.Error
// with status 403, a malformed name one with status 400.
func (id Identity) Bind(requested string) (string, error) {
	switch {
	case requested == "" && id.Tenant == "":
		return DefaultTenant, nil
	case requested == "":
		return id.Tenant, nil
	case !ValidTenant(requested):
		return "", &problem.Error{
			Status: http.StatusBadRequest, Code: "bad_tenant", Pointer: "/parameters/tenant",
			Detail: fmt.Sprintf("%q is not a tenant name.", requested),
			Hint:   "A tenant is 1 to 64 characters from a-z, 0-9 and the hyphen.",
		}
	case id.Tenant != "" && id.Tenant != requested:
		return "", &problem.Error{
			Status: http.StatusForbidden, Code: "wrong_tenant", Pointer: "/parameters/tenant",
			Detail: fmt.Sprintf("This key belongs to tenant %q and cannot act for %q.", id.Tenant, requested),
			Hint:   "Leave the tenant out, or use a key of the other tenant: turnout keys create --tenant " + requested,
		}
	default:
		return requested, nil
	}
}

// Sees reports whether the caller may see what belongs to the tenant.
func (id Identity) Sees(tenant string) bool { return id.Tenant == "" || id.Tenant == tenant }

// ValidTenant reports whether name has the form of a tenant: [a-z0-9-]{1,64}.
func ValidTenant(name string) bool { return schemas.ValidTenant(name) }

type contextKey struct{}

// With puts the caller into a context.
func With(ctx context.Context, id Identity) context.Context {
	return context.WithValue(ctx, contextKey{}, id)
}

// From gives the caller of a request. A context that never passed Require or With
// holds a caller without any scope, so a forgotten check fails closed.
func From(ctx context.Context) Identity {
	id, _ := ctx.Value(contextKey{}).(Identity)
	return id
}
