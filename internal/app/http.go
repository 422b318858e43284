package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"runtime/debug"
	"time"

	"github.com/turnout/turnout/internal/auth"
	"github.com/turnout/turnout/internal/config"
	"github.com/turnout/turnout/internal/problem"
	"github.com/turnout/turnout/internal/webconn"
)

const (
	headerTimeout  = 10 * time.Second
	readTimeout    = time.Minute // of a whole request: a slow body holds the reading budget
	idleTimeout    = 2 * time.Minute
	maxHeaderBytes = 64 << 10
)

// webServer answers on the HTTP address.
type webServer struct {
	listener net.Listener
	server   *http.Server
	logger   *slog.Logger
}

// listen takes the address; requests are answered from serve on.
func listen(address string, logger *slog.Logger) (*webServer, error) {
	listener, err := net.Listen("tcp", address) //nolint:noctx // it returns at once
	if err != nil {
		return nil, &problem.Error{
			Code: "address_taken", Pointer: "--http", Cause: err,
			Detail: fmt.Sprintf("cannot listen on %s: %v", address, errors.Unwrap(err)),
			Hint:   "give another address with --http; port 0 picks a free one",
		}
	}
	return &webServer{listener: webconn.Wrap(listener), logger: logger}, nil
}

func (s *webServer) url() string { return "http://" + s.listener.Addr().String() }

func (s *webServer) serve(handler http.Handler, fatal func(error)) {
	s.server = &http.Server{
		Handler: s.guard(handler), ReadHeaderTimeout: headerTimeout, ReadTimeout: readTimeout, IdleTimeout: idleTimeout,
		MaxHeaderBytes: maxHeaderBytes, ConnContext: webconn.Context, ErrorLog: slog.NewLogLogger(s.logger.Handler(), slog.LevelDebug),
	}
	go func() {
		if err := s.server.Serve(s.listener); !errors.Is(err, http.ErrServerClosed) {
			fatal(fmt.Errorf("serve HTTP: %w", err))
		}
	}()
}

// release gives the address back when it was never served or is no longer.
func (s *webServer) release() error {
	if err := s.listener.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
		return fmt.Errorf("close the HTTP address: %w", err)
	}
	return nil
}

// stop lets the requests under way finish, as long as ctx allows.
func (s *webServer) stop(ctx context.Context) error {
	if err := s.server.Shutdown(ctx); err != nil {
		return errors.Join(err, s.server.Close())
	}
	return nil
}

// guard refuses what no client of ours sends, and turns a panic into a problem.
func (s *webServer) guard(next http.Handler) http.Handler {
	crossOrigin := http.NewCrossOriginProtection()
	crossOrigin.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		problem.Write(w, r, &problem.Error{
			Status: http.StatusForbidden, Code: "cross_origin",
			Detail: "A page of another site may not change anything here.",
		})
	}))
	guarded, local := crossOrigin.Handler(next), config.IsLoopback(s.listener.Addr().String())
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer s.recover(w, r)
		if local && !localHost(r.Host) {
			// A name that somebody else's DNS points at this machine would make every
			// page in the browser a client (DNS rebinding).
			problem.Write(w, r, &problem.Error{
				Status: http.StatusMisdirectedRequest, Code: "foreign_host", Pointer: "Host",
				Detail: fmt.Sprintf("This server listens on this machine only and does not answer for the host %q.", r.Host),
				Hint:   "use 127.0.0.1 or localhost",
			})
			return
		}
		guarded.ServeHTTP(w, r)
	})
}

func localHost(host string) bool {
	name, _, err := net.SplitHostPort(host)
	if err != nil {
		name = host
	}
	if name == "localhost" || name == "" {
		return true
	}
	_, err = netip.ParseAddr(trimBrackets(name))
	return err == nil
}

func trimBrackets(name string) string {
	if len(name) > 1 && name[0] == '[' && name[len(name)-1] == ']' {
		return name[1 : len(name)-1]
	}
	return name
}

func (s *webServer) recover(w http.ResponseWriter, r *http.Request) {
	cause := recover()
	if cause == nil {
		return
	}
	if err, ok := cause.(error); ok && errors.Is(err, http.ErrAbortHandler) {
		panic(cause) // the way to cut an answer short on purpose
	}
	s.logger.Error("a request made the program panic", "method", r.Method, "path", r.URL.Path, "panic", cause, "stack", string(debug.Stack()))
	problem.Write(w, r, fmt.Errorf("panic: %v", cause))
}

// wholeHouse lets only callers through who may see every community.
func wholeHouse(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if id := auth.From(r.Context()); id.Tenant != "" {
			problem.Write(w, r, &problem.Error{
				Status: http.StatusForbidden, Code: "tenant_forbidden", Pointer: "Authorization",
				Detail: fmt.Sprintf("Key %s is for the community %q alone; this shows all communities together.", id.KeyID, id.Tenant),
				Hint:   "use a key that was created without --tenant",
			})
			return
		}
		next.ServeHTTP(w, r)
	})
}
