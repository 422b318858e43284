package architecture_test

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const (
	root     = "../.."
	maxLines = 400
)

// sources calls visit with every text file that a person wrote, by its path from the root.
func sources(t *testing.T, visit func(path string, content []byte)) {
	t.Helper()
	skipped := []string{".git", "node_modules", "dist", "bin", "data", "results", "testdata"}
	count := 0
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if slices.Contains(skipped, entry.Name()) {
				return fs.SkipDir
			}
			return nil
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if bytes.IndexByte(content, 0) >= 0 {
			return nil // a picture or the like
		}
		name, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		count++
		visit(filepath.ToSlash(name), content)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if count < 50 {
		t.Fatalf("found %d files only", count)
	}
}

func TestFilesStayShort(t *testing.T) {
	kinds := []string{".go", ".ts", ".svelte", ".sql", ".css", ".sh"}
	sources(t, func(path string, content []byte) {
		lines := bytes.Count(content, []byte("\n"))
		if slices.Contains(kinds, filepath.Ext(path)) && lines > maxLines {
			t.Errorf("%s has %d lines; at most %d fit into a head", path, lines, maxLines)
		}
	})
}

func TestNoHiddenStart(t *testing.T) {
	sources(t, func(path string, content []byte) {
		if filepath.Ext(path) != ".go" {
			return
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, content, parser.SkipObjectResolution)
		if err != nil {
			t.Error(err)
			return
		}
		for _, declaration := range file.Decls {
			function, isFunction := declaration.(*ast.FuncDecl)
			if isFunction && function.Recv == nil && function.Name.Name == "init" {
				t.Errorf("%s has an init function: what runs at start is called by main", path)
			}
		}
	})
}

// TestNothingIsLeftForLater also keeps out what only one machine has. The words are
// put together here, so that this file does not hold them.
func TestNothingIsLeftForLater(t *testing.T) {
	unwanted := map[string]*regexp.Regexp{
		"marked for later":      regexp.MustCompile(`\b(TO` + `DO|FIX` + `ME|XX` + `X)\b`),
		"a skipped test":        regexp.MustCompile(`\bt\.Sk` + `ip(f|Now)?\(|\b(test|it|describe)\.sk` + `ip\(`),
		"a path of one machine": regexp.MustCompile(`(^|[^A-Za-z0-9])/(wo` + `rk|ro` + `ot|fa` + `rm)/`),
		"a package registry":    regexp.MustCompile(`registry\.npm` + `js|proxy\.gol` + `ang\.org|deb\.deb` + `ian\.org|registry\.yarn` + `pkg`),
	}
	sources(t, func(path string, content []byte) {
		for what, pattern := range unwanted {
			for number, line := range strings.Split(string(content), "\n") {
				if pattern.MatchString(line) {
					t.Errorf("%s:%d: %s: %s", path, number+1, what, strings.TrimSpace(line))
				}
			}
		}
	})
}
