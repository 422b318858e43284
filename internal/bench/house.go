package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/turnout/turnout/internal/warehouse"
)

// Durabilities of a house.
const (
	strict   = "strict"
	balanced = "balanced"
)

const (
	startLimit = 2 * time.Minute
	stopLimit  = time.Minute
	pollEvery  = 10 * time.Millisecond // a question costs the server some 0.1 ms
)

// house is a running Turnout: a child process of ours with its engine, or one that was given.
type house struct {
	data       string // its folder; "" when it was given
	durability string
	args       []string // further ones of its command
	command    *exec.Cmd
	log        tail
	exited     chan struct{}
	exitErr    error
	readyAfter time.Duration

	addresses struct { // as endpoints.json has them
		HTTP       string `json:"http"`
		NATS       string `json:"nats"`
		ClickHouse string `json:"clickhouse"`
	}
	key    string
	nc     *nats.Conn
	js     jetstream.JetStream
	db     *warehouse.DB
	client *http.Client
}

// tail keeps the end of what is written.
type tail struct {
	mu   sync.Mutex
	text []byte
}

// Write implements io.Writer.
func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	const kept = 4 << 10
	t.text = append(t.text, p...)
	t.text = t.text[max(0, len(t.text)-kept):]
	return len(p), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.TrimSpace(string(bytes.Clone(t.text)))
}

// enter gives the house of that durability on the folder of that name, started when it does not run yet; another one is stopped first.
// Given servers are what they are, whatever is asked for.
func (r *run) enter(ctx context.Context, durability, folder string) (*house, error) {
	data := filepath.Join(r.dir, folder)
	if r.house != nil && (r.remote() || r.house.data == data) {
		return r.house, nil
	}
	if err := r.stopHouse(); err != nil {
		return nil, err
	}
	h := &house{data: data, durability: durability, args: r.args, client: &http.Client{Timeout: startLimit}, key: r.cfg.Key}
	r.house = h
	var err error
	if r.remote() {
		h.data = ""
		err = h.visit(ctx, &r.cfg)
	} else {
		err = h.start(ctx, r.cfg.Binary)
	}
	if err == nil {
		err = h.connect(ctx)
	}
	if err != nil {
		return nil, err
	}
	r.watch.follow(h.processes)
	return h, nil
}

// main gives the house that most sections share.
func (r *run) main(ctx context.Context) (*house, error) { return r.enter(ctx, strict, "strict") }

// stopHouse ends the house that runs.
func (r *run) stopHouse() error {
	h := r.house
	r.house = nil
	r.watch.follow(nil)
	if h == nil {
		return nil
	}
	return h.stop()
}

// visit learns of a given Turnout what it promises.
func (h *house) visit(ctx context.Context, cfg *Config) error {
	h.addresses.HTTP, h.addresses.NATS, h.addresses.ClickHouse = strings.TrimSuffix(cfg.URL, "/"), cfg.NATS, cfg.ClickHouse
	var health struct {
		Durability string `json:"durability"`
	}
	if err := h.get(ctx, "/healthz", &health); err != nil {
		return err
	}
	h.durability = health.Durability
	return nil
}

// start runs the program and waits until it is ready.
func (h *house) start(ctx context.Context, binary string) error {
	h.command = exec.Command(binary, "up", "--data", h.data, "--durability", h.durability, "--http", "127.0.0.1:0", //nolint:gosec,noctx // this program itself; stop ends it in order
		"--nats", "127.0.0.1:0", "--clickhouse", "127.0.0.1:0", "--log-level", "warn", "--log-format", "text", "--audit-every", "0")
	h.command.Args = append(h.command.Args, h.args...)
	h.command.Env = environment()
	h.command.Stdout, h.command.Stderr = &h.log, &h.log
	h.exited = make(chan struct{})
	began := time.Now()
	if err := startWith(h.command, func(err error) { h.exitErr = err; close(h.exited) }); err != nil {
		h.command = nil
		return fmt.Errorf("start %s: %w", binary, err)
	}
	err := until(ctx, startLimit, "the program to be ready", func() (bool, error) {
		select {
		case <-h.exited:
			return false, fmt.Errorf("the program ended: %w\n%s", h.exitErr, h.log.String())
		default:
		}
		return h.ready(ctx), nil
	})
	h.readyAfter = time.Since(began)
	return err
}

