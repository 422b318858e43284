// Package embeddedtest gives tests real engines: one ClickHouse for a test
// package, a fresh database for each test, and a fresh NATS server where asked.
//
// A package that uses ClickHouse has
//
//	func TestMain(m *testing.M) { embeddedtest.Main(m) }
package embeddedtest

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/turnout/turnout/internal/embedded"
)

// Where Main leaves the engine's address, or the reason why there is none, for
// the tests of the same process.
const (
	urlVariable    = "TURNOUT_TEST_CLICKHOUSE"
	reasonVariable = "TURNOUT_TEST_CLICKHOUSE_REASON"
	childVariable  = "TURNOUT_ENGINE_CHILD"
)

// Main is the body of TestMain: it starts the engine, runs the tests, stops the
// engine and exits. The same binary is the engine's child process.
func Main(m *testing.M) {
	if os.Getenv(childVariable) != "" {
		os.Exit(embedded.EngineMain(nil))
	}
	os.Exit(run(m))
}

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "turnout-engine-")
	if err != nil {
		fmt.Fprintln(os.Stderr, "make a folder for the engine:", err)
		return 1
	}
	defer os.RemoveAll(dir)
	level := slog.LevelError
	if os.Getenv("TURNOUT_TEST_LOG") != "" {
		level = slog.LevelDebug
	}
	engine, err := embedded.StartClickHouse(context.Background(), embedded.ClickHouseConfig{
		Dir: dir, Logger: slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: level})),
	})
	if err != nil {
		_ = os.Setenv(reasonVariable, err.Error())
		return m.Run()
	}
	_ = os.Setenv(urlVariable, engine.URL())
	code := m.Run()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if err := engine.Stop(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "stop the engine:", err)
		return max(code, 1)
	}
	return code
}

// ClickHouse returns the URL (http://default@host:port/DATABASE) of a fresh, empty
// database on the package's engine. It is dropped at the end of the test.
func ClickHouse(t testing.TB) string {
	t.Helper()
	if reason := os.Getenv(reasonVariable); reason != "" {
		t.Fatalf("no ClickHouse: %s", reason)
	}
	base := os.Getenv(urlVariable)
	if base == "" {
		t.Fatal("no ClickHouse: the package lacks func TestMain(m *testing.M) { embeddedtest.Main(m) }")
	}
	name := "turnout_" + strings.ReplaceAll(uuid.NewString(), "-", "")[:12]
	exec(t, base, "CREATE DATABASE "+name)
	t.Cleanup(func() { exec(t, base, "DROP DATABASE IF EXISTS "+name+" SYNC") })
	u, err := url.Parse(base)
	if err != nil {
		t.Fatalf("read the engine's URL: %v", err)
	}
	u.Path = "/" + name
	return u.String()
}

func exec(t testing.TB, base, sql string) {
	t.Helper()
	u, err := url.Parse(base)
	if err != nil {
		t.Fatalf("read the engine's URL: %v", err)
	}
	u.Path = "/"
	response, err := http.Post(u.String(), "text/plain", strings.NewReader(sql)) //nolint:gosec,noctx // the engine of the test
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(response.Body)
		t.Fatalf("%s: %s", sql, text)
	}
}

// NATS returns the URL of a fresh server with JetStream on disk, stopped at the
// end of the test. It syncs every second, which is faster than strict and the
// same to any test that does not cut the power.
func NATS(t testing.TB) string {
	t.Helper()
	started, err := embedded.StartNATS(t.Context(), embedded.NATSConfig{Dir: t.TempDir(), Durability: embedded.Balanced})
	if err != nil {
		t.Fatalf("start NATS: %v", err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		if err := started.Shutdown(ctx); err != nil {
			t.Errorf("stop NATS: %v", err)
		}
	})
	return started.URL()
}
