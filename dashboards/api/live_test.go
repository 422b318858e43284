package api_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/turnout/turnout/dashboards/api"
	"github.com/turnout/turnout/internal/auth"
	"github.com/turnout/turnout/internal/stream"
)

// announcer is a Follower in memory.
type announcer struct {
	mu        sync.Mutex
	takers    map[*func(stream.Announcement)]string
	atOnce    int // announcements that are there before anything is written
	unhealthy error
}

func (a *announcer) Follow(_ context.Context, tenant string, take func(stream.Announcement)) (func(), error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.unhealthy != nil {
		return nil, a.unhealthy
	}
	if a.takers == nil {
		a.takers = map[*func(stream.Announcement)]string{}
	}
	a.takers[&take] = tenant
	for range a.atOnce {
		take(announcement(tenant, 1))
	}
	return func() {
		a.mu.Lock()
		defer a.mu.Unlock()
		delete(a.takers, &take)
	}, nil
}

func (a *announcer) tell(tenant string, seq uint64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for take, of := range a.takers {
		if of == tenant {
			(*take)(announcement(tenant, seq))
		}
	}
}

func announcement(tenant string, seq uint64) stream.Announcement {
	at := time.Date(2022, 5, 27, 18, 0, 0, 0, time.UTC)
	return stream.Announcement{
		Tenant: tenant, StreamSeq: [2]uint64{seq, seq}, Events: 1, Types: map[string]int{"attendance.recorded.v1": 1}, At: at,
		Sample: []stream.Envelope{{Type: "attendance.recorded.v1", Time: at, Source: "test", Subject: "g\n1", Mode: "experiential"}},
	}
}

// readLimit is the server's limit on reading a request, as long as a busy machine needs.
const readLimit = 3 * time.Second

// liveServer answers GET /v1/live as caller over real HTTP, with a limit on reading that a stream outlives.
func liveServer(t *testing.T, caller auth.Identity, config api.LiveConfig) (*httptest.Server, *api.API) {
	t.Helper()
	if config.Heartbeat == 0 {
		config.Heartbeat = 20 * time.Millisecond
	}
	h := api.New(api.Config{Live: config})
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.ServeHTTP(w, r.WithContext(auth.With(r.Context(), caller)))
	}))
	server.Config.ReadTimeout = readLimit
	server.Start()
	t.Cleanup(func() { h.EndStreams(); server.Close() })
	return server, h
}

// listener reads a stream.
type listener struct {
	t       *testing.T
	answer  *http.Response
	scanner *bufio.Scanner
}

func listen(t *testing.T, url string, header ...string) *listener {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = answer.Body.Close() })
	return &listener{t, answer, bufio.NewScanner(answer.Body)}
}

// next gives the fields of the next event; comments are met as the field "".
func (l *listener) next() map[string]string {
	l.t.Helper()
	fields := map[string]string{}
	for l.scanner.Scan() {
		line := l.scanner.Text()
		if line == "" && len(fields) > 0 {
			return fields
		}
		name, value, _ := strings.Cut(line, ": ")
		fields[name] = value
	}
	if err := l.scanner.Err(); err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		l.t.Fatal(err)
	}
	return nil
}

// event passes over all but the named event.
func (l *listener) event(name string) map[string]string {
	l.t.Helper()
	for {
		switch fields := l.next(); {
		case fields == nil:
			l.t.Fatalf("the stream ended without %s", name)
		case fields["event"] == name:
			return fields
		}
	}
}

func TestLive(t *testing.T) {
	t.Parallel()
	box := &announcer{}
	server, _ := liveServer(t, auth.Everyone(), api.LiveConfig{Announcements: box})
	l := listen(t, server.URL+"/v1/live?tenant=a", "Last-Event-ID", "41")
	if l.answer.StatusCode != http.StatusOK || l.answer.Header.Get("Content-Type") != "text/event-stream; charset=utf-8" {
		t.Fatalf("%d %v", l.answer.StatusCode, l.answer.Header)
	}
	hello := l.event("hello")
	if data := hello["data"]; !strings.Contains(data, `"tenant":"a"`) || !strings.Contains(data, `"resume":"from now"`) || !strings.Contains(data, `"missed_since":"41"`) {
		t.Errorf("hello is %v", hello)
	}
	box.tell("b", 1)
	for begun := time.Now(); time.Since(begun) < readLimit+time.Second; { // longer than the server's limit on reading
		if fields := l.next(); fields == nil || fields["event"] != "" {
			t.Fatalf("a quiet stream says %v", fields)
		}
	}
	box.tell("a", 42)
	stored := l.event("stored")
	want := `{"tenant":"a","stream_seq":[42,42],"events":1,"types":{"attendance.recorded.v1":1},"at":"2022-05-27T18:00:00Z",` +
		`"sample":[{"type":"attendance.recorded.v1","time":"2022-05-27T18:00:00Z","source":"test","subject":"g\n1","mode":"experiential"}]}`
	if stored["id"] != "42" || stored["data"] != want {
		t.Errorf("stored is %v, want %s", stored, want)
	}
}

