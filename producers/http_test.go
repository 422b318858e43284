package producers_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/turnout/turnout/internal/auth"
	"github.com/turnout/turnout/internal/problem"
	"github.com/turnout/turnout/producers"
	"github.com/turnout/turnout/producers/gateway"
	"github.com/turnout/turnout/producers/internal/streamtest"
	"github.com/turnout/turnout/schemas"
)

const patience = time.Minute // for a busy machine; nothing waits longer than it must

var quick = producers.Backoff{First: time.Millisecond, Longest: 5 * time.Millisecond}

// serve runs a real gateway before a real NATS server; around may stand before it.
func serve(tb testing.TB, around func(http.Handler) http.Handler) (*streamtest.Server, string) {
	tb.Helper()
	server := streamtest.Start(tb, 0)
	g := gateway.New(gateway.Config{Stream: server.JS, Registry: builtin(tb), Limits: gateway.Limits{MaxPayload: streamtest.MaxPayload}})
	if err := g.Start(tb.Context()); err != nil {
		tb.Fatal(err)
	}
	handler := http.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		g.ServeHTTP(w, r.WithContext(auth.With(r.Context(), auth.Everyone())))
	}))
	if around != nil {
		handler = around(handler)
	}
	web := httptest.NewServer(handler)
	tb.Cleanup(func() {
		web.Close()
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := g.Stop(ctx); err != nil {
			tb.Error(err)
		}
	})
	return server, web.URL
}

func builtin(tb testing.TB) *schemas.Registry {
	tb.Helper()
	registry, err := schemas.Builtin()
	if err != nil {
		tb.Fatal(err)
	}
	return registry
}

func client(tb testing.TB, cfg producers.HTTPConfig) *producers.HTTP {
	tb.Helper()
	cfg.Backoff = quick
	c, err := producers.NewHTTP(cfg)
	if err != nil {
		tb.Fatal(err)
	}
	return c
}

func events(count int) []json.RawMessage {
	raw := make([]json.RawMessage, count)
	for i := range raw {
		raw[i] = json.RawMessage(streamtest.Event(strconv.Itoa(i), ""))
	}
	return raw
}

// summarise writes results shortly: index:id:status[:code].
func summarise(results []producers.Result) []string {
	var short []string
	for _, r := range results {
		text := strconv.Itoa(r.Index) + ":" + r.ID + ":" + string(r.Status)
		if r.Code != "" {
			text += ":" + r.Code
		}
		short = append(short, text)
	}
	return short
}

// Each event has its own result at its own place, whatever stands between.
func TestHTTPResultsKeepTheirPlaces(t *testing.T) {
	t.Parallel()
	server, url := serve(t, nil)
	pretty := strings.ReplaceAll(streamtest.Event("pretty", ""), ",", ",\n  ")
	results, err := client(t, producers.HTTPConfig{URL: url, Tenant: "north", BatchEvents: 3, InFlight: 2}).Publish(t.Context(), []json.RawMessage{
		json.RawMessage(streamtest.Event("a", "")),
		nil,
		json.RawMessage("  \n "),
		json.RawMessage(pretty),
		json.RawMessage(`{"broken`),
		json.RawMessage("{\n\"broken"),
		json.RawMessage(streamtest.Event("south", `"tenant":"south",`)),
		json.RawMessage("\u00a0"),
		json.RawMessage(streamtest.Event("z", "")),
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"0:a:accepted", "1::rejected:malformed_json", "2::rejected:malformed_json", "3:pretty:accepted", "4::rejected:malformed_json",
		"5::rejected:malformed_json", "6:south:rejected:tenant_mismatch", "7::rejected:malformed_json", "8:z:accepted",
	}
	if diff := cmp.Diff(want, summarise(results)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(map[string]int{"north/a": 1, "north/pretty": 1, "north/z": 1}, server.IDs(t)); diff != "" {
		t.Error(diff)
	}
}

// A server that is away, busy or cuts answers off is asked again until it answers.
func TestHTTPRetries(t *testing.T) {
	t.Parallel()
	var calls atomic.Int64
	server, url := serve(t, func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			switch calls.Add(1) {
			case 1:
				problem.Write(w, r, &problem.Error{Status: http.StatusServiceUnavailable, Code: "stream_unavailable", RetryAfter: time.Millisecond})
			case 2:
				problem.Write(w, r, &problem.Error{Status: http.StatusTooManyRequests, Code: "rate_limited"})
			case 3:
				w.WriteHeader(http.StatusBadGateway)
			case 4:
				panic(http.ErrAbortHandler) // the connection breaks before anything is stored
			case 5: // and after it was stored
				next.ServeHTTP(httptest.NewRecorder(), r)
				panic(http.ErrAbortHandler)
			default:
				next.ServeHTTP(w, r)
			}
		})
	})
	var retries atomic.Int64
	c := client(t, producers.HTTPConfig{URL: url, OnRetry: func(int, error) { retries.Add(1) }})
	results, err := c.Publish(t.Context(), events(1))
	if err != nil || results[0].Status != producers.Accepted {
		t.Fatalf("%v %+v", err, results)
	}
	if retries.Load() != 5 {
		t.Errorf("%d retries were told", retries.Load())
	}
	if stored := server.IDs(t)["default/0"]; stored != 2 { // at least once: the warehouse counts it once
		t.Errorf("stored %d times", stored)
	}
}

