package operations

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/turnout/turnout/internal/auth"
	"github.com/turnout/turnout/internal/problem"
)

// Operation is one kind of work.
type Operation struct {
	// Name is the last part of its path: lower case words joined by hyphens.
	Name string
	// Scope is what a key needs to ask for it; empty means [auth.Admin].
	Scope auth.Scope
	// Parallel lets several of it run at once.
	Parallel bool
	// Run does it and gives a result that marshals to JSON. A *problem.Error tells people what is wrong; any other error is logged
	// and shown as internal.
	Run func(ctx context.Context, call Call) (any, error)
}

// Call is what somebody asked for.
type Call struct {
	// Tenant is the community that it is about; empty means all. A key that is bound to one never leaves it.
	Tenant string
	// Params are the operation's own, a JSON object; Decode reads them.
	Params json.RawMessage
	// Progress tells how far it has come: done of total (0 when unknown) of the named step. It never blocks and is never nil.
	Progress func(step string, done, total uint64)
	// Caller is who asked.
	Caller auth.Identity
}

// Decode reads the parameters into a struct. What it does not know, or cannot read, is a *problem.Error with status 400.
func (c Call) Decode(into any) error {
	if len(bytes.TrimSpace(c.Params)) == 0 {
		return nil
	}
	decoder := json.NewDecoder(bytes.NewReader(c.Params))
	decoder.DisallowUnknownFields()
	err := decoder.Decode(into)
	if err == nil && decoder.More() {
		err = fmt.Errorf("more than one value")
	}
	if err == nil {
		return nil
	}
	return &problem.Error{
		Status: http.StatusBadRequest, Code: "bad_parameters", Cause: err,
		Detail: "The parameters cannot be read: " + strings.TrimPrefix(err.Error(), "json: ") + ".",
		Hint:   "Send a JSON object; GET /openapi.json describes it.",
	}
}
