package e2e_test

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// benchKeys are those that others read; they may be added to, never renamed.
func benchKeys() []string {
	return []string{
		"ceilings.publish_per_s", "ceilings.consume_per_s", "ceilings.insert_per_s", "ingest.single_strict_per_s", "ingest.single_balanced_per_s",
		"ingest.batch_strict_per_s", "ingest.batch_balanced_per_s", "ingest.nats_direct_per_s", "drain.per_s", "drain.ratio_to_insert",
		"drain.cpu_us_per_event", "mixed.per_s", "latency_ms.idle.p50", "latency_ms.idle.p99", "latency_ms.half.p50", "latency_ms.half.p99",
		"reports_ms.absence-curve.p95", "memory_mb.idle", "memory_mb.peak", "start_ms.cold", "start_ms.warm", "disk_bytes_per_event",
	}
}

func TestBenchMeasuresEverythingAndLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	done := command(t, nil, "", "bench", "--quick", "--format", "json", "--dir", dir)
	if done.code != 0 {
		t.Fatalf("exit code %d\n%s", done.code, done.stderr)
	}
	var result map[string]any
	if err := json.Unmarshal([]byte(done.stdout), &result); err != nil {
		t.Fatalf("%v\n%s", err, done.stdout)
	}
	for _, key := range benchKeys() {
		var found any = result
		for name := range strings.SplitSeq(key, ".") {
			object, ok := found.(map[string]any)
			if !ok {
				found = nil
				break
			}
			found = object[name]
		}
		if value, ok := found.(float64); !ok || value <= 0 {
			t.Errorf("%s is %v", key, found)
		}
	}
	for _, key := range []string{"machine", "commit", "spread", "runs", "seed"} {
		if result[key] == nil {
			t.Errorf("%s is missing", key)
		}
	}
	nothingLeft(t, dir)
}

func TestBenchRefusesWhatCannotBeMeasured(t *testing.T) {
	for _, args := range [][]string{
		{"--sections", "nonsense"}, {"--runs", "-1"}, {"--url", "http://127.0.0.1:1"}, {"--nonsense"}, {"--format", "xlsx"}, {"--dir", filepath.Join(t.TempDir(), "missing")},
	} {
		if done := command(t, nil, "", append([]string{"bench"}, args...)...); done.code != 2 || done.stdout != "" {
			t.Errorf("bench %v: exit code %d\n%s%s", args, done.code, done.stdout, done.stderr)
		}
	}
}

// TestBenchStopsWhatItStarted ends it in the middle, politely and at once.
func TestBenchStopsWhatItStarted(t *testing.T) {
	for _, signal := range []syscall.Signal{syscall.SIGINT, syscall.SIGKILL} {
		dir := t.TempDir()
		c := exec.Command(binary, "bench", "--quick", "--sections", "drain", "--runs", "10000", "--dir", dir)
		c.Env = environment()
		log := &syncBuffer{}
		c.Stderr = log
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		eventually(t, startLimit, "its Turnout to run", func() error {
			found, err := filepath.Glob(filepath.Join(dir, "turnout-bench-*", "*", "endpoints.json"))
			if err == nil && len(found) == 0 {
				err = errors.New("not yet")
			}
			return err
		})
		if err := c.Process.Signal(signal); err != nil {
			t.Fatal(err)
		}
		if err := c.Wait(); err == nil {
			t.Errorf("%s: it ended as if it were done", signal)
		}
		if signal == syscall.SIGKILL { // it cannot remove its folder then
			eventually(t, stopLimit, "its processes to end", func() error { return noProcess(dir) })
			continue
		}
		if !strings.Contains(log.String(), "interrupted") {
			t.Errorf("it said %q", log.String())
		}
		nothingLeft(t, dir)
	}
}

// nothingLeft insists that no process and no file of a measurement is there.
func nothingLeft(t *testing.T, dir string) {
	t.Helper()
	if err := noProcess(dir); err != nil {
		t.Error(err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) > 0 {
		t.Errorf("in its folder are %v (%v)", entries, err)
	}
}

// noProcess fails while a process works on the folder: the program names it in its arguments, the engine in its environment.
func noProcess(dir string) error {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil //nolint:nilerr // no Linux: processes cannot be looked at
	}
	for _, entry := range entries {
		id, err := strconv.Atoi(entry.Name())
		if err != nil {
			continue
		}
		arguments, _ := os.ReadFile("/proc/" + entry.Name() + "/cmdline")   // it may have ended
		environment, _ := os.ReadFile("/proc/" + entry.Name() + "/environ") // likewise
		if id != os.Getpid() && strings.Contains(string(slices.Concat(arguments, environment)), dir) {
			return errors.New("process " + entry.Name() + " is left: " + strings.ReplaceAll(string(arguments), "\x00", " "))
		}
	}
	return nil
}
