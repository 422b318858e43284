package chdb_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/turnout/turnout/internal/embedded"
	"github.com/turnout/turnout/internal/embedded/chdb"
)

// house is the one engine of this process: libchdb serves one folder a process.
type house struct {
	t       *testing.T
	library *chdb.Library
	engine  *chdb.Engine
}

// TestEngine runs all tests on one engine, since a process can have no second one.
func TestEngine(t *testing.T) {
	path, err := embedded.FindLibrary()
	if err != nil {
		t.Fatal(err)
	}
	library, err := chdb.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	engine, err := library.Start(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer engine.Close()
	h := &house{t, library, engine}
	h.exec(t, "CREATE DATABASE d")
	for name, test := range map[string]func(*house){
		"signals": (*house).signals, "connections": (*house).connections, "stream": (*house).stream, "stream refuses": (*house).streamRefuses, "insert": (*house).insert,
		"insert native": (*house).insertNative, "insert fails": (*house).insertFails, "insert cancelled": (*house).insertCancelled, "two views": (*house).twoViews,
		"parameters": (*house).parameters, "classify": (*house).classify, "parallel": (*house).parallel, "errors": (*house).failures,
	} {
		t.Run(name, func(t *testing.T) { test(&house{t, library, engine}) })
	}
}

func (h *house) conn(t *testing.T) *chdb.Conn {
	t.Helper()
	conn, err := h.engine.Conn()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	return conn
}

func (h *house) exec(t *testing.T, sql string) string {
	t.Helper()
	result, err := h.conn(t).Query([]byte(sql), "TabSeparated")
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return strings.TrimSuffix(string(result.Data), "\n")
}

func TestLoadRefuses(t *testing.T) {
	empty := filepath.Join(t.TempDir(), "libchdb.so")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/nosuch/libchdb.so", empty, "libm.so.6"} {
		if _, err := chdb.Load(path); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v", path, err)
		}
	}
}

// Rule: the library resets the handlers of the deadly signals when it is told to
// leave signals alone, and at every connect; Go needs them to turn a nil pointer
// into a panic.
func (h *house) signals() {
	t := h.t
	for range 20 {
		h.conn(t)
	}
	if lost := h.library.Lost(); len(lost) > 0 {
		t.Errorf("handlers of Go are lost: %v", lost)
	}
	defer func() {
		if recover() == nil {
			t.Error("a nil pointer did not panic")
		}
	}()
	var nothing *house
	_ = nothing.library.Version() //nolint:govet // that it panics is the test
}

// Rule: one connection stays open, so that closing the others frees all they took.
func (h *house) connections() {
	t := h.t
	use := func(n int) {
		for range n {
			conn, err := h.engine.Conn()
			if err != nil {
				t.Fatal(err)
			}
			if err := conn.Exec("SELECT 1"); err != nil {
				t.Fatal(err)
			}
			conn.Close()
		}
	}
	use(20)
	threads, files := count(t, "task"), count(t, "fd")
	use(300)
	if now := count(t, "task"); now > threads+50 {
		t.Errorf("threads grew from %d to %d in 300 connections", threads, now)
	}
	if now := count(t, "fd"); now > files+50 {
		t.Errorf("open files grew from %d to %d in 300 connections", files, now)
	}
}

// count lists a folder of this process in /proc; where there is none, there is
// nothing to compare.
func count(t *testing.T, folder string) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/" + folder)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	return len(entries)
}

// Rule: a SELECT of any size is read in pieces of bounded size.
func (h *house) stream() {
	t := h.t
	conn := h.conn(t)
	stream, err := conn.Stream([]byte("SELECT number FROM numbers(20000000)"), "RowBinary")
	if err != nil {
		t.Fatal(err)
	}
	defer stream.Close()
	total, largest := 0, 0
	for {
		piece, err := stream.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		total, largest = total+len(piece), max(largest, len(piece))
	}
	if total != 20000000*8 {
		t.Errorf("%d bytes, want %d", total, 20000000*8)
	}
	if largest > 16<<20 {
		t.Errorf("a piece has %d bytes", largest)
	}
	if _, err := stream.Next(); !errors.Is(err, io.EOF) {
		t.Errorf("after the end: %v", err)
	}
	// An abandoned stream leaves the connection usable.
	abandoned, err := conn.Stream([]byte("SELECT number FROM system.numbers"), "RowBinary")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := abandoned.Next(); err != nil {
		t.Fatal(err)
	}
	abandoned.Close()
	if err := conn.Exec("SELECT 1"); err != nil {
		t.Errorf("after an abandoned stream: %v", err)
	}
}

