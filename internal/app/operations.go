package app

import (
	"net/http"

	"github.com/turnout/turnout/internal/operations"
)

// operations are what this process can be asked to do (POST /v1/operations/NAME), one line each.
func (a *app) operations() []operations.Operation {
	if a.house == nil {
		return nil
	}
	return []operations.Operation{
		a.auditOperation(), a.rebuildOperation(), a.replayOperation(), a.eraseOperation(),
	}
}

func (a *app) mountLongWork(mux *http.ServeMux) {
	all := a.operations()
	for i := range all {
		all[i] = tellDamage(all[i])
	}
	mux.Handle("POST /v1/operations/{name}", operations.NewHandler(a.keys, a.logger, all...))
}
