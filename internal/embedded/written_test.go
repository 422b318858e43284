package embedded_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/turnout/turnout/internal/embedded"
	"github.com/turnout/turnout/internal/smalldisk"
)

// tell sends a statement; an answer other than 200 is an error.
func tell(engine *embedded.ClickHouse, statement string) (string, error) {
	response, err := http.Post("http://"+engine.Addr(), "text/plain", strings.NewReader(statement))
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = errors.New(string(body))
	}
	return strings.TrimSpace(string(body)), err
}

// libchdb takes a failed write for a good one. An insert must not, and what a merge
// wrote then must not stand for what it merged.
func TestFailedWritesAreNotSwallowed(t *testing.T) {
	for name, statement := range map[string]string{
		"insert": "INSERT INTO turnout.numbers SELECT number + 1000000 FROM numbers(1000)",
		"merge":  "OPTIMIZE TABLE turnout.numbers FINAL",
	} {
		t.Run(name, func(t *testing.T) {
			engine := startEngine(t, embedded.ClickHouseConfig{Dir: t.TempDir()})
			must := func(statement, want string) {
				t.Helper()
				got, err := tell(engine, statement)
				if err != nil || want != got {
					t.Fatalf("%s: %q, %v; want %q", statement, got, err, want)
				}
			}
			must("CREATE TABLE turnout.numbers (n UInt64) ENGINE = ReplacingMergeTree ORDER BY n SETTINGS fsync_after_insert = 1", "")
			must("SYSTEM STOP MERGES turnout.numbers", "")
			for i := range 4 {
				must(fmt.Sprintf("INSERT INTO turnout.numbers SELECT number + %d FROM numbers(1000)", 1000*i), "")
			}
			must("SYSTEM START MERGES turnout.numbers", "")
			const sum = "SELECT count(), sum(n) FROM turnout.numbers FINAL FORMAT TSVRaw"
			before, err := tell(engine, sum)
			if err != nil {
				t.Fatal(err)
			}
			smalldisk.Refuse(t, engine.PID())
			if answer, err := tell(engine, statement); err == nil {
				t.Errorf("%s on a disk that cannot be written: %q", statement, answer)
			}
			// The next engine has no limit any more.
			waitUntil(t, "another engine to serve", func() bool { n, _ := engine.Restarts(); return n > 0 && engine.Healthy() })
			must(sum, before)
			must(statement, "")
		})
	}
}

// What the engine's own configuration says is in force.
func TestEngineLeavesRoomAndSetsBrokenPartsAside(t *testing.T) {
	engine := startEngine(t, embedded.ClickHouseConfig{Dir: t.TempDir()})
	for statement, want := range map[string]string{
		"SELECT keep_free_space FROM system.disks":                                                      "33554432",
		"SELECT value FROM system.merge_tree_settings WHERE name = 'max_suspicious_broken_parts_bytes'": "1099511627776",
	} {
		if got, err := tell(engine, statement); err != nil || got != want {
			t.Errorf("%s: %q, %v; want %s", statement, got, err, want)
		}
	}
}
