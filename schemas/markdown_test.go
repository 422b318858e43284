package schemas_test

import (
	"bytes"
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/turnout/turnout/schemas"
)

const referencePage = "../docs/events.md"

// updateFlag is looked up, not defined in a package variable, so that nothing here is global.
func TestMain(m *testing.M) {
	flag.Bool("update", false, "write generated files anew instead of comparing them")
	os.Exit(m.Run())
}

func updating() bool {
	value := flag.Lookup("update")
	return value != nil && value.Value.String() == "true"
}

func TestMarkdownIsUpToDate(t *testing.T) {
	var page bytes.Buffer
	if err := schemas.Markdown(&page, builtin(t)); err != nil {
		t.Fatal(err)
	}
	if updating() {
		if err := os.WriteFile(referencePage, page.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(readFile(t, referencePage), page.Bytes()) {
		t.Errorf("%s does not follow the schemas: run go test ./schemas -run Markdown -update", referencePage)
	}
}

func TestMarkdownNamesEverything(t *testing.T) {
	registry := builtin(t)
	var page bytes.Buffer
	if err := schemas.Markdown(&page, registry); err != nil {
		t.Fatal(err)
	}
	for _, typ := range registry.Types() {
		_, section, found := strings.Cut(page.String(), "\n## "+typ.Name+"\n")
		if !found {
			t.Errorf("%s has no section", typ.Name)
			continue
		}
		for _, field := range typ.Fields {
			if !strings.Contains(section, "| `"+field.Name+"` |") {
				t.Errorf("%s.%s is not described", typ.Name, field.Name)
			}
		}
	}
}

func TestListAndShow(t *testing.T) {
	registry := builtin(t)
	var table bytes.Buffer
	if err := schemas.WriteList(&table, registry); err != nil {
		t.Fatal(err)
	}
	if lines := strings.Count(table.String(), "\n"); lines != 27 {
		t.Errorf("the list has %d lines, want a heading and 26 types:\n%s", lines, &table)
	}
	for _, typ := range registry.Types() {
		var text bytes.Buffer
		if err := schemas.WriteType(&text, typ); err != nil {
			t.Fatal(err)
		}
		for _, want := range append([]string{typ.Title, typ.Description, typ.Fields[0].Description, `"specversion":"1.0"`}, typ.Key...) {
			if !strings.Contains(text.String(), want) {
				t.Errorf("%s does not show %q:\n%s", typ.Name, want, &text)
			}
		}
	}
}

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, os.ErrClosed }

func TestWritersReportFailure(t *testing.T) {
	registry := builtin(t)
	typ, err := registry.Find("member.left")
	if err != nil {
		t.Fatal(err)
	}
	if schemas.Markdown(brokenWriter{}, registry) == nil || schemas.WriteList(brokenWriter{}, registry) == nil || schemas.WriteType(brokenWriter{}, typ) == nil {
		t.Error("a failed write goes unreported")
	}
}