// What a server refuses as a whole is an error at once, with what it said; the fate of the events is unknown.
func TestHTTPGivesUp(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		handler http.HandlerFunc
		calls   int64
		status  int
		says    string
	}{
		"refused": {func(w http.ResponseWriter, r *http.Request) {
			problem.Write(w, r, &problem.Error{Status: http.StatusUnauthorized, Code: "key_missing", Detail: "No key.", Hint: "Send one."})
		}, 1, http.StatusUnauthorized, "401 Unauthorized: No key. Send one."},
		"not ours":   {http.NotFound, 1, http.StatusNotFound, producers.EventsPath},
		"never back": {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) }, 3, http.StatusServiceUnavailable, "after 3 attempts"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var calls atomic.Int64
			web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				calls.Add(1)
				test.handler(w, r)
			}))
			t.Cleanup(web.Close)
			results, err := client(t, producers.HTTPConfig{URL: web.URL, Attempts: 3}).Publish(t.Context(), events(2))
			var refused *producers.RequestError
			if !errors.As(err, &refused) || refused.Status != test.status || !strings.Contains(err.Error(), test.says) {
				t.Errorf("error %v", err)
			}
			if calls.Load() != test.calls {
				t.Errorf("%d calls", calls.Load())
			}
			if diff := cmp.Diff([]string{"0::unknown", "1::unknown"}, summarise(results)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// An answer that does not fit the request is an error, never a result.
func TestHTTPMistrustsAnswers(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"too few results": `{"accepted":1,"results":[{"index":0,"status":"accepted"}]}`,
		"another order":   `{"accepted":2,"results":[{"index":1,"status":"accepted"},{"index":0,"status":"accepted"}]}`,
		"no status":       `{"accepted":2,"results":[{"index":0},{"index":1}]}`,
		"not JSON":        `ok`,
	} {
		web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusAccepted)
			_, _ = io.WriteString(w, body)
		}))
		results, err := client(t, producers.HTTPConfig{URL: web.URL, Attempts: 2}).Publish(t.Context(), events(2))
		web.Close()
		if err == nil {
			t.Errorf("%s: believed", name)
		}
		for _, result := range results {
			if result.Status == producers.Rejected {
				t.Errorf("%s: %+v", name, result)
			}
		}
	}
}

// A request that is too large for the server is cut in halves.
func TestHTTPHalves(t *testing.T) {
	t.Parallel()
	server, url := serve(t, func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.ContentLength > 1000 {
				problem.Write(w, r, &problem.Error{Status: http.StatusRequestEntityTooLarge, Code: "body_too_large"})
				return
			}
			next.ServeHTTP(w, r)
		})
	})
	results, err := client(t, producers.HTTPConfig{URL: url}).Publish(t.Context(), events(13))
	if err != nil {
		t.Fatal(err)
	}
	for i, result := range results {
		if result.Index != i || result.ID != strconv.Itoa(i) || result.Status != producers.Accepted {
			t.Errorf("%+v", result)
		}
	}
	if len(server.IDs(t)) != 13 {
		t.Errorf("stored: %v", server.IDs(t))
	}
}

// Key and tenant are sent; Retry-After is honoured, as seconds and as a date.
func TestHTTPRequest(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var at []time.Time
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		if r.Header.Get("Authorization") != "Bearer tk_1" || r.URL.RawQuery != "tenant=north" || r.URL.Path != producers.EventsPath {
			t.Errorf("request %s %v", r.URL, r.Header)
		}
		at = append(at, time.Now())
		if len(at) == 1 {
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		w.WriteHeader(http.StatusAccepted)
		_, _ = io.WriteString(w, `{"accepted":1,"rejected":0,"results":[{"index":0,"id":"0","status":"accepted"}]}`)
	}))
	defer web.Close()
	c, err := producers.NewHTTP(producers.HTTPConfig{
		URL: web.URL, Key: "tk_1", Tenant: "north", Backoff: producers.Backoff{First: time.Millisecond, Longest: 10 * time.Second},
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Publish(t.Context(), events(1)); err != nil {
		t.Fatal(err)
	}
	if waited := at[1].Sub(at[0]); waited < time.Second {
		t.Errorf("waited only %v", waited)
	}
}

func TestHTTPAddress(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{"", "127.0.0.1:8080", "ftp://x", "http://", "http://a b"} {
		if _, err := producers.NewHTTP(producers.HTTPConfig{URL: bad}); err == nil {
			t.Errorf("%q was taken", bad)
		}
	}
}

// A caller who leaves gets an error at once, also while waiting to try again.
func TestHTTPCancelled(t *testing.T) {
	t.Parallel()
	called := make(chan struct{}, 100)
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		called <- struct{}{}
		w.Header().Set("Retry-After", "3600")
		w.WriteHeader(http.StatusServiceUnavailable)
	}))
	defer web.Close()
	c, err := producers.NewHTTP(producers.HTTPConfig{URL: web.URL, Backoff: producers.Backoff{First: time.Hour, Longest: time.Hour}})
	if err != nil {
		t.Fatal(err)
	}
	ctx, leave := context.WithCancel(t.Context())
	go func() {
		<-called
		leave()
	}()
	if _, err := c.Publish(ctx, events(1)); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}