func TestLiveDropsSlowClients(t *testing.T) {
	t.Parallel()
	box := &announcer{atOnce: 4}
	server, _ := liveServer(t, auth.Everyone(), api.LiveConfig{Announcements: box, Buffer: 3})
	l := listen(t, server.URL+"/v1/live?tenant=a")
	if end := l.event("end"); !strings.Contains(end["data"], `"reason":"slow"`) {
		t.Errorf("the end is %v", end)
	}
	if more := l.next(); more != nil {
		t.Errorf("after the end comes %v", more)
	}
	box.mu.Lock()
	defer box.mu.Unlock()
	if len(box.takers) > 0 {
		t.Errorf("%d still listen", len(box.takers))
	}
}

func TestLiveEndsWithTheServer(t *testing.T) {
	t.Parallel()
	server, h := liveServer(t, auth.Everyone(), api.LiveConfig{Announcements: &announcer{}})
	l := listen(t, server.URL+"/v1/live?tenant=a")
	l.event("hello")
	h.EndStreams()
	if end := l.event("end"); !strings.Contains(end["data"], `"reason":"stopping"`) {
		t.Errorf("the end is %v", end)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := server.Config.Shutdown(ctx); err != nil {
		t.Error(err)
	}
}

func TestLiveEndsWithTheKey(t *testing.T) {
	t.Parallel()
	var revoked atomic.Bool
	config := api.LiveConfig{Announcements: &announcer{}, StillValid: func(id string) bool { return id == "k" && !revoked.Load() }}
	server, _ := liveServer(t, auth.Identity{KeyID: "k", Tenant: "a", Scopes: []auth.Scope{auth.Read}}, config)
	l := listen(t, server.URL+"/v1/live")
	if hello := l.event("hello"); !strings.Contains(hello["data"], `"tenant":"a"`) {
		t.Errorf("hello is %v", hello)
	}
	revoked.Store(true)
	if end := l.event("end"); !strings.Contains(end["data"], `"reason":"key"`) {
		t.Errorf("the end is %v", end)
	}
}

func TestLiveRefusals(t *testing.T) {
	t.Parallel()
	bound := auth.Identity{KeyID: "k", Tenant: "a", Scopes: []auth.Scope{auth.Read}}
	full, _ := liveServer(t, bound, api.LiveConfig{Announcements: &announcer{}, Clients: 1})
	first := listen(t, full.URL+"/v1/live")
	first.event("hello")
	stopped, h := liveServer(t, bound, api.LiveConfig{Announcements: &announcer{}})
	h.EndStreams()
	deaf, _ := liveServer(t, bound, api.LiveConfig{})
	broken, _ := liveServer(t, bound, api.LiveConfig{Announcements: &announcer{unhealthy: errors.New("no connection")}})
	for name, test := range map[string]struct {
		url    string
		status int
		code   string
	}{
		"another's":     {full.URL + "/v1/live?tenant=b", 403, "wrong_tenant"},
		"parameter":     {full.URL + "/v1/live?since=1", 400, "unknown_parameter"},
		"too many":      {full.URL + "/v1/live", 503, "live_unavailable"},
		"stopping":      {stopped.URL + "/v1/live", 503, "live_unavailable"},
		"not connected": {deaf.URL + "/v1/live", 503, "live_unavailable"},
		"broken":        {broken.URL + "/v1/live", 500, "internal"},
	} {
		l := listen(t, test.url)
		var document struct{ Code string }
		if err := json.NewDecoder(l.answer.Body).Decode(&document); err != nil || l.answer.StatusCode != test.status || document.Code != test.code {
			t.Errorf("%s: %d %+v %v, want %d %s", name, l.answer.StatusCode, document, err, test.status, test.code)
		}
		if test.status == http.StatusServiceUnavailable && l.answer.Header.Get("Retry-After") == "" {
			t.Errorf("%s: no Retry-After", name)
		}
	}
	if err := first.answer.Body.Close(); err != nil {
		t.Fatal(err)
	}
	deadline := time.Now().Add(time.Minute)
	for listen(t, full.URL+"/v1/live").answer.StatusCode != http.StatusOK {
		if time.Now().After(deadline) {
			t.Fatal("the place of one who left stays taken")
		}
	}
}
