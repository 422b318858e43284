package app

import (
	"encoding/json"
	"net/http"
	"sync"
)

// readiness knows which parts can do their work; the program is ready when all can.
type readiness struct {
	mu     sync.RWMutex
	checks []check
}

type check struct {
	name string
	run  func() error
}

func (r *readiness) add(name string, run func() error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.checks = append(r.checks, check{name, run})
}

// report gives the state of every part, "ok" or what is the matter, and whether all are ok.
func (r *readiness) report() (map[string]string, bool) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	states, ready := make(map[string]string, len(r.checks)), true
	for _, c := range r.checks {
		states[c.name] = "ok"
		if err := c.run(); err != nil {
			states[c.name], ready = err.Error(), false
		}
	}
	return states, ready
}

// handler answers GET /readyz: 200 when every part can work, else 503 with what is missing.
func (r *readiness) handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		states, ready := r.report()
		status, word := http.StatusOK, "ready"
		if !ready {
			status, word = http.StatusServiceUnavailable, "not ready"
			w.Header().Set("Retry-After", "1")
		}
		writeJSON(w, status, map[string]any{"status": word, "checks": states})
	})
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	// The status line is out: a failure to write the body has no other way to be told.
	_ = json.NewEncoder(w).Encode(body)
}
