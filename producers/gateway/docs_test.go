package gateway_test

import (
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/turnout/turnout/producers"
)

const guide = "../../docs/publishing.md"

// Every code that a problem document can carry stands in the guide.
func TestGuideNamesEveryCode(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(guide)
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	inProblem := regexp.MustCompile(`(?:\bCode: |p\.Code(?:, p\.\w+)? = )"([a-z_]+)"`)
	found := 0
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, match := range inProblem.FindAllStringSubmatch(string(source), -1) {
			found++
			if match[1] != "client_gone" && !strings.Contains(string(text), "`"+match[1]+"`") {
				t.Errorf("%s: the guide does not name %s", file, match[1])
			}
		}
	}
	if found < 15 {
		t.Errorf("only %d codes were found in the source", found)
	}
}

// The guide's first request is answered as the guide says.
func TestGuideExample(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(guide)
	if err != nil {
		t.Fatal(err)
	}
	request := regexp.MustCompile(`(?s)Content-Type: (\S+)' -d '(.*?)'\n`).FindStringSubmatch(string(text))
	answers := regexp.MustCompile("(?s)```json\n(.*?)\n```").FindAllStringSubmatch(string(text), -1)
	if request == nil || len(answers) < 2 {
		t.Fatal("the guide has no example")
	}
	h := start(t, nil)
	got := h.send(t, call{media: request[1], body: request[2]})
	want := producers.Report{Accepted: 1, Results: []producers.Result{{ID: "7f3a", Status: producers.Accepted}}}
	if diff := cmp.Diff(want, got.report); diff != "" || got.status != http.StatusAccepted {
		t.Errorf("%d: %s", got.status, diff)
	}
	wrong := strings.NewReplacer("7f3a", "7f3b", "true", `"true"`).Replace(request[2])
	mixed := h.send(t, call{media: batched, body: "[" + request[2] + "," + wrong + "]"})
	documented := decodeReport(t, answers[1][1])
	wording := cmpopts.IgnoreFields(producers.Result{}, "Detail", "Hint") // belongs to the contract and may change
	if diff := cmp.Diff(documented, mixed.report, wording); diff != "" {
		t.Error(diff)
	}
}
