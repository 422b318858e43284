package deployment_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
	"github.com/nats-io/nats-server/v2/server"
	"go.yaml.in/yaml/v3"

	"github.com/turnout/turnout/internal/config"
)

const root = "../.."

func read(t *testing.T, name string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(root, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// service is what the tests need of a compose service.
type service struct {
	Build       string            `yaml:"build"`
	Image       string            `yaml:"image"`
	Command     []string          `yaml:"command"`
	Environment map[string]string `yaml:"environment"`
	Volumes     []string          `yaml:"volumes"`
	Secrets     []string          `yaml:"secrets"`
	Healthcheck map[string]any    `yaml:"healthcheck"`
}

type composeFile struct {
	Services map[string]service `yaml:"services"`
	Volumes  map[string]any     `yaml:"volumes"`
	Secrets  map[string]struct {
		Environment string `yaml:"environment"`
	} `yaml:"secrets"`
}

func compose(t *testing.T) composeFile {
	t.Helper()
	var file composeFile
	if err := yaml.Unmarshal([]byte(read(t, "docker-compose.yml")), &file); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"gateway", "consumer", "dashboard", "nats", "clickhouse", "prometheus", "grafana"} {
		if _, found := file.Services[name]; !found {
			t.Fatalf("there is no service %s", name)
		}
	}
	return file
}

// ours are the services that run this program.
func (f composeFile) ours() map[string]service {
	found := map[string]service{}
	for name, s := range f.Services {
		if s.Build != "" {
			found[name] = s
		}
	}
	return found
}

// filled puts values for the secrets that a person would put into .env.
func filled(text string) string {
	return regexp.MustCompile(`\$\{\w+(:\?[^}]*)?\}`).ReplaceAllString(text, "s3cret")
}

func TestEveryVariableIsKnownToTheProgram(t *testing.T) {
	known, err := config.Variables()
	if err != nil {
		t.Fatal(err)
	}
	checked := 0
	for name, s := range compose(t).ours() {
		for variable := range s.Environment {
			checked++
			if !slices.Contains(known, variable) {
				t.Errorf("service %s sets %s, which the program does not read", name, variable)
			}
		}
	}
	for _, text := range []string{read(t, "docs/operations.md"), read(t, "dashboards/prometheus/alerts.yml"), read(t, "scripts/demo")} {
		for _, variable := range regexp.MustCompile(`\bTURNOUT_[A-Z_]+`).FindAllString(text, -1) {
			checked++
			if !slices.Contains(known, variable) && !slices.Contains([]string{"TURNOUT_ENGINE_LIB", "TURNOUT_CONFIG"}, variable) {
				t.Errorf("%s is named, which the program does not read", variable)
			}
		}
	}
	if checked < 20 {
		t.Errorf("only %d variables were checked", checked)
	}
}

// TestEveryRoleStartsWithItsSettings parses the commands as the program does, with the
// environment that the file gives them.
func TestEveryRoleStartsWithItsSettings(t *testing.T) {
	for name, s := range compose(t).ours() {
		t.Run(name, func(t *testing.T) {
			for variable, value := range s.Environment {
				t.Setenv(variable, filled(value))
			}
			var tree struct {
				config.Common
				Serve config.Serve `cmd:""`
			}
			parser, err := kong.New(&tree, kong.DefaultEnvars(config.EnvPrefix))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := parser.Parse(s.Command); err != nil {
				t.Fatal(err)
			}
			if err := tree.Serve.Validate(); err != nil {
				t.Fatal(err)
			}
			if !slices.Contains(tree.Serve.Roles, name) {
				t.Errorf("service %s runs %v", name, tree.Serve.Roles)
			}
			if tree.Serve.Durability != "strict" || tree.Serve.InsecureNoKeys {
				t.Errorf("not the production shape: %+v", tree.Serve)
			}
		})
	}
}

func TestSecretsComeFromTheEnvironment(t *testing.T) {
	file := compose(t)
	text := read(t, "docker-compose.yml")
	asked := map[string]bool{}
	for _, match := range regexp.MustCompile(`\$\{(\w+):\?`).FindAllStringSubmatch(text, -1) {
		asked[match[1]] = true
	}
	for _, secret := range file.Secrets {
		asked[secret.Environment] = true
	}
	offered := map[string]bool{}
	for line := range strings.Lines(read(t, ".env.example")) {
		if name, value, found := strings.Cut(strings.TrimSpace(line), "="); found && !strings.HasPrefix(name, "#") {
			offered[name] = true
			if value != "" {
				t.Errorf(".env.example gives %s a value that people would keep", name)
			}
		}
	}
	for name := range asked {
		if !offered[name] {
			t.Errorf("%s is asked for and not in .env.example", name)
		}
	}
	for name := range offered {
		if !asked[name] {
			t.Errorf("%s is in .env.example and nobody asks for it", name)
		}
	}
	for name, s := range file.Services {
		for variable, value := range s.Environment {
			if strings.Contains(variable, "PASSWORD") && !strings.Contains(value, "${") {
				t.Errorf("service %s: %s is written into the file", name, variable)
			}
		}
	}
}

func TestImagesArePinned(t *testing.T) {
	tag := regexp.MustCompile(`^[\w./-]+:v?\d+(\.\d+)*(-[\w.-]+)?$`)
	images := map[string]string{}
	for name, s := range compose(t).Services {
		if s.Build == "" {
			images[name] = s.Image
		}
	}
	for _, match := range regexp.MustCompile(`(?m)^FROM (\S+)`).FindAllStringSubmatch(read(t, "Dockerfile"), -1) {
		if match[1] == "debian:bookworm-slim" { // a release of Debian is a version
			continue
		}
		images["FROM "+match[1]] = match[1]
	}
	for where, image := range images {
		if !tag.MatchString(image) {
			t.Errorf("%s: image %q has no version", where, image)
		}
	}
}

// TestVersionsAgree holds the images to what the tests of this repository run with.
func TestVersionsAgree(t *testing.T) {
	file := compose(t)
	version := func(name, pattern string) string {
		match := regexp.MustCompile(pattern).FindStringSubmatch(read(t, name))
		if match == nil {
			t.Fatalf("%s does not match %s", name, pattern)
		}
		return match[1]
	}
	if nats := version("go.mod", `nats-server/v2 v(\S+)`); file.Services["nats"].Image != "nats:"+nats+"-alpine" {
		t.Errorf("the embedded NATS is %s, the image %s", nats, file.Services["nats"].Image)
	}
	for _, tool := range []string{"promtool", "prometheus"} {
		server := version("tools/"+tool+"/go.mod", `prometheus/prometheus v0\.(\S+)`)
		if !strings.HasSuffix(file.Services["prometheus"].Image, ":v3."+strings.TrimPrefix(server, "3")) {
			t.Errorf("%s is v0.%s, the image %s", tool, server, file.Services["prometheus"].Image)
		}
	}
	if golang := version("go.mod", `(?m)^go (\d+\.\d+)`); !strings.Contains(read(t, "Dockerfile"), "FROM golang:"+golang+"-") {
		t.Errorf("go.mod asks for Go %s, the Dockerfile builds with another", golang)
	}
}

func TestEverythingMountedExistsAndIsChecked(t *testing.T) {
	file := compose(t)
	for name, s := range file.Services {
		for _, volume := range s.Volumes {
			source, _, _ := strings.Cut(volume, ":")
			if strings.HasPrefix(source, "./") {
				if _, err := os.Stat(filepath.Join(root, source)); err != nil {
					t.Errorf("service %s: %v", name, err)
				}
			} else if _, declared := file.Volumes[source]; !declared {
				t.Errorf("service %s: volume %s is not declared", name, source)
			}
		}
		if s.Build == "" && len(s.Healthcheck) == 0 {
			t.Errorf("service %s has no health check", name)
		}
	}
	if !strings.Contains(read(t, "Dockerfile"), "HEALTHCHECK") {
		t.Error("the program's image has no health check")
	}
}

func TestNATSKeepsWhatItAcknowledges(t *testing.T) {
	t.Setenv("NATS_PASSWORD", "s3cret")
	options, err := server.ProcessConfigFile(filepath.Join(root, "deploy", "nats.conf"))
	if err != nil {
		t.Fatal(err)
	}
	if !options.JetStream || !options.SyncAlways || options.StoreDir != "/data" {
		t.Errorf("JetStream %v, sync always %v, in %s", options.JetStream, options.SyncAlways, options.StoreDir)
	}
	if options.MaxPayload != 8<<20 || options.Password != "s3cret" || options.HTTPPort != 8222 {
		t.Errorf("max payload %d, monitoring on %d", options.MaxPayload, options.HTTPPort)
	}
	if !slices.Contains(compose(t).Services["nats"].Volumes, "nats:/data") {
		t.Error("the store is not on a volume")
	}
}
