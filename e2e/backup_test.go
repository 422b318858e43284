package e2e_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/turnout/turnout/internal/backup"
	"github.com/turnout/turnout/internal/embedded"
)

// flow publishes attendances, a person each, one batch after the other, until it is told to stop.
type flow struct {
	sent, acknowledged atomic.Int64
	stop, done         chan struct{}
}

func (h *house) flow(key string) *flow {
	f := &flow{stop: make(chan struct{}), done: make(chan struct{})}
	go func() {
		defer close(f.done)
		for {
			select {
			case <-f.stop:
				return
			default:
			}
			first := f.sent.Load()
			f.sent.Add(crashPerGroup)
			var lines strings.Builder
			for i := first; i < first+crashPerGroup; i++ {
				lines.WriteString(attendanceEvent(int(i)) + "\n")
			}
			status, _ := h.do(http.MethodPost, "/v1/events", key, "application/x-ndjson", lines.String())
			if status != http.StatusAccepted {
				return
			}
			f.acknowledged.Add(crashPerGroup)
		}
	}()
	return f
}

// TestBackupWhilePublishing takes a backup of a pipeline at work, kills the pipeline, deletes its folder, and finds everything that had been
// acknowledged before the backup began in what is restored, once. Who had asked to be forgotten before is forgotten after the restore.
func TestBackupWhilePublishing(t *testing.T) {
	t.Parallel()
	h := open(t)
	expected := filepath.Join(t.TempDir(), "expect.json")
	key := strings.TrimSpace(h.run("", "keys", "create", "--data", h.dir, "--scope", "admin").stdout)
	h.env = append(h.env, "TURNOUT_KEY="+key)
	eventually(t, 30*time.Second, "the key to be required", func() error {
		if status, _ := h.get("/v1/status"); status != http.StatusUnauthorized {
			return fmt.Errorf("status %d", status)
		}
		return nil
	})
	if result := h.run("", "simulate", "--tenant", "uni", "--preset", "small", "--seed", "7", "--expect", expected); result.code != 0 {
		t.Fatalf("%d %s%s", result.code, result.stdout, result.stderr)
	}
	if result := h.run("", "tenants", "set", "--tenant", "default", "--suppress-below", "3"); result.code != 0 {
		t.Fatal(result.stderr)
	}
	publishing := h.flow(key)
	eventually(t, time.Minute, "some events to be acknowledged", func() error {
		if n := publishing.acknowledged.Load(); n < 2000 {
			return fmt.Errorf("%d", n)
		}
		return nil
	})
	folder := filepath.Join(t.TempDir(), "backup")
	if result := command(t, nil, "", "backup", folder, "--data", h.dir); result.code != 1 || !strings.Contains(result.stderr, "TURNOUT_KEY") {
		t.Errorf("without a key: %d %s", result.code, result.stderr)
	}
	before := publishing.acknowledged.Load()
	if result := h.run("", "backup", folder, "--data", h.dir); result.code != 0 {
		t.Fatalf("%d %s%s", result.code, result.stdout, result.stderr)
	}
	if publishing.acknowledged.Load() == before {
		t.Log("nothing was published during the backup")
	}
	h.accountedFor(key)
	h.kill()
	<-publishing.done
	if err := os.RemoveAll(h.dir); err != nil {
		t.Fatal(err)
	}

	if result := command(t, nil, "", "backup", "verify", folder); result.code != 0 {
		t.Errorf("%d %s", result.code, result.stderr)
	}
	h.dir = filepath.Join(t.TempDir(), "restored")
	if result := command(t, nil, "", "restore", folder, "--data", h.dir); result.code != 0 {
		t.Fatalf("%d %s%s", result.code, result.stdout, result.stderr)
	}
	h.start()
	h.workedOff(key)
	if result := h.run("", "simulate", "--tenant", "uni", "--check", expected); result.code != 0 {
		t.Errorf("the reports of the simulated community: %s%s", result.stdout, result.stderr)
	}
	h.restored(key, before, publishing.sent.Load())
}

// workedOff waits until everything is stored and every request to be forgotten is worked off.
func (h *house) workedOff(key string) {
	h.t.Helper()
	eventually(h.t, 2*time.Minute, "the backlog to be stored, and everybody who asked to be forgotten", func() error {
		result := h.run("", "status", "--format", "json")
		if result.code != 0 || !strings.Contains(result.stdout, `"pending": 0`) {
			return fmt.Errorf("%d %s", result.code, result.stdout)
		}
		if status, body := h.do(http.MethodGet, "/v1/erasures?tenant=uni", key, "", ""); status != http.StatusOK || strings.Contains(string(body), `"pending"`) {
			return fmt.Errorf("%d %s", status, body)
		}
		return nil
	})
}

