package config_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"

	"github.com/turnout/turnout/internal/config"
)

func TestBytes(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		want config.Bytes
		text string
	}{
		"0": {0, "0"}, "512": {512, "512B"}, "16MiB": {16 << 20, "16MiB"}, " 3 kB ": {3000, "3kB"}, "1GB": {1e9, "1GB"}, //nolint:gocritic // the spaces are what is tested
		"2TiB": {2 << 40, "2TiB"}, "1025": {1025, "1025B"},
	}
	for text, test := range tests {
		var got config.Bytes
		if err := got.UnmarshalText([]byte(text)); err != nil || got != test.want || got.String() != test.text {
			t.Errorf("%q: %d %q, %v; want %d %q", text, got, got.String(), err, test.want, test.text)
		}
	}
	for _, text := range []string{"", "MiB", "-1", "1.5GiB", "9999999999TiB", "many"} {
		var got config.Bytes
		if err := got.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q: taken as %d", text, got)
		}
	}
}

// parse reads `up` with a settings file and arguments, as the command line does.
func parse(t *testing.T, file string, args ...string) (*config.Up, []config.Setting, error) {
	t.Helper()
	var cli struct {
		config.Common
		Up config.Up `cmd:""`
	}
	options := []kong.Option{kong.DefaultEnvars(config.EnvPrefix), kong.Exit(func(int) { t.Fatal("exit") })}
	var settings *config.File
	if file != "" {
		path := filepath.Join(t.TempDir(), "turnout.yaml")
		if err := os.WriteFile(path, []byte(file), 0o600); err != nil {
			t.Fatal(err)
		}
		var err error
		if settings, err = config.ReadFile(path); err != nil {
			return nil, nil, err
		}
		options = append(options, kong.Resolvers(settings))
	}
	parser, err := kong.New(&cli, options...)
	if err != nil {
		t.Fatal(err)
	}
	ctx, err := parser.Parse(append([]string{"up"}, args...))
	if err != nil {
		return nil, nil, err
	}
	return &cli.Up, config.InForce(ctx, settings), nil
}

func TestPrecedence(t *testing.T) {
	t.Setenv("TURNOUT_NATS", "127.0.0.1:2")
	t.Setenv("TURNOUT_HTTP", "127.0.0.1:3")
	up, settings, err := parse(t, "http: 127.0.0.1:4\nnats: 127.0.0.1:5\nclickhouse: 127.0.0.1:6\n", "--http", "127.0.0.1:1")
	if err != nil {
		t.Fatal(err)
	}
	if up.HTTP != "127.0.0.1:1" || up.NATS != "127.0.0.1:2" || up.ClickHouse != "127.0.0.1:6" || up.Durability != "strict" {
		t.Errorf("flag %s, environment %s, file %s, default %s", up.HTTP, up.NATS, up.ClickHouse, up.Durability)
	}
	for name, source := range map[string]string{"http": "flag", "nats": "environment", "clickhouse": "file", "durability": "default"} {
		i := slices.IndexFunc(settings, func(s config.Setting) bool { return s.Name == name })
		if i < 0 || settings[i].Source != source {
			t.Errorf("%s: %+v, want the source %s", name, settings, source)
		}
	}
}

func TestSecretsAreMasked(t *testing.T) {
	t.Setenv("TURNOUT_NATS_URL", "nats://turnout:hush@localhost:4222")
	_, settings, err := parse(t, "")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range settings {
		if strings.Contains(s.Value, "hush") {
			t.Errorf("%s shows %s", s.Name, s.Value)
		}
		if s.Name == "nats-url" && !strings.HasPrefix(s.Value, "nats://turnout:") {
			t.Errorf("masked too much: %s", s.Value)
		}
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		file string
		args []string
		want string
	}{
		"unknown setting":      {file: "\nhtpp: 127.0.0.1:1\n", want: `2: there is no setting "htpp"`},
		"set twice":            {file: "http: 127.0.0.1:1\nhttp: 127.0.0.1:2\n", want: `2: "http" is set twice`},
		"no mapping":           {file: "- http\n", want: "NAME: VALUE"},
		"nested":               {file: "http:\n  port: 3\n", want: "one value or a list"},
		"no YAML":              {file: "http: [\n", want: "yaml"},
		"file names a file":    {file: "config: x.yaml\n", want: "cannot name another"},
		"address":              {args: []string{"--http", "8080"}, want: "--http"},
		"port":                 {args: []string{"--nats", "127.0.0.1:99999"}, want: "no port"},
		"nats url":             {args: []string{"--nats-url", "http://x"}, want: "nats://"},
		"clickhouse url":       {args: []string{"--clickhouse-url", "localhost:8123"}, want: "--clickhouse-url"},
		"size":                 {args: []string{"--stream-max-bytes", "big"}, want: "no size"},
		"durability":           {args: []string{"--durability", "none"}, want: "durability"},
		"event above the pack": {args: []string{"--max-event-bytes", "5MiB"}, want: "--max-event-bytes"},
		"queue below the body": {args: []string{"--queue-bytes", "1MiB"}, want: "--queue-bytes"},
		"zero limit":           {args: []string{"--query-rows", "0"}, want: "--query-rows"},
		"negative rate":        {args: []string{"--rate=-1"}, want: "--rate"},
		"no replicas":          {args: []string{"--stream-replicas", "0"}, want: "--stream-replicas"},
		"no time to drain":     {args: []string{"--drain-timeout", "0s"}, want: "--drain-timeout"},
		"no rest for rollups":  {args: []string{"--rollup-rest", "0s"}, want: "--rollup-rest"},
		"no time to store":     {args: []string{"--ack-wait", "500ms"}, want: "--ack-wait"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, _, err := parse(t, test.file, test.args...)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%v, want %q", err, test.want)
			}
		})
	}
}

func TestLocate(t *testing.T) {
	t.Setenv("TURNOUT_CONFIG", "env.yaml")
	for want, args := range map[string][]string{
		"a.yaml":   {"up", "--config", "a.yaml"},
		"b.yaml":   {"--config=b.yaml", "up"},
		"env.yaml": {"publish", "--", "--config", "c.yaml"},
	} {
		if got := config.Locate(args); got != want {
			t.Errorf("%v: %q, want %q", args, got, want)
		}
	}
}

func TestVariables(t *testing.T) {
	t.Parallel()
	names, err := config.Variables()
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"TURNOUT_URL", "TURNOUT_KEY", "TURNOUT_NATS_URL", "TURNOUT_CLICKHOUSE_URL", "TURNOUT_DURABILITY", "TURNOUT_KEYS"} {
		if !slices.Contains(names, want) {
			t.Errorf("%s is missing from %v", want, names)
		}
	}
}

func TestIsLoopback(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]bool{
		"127.0.0.1:1": true, "localhost:1": true, "[::1]:1": true, "127.8.0.1:0": true,
		"0.0.0.0:1": false, ":8080": false, "10.0.0.1:1": false, "example.org:1": false, "[::]:1": false,
	} {
		if got := config.IsLoopback(address); got != want {
			t.Errorf("%s: %v", address, got)
		}
	}
}
