package api

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/turnout/turnout/dashboards/reporting"
	"github.com/turnout/turnout/internal/auth"
	"github.com/turnout/turnout/internal/problem"
	"github.com/turnout/turnout/schemas"
)

// Config is what the API answers from.
type Config struct {
	Runner   *reporting.Runner
	Registry *schemas.Registry
	// Letters are the dead letters; nil answers 503 for them.
	Letters Letters
	// People tells what is held about persons, Erasures who asked to be forgotten; nil answers 503 for them.
	People   People
	Erasures Erasures
	// Conn asks the warehouse what it holds, for the status.
	Conn reporting.Querier
	// Stream gives the state of the stream; nil means that it is not known here.
	Stream func(ctx context.Context) (*StreamStatus, error)
	// CountLetters counts the open dead letters of a community, or all for ""; nil means that it is not known here.
	CountLetters func(ctx context.Context, tenant string) (uint64, error)
	// Rejections gives what the gateway of this process refused, by code, since when; nil means that there is none here.
	Rejections func() (since time.Time, byCode map[string]int64)
	// Timezone gives a community's own zone; nil, or an empty name, means UTC.
	Timezone func(tenant string) string
	// Checks gives for each part of the program "ok" or what is wrong with it; may be nil.
	Checks func(ctx context.Context) map[string]string
	// Live is what GET /v1/live needs.
	Live LiveConfig
	// Version is the program's; Durability is what an acknowledgement promises (strict or balanced).
	Version, Durability string
	Logger              *slog.Logger
}

// API is the handler of all paths under /v1 that read, and of the descriptions.
type API struct {
	config Config
	mux    *http.ServeMux
	live   *live
}

// New returns the handler. The caller mounts each of [Patterns] behind auth.Require with its [Scope].
func New(c Config) *API {
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	a := &API{config: c, mux: http.NewServeMux(), live: newLive(c.Live)}
	for _, route := range a.routes() {
		a.mux.Handle(route.method+" "+route.path, a.answer(route.handle))
	}
	return a
}

// route is one operation.
type route struct {
	method, path string
	handle       handler
}

// handler answers a request, or says with an error why not.
type handler func(w http.ResponseWriter, r *http.Request) error

func (a *API) routes() []route {
	return []route{
		{http.MethodGet, "/v1/reports", a.listReports},
		{http.MethodGet, "/v1/reports/{name}", a.runReport},
		{http.MethodGet, "/v1/reports/{name}/rows", a.listRows},
		{http.MethodGet, "/v1/values", a.listValues},
		{http.MethodGet, "/v1/schemas", a.listSchemas},
		{http.MethodGet, "/v1/schemas/{type}", a.showSchema},
		{http.MethodGet, "/v1/status", a.showStatus},
		{http.MethodGet, "/v1/live", a.followStored},
		{http.MethodGet, "/v1/deadletters", a.listLetters},
		{http.MethodGet, "/v1/deadletters/{id}", a.showLetter},
		{http.MethodPost, "/v1/deadletters/replay", a.replayLetters},
		{http.MethodDelete, "/v1/deadletters/{id}", a.discardLetter},
		{http.MethodGet, "/v1/members/export", a.exportMember},
		{http.MethodGet, "/v1/members/consents", a.showConsents},
		{http.MethodGet, "/v1/erasures", a.listErasures},
		{http.MethodGet, "/v1/suppressed", a.listSuppressed},
		{http.MethodPost, "/v1/suppressed/lift", a.liftSuppressed},
		{http.MethodGet, "/openapi.json", a.showOpenAPI},
		{http.MethodGet, "/asyncapi.json", a.showAsyncAPI},
	}
}

// Patterns are the paths that the API answers, for a mux to mount it at.
func Patterns() []string {
	return []string{"/v1/reports", "/v1/reports/", "/v1/values", "/v1/schemas", "/v1/schemas/", "/v1/status", "/v1/live", "/v1/deadletters", "/v1/deadletters/", "/v1/members/export", "/v1/members/consents", "/v1/erasures", "/v1/suppressed", "/v1/suppressed/lift", "/openapi.json", "/asyncapi.json"}
}

