package api

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/turnout/turnout/internal/auth"
	"github.com/turnout/turnout/internal/problem"
	"github.com/turnout/turnout/internal/stream"
)

// Letters are the dead letters. A tenant of "" means all, those without a community too.
type Letters interface {
	// List gives up to limit letters after the cursor, oldest first.
	List(ctx context.Context, tenant string, limit int, after uint64) ([]stream.DeadLetter, error)
	// Get gives one letter, or stream.ErrNoDeadLetter.
	Get(ctx context.Context, id string) (stream.DeadLetter, error)
	// Replay sends letters again, corrected by Set.
	Replay(ctx context.Context, request ReplayRequest) ([]ReplayResult, error)
	// Discard removes a letter.
	Discard(ctx context.Context, id string) error
}

// ReplayRequest says which letters are sent again: those of IDs, or all. Set gives
// members of the event new values first, by paths such as data.role.
type ReplayRequest struct {
	// Tenant keeps it to one community's letters; "" means all.
	Tenant string         `json:"-"`
	IDs    []string       `json:"ids"`
	All    bool           `json:"all"`
	Set    map[string]any `json:"set"`
	DryRun bool           `json:"dry_run"`
}

// ReplayResult says what became of one letter: replayed, valid (on a dry run), rejected, missing.
type ReplayResult struct {
	ID      string `json:"id"`
	Status  string `json:"status"`
	Code    string `json:"code,omitempty"`
	Pointer string `json:"pointer,omitempty"`
	Detail  string `json:"detail,omitempty"`
	Hint    string `json:"hint,omitempty"`
}

const (
	defaultLetters = 100
	mostLetters    = 1000
	longestReplay  = 1 << 20
)

// letterView is a letter as listed; Body is given for a single one.
type letterView struct {
	ID         string              `json:"id"`
	Tenant     string              `json:"tenant"`
	Type       string              `json:"type"`
	Source     string              `json:"source"`
	EventID    string              `json:"event_id"`
	Code       string              `json:"code"`
	Reason     string              `json:"reason"`
	Pointer    string              `json:"pointer"`
	Hint       string              `json:"hint"`
	Subject    string              `json:"subject"`
	StreamSeq  uint64              `json:"stream_seq"`
	Index      int                 `json:"index"`
	Time       time.Time           `json:"time"`
	Headers    map[string][]string `json:"headers,omitempty"`
	Body       *string             `json:"body,omitempty"`
	BodyBase64 *string             `json:"body_base64,omitempty"`
}

func viewOf(l stream.DeadLetter) letterView {
	return letterView{
		ID: l.ID, Tenant: l.Tenant, Type: l.Type, Source: l.Source, EventID: l.EventID, Code: l.Code, Reason: l.Reason,
		Pointer: l.Pointer, Hint: l.Hint, Subject: l.Subject, StreamSeq: l.StreamSeq, Index: l.Index, Time: l.Time.UTC(),
	}
}

// reach is the community whose letters the caller sees; "" means all.
func reach(r *http.Request) (string, error) {
	bound, err := tenant(r)
	if err != nil {
		return "", err
	}
	if r.URL.Query().Get("tenant") == "" {
		return auth.From(r.Context()).Tenant, nil
	}
	return bound, nil
}

func (a *API) letters() (Letters, error) {
	if a.config.Letters == nil {
		return nil, &problem.Error{
			Status: http.StatusServiceUnavailable, Code: "unavailable",
			Detail: "Dead letters are not reachable from here.", Hint: "Ask a process that is connected to the stream.",
		}
	}
	return a.config.Letters, nil
}

func (a *API) listLetters(w http.ResponseWriter, r *http.Request) error {
	if err := onlyParameters(r, "tenant", "limit", "after"); err != nil {
		return err
	}
	seen, err := reach(r)
	if err != nil {
		return err
	}
	limit, err := number(r, "limit", defaultLetters, 1, mostLetters)
	if err != nil {
		return err
	}
	after, err := number(r, "after", 0, 0, 1<<62)
	if err != nil {
		return err
	}
	letters, err := a.letters()
	if err != nil {
		return err
	}
	list, err := letters.List(r.Context(), seen, int(limit), after)
	if err != nil {
		return fmt.Errorf("list dead letters: %w", err)
	}
	views := make([]letterView, len(list))
	for i, l := range list {
		views[i] = viewOf(l)
	}
	var next *string
	if len(list) == int(limit) {
		cursor := strconv.FormatUint(list[len(list)-1].Cursor, 10)
		next = &cursor
		linkNext(w, r, "after", cursor)
	}
	return writeJSON(w, r, map[string]any{"deadletters": views, "next": next})
}

