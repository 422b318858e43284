package embedded_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/turnout/turnout/internal/embedded"
)

// startEngine starts an engine of the test's own.
func startEngine(t *testing.T, cfg embedded.ClickHouseConfig) *embedded.ClickHouse {
	t.Helper()
	engine, err := embedded.StartClickHouse(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		_ = engine.Stop(ctx)
	})
	return engine
}

func TestEngineComesBackAfterAKill(t *testing.T) {
	engine := startEngine(t, embedded.ClickHouseConfig{Dir: t.TempDir()})
	address := engine.URL()
	ask(t, address, "CREATE TABLE t (a UInt64) ENGINE = MergeTree ORDER BY a")
	ask(t, address, "INSERT INTO t SELECT number FROM numbers(1000)")
	for round := 1; round <= 2; round++ {
		pid := engine.PID()
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		// No waiting: the port is held, so the very next request finds the new engine.
		var count string
		eventually(t, "the engine answers again", func() bool {
			response, err := http.Post(strings.Replace(address, "/turnout", "/", 1), "text/plain", strings.NewReader("SELECT count() FROM t"))
			if err != nil {
				return false
			}
			defer response.Body.Close()
			line, _ := bufio.NewReader(response.Body).ReadString('\n')
			count = strings.TrimSpace(line)
			return response.StatusCode == http.StatusOK
		})
		if count != "1000" {
			t.Errorf("%s rows after the kill, want 1000", count)
		}
		eventually(t, "the state is ready", engine.Healthy)
		if engine.PID() == pid || engine.URL() != address {
			t.Errorf("pid %d then %d, address %s then %s", pid, engine.PID(), address, engine.URL())
		}
		if restarts, reason := engine.Restarts(); restarts != round || !strings.Contains(reason, "killed") {
			t.Errorf("%d restarts because of %q, want %d because it was killed", restarts, reason, round)
		}
	}
}

func TestEngineStops(t *testing.T) {
	dir := t.TempDir()
	engine := startEngine(t, embedded.ClickHouseConfig{Dir: dir})
	ask(t, engine.URL(), "CREATE TABLE t (a UInt64) ENGINE = MergeTree ORDER BY a")
	began := time.Now()
	if err := engine.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("stopping took %s", took)
	}
	if state := engine.State(); state != embedded.Stopped {
		t.Errorf("state %s", state)
	}
	if err := engine.Stop(t.Context()); err != nil {
		t.Errorf("stopping again: %v", err)
	}
	// The port is free and the folder too.
	listener, err := net.Listen("tcp", engine.Addr())
	if err != nil {
		t.Fatal(err)
	}
	_ = listener.Close()
	again := startEngine(t, embedded.ClickHouseConfig{Dir: dir, Addr: engine.Addr()})
	if got := ask(t, again.URL(), "SELECT count() FROM t"); got != "0" {
		t.Errorf("count %s", got)
	}
}

func TestEngineRefusesClearly(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	noLibrary := filepath.Join(t.TempDir(), "libchdb.so")
	if err := os.WriteFile(noLibrary, []byte("this is no library"), 0o600); err != nil {
		t.Fatal(err)
	}
	used := t.TempDir()
	holder := startEngine(t, embedded.ClickHouseConfig{Dir: used})
	for _, test := range []struct {
		name string
		cfg  embedded.ClickHouseConfig
		want []string
	}{
		{"port taken", embedded.ClickHouseConfig{Addr: taken.Addr().String()}, []string{taken.Addr().String(), "in use", "another port"}},
		{"folder in use", embedded.ClickHouseConfig{Dir: used}, []string{used, "in use", strconv.Itoa(holder.PID()), "another folder"}},
		{"no library", embedded.ClickHouseConfig{Library: noLibrary}, []string{noLibrary, "load"}},
		{"no program", embedded.ClickHouseConfig{Executable: "/nosuch/turnout"}, []string{"/nosuch/turnout"}},
		{"a program that is no engine", embedded.ClickHouseConfig{Executable: "/bin/false"}, []string{"engine", "exit status 1"}},
		{"folder is a file", embedded.ClickHouseConfig{Dir: noLibrary}, []string{noLibrary}},
	} {
		t.Run(test.name, func(t *testing.T) {
			if test.cfg.Dir == "" {
				test.cfg.Dir = t.TempDir()
			}
			engine, err := embedded.StartClickHouse(t.Context(), test.cfg)
			if err == nil {
				_ = engine.Stop(t.Context())
				t.Fatal("it started")
			}
			for _, word := range test.want {
				if !strings.Contains(err.Error(), word) {
					t.Errorf("error %q does not say %q", err, word)
				}
			}
		})
	}
}