// restored holds the restored pipeline against what is known of the first one.
func (h *house) restored(key string, before, sent int64) {
	h.t.Helper()
	counted := strings.TrimSpace(h.query("SELECT (count(), uniqExact(key), countIf(toUInt64(substring(id, 2)) < " + strconv.FormatInt(before, 10) + ")) FROM facts FINAL WHERE tenant = 'default'"))
	var facts, keys, early int64
	if _, err := fmt.Sscanf(counted, "(%d,%d,%d)", &facts, &keys, &early); err != nil {
		h.t.Fatalf("%q: %v", counted, err)
	}
	h.t.Logf("%d acknowledged before the backup began, %d restored, %d sent", before, facts, sent)
	if early != before || facts != keys || facts > sent {
		h.t.Errorf("%d of the %d acknowledged before are there; %d facts of %d keys, %d sent", early, before, facts, keys, sent)
	}
	if result := h.run("", "tenants", "show", "--tenant", "default", "--format", "json"); !strings.Contains(result.stdout, `"suppress_below": 3`) {
		h.t.Errorf("the settings did not come back: %s%s", result.stdout, result.stderr)
	}
	if result := h.run("", "audit", "--deep"); result.code != 0 {
		h.t.Errorf("the audit after the restore: %d %s%s", result.code, result.stdout, result.stderr)
	}
	if status, body := h.do(http.MethodPost, "/v1/events", key, "application/x-ndjson", attendanceEvent(int(sent))); status != http.StatusAccepted {
		h.t.Errorf("publishing with the old key: %d %s", status, body)
	}
}

