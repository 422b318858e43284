package chhttp

import (
	"context"
	"crypto/subtle"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/turnout/turnout/internal/embedded/chdb"
)

// The users of the interface.
const (
	Owner  = "default" // everything in the databases turnout*
	Reader = "reader"  // SELECT in the database turnout
)

// Config says how the interface behaves.
type Config struct {
	Engine   *chdb.Engine
	Database string // for requests that name none, or "default"
	// Passwords of the two users; they count only while passwords are required.
	OwnerPassword, ReaderPassword string
	WholeLimit                    uint64        // bytes of memory for a SELECT that is answered as a whole; 0 = the engine's limit only
	TempDir                       string        // for long answers that are held back
	Concurrency                   int           // statements at once
	Queue                         int           // statements that may wait
	QueueTime                     time.Duration // how long they wait
	// Written says whether everything that was to be written until now is written; nil
	// means that nobody can tell. What changes data is answered after it was asked.
	Written func() error
	Logger  *slog.Logger
}

// Server is the http.Handler.
type Server struct {
	cfg      Config
	gate     *gate
	version  string
	required atomic.Bool
	sequence atomic.Uint64
	classes  classes
	pieces   sync.Pool // of *[pieceSize]byte: a small insert would be mostly their allocation
}

// New makes a Server for a started engine whose database exists.
func New(cfg Config) (*Server, error) {
	conn, err := cfg.Engine.Conn()
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	result, err := conn.Query([]byte("SELECT version()"), "TSVRaw")
	if err != nil {
		return nil, err
	}
	return &Server{cfg: cfg, gate: newGate(cfg), version: strings.TrimSpace(string(result.Data))}, nil
}

// RequirePassword turns the check of passwords on or off for new requests.
func (s *Server) RequirePassword(required bool) { s.required.Store(required) }

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case "/ping":
		writePlain(w, http.StatusOK, "Ok.\n")
	case "/replicas_status":
		writePlain(w, http.StatusOK, "Ok.\n")
	case "/":
		s.serveQuery(w, r)
	default:
		writePlain(w, http.StatusNotFound, "There is no handle "+r.URL.Path+"\n")
	}
}

func writePlain(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=UTF-8")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(text)) //nolint:gosec // plain text by its content type
}

// authenticate returns the user of a request, or an error that says what is missing.
func (s *Server) authenticate(r *http.Request, query url.Values) (string, error) {
	name, password := credentials(r, query)
	want := s.cfg.OwnerPassword
	switch name {
	case "", Owner:
		name = Owner
	case Reader:
		want = s.cfg.ReaderPassword
	default:
		return "", authFailed(name)
	}
	if !s.required.Load() {
		return name, sameSite(r)
	}
	if want == "" || subtle.ConstantTimeCompare([]byte(password), []byte(want)) != 1 {
		return "", authFailed(name)
	}
	return name, nil
}

// credentials come from the X-ClickHouse headers, Basic authentication or the URL.
func credentials(r *http.Request, query url.Values) (name, password string) {
	if r.Header.Get("X-ClickHouse-User") != "" || r.Header.Get("X-ClickHouse-Key") != "" {
		return r.Header.Get("X-ClickHouse-User"), r.Header.Get("X-ClickHouse-Key")
	}
	if user, key, ok := r.BasicAuth(); ok {
		return user, key
	}
	return query.Get("user"), query.Get("password")
}

func authFailed(name string) error {
	return &chError{code: codeAuthentication, name: "AUTHENTICATION_FAILED",
		message: name + ": Authentication failed: password is incorrect, or there is no user with such name"}
}

// sameSite keeps web pages of other sites out while no password is required: a
// page in somebody's browser can reach loopback, too.
func sameSite(r *http.Request) error {
	host := r.Host
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	host = strings.Trim(host, "[]")
	local := host == "" || host == "localhost" || net.ParseIP(host) != nil
	if !local || r.Header.Get("Origin") != "" {
		return denied("requests of web pages need a password")
	}
	return nil
}

// gate lets a bounded number of statements run and a bounded number wait.
type gate struct {
	slots   chan struct{}
	waiting atomic.Int64
	queue   int64
	wait    time.Duration
}

func newGate(cfg Config) *gate {
	return &gate{slots: make(chan struct{}, cfg.Concurrency), queue: int64(cfg.Queue), wait: cfg.QueueTime}
}

func (g *gate) enter(ctx context.Context) error {
	select {
	case g.slots <- struct{}{}:
		return nil
	default:
	}
	if g.waiting.Add(1) > g.queue {
		g.waiting.Add(-1)
		return tooMany("too many statements are waiting")
	}
	defer g.waiting.Add(-1)
	timer := time.NewTimer(g.wait)
	defer timer.Stop()
	select {
	case g.slots <- struct{}{}:
		return nil
	case <-timer.C:
		return tooMany("no place became free in " + g.wait.String())
	case <-ctx.Done():
		return gone(ctx)
	}
}

func (g *gate) leave() { <-g.slots }

func tooMany(why string) error {
	return &chError{code: codeTooManyQueries, name: "TOO_MANY_SIMULTANEOUS_QUERIES",
		message: "Too many simultaneous queries: " + why + "; try again later"}
}