func TestFindLibrarySaysWhatToRun(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	t.Setenv(embedded.LibraryVariable, "")
	_, err := embedded.StartClickHouse(t.Context(), embedded.ClickHouseConfig{Dir: t.TempDir()})
	if !errors.Is(err, embedded.ErrNoLibrary) || !strings.Contains(err.Error(), "make engine") || !strings.Contains(err.Error(), "TURNOUT_CLICKHOUSE_URL") {
		t.Errorf("error %v", err)
	}
	t.Setenv(embedded.LibraryVariable, "/nosuch/libchdb.so")
	if _, err := embedded.FindLibrary(); !errors.Is(err, embedded.ErrNoLibrary) || !strings.Contains(err.Error(), "/nosuch/libchdb.so") {
		t.Errorf("error %v", err)
	}
}

func TestEngineByHand(t *testing.T) {
	t.Setenv("TURNOUT_ENGINE_CHILD", "")
	if code := embedded.EngineMain(nil); code != 2 {
		t.Errorf("exit code %d, want 2", code)
	}
}

func TestPasswords(t *testing.T) {
	engine := startEngine(t, embedded.ClickHouseConfig{Dir: t.TempDir(), Password: "s3cret'", ReaderPassword: "r&d", RequirePassword: true})
	check := func(required bool) {
		t.Helper()
		root := "http://" + engine.Addr() + "/"
		for _, try := range []struct {
			name, user, password string
			owner, reader        bool
		}{
			{"owner", "default", "s3cret'", true, false}, {"reader", "reader", "r&d", false, true}, {"nobody", "", "", false, false},
			{"wrong", "default", "x", false, false}, {"empty", "default", "", false, false}, {"other's", "reader", "s3cret'", false, false},
			{"unknown", "ada", "s3cret'", false, false},
		} {
			want := try.owner || try.reader || !required && try.user != "ada"
			for way, prepare := range map[string]func(*http.Request){
				"basic": func(r *http.Request) { r.SetBasicAuth(try.user, try.password) },
				"headers": func(r *http.Request) {
					r.Header.Set("X-ClickHouse-User", try.user)
					r.Header.Set("X-ClickHouse-Key", try.password)
				},
				"url": func(r *http.Request) {
					q := r.URL.Query()
					q.Set("user", try.user)
					q.Set("password", try.password)
					r.URL.RawQuery = q.Encode()
				},
			} {
				made := request(t, "POST", root, "SELECT 1")
				prepare(made)
				status, text, header := send(t, made)
				if (status == 200) != want {
					t.Errorf("%s by %s: status %d: %s", try.name, way, status, text)
				}
				if status != 200 && (status != 403 || header.Get("X-ClickHouse-Exception-Code") != "516") {
					t.Errorf("%s by %s: status %d, code %s", try.name, way, status, header.Get("X-ClickHouse-Exception-Code"))
				}
			}
		}
	}
	check(true)
	if err := engine.RequirePassword(false); err != nil {
		t.Fatal(err)
	}
	anybody := func() bool {
		status, _, _ := send(t, request(t, "POST", "http://"+engine.Addr()+"/", "SELECT 1"))
		return status == 200
	}
	eventually(t, "anybody may ask", anybody)
	check(false)
	// Without a password, pages of other sites must not reach the engine through a browser.
	for header, value := range map[string]string{"Origin": "https://example.org", "Host": "rebound.example.org"} {
		made := request(t, "POST", "http://"+engine.Addr()+"/", "SELECT 1")
		made.Header.Set(header, value)
		if header == "Host" {
			made.Host = value
		}
		if status, text, _ := send(t, made); status != 403 {
			t.Errorf("%s %s: status %d: %s", header, value, status, text)
		}
	}
	if err := engine.RequirePassword(true); err != nil {
		t.Fatal(err)
	}
	eventually(t, "a password is asked for", func() bool { return !anybody() })
	if err := syscall.Kill(engine.PID(), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the engine is back", func() bool { restarts, _ := engine.Restarts(); return restarts == 1 && engine.Healthy() })
	check(true)
}

// playParent is a parent process that is going to be killed.
func playParent(dir string) {
	engine, err := embedded.StartClickHouse(context.Background(), embedded.ClickHouseConfig{Dir: dir})
	if err != nil {
		fmt.Fprintln(os.Stdout, err)
		os.Exit(1)
	}
	fmt.Fprintln(os.Stdout, engine.PID())
	select {}
}

// An engine never outlives its parent, and the next one waits until it is gone.
func TestEngineEndsWithItsParent(t *testing.T) {
	dir := t.TempDir()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	parent := exec.CommandContext(t.Context(), self)
	parent.Env = append(os.Environ(), parentRole+"="+dir)
	output, err := parent.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := parent.Start(); err != nil {
		t.Fatal(err)
	}
	var pid int
	if _, err := fmt.Fscan(output, &pid); err != nil {
		t.Fatalf("the parent did not start its engine: %v", err)
	}
	if err := parent.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = parent.Wait()
	next := startEngine(t, embedded.ClickHouseConfig{Dir: dir}) // at once
	ask(t, next.URL(), "SELECT 1")
	eventually(t, "the first engine is gone", func() bool { return !alive(pid) })
}

// alive reports whether a process runs; one that only waits for its parent to
// take notice does not.
func alive(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return syscall.Kill(pid, 0) == nil && !errors.Is(err, os.ErrNotExist)
	}
	return !strings.Contains(string(stat), ") Z ")
}