// query asks ClickHouse, as whoever may read the folder can.
func (h *house) query(statement string) string {
	h.t.Helper()
	password, err := os.ReadFile(filepath.Join(h.dir, "clickhouse.password"))
	if err != nil {
		h.t.Fatal(err)
	}
	address, err := url.Parse(h.endpoints.ClickHouse)
	if err != nil {
		h.t.Fatal(err)
	}
	address.User, address.RawQuery = url.UserPassword("default", strings.TrimSpace(string(password))), url.Values{"query": {statement}}.Encode()
	response, err := http.Get(address.String())
	if err != nil {
		h.t.Fatal(err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		h.t.Fatalf("%s: %d %s %v", statement, response.StatusCode, answer, err)
	}
	return string(answer)
}

// accountedFor insists that every table and stream of a running Turnout is either kept by a backup or known to be made anew: whoever adds one
// has to decide.
func (h *house) accountedFor(key string) {
	h.t.Helper()
	known := slices.Concat(backup.KeptTables(), backup.DerivedTables())
	for table := range strings.FieldsSeq(h.query("SELECT name FROM system.tables WHERE database = 'turnout' AND engine LIKE '%MergeTree'")) {
		if !slices.Contains(known, table) {
			h.t.Errorf("the table %s is neither kept by a backup nor derived", table)
		}
	}
	early, late := backup.KeptStreams()
	known = slices.Concat(early, late, backup.ForgottenStreams())
	nc, err := nats.Connect(h.endpoints.NATS, nats.UserInfo("test", key))
	if err != nil {
		h.t.Fatal(err)
	}
	defer nc.Close()
	js, err := jetstream.New(nc)
	if err != nil {
		h.t.Fatal(err)
	}
	names := js.StreamNames(h.t.Context())
	for name := range names.Name() {
		if !slices.Contains(known, name) {
			h.t.Errorf("the stream %s is neither kept by a backup nor made anew", name)
		}
	}
	if names.Err() != nil {
		h.t.Fatal(names.Err())
	}
}

// TestRestoreInOneFolder takes a backup of a folder on which nothing runs, and restores it in every wrong way before the right one.
func TestRestoreInOneFolder(t *testing.T) {
	t.Parallel()
	h := open(t)
	if status, body := h.do(http.MethodPost, "/v1/events", "", "application/x-ndjson", attendanceEvent(1)+"\n"+attendanceEvent(2)); status != http.StatusAccepted {
		t.Fatalf("%d %s", status, body)
	}
	h.settled()
	h.stop()
	folder, target := filepath.Join(t.TempDir(), "backup"), filepath.Join(t.TempDir(), "restored")
	if result := command(t, nil, "", "backup", folder, "--data", h.dir); result.code != 0 {
		t.Fatalf("%d %s%s", result.code, result.stdout, result.stderr)
	}
	refused := func(says string, args ...string) {
		t.Helper()
		if result := command(t, nil, "", args...); result.code != 1 || !strings.Contains(result.stderr, says) || !strings.Contains(result.stderr, "hint: ") {
			t.Errorf("turnout %s: %d %s, want %q", strings.Join(args, " "), result.code, result.stderr, says)
		}
	}
	refused("not empty", "backup", folder, "--data", h.dir)
	refused("not empty", "restore", folder, "--data", h.dir)
	refused("never finished", "restore", h.dir, "--data", target)
	if _, err := os.Stat(target); err == nil {
		t.Error("a refused restore made a folder")
	}

	interrupted := exec.Command(binary, "restore", folder, "--data", target)
	interrupted.Env = environment()
	if err := interrupted.Start(); err != nil {
		t.Fatal(err)
	}
	eventually(t, startLimit, "the restore to begin", func() error {
		_, err := os.Stat(filepath.Join(target, "nats"))
		return err
	})
	if err := interrupted.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := interrupted.Wait(); err == nil {
		t.Fatal("the restore was done before it was killed")
	}
	refused("interrupted", "up", "--data", target, "--http", "127.0.0.1:0", "--nats", "127.0.0.1:0", "--clickhouse", "127.0.0.1:0")
	refused("interrupted", "restore", folder, "--data", target)
	if err := os.RemoveAll(target); err != nil {
		t.Fatal(err)
	}

	if result := command(t, nil, "", "restore", folder, "--data", target); result.code != 0 {
		t.Fatalf("%d %s%s", result.code, result.stdout, result.stderr)
	}
	h.dir = target
	h.start()
	h.settled()
	if rows := h.rows("attendance", ""); len(rows) != 1 || fmt.Sprint(rows[0]["attended"]) != "2" {
		t.Errorf("after the restore: %v", rows)
	}
	intoServers(t, folder)
	mode, err := os.Stat(filepath.Join(folder, "manifest.json"))
	if err != nil || mode.Mode().Perm() != 0o600 {
		t.Errorf("the manifest may be read by others: %v %v", mode, err)
	}
}

// intoServers restores a backup into servers that have nothing, takes a backup of these, and compares.
func intoServers(t *testing.T, folder string) {
	t.Helper()
	queue, err := embedded.StartNATS(t.Context(), embedded.NATSConfig{Dir: t.TempDir(), Durability: embedded.Balanced})
	if err != nil {
		t.Fatal(err)
	}
	house, err := embedded.StartClickHouse(t.Context(), embedded.ClickHouseConfig{Dir: t.TempDir(), Executable: binary})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), stopLimit)
		defer cancel()
		if err := errors.Join(house.Stop(ctx), queue.Shutdown(ctx)); err != nil {
			t.Error(err)
		}
	})
	servers := []string{"--nats-url", queue.URL(), "--clickhouse-url", house.URL()}
	if result := command(t, nil, "", append([]string{"restore", folder}, servers...)...); result.code != 0 {
		t.Fatalf("%d %s%s", result.code, result.stdout, result.stderr)
	}
	if result := command(t, nil, "", append([]string{"restore", folder}, servers...)...); result.code != 1 || !strings.Contains(result.stderr, "not empty") {
		t.Errorf("a second restore: %d %s", result.code, result.stderr)
	}
	again := filepath.Join(t.TempDir(), "again")
	if result := command(t, nil, "", append([]string{"backup", again}, servers...)...); result.code != 0 {
		t.Fatalf("%d %s%s", result.code, result.stdout, result.stderr)
	}
	first, second := command(t, nil, "", "backup", "verify", folder, "--format", "json"), command(t, nil, "", "backup", "verify", again, "--format", "json")
	for _, line := range []string{`"what": "table events",`, `"what": "stream EVENTS",`} {
		if a, b := after(first.stdout, line), after(second.stdout, line); a != b || a == "" {
			t.Errorf("%s: %s in the first backup, %s in that of the servers", line, a, b)
		}
	}
}

// after gives the three lines that follow one in an indented JSON document.
func after(document, line string) string {
	_, rest, _ := strings.Cut(document, line)
	return strings.Join(strings.SplitN(rest, "\n", 5)[:min(4, strings.Count(rest, "\n"))], "\n")
}