// ready tells whether the program says so.
func (h *house) ready(ctx context.Context) bool {
	raw, err := os.ReadFile(filepath.Join(h.data, "endpoints.json"))
	if err != nil || json.Unmarshal(raw, &h.addresses) != nil {
		return false
	}
	return h.get(ctx, "/readyz", nil) == nil
}

// environment is ours without settings of Turnout: they would change what is measured.
func environment() []string {
	var kept []string
	for _, pair := range os.Environ() {
		if !strings.HasPrefix(pair, "TURNOUT_") || strings.HasPrefix(pair, "TURNOUT_ENGINE_LIB=") {
			kept = append(kept, pair)
		}
	}
	return kept
}

// connect opens what the sections need beside HTTP.
func (h *house) connect(ctx context.Context) error {
	var err error
	if h.nc, err = nats.Connect(h.addresses.NATS, nats.Name("turnout bench")); err != nil {
		return fmt.Errorf("connect to NATS: %w", err)
	}
	if h.js, err = jetstream.New(h.nc); err != nil {
		return fmt.Errorf("open the stream: %w", err)
	}
	if h.db, err = warehouse.Open(ctx, h.addresses.ClickHouse, warehouse.Options{ReadOnly: true}); err != nil {
		return fmt.Errorf("open the warehouse: %w", err)
	}
	return nil
}

// stop closes the connections and ends a program that we started, in order if it can be.
func (h *house) stop() error {
	var err error
	if h.db != nil {
		err = h.db.Close()
	}
	if h.nc != nil {
		h.nc.Close()
	}
	h.client.CloseIdleConnections()
	if h.command == nil {
		return err
	}
	if signal := h.command.Process.Signal(syscall.SIGTERM); signal != nil && !errors.Is(signal, os.ErrProcessDone) {
		err = errors.Join(err, fmt.Errorf("stop the program: %w", signal))
	}
	select {
	case <-h.exited:
	case <-time.After(stopLimit):
		err = errors.Join(err, fmt.Errorf("the program did not stop within %s\n%s", stopLimit, h.log.String()), h.command.Process.Kill())
		<-h.exited
	}
	if h.exitErr != nil {
		err = errors.Join(err, fmt.Errorf("the program: %w\n%s", h.exitErr, h.log.String()))
	}
	return err
}

// processes are the program and its engine; none when the house was given.
func (h *house) processes() []process {
	if h.command == nil {
		return nil
	}
	program := process(h.command.Process.Pid)
	return append(program.children(), program)
}

// cpu is what program and engine have computed until now; 0 when nobody knows.
func (h *house) cpu() time.Duration {
	var all time.Duration
	for _, p := range h.processes() {
		used, err := p.cpu()
		if err != nil {
			return 0
		}
		all += used
	}
	return all
}

// get reads a path of the API into answer, which may be nil.
func (h *house) get(ctx context.Context, path string, answer any) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, h.addresses.HTTP+path, http.NoBody)
	if err != nil {
		return fmt.Errorf("ask for %s: %w", path, err)
	}
	if h.key != "" {
		request.Header.Set("Authorization", "Bearer "+h.key)
	}
	response, err := h.client.Do(request)
	if err != nil {
		return fmt.Errorf("ask for %s: %w", path, err)
	}
	defer response.Body.Close()
	var body bytes.Buffer
	if _, err := body.ReadFrom(response.Body); err != nil {
		return fmt.Errorf("ask for %s: %w", path, err)
	}
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("ask for %s: %s: %.300s", path, response.Status, body.Bytes())
	}
	if answer == nil {
		return nil
	}
	if err := json.Unmarshal(body.Bytes(), answer); err != nil {
		return fmt.Errorf("read the answer of %s: %w", path, err)
	}
	return nil
}

// until asks again and again, since nothing tells from outside.
func until(ctx context.Context, limit time.Duration, what string, holds func() (bool, error)) error {
	deadline := time.NewTimer(limit)
	defer deadline.Stop()
	again := time.NewTicker(pollEvery)
	defer again.Stop()
	for {
		ok, err := holds()
		if err != nil {
			return err
		}
		if ok {
			return nil
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-deadline.C:
			return fmt.Errorf("waited %s for %s in vain", limit, what)
		case <-again.C:
		}
	}
}

// pause waits, unless the whole is given up.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-timer.C:
		return nil
	}
}
