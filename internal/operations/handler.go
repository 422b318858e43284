package operations

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/turnout/turnout/internal/auth"
	"github.com/turnout/turnout/internal/problem"
)

// Path is where operations are asked for; {name} is one of them.
const Path = "/v1/operations/{name}"

// maxParams bounds a request's body.
const maxParams = 1 << 20

// lineEvery is how often progress is written at most; silentAtMost, how long the line to the client stays silent.
const (
	lineEvery    = 200 * time.Millisecond
	silentAtMost = 5 * time.Second
)

// Handler answers [Path] for the operations that this process can do.
type Handler struct {
	keys       *auth.Store
	logger     *slog.Logger
	operations map[string]Operation

	mu      sync.Mutex
	running map[string]bool
}

// NewHandler returns the handler; a nil store has no keys.
func NewHandler(keys *auth.Store, logger *slog.Logger, known ...Operation) *Handler {
	h := &Handler{keys: keys, logger: logger, operations: make(map[string]Operation, len(known)), running: make(map[string]bool)}
	for _, operation := range known {
		if operation.Scope == "" {
			operation.Scope = auth.Admin
		}
		h.operations[operation.Name] = operation
	}
	return h
}

// ServeHTTP runs an operation.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	operation, known := h.operations[r.PathValue("name")]
	if !known {
		auth.Require(auth.Read, h.keys, http.HandlerFunc(h.unknown)).ServeHTTP(w, r)
		return
	}
	auth.Require(operation.Scope, h.keys, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		call, err := read(w, r)
		if err == nil {
			err = h.begin(operation)
		}
		if err != nil {
			problem.Write(w, r, err)
			return
		}
		defer h.end(operation)
		h.run(w, r, operation, call)
	})).ServeHTTP(w, r)
}

func (h *Handler) unknown(w http.ResponseWriter, r *http.Request) {
	names := make([]string, 0, len(h.operations))
	for name := range h.operations {
		names = append(names, name)
	}
	slices.Sort(names)
	problem.Write(w, r, &problem.Error{
		Status: http.StatusNotFound, Code: "unknown_operation", Pointer: "/parameters/name",
		Detail: fmt.Sprintf("There is no operation %q here.", r.PathValue("name")),
		Hint:   "This process can do: " + strings.Join(names, ", ") + ".",
	})
}

// read gives what the request asks for.
func read(w http.ResponseWriter, r *http.Request) (Call, error) {
	caller := auth.From(r.Context())
	call := Call{Tenant: caller.Tenant, Caller: caller}
	if asked := r.URL.Query().Get("tenant"); asked != "" {
		tenant, err := caller.Bind(asked)
		if err != nil {
			return Call{}, err
		}
		call.Tenant = tenant
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxParams))
	if err != nil {
		status := http.StatusBadRequest
		if _, tooLong := errors.AsType[*http.MaxBytesError](err); tooLong {
			status = http.StatusRequestEntityTooLarge
		}
		return Call{}, &problem.Error{
			Status: status, Code: "bad_parameters", Cause: err, Detail: "The parameters cannot be read: " + err.Error() + ".",
			Hint: fmt.Sprintf("Send a JSON object of at most %d bytes.", maxParams),
		}
	}
	call.Params = body
	return call, nil
}

func (h *Handler) begin(operation Operation) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !operation.Parallel && h.running[operation.Name] {
		return &problem.Error{
			Status: http.StatusConflict, Code: "operation_running", RetryAfter: silentAtMost,
			Detail: fmt.Sprintf("The operation %s is running already.", operation.Name), Hint: "Wait until it is done.",
		}
	}
	h.running[operation.Name] = true
	return nil
}

func (h *Handler) end(operation Operation) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.running, operation.Name)
}

// outcome is how an operation ended.
type outcome struct {
	result any
	err    error
}

// run writes progress until the operation is over, and then how it ended. What fails before the first line was due is a plain problem.
func (h *Handler) run(w http.ResponseWriter, r *http.Request, operation Operation, call Call) {
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	var latest progress
	call.Progress = latest.set
	ended := make(chan outcome, 1)
	go func() {
		result, err := operation.Run(ctx, call)
		ended <- outcome{result, err}
	}()
	lines := newLines(w)
	ticker := time.NewTicker(lineEvery)
	defer ticker.Stop()
	for {
		select {
		case o := <-ended:
			h.finish(w, r, operation, lines, o)
			return
		case now := <-ticker.C:
			if line := latest.take(); line != nil || now.Sub(lines.last) >= silentAtMost {
				if lines.write(message{Progress: latest.get()}) != nil {
					cancel()
					<-ended
					return
				}
			}
		}
	}
}

func (h *Handler) finish(w http.ResponseWriter, r *http.Request, operation Operation, lines *lines, o outcome) {
	if o.err == nil {
		// A client that is gone has no use for the result.
		_ = lines.write(message{Result: &o.result})
		return
	}
	if r.Context().Err() != nil {
		return
	}
	document := problem.From(o.err)
	if document.Code == "internal" {
		h.logger.ErrorContext(r.Context(), "an operation failed", "operation", operation.Name, "error", o.err)
	}
	if !lines.begun {
		problem.Write(w, r, o.err)
		return
	}
	_ = lines.write(message{Problem: &problem.Document{
		Status: max(document.Status, http.StatusBadRequest), Title: http.StatusText(document.Status), Code: document.Code,
		Detail: document.Detail, Hint: document.Hint, Pointer: document.Pointer,
	}})
}

// Progress is how far an operation has come. Total is 0 when it is unknown.
type Progress struct {
	Step  string `json:"step"`
	Done  uint64 `json:"done"`
	Total uint64 `json:"total"`
}

// message is one line of the answer.
type message struct {
	Progress *Progress         `json:"progress,omitempty"`
	Result   *any              `json:"result,omitempty"`
	Problem  *problem.Document `json:"problem,omitempty"`
}

// progress keeps the latest one.
type progress struct {
	mu      sync.Mutex
	current Progress
	fresh   bool
}

func (p *progress) set(step string, done, total uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.current, p.fresh = Progress{Step: step, Done: done, Total: total}, true
}

// take gives the latest when it was not given yet.
func (p *progress) take() *Progress {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.fresh {
		return nil
	}
	p.fresh = false
	current := p.current
	return &current
}

func (p *progress) get() *Progress {
	p.mu.Lock()
	defer p.mu.Unlock()
	current := p.current
	return &current
}

// lines writes the answer, a line at a time.
type lines struct {
	w       http.ResponseWriter
	control *http.ResponseController
	begun   bool
	last    time.Time
}

func newLines(w http.ResponseWriter) *lines {
	return &lines{w: w, control: http.NewResponseController(w), last: time.Now()}
}

func (l *lines) write(m message) error {
	if !l.begun {
		l.begun = true
		l.w.Header().Set("Content-Type", "application/x-ndjson")
		l.w.Header().Set("Cache-Control", "no-store")
		l.w.Header().Set("X-Content-Type-Options", "nosniff")
	}
	l.last = time.Now()
	// A long operation outlives the server's usual time for an answer; a client that stopped reading does not.
	_ = l.control.SetWriteDeadline(l.last.Add(time.Minute))
	if err := json.NewEncoder(l.w).Encode(m); err != nil {
		return fmt.Errorf("write the answer: %w", err)
	}
	if err := l.control.Flush(); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return fmt.Errorf("write the answer: %w", err)
	}
	return nil
}