// Scope is what a key needs for a pattern: reports can be shared with those who may read nothing else.
func Scope(pattern string) auth.Scope {
	if strings.HasPrefix(pattern, "/v1/reports") || pattern == "/v1/values" {
		return auth.Share
	}
	if pattern == "/v1/members/export" || strings.HasPrefix(pattern, "/v1/suppressed") {
		return auth.Admin // everything about a person, and who was erased
	}
	return auth.Read
}

// ServeHTTP answers a request.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if _, pattern := a.mux.Handler(r); pattern == "" {
		a.answer(a.notFound).ServeHTTP(w, r)
		return
	}
	a.mux.ServeHTTP(w, r) // fills in the path's values
}

// answer turns a handler's error into a problem document and logs what is ours.
func (a *API) answer(h handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.Header.Get("Cache-Control"), "no-cache") { // RFC 9111: nothing that is kept, as when a page is loaded anew by force
			r = r.WithContext(reporting.Afresh(r.Context()))
		}
		err := h(w, r)
		if err == nil || r.Context().Err() != nil {
			return
		}
		if problem.From(err).Code == "internal" {
			a.config.Logger.ErrorContext(r.Context(), "request failed", "method", r.Method, "path", r.URL.Path, "error", err)
		}
		problem.Write(w, r, err)
	})
}

func (a *API) notFound(w http.ResponseWriter, r *http.Request) error {
	if allowed := a.allowed(r); len(allowed) > 0 {
		w.Header().Set("Allow", strings.Join(allowed, ", "))
		return &problem.Error{
			Status: http.StatusMethodNotAllowed, Code: "method_not_allowed", Title: "Method not allowed",
			Detail: fmt.Sprintf("%s does not take %s.", r.URL.Path, r.Method), Hint: "It takes " + strings.Join(allowed, ", ") + ".",
		}
	}
	return &problem.Error{
		Status: http.StatusNotFound, Code: "not_found", Title: "Not found", Detail: "There is nothing at " + r.URL.Path + ".",
		Hint: "GET /openapi.json lists what there is.",
	}
}

// allowed are the methods that the request's path takes.
func (a *API) allowed(r *http.Request) []string {
	var methods []string
	for _, method := range []string{http.MethodDelete, http.MethodGet, http.MethodHead, http.MethodPost} {
		other := r.Clone(r.Context())
		other.Method = method
		if _, pattern := a.mux.Handler(other); pattern != "" {
			methods = append(methods, method)
		}
	}
	return methods
}

// tenant is the community that the request is about.
func tenant(r *http.Request) (string, error) {
	values := r.URL.Query()["tenant"]
	if len(values) > 1 {
		return "", &problem.Error{
			Status: http.StatusBadRequest, Code: "bad_value", Title: "Bad parameter", Pointer: "/parameters/tenant",
			Detail: "The tenant is given more than once.", Hint: "Give it once.",
		}
	}
	requested := ""
	if len(values) == 1 {
		requested = values[0]
	}
	return auth.From(r.Context()).Bind(requested)
}

// onlyParameters refuses parameters other than those allowed, and those given twice.
func onlyParameters(r *http.Request, allowed ...string) error {
	values, err := query(r)
	if err != nil {
		return err
	}
	for name, given := range values {
		known := false
		for _, a := range allowed {
			known = known || a == name
		}
		if !known {
			return unknownParameter(name, allowed)
		}
		if len(given) > 1 {
			return &problem.Error{
				Status: http.StatusBadRequest, Code: "bad_value", Title: "Bad parameter", Pointer: "/parameters/" + name,
				Detail: name + " is given more than once.", Hint: "Give it once.",
			}
		}
	}
	return nil
}

// Routes are the operations that the API answers, each as "METHOD /path/{name}".
func (a *API) Routes() []string {
	var out []string
	for _, r := range a.routes() {
		out = append(out, r.method+" "+r.path)
	}
	return out
}
