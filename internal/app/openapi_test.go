package app

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/turnout/turnout/dashboards/api"
	"github.com/turnout/turnout/dashboards/reporting"
)

// TestEveryMountedPathIsDescribed finds the patterns that the program mounts beside the API's own, and looks for each in
// its description.
func TestEveryMountedPathIsDescribed(t *testing.T) {
	t.Parallel()
	catalog, err := reporting.Load()
	if err != nil {
		t.Fatal(err)
	}
	document, err := api.New(api.Config{Runner: reporting.NewRunner(reporting.Config{Catalog: catalog})}).OpenAPI()
	if err != nil {
		t.Fatal(err)
	}
	paths, _ := document["paths"].(map[string]any)
	mounted := mountedPatterns(t)
	if len(mounted) < 5 {
		t.Fatalf("only %v are mounted", mounted)
	}
	for _, pattern := range mounted {
		method, path, found := strings.Cut(pattern, " ")
		if !found {
			method, path = "", pattern
		}
		if path == "/" {
			continue // the page
		}
		item, described := paths[path].(map[string]any)
		if !described || method != "" && item[strings.ToLower(method)] == nil {
			t.Errorf("%s is mounted and not described in openapi/paths.yaml", pattern)
		}
	}
}

// mountedPatterns are the patterns of all calls of mux.Handle and mux.HandleFunc in this package.
func mountedPatterns(t *testing.T) []string {
	t.Helper()
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	var patterns []string
	for _, entry := range entries {
		if !strings.HasSuffix(entry.Name(), ".go") || strings.HasSuffix(entry.Name(), "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), entry.Name(), nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(node ast.Node) bool {
			call, isCall := node.(*ast.CallExpr)
			if !isCall || len(call.Args) == 0 {
				return true
			}
			selected, isSelector := call.Fun.(*ast.SelectorExpr)
			literal, isLiteral := call.Args[0].(*ast.BasicLit)
			if isSelector && isLiteral && literal.Kind == token.STRING && strings.HasPrefix(selected.Sel.Name, "Handle") {
				pattern, err := strconv.Unquote(literal.Value)
				if err != nil {
					t.Fatal(err)
				}
				patterns = append(patterns, pattern)
			}
			return true
		})
	}
	return patterns
}
