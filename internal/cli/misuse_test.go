package cli_test

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/turnout/turnout/internal/cli"
)

type answer struct {
	code           int
	stdout, stderr string
}

func run(stdin string, args ...string) answer {
	var stdout, stderr bytes.Buffer
	code := cli.Main(args, cli.Streams{In: strings.NewReader(stdin), Out: &stdout, Err: &stderr}, "test")
	return answer{code, stdout.String(), stderr.String()}
}

// write makes a file for a test and gives its path.
func write(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestMisuse gives every kind of wrong command line: each is told apart from a
// failure (exit 2), says what is wrong and where help is.
func TestMisuse(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	tests := map[string]struct {
		args []string
		want string
	}{
		"no command":                  {nil, "expected one of"},
		"unknown command":             {[]string{"upp"}, "upp"},
		"unknown flag":                {[]string{"report", "--formt", "json"}, "--formt"},
		"flag without value":          {[]string{"report", "--format"}, "--format"},
		"unknown format":              {[]string{"report", "--format", "yaml"}, "--format"},
		"format of show":              {[]string{"schemas", "show", "x", "--format", "csv"}, "--format"},
		"publish nothing":             {[]string{"publish"}, "<files>"},
		"import nothing":              {[]string{"import", "--mapping", "m.yaml"}, "<file>"},
		"import without mapping":      {[]string{"import", "x.csv"}, "--mapping"},
		"load nothing":                {[]string{"load"}, "<folders>"},
		"bad url":                     {[]string{"report", "--url", "localhost:8080"}, "--url"},
		"url of another kind":         {[]string{"status", "--url", "nats://127.0.0.1"}, "--url"},
		"filter without value":        {[]string{"report", "attendance", "--filter", "faculty"}, "NAME=VALUE"},
		"filter without name":         {[]string{"report", "attendance", "--filter", "=x"}, "NAME=VALUE"},
		"cell without measure":        {[]string{"report", "attendance", "--cell", "a=b"}, "--behind"},
		"cell without value":          {[]string{"report", "attendance", "--behind", "attended", "--cell", "a"}, "COLUMN=VALUE"},
		"table into a file":           {[]string{"report", "attendance", "--output", "attendance"}, "--output"},
		"list as a spreadsheet":       {[]string{"report", "--format", "xlsx"}, "xlsx"},
		"list into a file":            {[]string{"report", "--output", "list.csv"}, "--output"},
		"unknown comparison":          {[]string{"report", "attendance", "--compare", "month"}, "--compare"},
		"unknown view":                {[]string{"report", "attendance", "--view", "public"}, "--view"},
		"digest without an end":       {[]string{"report", "digest"}, "--to"},
		"digest to nowhere":           {[]string{"report", "digest", "--to", "someday"}, "--to"},
		"digest as a spreadsheet":     {[]string{"report", "digest", "--to", "week", "--format", "xlsx"}, "--format"},
		"replay nothing":              {[]string{"deadletters", "replay"}, "--all"},
		"replay some and all":         {[]string{"deadletters", "replay", "1-0", "--all"}, "--all"},
		"replay with a bad change":    {[]string{"deadletters", "replay", "1-0", "--set", "data.role"}, "PATH=VALUE"},
		"show no letter":              {[]string{"deadletters", "show"}, "<id>"},
		"discard no letter":           {[]string{"deadletters", "discard"}, "<id>"},
		"limit that is no number":     {[]string{"deadletters", "list", "--limit", "many"}, "--limit"},
		"unknown scope":               {[]string{"keys", "create", "--data", folder, "--scope", "write"}, "--scope"},
		"no scope":                    {[]string{"keys", "create", "--data", folder, "--scope", ""}, "--scope"},
		"bad tenant of a key":         {[]string{"keys", "create", "--data", folder, "--tenant", "A B"}, "--tenant"},
		"revoke nothing":              {[]string{"keys", "revoke", "--data", folder}, "<id>"},
		"tenants change nothing":      {[]string{"tenants", "set"}, "--timezone"},
		"suppress below is no number": {[]string{"tenants", "set", "--suppress-below", "few"}, "--suppress-below"},
		"unknown role":                {[]string{"serve", "janitor", "--nats-url", "nats://127.0.0.1:1"}, "janitor"},
		"serve nothing":               {[]string{"serve", "--nats-url", "nats://127.0.0.1:1"}, "<roles>"},
		"serve without NATS":          {[]string{"serve", "gateway"}, "--nats-url"},
		"serve without ClickHouse":    {[]string{"serve", "consumer", "--nats-url", "nats://127.0.0.1:1"}, "--clickhouse-url"},
		"up at a bad address":         {[]string{"up", "--data", folder, "--http", "8080"}, "--http"},
		"up at a bad port":            {[]string{"up", "--data", folder, "--nats", "127.0.0.1:port"}, "--nats"},
		"up without a folder":         {[]string{"up", "--data", ""}, "--data"},
		"up with a bad size":          {[]string{"up", "--data", folder, "--stream-max-bytes", "10 elephants"}, "elephants"},
		"up with a bad duration":      {[]string{"up", "--data", folder, "--drain-timeout", "soon"}, "--drain-timeout"},
		"up with a bad durability":    {[]string{"up", "--data", folder, "--durability", "lax"}, "strict"},
		"log level":                   {[]string{"up", "--data", folder, "--log-level", "loud"}, "--log-level"},
		"settings file not there":     {[]string{"status", "--config", filepath.Join(folder, "none.yaml")}, "none.yaml"},
		"settings file is a folder":   {[]string{"status", "--config", folder}, "--config"},
		"schemas folder not there":    {[]string{"schemas", "list", "--schemas", filepath.Join(folder, "none")}, "--schemas"},
		"against nothing":             {[]string{"schemas", "check", "--against", "no-such-revision"}, "--against"},
		"against a flag":              {[]string{"schemas", "check", "--against=--output=x"}, "--against"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := run("", test.args...)
			if got.code != 2 || !strings.Contains(got.stderr, test.want) {
				t.Errorf("exit %d: %q, want 2 and %q", got.code, got.stderr, test.want)
			}
			noTrace(t, got)
		})
	}
}

