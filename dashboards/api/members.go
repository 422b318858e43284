package api

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"

	"github.com/turnout/turnout/dashboards/people"
	"github.com/turnout/turnout/internal/auth"
	"github.com/turnout/turnout/internal/erasures"
	"github.com/turnout/turnout/internal/problem"
)

// People tells what is held about persons; *people.Desk is one.
type People interface {
	Record(ctx context.Context, tenant, person string) (*people.Record, error)
	Consents(ctx context.Context, tenant, person string) (*people.Record, error)
}

// Erasures are the requests to forget persons and the list of the erased; *erasures.Store is one.
type Erasures interface {
	Requests(ctx context.Context, tenant string) ([]erasures.Request, error)
	Suppressed(ctx context.Context, tenant string) ([]erasures.Suppression, error)
	Dump(ctx context.Context, w io.Writer) error
	Lift(ctx context.Context, tenant, person, reason string) (bool, error)
}

func notReachable(what string) error {
	return &problem.Error{
		Status: http.StatusServiceUnavailable, Code: "unavailable", Detail: what + " are not reachable from here.",
		Hint: "Ask a process that is connected to the stream.",
	}
}

// exportMember answers with everything that is held about one person. The route is for admins.
func (a *API) exportMember(w http.ResponseWriter, r *http.Request) error {
	if err := onlyParameters(r, "tenant", "person", "format"); err != nil {
		return err
	}
	values, err := query(r)
	if err != nil {
		return err
	}
	format, err := take(values, "format", "json", "csv", "ndjson")
	if err != nil {
		return err
	}
	bound, err := tenant(r)
	if err != nil {
		return err
	}
	if a.config.People == nil {
		return notReachable("The records of persons")
	}
	record, err := a.config.People.Record(r.Context(), bound, values.Get("person"))
	if err != nil {
		return fmt.Errorf("export a person: %w", err)
	}
	var body bytes.Buffer
	write, media, file := record.WriteJSON, "application/json", "person.json"
	switch format {
	case "csv":
		write, media, file = record.WriteZip, "application/zip", "person.zip"
	case "ndjson":
		write, media, file = record.WriteNDJSON, "application/x-ndjson", "person.ndjson"
	}
	if err := write(&body); err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Content-Disposition", `attachment; filename="`+file+`"`)
	writeBody(w, r, media, body.Bytes())
	return nil
}

// showConsents answers with what one person allows.
func (a *API) showConsents(w http.ResponseWriter, r *http.Request) error {
	if err := onlyParameters(r, "tenant", "person"); err != nil {
		return err
	}
	bound, err := tenant(r)
	if err != nil {
		return err
	}
	if a.config.People == nil {
		return notReachable("The records of persons")
	}
	record, err := a.config.People.Consents(r.Context(), bound, r.URL.Query().Get("person"))
	if err != nil {
		return fmt.Errorf("show consents: %w", err)
	}
	return writeJSON(w, r, map[string]any{"person": record.Person, "person_now": record.Now, "ids": record.IDs, "consents": record.Consents.Now, "history": record.Consents.History})
}

func (a *API) listErasures(w http.ResponseWriter, r *http.Request) error {
	if err := onlyParameters(r, "tenant", "request"); err != nil {
		return err
	}
	seen, err := reach(r)
	if err != nil {
		return err
	}
	if a.config.Erasures == nil {
		return notReachable("The requests for erasure")
	}
	all, err := a.config.Erasures.Requests(r.Context(), seen)
	if err != nil {
		return fmt.Errorf("list the requests for erasure: %w", err)
	}
	asked, list := r.URL.Query().Get("request"), []erasures.Request{}
	for _, request := range all {
		if asked == "" || request.ID == asked {
			list = append(list, request)
		}
	}
	if asked != "" && len(list) == 0 {
		return &problem.Error{
			Status: http.StatusNotFound, Code: "unknown_request", Title: "No such request", Pointer: "/parameters/request",
			Detail: fmt.Sprintf("There is no request for erasure %q.", asked), Hint: "GET /v1/erasures lists them.",
		}
	}
	return writeJSON(w, r, map[string]any{"erasures": list})
}

// listSuppressed answers with the list of erased persons; as NDJSON with the secret of its hashes, for a restore.
func (a *API) listSuppressed(w http.ResponseWriter, r *http.Request) error {
	if err := onlyParameters(r, "tenant", "format"); err != nil {
		return err
	}
	values, err := query(r)
	if err != nil {
		return err
	}
	format, err := take(values, "format", "json", "ndjson")
	if err != nil {
		return err
	}
	seen, err := reach(r)
	if err != nil {
		return err
	}
	if a.config.Erasures == nil {
		return notReachable("The erased persons")
	}
	if format == "ndjson" {
		return a.dumpSuppressed(w, r)
	}
	list, err := a.config.Erasures.Suppressed(r.Context(), seen)
	if err != nil {
		return fmt.Errorf("list the erased persons: %w", err)
	}
	if list == nil {
		list = []erasures.Suppression{}
	}
	return writeJSON(w, r, map[string]any{"suppressed": list})
}

func (a *API) dumpSuppressed(w http.ResponseWriter, r *http.Request) error {
	if id := auth.From(r.Context()); id.Tenant != "" {
		return &problem.Error{
			Status: http.StatusForbidden, Code: "tenant_forbidden", Pointer: "Authorization",
			Detail: "The list with its secret is of all communities together.", Hint: "Use a key that was created without --tenant.",
		}
	}
	var body bytes.Buffer
	if err := a.config.Erasures.Dump(r.Context(), &body); err != nil {
		return fmt.Errorf("list the erased persons: %w", err)
	}
	w.Header().Set("Cache-Control", "no-store")
	writeBody(w, r, "application/x-ndjson", body.Bytes())
	return nil
}

// longestLift bounds a request's body.
const longestLift = 16 << 10

// liftSuppressed takes a person off the list; what is published of them from now on is stored again.
func (a *API) liftSuppressed(w http.ResponseWriter, r *http.Request) error {
	if err := onlyParameters(r, "tenant"); err != nil {
		return err
	}
	bound, err := tenant(r)
	if err != nil {
		return err
	}
	var asked struct {
		Person string `json:"person"`
		Reason string `json:"reason"`
	}
	decoder := json.NewDecoder(http.MaxBytesReader(w, r.Body, longestLift))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&asked); err != nil || asked.Person == "" || asked.Reason == "" {
		return &problem.Error{
			Status: http.StatusBadRequest, Code: "bad_request", Title: "Bad request", Cause: err, Detail: "A person and a reason are needed.",
			Hint: `Send {"person": "p-1", "reason": "erased by mistake"}.`,
		}
	}
	if a.config.Erasures == nil {
		return notReachable("The erased persons")
	}
	lifted, err := a.config.Erasures.Lift(r.Context(), bound, asked.Person, asked.Reason)
	if err != nil {
		return fmt.Errorf("lift a person: %w", err)
	}
	if !lifted {
		return &problem.Error{
			Status: http.StatusNotFound, Code: "not_suppressed", Title: "Not on the list", Pointer: "/person",
			Detail: "This person is not on the list of erased persons.", Hint: "GET /v1/suppressed shows the list; a person is on it by the id that was erased.",
		}
	}
	return writeJSON(w, r, map[string]any{"lifted": true})
}
