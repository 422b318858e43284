package app

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"
)

func newServer(t *testing.T, handler http.Handler) string {
	t.Helper()
	server, err := listen("127.0.0.1:0", slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	server.serve(handler, func(err error) { t.Error(err) })
	t.Cleanup(func() {
		if err := server.stop(context.Background()); err != nil {
			t.Error(err)
		}
		if err := server.release(); err != nil {
			t.Error(err)
		}
	})
	return server.url()
}

func TestGuard(t *testing.T) {
	t.Parallel()
	url := newServer(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/panic" {
			panic("a secret of the inside")
		}
		w.WriteHeader(http.StatusNoContent)
	}))
	tests := map[string]struct {
		method, path string
		host, origin string
		want         int
	}{
		"a client":                   {http.MethodPost, "/", "", "", http.StatusNoContent},
		"by name":                    {http.MethodGet, "/", "localhost:1", "", http.StatusNoContent},
		"by IPv6":                    {http.MethodGet, "/", "[::1]:1", "", http.StatusNoContent},
		"another name (rebinding)":   {http.MethodGet, "/", "evil.example", "", http.StatusMisdirectedRequest},
		"another name with our port": {http.MethodGet, "/", "evil.example:8080", "", http.StatusMisdirectedRequest},
		"our own page":               {http.MethodPost, "/", "", url, http.StatusNoContent},
		"another site's page":        {http.MethodPost, "/", "", "https://evil.example", http.StatusForbidden},
		"another site that reads":    {http.MethodGet, "/", "", "https://evil.example", http.StatusNoContent},
		"a panic":                    {http.MethodGet, "/panic", "", "", http.StatusInternalServerError},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			request, err := http.NewRequestWithContext(t.Context(), test.method, url+test.path, http.NoBody)
			if err != nil {
				t.Fatal(err)
			}
			if test.host != "" {
				request.Host = test.host
			}
			if test.origin != "" {
				request.Header.Set("Origin", test.origin)
			}
			response, err := http.DefaultClient.Do(request)
			if err != nil {
				t.Fatal(err)
			}
			defer response.Body.Close()
			var body strings.Builder
			if err := response.Write(&body); err != nil {
				t.Fatal(err)
			}
			if response.StatusCode != test.want || strings.Contains(body.String(), "secret") {
				t.Errorf("%d, want %d: %s", response.StatusCode, test.want, body.String())
			}
		})
	}
}

func TestAddressTaken(t *testing.T) {
	t.Parallel()
	first, err := listen("127.0.0.1:0", slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer first.release() //nolint:errcheck // only the address counts
	if _, err := listen(first.listener.Addr().String(), slog.New(slog.DiscardHandler)); err == nil || !strings.Contains(err.Error(), "--http") {
		t.Errorf("%v", err)
	}
}

func TestReadiness(t *testing.T) {
	t.Parallel()
	var ready readiness
	trouble := errors.New("on its way")
	ready.add("stream", func() error { return nil })
	ready.add("warehouse", func() error { return trouble })
	ask := func() (int, string) {
		recorder := httptest.NewRecorder()
		ready.handler().ServeHTTP(recorder, httptest.NewRequest(http.MethodGet, "/readyz", http.NoBody))
		return recorder.Code, recorder.Body.String()
	}
	if status, body := ask(); status != http.StatusServiceUnavailable || !strings.Contains(body, `"warehouse":"on its way"`) || !strings.Contains(body, `"stream":"ok"`) {
		t.Errorf("%d %s", status, body)
	}
	trouble = nil
	if status, body := ask(); status != http.StatusOK {
		t.Errorf("%d %s", status, body)
	}
}

func TestLifecycleStopsInReverseAndGoesOnAfterAFailure(t *testing.T) {
	t.Parallel()
	life := lifecycle{logger: slog.New(slog.DiscardHandler)}
	var order []string
	broken := errors.New("broken")
	for _, name := range []string{"first", "second", "third"} {
		life.onStop(name, func(context.Context) error {
			order = append(order, name)
			if name == "second" {
				return broken
			}
			return nil
		})
	}
	err := life.stop(t.Context())
	if got := strings.Join(order, " "); got != "third second first" || !errors.Is(err, broken) || !strings.Contains(err.Error(), "second") {
		t.Errorf("%s, %v", got, err)
	}
}

func TestBackgroundIsAskedToEndAndWaitedFor(t *testing.T) {
	t.Parallel()
	life := lifecycle{logger: slog.New(slog.DiscardHandler)}
	ended := false
	life.background("worker", func(ctx context.Context) {
		<-ctx.Done()
		ended = true
	})
	if err := life.stop(t.Context()); err != nil || !ended {
		t.Errorf("ended %v, %v", ended, err)
	}
	stuck := make(chan struct{})
	defer close(stuck)
	life.background("stuck", func(context.Context) { <-stuck })
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if err := life.stop(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
}

func TestDataDirBelongsToOne(t *testing.T) {
	t.Parallel()
	path := t.TempDir()
	dir, err := openDataDir(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := openDataDir(path); err == nil || !strings.Contains(err.Error(), "another turnout") {
		t.Errorf("a second program: %v", err)
	}
	password, err := dir.password()
	if err != nil || len(password) < 20 {
		t.Errorf("password %q, %v", password, err)
	}
	if again, err := dir.password(); err != nil || again != password {
		t.Errorf("the password changed: %q, %v", again, err)
	}
	if err := dir.announce(Endpoints{HTTP: "http://x"}); err != nil {
		t.Error(err)
	}
	for range 2 {
		if err := dir.withdraw(); err != nil {
			t.Error(err)
		}
	}
	// As after kill -9: the addresses stay behind, and the lock a moment longer.
	if err := dir.announce(Endpoints{HTTP: "http://x"}); err != nil {
		t.Error(err)
	}
	time.AfterFunc(lockPatience/lockTries, func() {
		if err := dir.close(); err != nil {
			t.Error(err)
		}
	})
	again, err := openDataDir(path)
	if err != nil {
		t.Fatalf("after the first has closed it: %v", err)
	}
	if _, err := os.Stat(again.file(endpointsFile)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the addresses of the program before: %v", err)
	}
	if err := again.close(); err != nil {
		t.Error(err)
	}
}