// noTrace insists that nobody sees the inside of the program.
func noTrace(t *testing.T, got answer) {
	t.Helper()
	for _, trace := range []string{"goroutine ", "panic:", ".go:", "0x"} {
		if strings.Contains(got.stderr+got.stdout, trace) {
			t.Errorf("shows %q: %s%s", trace, got.stdout, got.stderr)
		}
	}
}

// TestFailures are right command lines that cannot do their work: exit 1 and a hint.
func TestFailures(t *testing.T) {
	t.Parallel()
	odd := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusTeapot)
	}))
	t.Cleanup(odd.Close)
	table := write(t, "people.csv", "who\np1\n")
	tests := map[string]struct {
		args []string
		want string
	}{
		"nobody answers":             {[]string{"report", "--url", "http://127.0.0.1:1"}, "turnout up"},
		"nobody answers a publish":   {[]string{"publish", table, "--url", "http://127.0.0.1:1"}, "turnout up"},
		"another server answers":     {[]string{"status", "--url", odd.URL}, "--url"},
		"another server for reports": {[]string{"report", "attendance", "--url", odd.URL}, "--url"},
		"mapping not there":          {[]string{"import", table, "--mapping", table + ".none", "--dry-run"}, "people.csv.none"},
		"mapping without a type":     {[]string{"import", table, "--mapping", write(t, "m.yaml", "data: {}\n"), "--dry-run"}, "m.yaml"},
		"mapping that is no YAML":    {[]string{"import", table, "--mapping", write(t, "m.yaml", ":\n\t-"), "--dry-run"}, "m.yaml"},
		"folder without load.yaml":   {[]string{"load", t.TempDir()}, "load.yaml"},
		"unknown event type":         {[]string{"schemas", "show", "attendence.recorded.v1"}, "attendance.recorded.v1"},
		"revoke an unknown key":      {[]string{"keys", "revoke", "--data", t.TempDir(), "nokey"}, "nokey"},
		"damaged keys":               {[]string{"keys", "list", "--keys", write(t, "keys.json", "{")}, "keys.json"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := run("", test.args...)
			if got.code != 1 || !strings.Contains(got.stderr, test.want) {
				t.Errorf("exit %d: %q, want 1 and %q", got.code, got.stderr, test.want)
			}
			noTrace(t, got)
		})
	}
}

func TestHelp(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{
		{"--help"}, {"up", "--help"}, {"publish", "--help"}, {"import", "--help"}, {"report", "--help"},
		{"deadletters", "replay", "--help"}, {"keys", "create", "--help"}, {"schemas", "check", "--help"}, {"config", "--help"},
	} {
		got := run("", args...)
		if got.code != 0 || !strings.Contains(got.stdout, "Usage: turnout") || got.stderr != "" {
			t.Errorf("%v: exit %d, %q, %q", args, got.code, got.stdout, got.stderr)
		}
	}
	if got := run("", "--version"); got.code != 0 || strings.TrimSpace(got.stdout) != "test" {
		t.Errorf("--version: %+v", got)
	}
}