// playSandboxed tries what the engine must not be able to do.
func playSandboxed(dir string) {
	if os.Getenv(embedded.SandboxVariable) == "" {
		self, err := os.Executable()
		if err == nil {
			err = embedded.EnterSandbox(filepath.Join(dir, "own"), self, self)
		}
		fmt.Fprintln(os.Stdout, "no sandbox:", err)
		os.Exit(3)
	}
	report := func(what string, err error) { fmt.Fprintf(os.Stdout, "%s: %t\n", what, err == nil) }
	own := filepath.Join(dir, "own", "file")
	report("write own", os.WriteFile(own, []byte("x"), 0o600))
	_, err := os.ReadFile(own)
	report("read own", err)
	_, err = os.ReadFile(filepath.Join(dir, "secret"))
	report("read other", err)
	report("write other", os.WriteFile(filepath.Join(dir, "new"), nil, 0o600))
	_, err = os.ReadFile("/etc/passwd")
	report("read /etc/passwd", err)
	_, err = net.Dial("tcp", os.Getenv("TURNOUT_TEST_HOST"))
	report("connect", err)
	os.Exit(0)
}

// The second wall: what the first one may miss, the system refuses.
func TestSandbox(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "own"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "secret"), []byte("x"), 0o644); err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), self)
	command.Env = append(os.Environ(), sandboxRole+"="+dir, "TURNOUT_TEST_HOST="+listener.Addr().String())
	output, err := command.CombinedOutput()
	if strings.HasPrefix(string(output), "no sandbox: this ") {
		t.Logf("nothing to test here: %s", output)
		return
	}
	const want = "write own: true\nread own: true\nread other: false\nwrite other: false\nread /etc/passwd: false\nconnect: false\n"
	if string(output) != want {
		t.Errorf("in the sandbox (%v):\n%swant:\n%s", err, output, want)
	}
}
