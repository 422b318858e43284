package e2e_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/turnout/turnout/dashboards/api/apitest"
)

// binary is the program under test, built once by TestMain.
var binary string

func TestMain(m *testing.M) { os.Exit(build(m)) }

func build(m *testing.M) int {
	dir, err := os.MkdirTemp("", "turnout-e2e")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	binary = filepath.Join(dir, "turnout")
	if out, err := exec.Command("go", "build", "-o", binary, "..").CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "build the program: %v\n%s", err, out)
		return 1
	}
	return m.Run()
}

// house is a running Turnout.
type house struct {
	t         *testing.T
	dir       string
	args      []string
	env       []string
	command   *exec.Cmd
	log       *syncBuffer
	exited    chan struct{}
	exitErr   error
	endpoints struct{ HTTP, NATS, ClickHouse string }
	described *apitest.Validator // what answers are held against, from open on
}

// open starts a Turnout on a fresh folder and waits until it is ready. It is
// stopped, and must stop in order, when the test ends.
func open(t *testing.T, args ...string) *house {
	t.Helper()
	h := &house{t: t, dir: filepath.Join(t.TempDir(), "data"), args: args}
	h.start()
	h.readDescription()
	t.Cleanup(func() {
		h.stop()
		if t.Failed() {
			t.Logf("log of the program:\n%s", h.log.String())
		}
	})
	return h
}

const (
	startLimit = 60 * time.Second
	stopLimit  = 60 * time.Second
)

func (h *house) start() {
	h.t.Helper()
	arguments := append([]string{
		"up", "--data", h.dir, "--http", "127.0.0.1:0", "--nats", "127.0.0.1:0", "--clickhouse", "127.0.0.1:0",
		"--log-level", "debug", "--log-format", "text",
	}, h.args...)
	h.command = exec.Command(binary, arguments...)
	h.command.Env = append(environment(), h.env...)
	if h.log == nil {
		h.log = &syncBuffer{}
	}
	h.command.Stdout, h.command.Stderr = h.log, h.log
	if err := h.command.Start(); err != nil {
		h.t.Fatal(err)
	}
	h.exited = make(chan struct{})
	go func(command *exec.Cmd, exited chan struct{}) {
		h.exitErr = command.Wait()
		close(exited)
	}(h.command, h.exited)
	eventually(h.t, startLimit, "the program to be ready", func() error {
		select {
		case <-h.exited:
			h.t.Fatalf("the program ended: %v\n%s", h.exitErr, h.log.String())
		default:
		}
		raw, err := os.ReadFile(filepath.Join(h.dir, "endpoints.json"))
		if err != nil {
			return err
		}
		if err := json.Unmarshal(raw, &h.endpoints); err != nil {
			return err
		}
		status, body := h.get("/readyz")
		if status != http.StatusOK {
			return fmt.Errorf("readyz: %d %s", status, body)
		}
		return nil
	})
}

// stop asks the program to end and insists that it does so in order.
func (h *house) stop() {
	h.t.Helper()
	select {
	case <-h.exited:
		return
	default:
	}
	if err := h.command.Process.Signal(syscall.SIGTERM); err != nil {
		h.t.Error(err)
	}
	select {
	case <-h.exited:
		if h.exitErr != nil {
			h.t.Errorf("the program did not stop in order: %v\n%s", h.exitErr, h.log.String())
		}
	case <-time.After(stopLimit):
		h.kill()
		h.t.Errorf("the program did not stop within %s\n%s", stopLimit, h.log.String())
	}
	if _, err := os.Stat(filepath.Join(h.dir, "endpoints.json")); !errors.Is(err, os.ErrNotExist) {
		h.t.Errorf("endpoints.json is still there: %v", err)
	}
}

// kill ends the program as a crash would.
func (h *house) kill() {
	h.t.Helper()
	if err := h.command.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		h.t.Fatal(err)
	}
	<-h.exited
}

// environment is that of the tests, without any setting of Turnout's but the engine's library.
func environment() []string {
	var kept []string
	for _, pair := range os.Environ() {
		if !strings.HasPrefix(pair, "TURNOUT_") || strings.HasPrefix(pair, "TURNOUT_ENGINE_LIB=") {
			kept = append(kept, pair)
		}
	}
	return kept
}

// outcome is what a command left behind.
type outcome struct {
	stdout, stderr string
	code           int
}

// run runs a client command against the house.
func (h *house) run(stdin string, args ...string) outcome {
	h.t.Helper()
	return command(h.t, append([]string{"TURNOUT_URL=" + h.endpoints.HTTP}, h.env...), stdin, args...)
}

func command(t *testing.T, env []string, stdin string, args ...string) outcome {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	c := exec.CommandContext(ctx, binary, args...)
	c.Env = append(environment(), env...)
	c.Stdin = strings.NewReader(stdin)
	var stdout, stderr bytes.Buffer
	c.Stdout, c.Stderr = &stdout, &stderr
	err := c.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return outcome{stdout.String(), stderr.String(), c.ProcessState.ExitCode()}
}

// get reads a path of the HTTP API.
func (h *house) get(path string) (int, []byte) {
	h.t.Helper()
	return h.do(http.MethodGet, path, "", "", "")
}

// do sends a request; key and media may be empty.
func (h *house) do(method, path, key, media, body string) (int, []byte) {
	h.t.Helper()
	request, err := http.NewRequestWithContext(h.t.Context(), method, h.endpoints.HTTP+path, strings.NewReader(body))
	if err != nil {
		h.t.Fatal(err)
	}
	if key != "" {
		request.Header.Set("Authorization", "Bearer "+key)
	}
	if media != "" {
		request.Header.Set("Content-Type", media)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, []byte(err.Error())
	}
	defer response.Body.Close()
	raw, err := io.ReadAll(response.Body)
	if err != nil {
		return 0, []byte(err.Error())
	}
	h.hold(request, body, response, raw)
	return response.StatusCode, raw
}

// rows reads a report's rows.
func (h *house) rows(report, query string) []map[string]any {
	h.t.Helper()
	status, body := h.get("/v1/reports/" + report + "?" + query)
	if status != http.StatusOK {
		h.t.Fatalf("report %s: %d %s", report, status, body)
	}
	var answer struct {
		Rows []map[string]any `json:"rows"`
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		h.t.Fatal(err)
	}
	return answer.Rows
}

// eventually waits until check passes. It asks often, since nothing tells from outside.
func eventually(t *testing.T, limit time.Duration, what string, check func() error) {
	t.Helper()
	deadline := time.Now().Add(limit)
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	for {
		err := check()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("waited %s for %s: %v", limit, what, err)
		}
		<-ticker.C
	}
}
