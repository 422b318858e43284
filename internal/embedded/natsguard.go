package embedded

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// A stream of this server that failed to write once refuses every later message
// until the server is started anew, and tells publishers nothing: their
// acknowledgement just never comes. So the server is watched, and started anew as
// soon as its folder can be written again. What was acknowledged was written whole
// before; what was being written is cut off and was never acknowledged.

const (
	guardEvery = time.Second
	// probeBytes must be writable before the server is started anew: a message and
	// the files that recovery writes.
	probeBytes = 8 << 20
	probeFile  = ".turnout-probe"
)

// guard starts the server anew after a failed write, until ctx ends.
func (n *NATS) guard(ctx context.Context) {
	defer close(n.guarded)
	ticker := time.NewTicker(n.cfg.GuardEvery)
	defer ticker.Stop()
	for {
		if reason := illness(n.Server()); reason != nil {
			if err := n.heal(ctx, reason); err != nil {
				return // told to stop
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-n.log.failure:
		case <-ticker.C:
		}
	}
}

// heal waits for room and starts the server anew, as often as it takes. It fails
// only when ctx ends.
func (n *NATS) heal(ctx context.Context, reason error) error {
	n.setTrouble(fmt.Errorf("the stream's folder cannot be written: %w", reason))
	n.cfg.Logger.Error("NATS could not write to its folder; it is started anew as soon as there is room", "folder", n.cfg.Dir, "error", reason)
	ticker := time.NewTicker(n.cfg.GuardEvery)
	defer ticker.Stop()
	for {
		err := Probe(n.cfg.Dir, probeBytes)
		if err == nil {
			if err = n.restart(ctx); err == nil {
				n.setTrouble(nil)
				n.cfg.Logger.Warn("NATS was started anew: its folder can be written again", "folder", n.cfg.Dir)
				return nil
			}
			n.cfg.Logger.Error("NATS could not be started anew; trying on", "error", err)
		}
		if !errors.Is(err, context.Canceled) {
			n.setTrouble(fmt.Errorf("the stream's folder cannot be written: %w", err))
		}
		select {
		case <-ctx.Done():
			return ctx.Err() //nolint:wrapcheck // nobody reads it
		case <-ticker.C:
		}
	}
}

// restart replaces the server by one on the same address and folder.
func (n *NATS) restart(ctx context.Context) error {
	if ctx.Err() != nil {
		return ctx.Err() //nolint:wrapcheck // nobody reads it
	}
	old := n.Server()
	old.Shutdown()
	old.WaitForShutdown()
	options, err := n.cfg.options()
	if err != nil {
		return err
	}
	started, err := startServer(ctx, options, n.cfg, n.log)
	if err != nil {
		return err
	}
	n.mu.Lock()
	n.server = started
	n.restarts++
	n.mu.Unlock()
	if n.cfg.Restarted != nil {
		n.cfg.Restarted(started)
	}
	return nil
}

// illness tells what only a new start heals; nil when there is nothing.
func illness(srv *server.Server) error {
	if !srv.Running() {
		return errors.New("the server ended")
	}
	if !srv.JetStreamEnabled() {
		return errors.New("JetStream was switched off")
	}
	answer := &answerBuffer{header: http.Header{}}
	srv.HandleHealthz(answer, &http.Request{Method: http.MethodGet, URL: &url.URL{Path: "/healthz", RawQuery: "details=true"}})
	var health server.HealthStatus
	if err := json.Unmarshal(answer.body.Bytes(), &health); err != nil {
		return fmt.Errorf("ask the server how it is: %w", err)
	}
	for _, trouble := range health.Errors {
		// Others pass by themselves, such as a stream that is just being made.
		if strings.Contains(trouble.Error, "write error") {
			return errors.New(trouble.Error)
		}
	}
	return nil
}

// answerBuffer keeps what a handler answers.
type answerBuffer struct {
	header http.Header
	body   bytes.Buffer
}

// Header implements http.ResponseWriter.
func (a *answerBuffer) Header() http.Header { return a.header }

// WriteHeader implements http.ResponseWriter.
func (a *answerBuffer) WriteHeader(int) {}

// Write implements http.ResponseWriter.
func (a *answerBuffer) Write(p []byte) (int, error) { return a.body.Write(p) }

// Probe writes so many bytes into a folder, syncs them to the disk and removes them.
func Probe(dir string, size int) (err error) {
	path := filepath.Join(dir, probeFile)
	file, err := os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("try to write: %w", err)
	}
	defer func() { err = errors.Join(err, os.Remove(path)) }()
	if _, err = file.Write(make([]byte, size)); err == nil {
		err = file.Sync()
	}
	if err = errors.Join(err, file.Close()); err != nil {
		return fmt.Errorf("try to write: %w", err)
	}
	return nil
}