// Rule: streaming refuses what is no SELECT, so that goes through Query.
func (h *house) streamRefuses() {
	t := h.t
	for _, sql := range []string{"DESCRIBE system.one", "CREATE TABLE d.never (a Int8) ENGINE = Memory"} {
		stream, err := h.conn(t).Stream([]byte(sql), "TSV")
		if err == nil {
			_, err = stream.Next()
			stream.Close()
		}
		if engine, ok := errors.AsType[*chdb.Error](err); !ok || engine.Code != 36 {
			t.Errorf("%s: %v, want code 36", sql, err)
		}
		if strings.HasPrefix(sql, "DESCRIBE") {
			h.exec(t, sql)
		}
	}
}

func (h *house) parameters() {
	t := h.t
	for _, test := range []struct{ sql, value, want string }{
		{"SELECT {x:String}", "it's\\t\"x\"", "it\\'s\\t\"x\""},
		{"SELECT {x:UInt64} + 1", "41", "42"},
		{"SELECT {x:Array(UInt8)}", "[1,2]", "[1,2]"},
		{"SELECT {x:String}", "", ""},
	} {
		result, err := h.conn(t).Query([]byte(test.sql), "TSV", chdb.Param{Name: "x", Value: test.value})
		if err != nil {
			t.Errorf("%s with %q: %v", test.sql, test.value, err)
			continue
		}
		if got := strings.TrimSuffix(string(result.Data), "\n"); got != test.want {
			t.Errorf("%s with %q: %q, want %q", test.sql, test.value, got, test.want)
		}
	}
}

func (h *house) classify() {
	t := h.t
	for _, test := range []struct {
		sql        string
		class      chdb.Class
		statements int
	}{
		{"SELECT 1", chdb.ReadOnly, 1},
		{"INSERT INTO t SELECT 1", chdb.Mutating, 1},
		{"CREATE FUNCTION f AS x -> x", chdb.MutatingGlobal, 1},
		{"SELECT 1 INTO OUTFILE 'x'", chdb.Control, 1},
		{"SELECT 1; SELECT 2", chdb.ReadOnly, 2},
		{"SELECT 1; garbage (", chdb.Unknown, 0},
		{"", chdb.Unknown, 0},
	} {
		if class, statements := h.conn(t).Classify([]byte(test.sql)); class != test.class || statements != test.statements {
			t.Errorf("%q: class %d, %d statements; want %d, %d", test.sql, class, statements, test.class, test.statements)
		}
	}
}

// Rule: a connection runs one statement at a time; many connections run many.
func (h *house) parallel() {
	t := h.t
	var group sync.WaitGroup
	for i := range 16 {
		group.Go(func() {
			conn, err := h.engine.Conn()
			if err != nil {
				t.Error(err)
				return
			}
			defer conn.Close()
			stream, err := conn.Stream(fmt.Appendf(nil, "SELECT %d FROM numbers(300000)", i), "TSV")
			if err != nil {
				t.Error(err)
				return
			}
			defer stream.Close()
			lines := 0
			for {
				piece, err := stream.Next()
				if errors.Is(err, io.EOF) {
					break
				}
				if err != nil {
					t.Error(err)
					return
				}
				lines += bytes.Count(piece, fmt.Appendf(nil, "%d\n", i))
			}
			if lines != 300000 {
				t.Errorf("stream %d has %d of its lines", i, lines)
			}
		})
	}
	group.Wait()
}

func (h *house) failures() {
	t := h.t
	_, err := h.conn(t).Query([]byte("SELECT a FROM d.nosuch"), "TSV")
	engine, ok := errors.AsType[*chdb.Error](err)
	if !ok || engine.Code != 60 || !strings.HasPrefix(engine.Text, "Code: 60. DB::Exception: ") {
		t.Errorf("%v", err)
	}
}
