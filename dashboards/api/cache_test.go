package api_test

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/turnout/turnout/dashboards/api"
	"github.com/turnout/turnout/dashboards/reporting"
	"github.com/turnout/turnout/internal/auth"
)

// with asks as everybody, with headers given as name and value in turn.
func with(t *testing.T, h *api.API, target string, header ...string) *httptest.ResponseRecorder {
	t.Helper()
	return ask(t, h, auth.Everyone(), http.MethodGet, target, "", header...)
}

// TestAnswersAreKeptUntilTheyChange: the moment of asking does not change an answer, an event does.
func TestAnswersAreKeptUntilTheyChange(t *testing.T) {
	t.Parallel()
	db, registry := emptyHouse(t)
	attend(t, db, registry, "a")
	catalog, err := reporting.Load()
	if err != nil {
		t.Fatal(err)
	}
	runner := reporting.NewRunner(reporting.Config{Conn: db.Conn(), Catalog: catalog, Confine: db.TenantSettings})
	h := api.New(api.Config{Runner: runner, Registry: registry})
	const lifecycle = "/v1/reports/lifecycle?tenant=a"
	const list = "/v1/reports/lifecycle/rows?tenant=a&measure=new&period=2022-05"
	tags := map[string]string{}
	for _, target := range []string{
		lifecycle, lifecycle + "&format=csv", lifecycle + "&format=csv&about=true", lifecycle + "&format=xlsx", lifecycle + "&describe=true", lifecycle + "&compare=year", lifecycle + "&grain=year",
		list, list + "&limit=1", "/v1/reports", "/v1/schemas", "/openapi.json", "/asyncapi.json",
	} {
		first := with(t, h, target)
		tag := first.Header().Get("ETag")
		if first.Code != http.StatusOK || !strings.HasPrefix(tag, `W/"`) || first.Header().Get("Cache-Control") != "private, no-cache" {
			t.Errorf("%s: %d %v", target, first.Code, first.Header())
		}
		if other, found := tags[tag]; found {
			t.Errorf("%s and %s have the same tag", target, other)
		}
		tags[tag] = target
		for _, sent := range []string{tag, strings.TrimPrefix(tag, "W/"), `"other", ` + tag, "*"} {
			again := with(t, h, target, "If-None-Match", sent)
			if again.Code != http.StatusNotModified || again.Body.Len() > 0 || again.Header().Get("ETag") != tag || again.Header().Get("Content-Disposition") != "" {
				t.Errorf("%s with %s: %d %v %s", target, sent, again.Code, again.Header(), again.Body)
			}
		}
		if again := with(t, h, target, "If-None-Match", `W/"other"`); again.Code != http.StatusOK {
			t.Errorf("%s with another tag: %d", target, again.Code)
		}
	}
	attend(t, db, registry, "b")
	if again := with(t, h, lifecycle); tags[again.Header().Get("ETag")] != lifecycle {
		t.Error("another community's event changes the tag")
	}
	attend(t, db, registry, "a", "another")
	if again := with(t, h, lifecycle, "If-None-Match", with(t, h, lifecycle+"&grain=year").Header().Get("ETag")); again.Code != http.StatusOK || tags[again.Header().Get("ETag")] != "" {
		t.Errorf("an event does not change the tag: %d", again.Code)
	}
	for _, target := range []string{"/v1/status", lifecycle + "&colour=red"} {
		if answer := with(t, h, target); answer.Header().Get("ETag") != "" || answer.Header().Get("Cache-Control") == "private, no-cache" {
			t.Errorf("%s may be kept: %v", target, answer.Header())
		}
	}
}

func TestLongAnswersAreCompressed(t *testing.T) {
	t.Parallel()
	h, _ := house(t)
	plain := with(t, h, "/openapi.json")
	if plain.Header().Get("Content-Encoding") != "" || !strings.Contains(strings.Join(plain.Header().Values("Vary"), ","), "Accept-Encoding") {
		t.Errorf("%v", plain.Header())
	}
	for sent, want := range map[string]string{"gzip": "gzip", "br, gzip;q=0.5": "gzip", "GZIP": "gzip", "gzip;q=0": "", "gzip; q=0.0": "", "br": "", "": ""} {
		if got := with(t, h, "/openapi.json", "Accept-Encoding", sent).Header().Get("Content-Encoding"); got != want {
			t.Errorf("Accept-Encoding %q: %q, want %q", sent, got, want)
		}
	}
	packed := with(t, h, "/openapi.json", "Accept-Encoding", "gzip")
	reader, err := gzip.NewReader(packed.Body)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(reader)
	if err != nil || string(text) != plain.Body.String() {
		t.Errorf("the text is another one: %v", err)
	}
	for _, target := range []string{"/v1/reports/lifecycle?tenant=a&format=csv", "/v1/reports/lifecycle?tenant=a&format=xlsx"} {
		if got := with(t, h, target, "Accept-Encoding", "gzip").Header().Get("Content-Encoding"); got != "" {
			t.Errorf("%s is %s: it is short, or compressed by itself", target, got)
		}
	}
}

// TestPages walks through a list in each form by the link of its answer.
func TestPages(t *testing.T) {
	t.Parallel()
	db, registry := emptyHouse(t)
	for _, id := range []string{"1", "2", "3", "4", "5"} {
		attend(t, db, registry, "a", id)
	}
	catalog, err := reporting.Load()
	if err != nil {
		t.Fatal(err)
	}
	h := api.New(api.Config{Runner: reporting.NewRunner(reporting.Config{Conn: db.Conn(), Catalog: catalog, Confine: db.TenantSettings})})
	for _, form := range []string{"json", "csv", "ndjson"} {
		var met strings.Builder
		target, pages := "/v1/reports/lifecycle/rows?tenant=a&measure=new&period=2022-05&limit=2&format="+form, 0
		for target != "" {
			answer := with(t, h, target)
			if answer.Code != http.StatusOK || pages > 3 {
				t.Fatalf("%s: %d %s", target, answer.Code, answer.Body)
			}
			met.WriteString(answer.Body.String())
			pages++
			target, _, _ = strings.Cut(strings.TrimPrefix(answer.Header().Get("Link"), "<"), ">")
		}
		for _, id := range []string{"p-a", "p-a-2", "p-a-3", "p-a-4", "p-a-5"} {
			if pages != 3 || !strings.Contains(met.String(), id) {
				t.Errorf("%s: %d pages without %s: %s", form, pages, id, met.String())
			}
		}
	}
}
