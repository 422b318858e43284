package embedded_test

import (
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/turnout/turnout/internal/embedded/embeddedtest"
)

// installClients fetches the npm clients when they are not there or not the
// locked ones, and returns their folder.
func installClients(t *testing.T) string {
	t.Helper()
	dir := filepath.Join("testdata", "clients")
	lock, err := os.Stat(filepath.Join(dir, "package-lock.json"))
	if err != nil {
		t.Fatal(err)
	}
	if have, err := os.Stat(filepath.Join(dir, "node_modules", ".package-lock.json")); err == nil && !have.ModTime().Before(lock.ModTime()) {
		return dir
	}
	install := exec.CommandContext(t.Context(), "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
	install.Dir = dir
	if output, err := install.CombinedOutput(); err != nil {
		t.Fatalf("npm ci: %v\n%s", err, output)
	}
	return dir
}

// Real clients other than clickhouse-go query, insert and stream.
func TestClients(t *testing.T) {
	dir := installClients(t)
	for _, script := range []string{"client.mjs", "clickhouse.mjs"} {
		t.Run(script, func(t *testing.T) {
			base, err := url.Parse(embeddedtest.ClickHouse(t))
			if err != nil {
				t.Fatal(err)
			}
			database := strings.TrimPrefix(base.Path, "/")
			run := exec.CommandContext(t.Context(), "node", script, "http://"+base.Host, database)
			run.Dir = dir
			if output, err := run.CombinedOutput(); err != nil || !strings.HasSuffix(string(output), "ok\n") {
				t.Errorf("%s: %v\n%s", script, err, output)
			}
		})
	}
}

func TestCurl(t *testing.T) {
	base := embeddedtest.ClickHouse(t)
	for name, test := range map[string]struct {
		args []string
		want string
	}{
		"body":           {[]string{address(base), "--data-binary", "SELECT 1"}, "1\n"},
		"url":            {[]string{"-G", address(base), "--data-urlencode", "query=SELECT 2"}, "2\n"},
		"compressed":     {[]string{"--compressed", address(base, "enable_http_compression=1"), "--data-binary", "SELECT 3"}, "3\n"},
		"standard input": {[]string{address(base), "--data-binary", "@-"}, "4\n"},
	} {
		t.Run(name, func(t *testing.T) {
			run := exec.CommandContext(t.Context(), "curl", append([]string{"--silent", "--show-error", "--fail"}, test.args...)...)
			run.Stdin = strings.NewReader("SELECT 4")
			if output, err := run.CombinedOutput(); err != nil || string(output) != test.want {
				t.Errorf("%v: %s", err, output)
			}
		})
	}
}
