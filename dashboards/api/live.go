package api

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/turnout/turnout/internal/auth"
	"github.com/turnout/turnout/internal/problem"
	"github.com/turnout/turnout/internal/stream"
)

// Follower tells what is stored, as it is stored; *stream.Announcements is one.
type Follower interface {
	// Follow calls take, which does not block, with every announcement for the tenant until stop is called.
	Follow(ctx context.Context, tenant string, take func(stream.Announcement)) (stop func(), err error)
}

// LiveConfig is what GET /v1/live needs; a zero limit takes its default.
type LiveConfig struct {
	// Announcements is where what is stored is heard; nil answers 503.
	Announcements Follower
	// StillValid tells whether the caller's key may go on; nil means always.
	StillValid func(keyID string) bool
	// Clients is how many may listen at a time; default 100.
	Clients int
	// Buffer is how many announcements may wait for a client before it is dropped as too slow; default 64.
	Buffer int
	// Heartbeat is the time between comments on a quiet stream, and between looks at the key; default 10 s.
	Heartbeat time.Duration
	// WriteTime is how long one write to a client may take; default 10 s.
	WriteTime time.Duration
}

// live is the desk of GET /v1/live: it keeps count of those who listen.
type live struct {
	config LiveConfig
	places chan struct{}
	over   chan struct{} // closed when streams are to end
	once   sync.Once
}

func newLive(c LiveConfig) *live {
	set(&c.Clients, 100)
	set(&c.Buffer, 64)
	set(&c.Heartbeat, 10*time.Second)
	set(&c.WriteTime, 10*time.Second)
	return &live{config: c, places: make(chan struct{}, c.Clients), over: make(chan struct{})}
}

func set[T int | time.Duration](value *T, otherwise T) {
	if *value <= 0 {
		*value = otherwise
	}
}

// EndStreams ends the open streams of GET /v1/live and lets no new ones begin, so
// that a server that shuts down need not wait for readers to leave.
func (a *API) EndStreams() { a.live.once.Do(func() { close(a.live.over) }) }

// Why a stream ends, as its last event says.
const (
	endStopping = "stopping"
	endSlow     = "slow"
	endKey      = "key"
)

func (a *API) followStored(w http.ResponseWriter, r *http.Request) error {
	if err := onlyParameters(r, "tenant"); err != nil {
		return err
	}
	bound, err := tenant(r)
	if err != nil {
		return err
	}
	l := a.live
	if l.config.Announcements == nil {
		return liveUnavailable("What is stored cannot be heard from here.", "Ask a process that is connected to the stream.")
	}
	select {
	case <-l.over:
		return liveUnavailable("The program is stopping.", "Connect again in a moment.")
	default:
	}
	select {
	case l.places <- struct{}{}:
		defer func() { <-l.places }()
	default:
		return liveUnavailable(fmt.Sprintf("%d clients are listening, which is the most.", cap(l.places)), "Try again later, or hear turnout.stored."+bound+" on NATS.")
	}
	waiting, slow := make(chan stream.Announcement, l.config.Buffer), make(chan struct{})
	var full sync.Once
	stop, err := l.config.Announcements.Follow(r.Context(), bound, func(announced stream.Announcement) {
		select {
		case waiting <- announced:
		default:
			full.Do(func() { close(slow) })
		}
	})
	if err != nil {
		return fmt.Errorf("follow what is stored: %w", err)
	}
	defer stop()
	s := &sseWriter{w: w, out: http.NewResponseController(w), limit: l.config.WriteTime}
	s.begin()
	if r.Method == http.MethodHead || s.hello(bound, r.Header.Get("Last-Event-ID")) != nil {
		return nil
	}
	if reason := l.tell(r.Context(), s, waiting, slow); reason != "" {
		_ = s.event("end", "", map[string]string{"reason": reason, "detail": endings()[reason]}) // the client may be gone
	}
	return nil
}

func liveUnavailable(detail, hint string) error {
	return &problem.Error{Status: http.StatusServiceUnavailable, Code: "live_unavailable", Detail: detail, Hint: hint, RetryAfter: retryLive}
}

const retryLive = 5 * time.Second

func endings() map[string]string {
	return map[string]string{
		endStopping: "The program is stopping; connect again.",
		endSlow:     "More was stored than this client took; connect again to go on from then.",
		endKey:      "The key is not valid any more.",
	}
}

// tell writes what is announced until the client leaves (then the reason is "") or the stream has to end.
func (l *live) tell(ctx context.Context, s *sseWriter, waiting <-chan stream.Announcement, slow <-chan struct{}) (reason string) {
	caller := auth.From(ctx).KeyID
	heartbeat := time.NewTicker(l.config.Heartbeat)
	defer heartbeat.Stop()
	for {
		select { // the end comes first: what waits is not worth waiting for
		case <-l.over:
			return endStopping
		case <-slow:
			return endSlow
		default:
		}
		var err error
		select {
		case <-ctx.Done():
			return ""
		case <-l.over:
			return endStopping
		case <-slow:
			return endSlow
		case announced := <-waiting:
			err = s.event("stored", strconv.FormatUint(announced.StreamSeq[1], 10), announced)
		case <-heartbeat.C:
			if l.config.StillValid != nil && !l.config.StillValid(caller) {
				return endKey
			}
			err = s.write(": still here\n\n")
		}
		if err != nil {
			return ""
		}
	}
}

// sseWriter writes Server-Sent Events, each within a limit of time.
type sseWriter struct {
	w     http.ResponseWriter
	out   *http.ResponseController
	limit time.Duration
}

// begin sends the head. The server's limit on reading a request must not end an answer that lasts; a writer that knows no limits has none.
func (s *sseWriter) begin() {
	_ = s.out.SetReadDeadline(time.Time{})
	header := s.w.Header()
	header.Set("Content-Type", "text/event-stream; charset=utf-8")
	header.Set("Cache-Control", "no-store")
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("X-Accel-Buffering", "no") // a proxy must not gather it
	s.w.WriteHeader(http.StatusOK)
}

// hello says from when on is told: a client that was here before missed what was stored meanwhile.
func (s *sseWriter) hello(tenant, last string) error {
	said := map[string]any{"tenant": tenant, "at": time.Now().UTC().Format(time.RFC3339Nano), "resume": "from now"}
	if last != "" {
		said["missed_since"] = last
		said["detail"] = "What was stored since then is not told again; the reports have it."
	}
	if err := s.write("retry: 3000\n\n"); err != nil {
		return err
	}
	return s.event("hello", "", said)
}

func (s *sseWriter) event(name, id string, data any) error {
	body, err := json.Marshal(data)
	if err != nil {
		return fmt.Errorf("write an event: %w", err)
	}
	text := "event: " + name + "\n"
	if id != "" {
		text += "id: " + id + "\n"
	}
	return s.write(text + "data: " + string(body) + "\n\n")
}

func (s *sseWriter) write(text string) error {
	_ = s.out.SetWriteDeadline(time.Now().Add(s.limit))
	if _, err := s.w.Write([]byte(text)); err != nil {
		return fmt.Errorf("write an event: %w", err)
	}
	if err := s.out.Flush(); err != nil {
		return fmt.Errorf("write an event: %w", err)
	}
	return nil
}