// letter finds the letter of the request's path among those the caller may see.
func (a *API) letter(r *http.Request) (Letters, stream.DeadLetter, error) {
	if err := onlyParameters(r, "tenant"); err != nil {
		return nil, stream.DeadLetter{}, err
	}
	seen, err := reach(r)
	if err != nil {
		return nil, stream.DeadLetter{}, err
	}
	letters, err := a.letters()
	if err != nil {
		return nil, stream.DeadLetter{}, err
	}
	id := r.PathValue("id")
	l, err := letters.Get(r.Context(), id)
	if errors.Is(err, stream.ErrNoDeadLetter) {
		return nil, stream.DeadLetter{}, noSuchLetter(id)
	}
	if err != nil {
		return nil, stream.DeadLetter{}, fmt.Errorf("get dead letter: %w", err)
	}
	if seen != "" && l.Tenant != seen {
		// The same answer as for a letter that is not there: that it exists is not theirs to know.
		return nil, stream.DeadLetter{}, noSuchLetter(id)
	}
	return letters, l, nil
}

// noSuchLetter is the problem of an id that no letter has.
func noSuchLetter(id string) error {
	return &problem.Error{
		Status: http.StatusNotFound, Code: "unknown_deadletter", Title: "No such dead letter", Pointer: "/id",
		Detail: fmt.Sprintf("There is no dead letter %q.", id), Hint: "GET /v1/deadletters lists them; one that was replayed or discarded is gone.",
	}
}

func (a *API) showLetter(w http.ResponseWriter, r *http.Request) error {
	_, l, err := a.letter(r)
	if err != nil {
		return err
	}
	view := viewOf(l)
	view.Headers = l.Headers
	if utf8.Valid(l.Body) {
		text := string(l.Body)
		view.Body = &text
	} else {
		text := base64.StdEncoding.EncodeToString(l.Body)
		view.BodyBase64 = &text
	}
	return writeJSON(w, r, view)
}

func (a *API) discardLetter(w http.ResponseWriter, r *http.Request) error {
	if err := adminOnly(r); err != nil {
		return err
	}
	letters, l, err := a.letter(r)
	if err != nil {
		return err
	}
	if err := letters.Discard(r.Context(), l.ID); err != nil {
		return fmt.Errorf("discard dead letter: %w", err)
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (a *API) replayLetters(w http.ResponseWriter, r *http.Request) error {
	if err := adminOnly(r); err != nil {
		return err
	}
	if err := onlyParameters(r, "tenant"); err != nil {
		return err
	}
	seen, err := reach(r)
	if err != nil {
		return err
	}
	request, err := readReplay(w, r)
	if err != nil {
		return err
	}
	request.Tenant = seen
	letters, err := a.letters()
	if err != nil {
		return err
	}
	results, err := letters.Replay(r.Context(), request)
	if err != nil {
		return fmt.Errorf("replay dead letters: %w", err)
	}
	if results == nil {
		results = []ReplayResult{}
	}
	return writeJSON(w, r, map[string]any{"results": results})
}

func readReplay(w http.ResponseWriter, r *http.Request) (ReplayRequest, error) {
	var request ReplayRequest
	decoder := json.NewDecoder(http.MaxBytesReader(w, r.Body, longestReplay))
	decoder.DisallowUnknownFields()
	decoder.UseNumber()
	err := decoder.Decode(&request)
	if err == nil && decoder.More() {
		err = fmt.Errorf("something follows the object")
	}
	bad := &problem.Error{
		Status: http.StatusBadRequest, Code: "bad_request", Title: "Bad request",
		Hint: `Send {"ids": ["12-0"], "set": {"data.role": "host"}, "dry_run": true}, or {"all": true}.`,
	}
	switch {
	case err != nil:
		bad.Detail = "The body cannot be read: " + wrong(err) + "."
		return request, bad
	case request.All == (len(request.IDs) > 0):
		bad.Pointer, bad.Detail = "/ids", "Give either ids or all, and not both."
		return request, bad
	}
	return request, nil
}

// wrong says what is wrong with a body in words that need no knowledge of the program.
func wrong(err error) string {
	if t, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		if t.Field == "" {
			return "it is " + t.Value + ", not an object"
		}
		return t.Field + " is not to be of type " + t.Value
	}
	return err.Error()
}

func adminOnly(r *http.Request) error {
	id := auth.From(r.Context())
	if id.Can(auth.Admin) {
		return nil
	}
	return &problem.Error{
		Status: http.StatusForbidden, Code: "missing_scope", Title: "Not allowed", Pointer: "Authorization",
		Detail: "Replaying and discarding need a key with the scope admin.", Hint: "Make one with: turnout keys create --scope admin.",
	}
}

func number(r *http.Request, name string, fallback, least, most uint64) (uint64, error) {
	text := r.URL.Query().Get(name)
	if text == "" {
		return fallback, nil
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil || n < least || n > most {
		return 0, &problem.Error{
			Status: http.StatusBadRequest, Code: "bad_value", Title: "Bad parameter", Pointer: "/parameters/" + name,
			Detail: fmt.Sprintf("%q is not a whole number from %d to %d.", text, least, most), Hint: "Write digits only.",
		}
	}
	return n, nil
}
