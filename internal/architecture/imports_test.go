package architecture_test

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/turnout/turnout"

// stages are the folders of the data's way behind the contract.
var stages = []string{"producers", "consumers", "dashboards"}

// wiring is what knows everything and is known by nobody below.
var wiring = []string{"internal/app", "internal/cli", "internal/config"}

// pkg is what `go list` says of one package of ours.
type pkg struct {
	ImportPath string   `json:"ImportPath"`
	Deps       []string `json:"Deps"` // transitive, without tests
	GoFiles    []string `json:"GoFiles"`
}

func packages(t *testing.T) []pkg {
	t.Helper()
	list := exec.CommandContext(t.Context(), "go", "list", "-e", "-json=ImportPath,Deps,GoFiles", module+"/...")
	out, err := list.Output()
	if err != nil {
		if exit, ok := errors.AsType[*exec.ExitError](err); ok {
			t.Fatalf("go list: %v\n%s", err, exit.Stderr)
		}
		t.Fatal(err)
	}
	var all []pkg
	decoder := json.NewDecoder(strings.NewReader(string(out)))
	for {
		var p pkg
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		p.ImportPath = strings.TrimPrefix(p.ImportPath, module+"/")
		all = append(all, p)
	}
	if len(all) < 10 {
		t.Fatalf("go list found %d packages only", len(all))
	}
	return all
}

// within reports whether a package is the folder or lies below it.
func within(path, folder string) bool {
	return path == folder || strings.HasPrefix(path, folder+"/")
}

// isHelper reports whether a package only serves tests, by Go's custom of naming it so.
func isHelper(path string) bool { return strings.HasSuffix(path, "test") }

func withinAny(path string, folders []string) bool {
	return slices.ContainsFunc(folders, func(folder string) bool { return within(path, folder) })
}

// forbidden gives the folders of ours that a package must not reach, not even through others.
func forbidden(path string) []string {
	switch {
	case within(path, "schemas"):
		return append([]string{"internal", "e2e"}, stages...)
	case withinAny(path, stages):
		others := slices.DeleteFunc(slices.Clone(stages), func(stage string) bool { return within(path, stage) })
		return append(append(others, wiring...), "internal/embedded", "e2e")
	case withinAny(path, []string{"internal/stream", "internal/warehouse", "internal/telemetry", "internal/auth", "internal/problem", "internal/tenants"}):
		return append(append(slices.Clone(stages), wiring...), "internal/embedded", "e2e")
	case within(path, "internal/embedded"):
		return append(append(slices.Clone(stages), wiring...), "e2e")
	case within(path, "internal/app"):
		return []string{"internal/cli", "e2e"}
	default:
		return nil
	}
}

func TestArrows(t *testing.T) {
	seen := map[string]bool{}
	for _, p := range packages(t) {
		if isHelper(p.ImportPath) {
			continue
		}
		rules := forbidden(p.ImportPath)
		for _, folder := range append([]string{"schemas"}, stages...) {
			seen[folder] = seen[folder] || within(p.ImportPath, folder)
		}
		for _, dependency := range p.Deps {
			ours, isOurs := strings.CutPrefix(dependency, module+"/")
			if isOurs && withinAny(ours, rules) {
				t.Errorf("%s must not reach %s", p.ImportPath, ours)
			}
		}
	}
	for folder, found := range seen {
		if !found {
			t.Errorf("no package was found in %s: the rules above checked nothing there", folder)
		}
	}
}

func TestOnlyTheProgramItselfLinksTheEmbeddedServer(t *testing.T) {
	const server = "github.com/nats-io/nats-server/"
	for _, p := range packages(t) {
		if isHelper(p.ImportPath) || !withinAny(p.ImportPath, append([]string{"schemas"}, stages...)) {
			continue
		}
		for _, dependency := range p.Deps {
			if strings.HasPrefix(dependency, server) {
				t.Errorf("%s links %s: a client of Turnout would carry a whole server", p.ImportPath, dependency)
				break
			}
		}
	}
}

func TestEveryPackageOfAStageSaysWhatItPromises(t *testing.T) {
	for _, p := range packages(t) {
		if len(p.GoFiles) == 0 || isHelper(p.ImportPath) || !withinAny(p.ImportPath, append([]string{"schemas"}, stages...)) {
			continue
		}
		if !slices.Contains(p.GoFiles, "doc.go") {
			t.Errorf("%s has no doc.go: what enters, what leaves, what is promised on failure", p.ImportPath)
		}
	}
}
