package embedded_test

import (
	"io"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/turnout/turnout/internal/embedded/embeddedtest"
)

// Roles that the test binary plays when a test starts it.
const (
	parentRole  = "TURNOUT_TEST_PARENT"  // a parent with an engine in this folder
	sandboxRole = "TURNOUT_TEST_SANDBOX" // a program in the sandbox around this folder
)

func TestMain(m *testing.M) {
	switch {
	case os.Getenv("TURNOUT_ENGINE_CHILD") != "": // below
	case os.Getenv(parentRole) != "":
		playParent(os.Getenv(parentRole))
	case os.Getenv(sandboxRole) != "":
		playSandboxed(os.Getenv(sandboxRole))
	}
	embeddedtest.Main(m)
}

// ask posts a statement and returns its answer; it fails on anything but 200.
func ask(t testing.TB, base, sql string) string {
	t.Helper()
	status, text, _ := try(t, base, sql)
	if status != http.StatusOK {
		t.Fatalf("%.300s: status %d: %s", sql, status, text)
	}
	return text
}

// try posts a statement to a URL as embeddedtest.ClickHouse returns it; query is added to the URL's.
func try(t testing.TB, base, sql string, query ...string) (status int, text string, header http.Header) {
	t.Helper()
	response, err := http.Post(address(base, query...), "text/plain", strings.NewReader(sql))
	if err != nil {
		t.Fatalf("%.300s: %v", sql, err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatalf("%.300s: read the answer: %v", sql, err)
	}
	return response.StatusCode, strings.TrimRight(string(body), "\n"), response.Header
}

// address makes the address of a query of a database's URL.
func address(base string, query ...string) string {
	at := strings.LastIndexByte(base, '/')
	return base[:at] + "/?database=" + base[at+1:] + strings.Join(append([]string{""}, query...), "&")
}

func TestClickHouseAnswers(t *testing.T) {
	url := embeddedtest.ClickHouse(t)
	ask(t, url, "CREATE TABLE t (a UInt64, s String, d Date32) ENGINE = MergeTree ORDER BY a")
	ask(t, url, "INSERT INTO t VALUES (1, 'x', '1905-03-04'), (2, concat('y', 'z'), toDate32('1950-01-01') + 1)")
	ask(t, url, "INSERT INTO t (a, s) FORMAT JSONEachRow\n{\"a\":3,\"s\":\"j\"}\n{\"a\":4,\"s\":\"k\"}\n")
	ask(t, url, "INSERT INTO t SELECT a + 10, s, d FROM t")
	if got, want := ask(t, url, "SELECT a, s, d FROM t ORDER BY a LIMIT 3"), "1\tx\t1905-03-04\n2\tyz\t1950-01-02\n3\tj\t1900-01-01"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := ask(t, url, "SELECT count() FROM t"); got != "8" {
		t.Errorf("count is %s, want 8", got)
	}
}
