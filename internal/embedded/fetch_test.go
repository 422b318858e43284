package embedded_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/turnout/turnout/internal/embedded"
)

// standIn makes a folder with a stand-in for npm, so that the network and 178 MB
// are not part of the test.
func standIn(t *testing.T, npm string) string {
	t.Helper()
	bin := t.TempDir()
	if err := os.WriteFile(filepath.Join(bin, "npm"), []byte("#!/bin/sh\n"+npm), 0o755); err != nil {
		t.Fatal(err)
	}
	return bin
}

// fetch runs the fetch script with the npm of a folder.
func fetch(t *testing.T, cache, bin string) (string, error) {
	t.Helper()
	run := exec.CommandContext(t.Context(), filepath.Join("..", "..", "scripts", "fetch-engine"))
	run.Env = append(os.Environ(), "XDG_CACHE_HOME="+cache, embedded.LibraryVariable+"=", "PATH="+bin+":"+os.Getenv("PATH"))
	output, err := run.CombinedOutput()
	return string(output), err
}

const goodNPM = `mkdir -p node_modules/@chdb/lib-linux-x64-gnu && echo "$@" >> ../calls && echo library > node_modules/@chdb/lib-linux-x64-gnu/libchdb.so`

func TestFetchEngine(t *testing.T) {
	cache := t.TempDir()
	target := filepath.Join(cache, "turnout", "engine", embedded.EngineVersion, "libchdb.so")
	// A download that breaks off leaves nothing that looks complete, and says why.
	output, err := fetch(t, cache, standIn(t, `mkdir -p node_modules/@chdb/lib-linux-x64-gnu && echo half > node_modules/@chdb/lib-linux-x64-gnu/libchdb.so && echo "npm error EINTEGRITY" >&2; exit 1`))
	if err == nil || !strings.Contains(output, "EINTEGRITY") || !strings.Contains(output, "make engine") {
		t.Errorf("a broken download: %v\n%s", err, output)
	}
	if _, err := os.Stat(target); err == nil {
		t.Error("a broken download looks complete")
	}
	// Two at once fetch once.
	type result struct {
		output string
		err    error
	}
	results := make(chan result, 2)
	bin := standIn(t, goodNPM) // before any other process starts: a program that is being written cannot be run
	for range 2 {
		go func() {
			output, err := fetch(t, cache, bin)
			results <- result{output, err}
		}()
	}
	for range 2 {
		if r := <-results; r.err != nil {
			t.Errorf("%v\n%s", r.err, r.output)
		}
	}
	if text, err := os.ReadFile(target); err != nil || string(text) != "library\n" {
		t.Errorf("%q, %v", text, err)
	}
	calls, err := os.ReadFile(filepath.Join(cache, "turnout", "engine", "calls"))
	if err != nil || strings.Count(string(calls), "\n") != 1 || !strings.Contains(string(calls), "ci") {
		t.Errorf("npm was called so: %q, %v", calls, err)
	}
	// Once it is there, nothing is fetched and nothing said.
	if output, err := fetch(t, cache, standIn(t, "exit 1")); err != nil || output != "" {
		t.Errorf("again: %v\n%s", err, output)
	}
	// The program finds what the script fetched.
	t.Setenv("XDG_CACHE_HOME", cache)
	t.Setenv(embedded.LibraryVariable, "")
	if found, err := embedded.FindLibrary(); err != nil || found != target {
		t.Errorf("found %s, %v; want %s", found, err, target)
	}
	leftovers, err := filepath.Glob(filepath.Join(cache, "turnout", "engine", ".stage*"))
	if err != nil || len(leftovers) > 0 {
		t.Errorf("left behind: %v, %v", leftovers, err)
	}
}

// The version is pinned in three places, with its integrity and without any
// registry's address.
func TestEngineIsPinned(t *testing.T) {
	for name, want := range map[string]string{
		"package.json":      fmt.Sprintf("%q: %q", "@chdb/lib-linux-x64-gnu", embedded.EngineVersion),
		"package-lock.json": fmt.Sprintf("%q: %q", "version", embedded.EngineVersion),
	} {
		text, err := os.ReadFile(filepath.Join("..", "..", "scripts", "engine", name))
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(text), want) || strings.Contains(string(text), "http") {
			t.Errorf("%s lacks %s or names an address", name, want)
		}
		if name == "package-lock.json" && !strings.Contains(string(text), `"integrity": "sha512-`) {
			t.Errorf("%s has no integrity", name)
		}
	}
}
