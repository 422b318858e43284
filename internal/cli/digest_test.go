package cli

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestDigestTimes: the last complete period in the community's zone, or the one that is named.
func TestDigestTimes(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ now, to, from, until, name, grain string }{
		{"2026-11-22", "week", "2026-11-09", "2026-11-15", "2026-11-09 – 2026-11-15", "year"}, // a Sunday: its week is not over
		{"2026-11-23", "week", "2026-11-16", "2026-11-22", "2026-11-16 – 2026-11-22", "year"}, // a Monday
		{"2027-01-04", "week", "2026-12-28", "2027-01-03", "2026-12-28 – 2027-01-03", "year"},
		{"2026-03-01", "month", "2026-02-01", "2026-02-28", "2026-02", "month"},
		{"2024-03-31", "month", "2024-02-01", "2024-02-29", "2024-02", "month"},
		{"2026-01-01", "month", "2025-12-01", "2025-12-31", "2025-12", "month"},
		{"2026-11-22", "quarter", "2026-07-01", "2026-09-30", "2026-Q3", "quarter"},
		{"2026-01-31", "quarter", "2025-10-01", "2025-12-31", "2025-Q4", "quarter"},
		{"2026-11-22", "year", "2025-01-01", "2025-12-31", "2025", "year"},
		{"2026-11-22", "2026-02", "2026-02-01", "2026-02-28", "2026-02", "month"},
		{"2026-11-22", "2026-Q4", "2026-10-01", "2026-12-31", "2026-Q4", "quarter"},
		{"2026-11-22", "2024", "2024-01-01", "2024-12-31", "2024", "year"},
		{"2026-11-22", "2026-03-03", "2026-02-25", "2026-03-03", "2026-02-25 – 2026-03-03", "year"},
	} {
		now, err := time.Parse(time.DateOnly, test.now)
		if err != nil {
			t.Fatal(err)
		}
		asked, err := parseTo(test.to)
		if err != nil {
			t.Fatal(err)
		}
		got := asked.span(now.Add(12 * time.Hour))
		if got.from.Format(time.DateOnly) != test.from || got.to.Format(time.DateOnly) != test.until || got.String() != test.name || got.grain != test.grain {
			t.Errorf("on %s --to %s is %s to %s, %s by %s", test.now, test.to, got.from, got.to, got, got.grain)
		}
		if open := got.open(now); open != (test.to == "2026-Q4") {
			t.Errorf("on %s --to %s is not over: %v", test.now, test.to, open)
		}
	}
	for _, wrong := range []string{"", "day", "2026-13", "2026-Q5", "2026-02-30", "26", "week "} {
		if _, err := parseTo(wrong); err == nil {
			t.Errorf("--to %q was taken", wrong)
		}
	}
}

// digestServer answers with testdata/digest/NAME.json, and refuses lists to a key for the shareable view.
func digestServer(t *testing.T) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := strings.ReplaceAll(strings.TrimPrefix(r.URL.Path, "/v1/reports/"), "/", "-")
		if r.URL.Query().Get("from") == "2100" {
			name += "-now"
		}
		raw, err := os.ReadFile(filepath.Join("testdata", "digest", name+".json"))
		if err != nil {
			http.Error(w, err.Error(), http.StatusNotFound)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(raw)
	}))
	t.Cleanup(server.Close)
	return server
}

// TestDigest writes the page in both forms as they are in testdata/digest; UPDATE_GOLDEN=1 writes them anew.
func TestDigest(t *testing.T) {
	t.Parallel()
	server := digestServer(t)
	for name, args := range map[string][]string{
		"page.md":      {"--to", "month"},
		"page.html":    {"--to", "month", "--format", "html"},
		"shareable.md": {"--to", "month", "--view", "shareable"},
		"russian.md":   {"--to", "month", "--lang", "ru"},
	} {
		var out, problems bytes.Buffer
		err := run(context.Background(), append([]string{"report", "digest", "--url", server.URL}, args...), Streams{In: strings.NewReader(""), Out: &out, Err: &problems}, "test")
		if err != nil {
			t.Fatalf("%s: %v %s", name, err, problems.String())
		}
		golden := filepath.Join("testdata", "digest", name)
		if os.Getenv("UPDATE_GOLDEN") != "" {
			if err := os.WriteFile(golden, out.Bytes(), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), out.String()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// TestDigestPageIsWhole: well-formed, nothing of it runs, nothing is fetched from elsewhere.
func TestDigestPageIsWhole(t *testing.T) {
	t.Parallel()
	server := digestServer(t)
	file := filepath.Join(t.TempDir(), "digest.html")
	var problems bytes.Buffer
	err := run(context.Background(), []string{"report", "digest", "--url", server.URL, "--to", "month", "--output", file}, Streams{In: strings.NewReader(""), Out: io.Discard, Err: &problems}, "test")
	if err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, unwanted := range []string{"<script", "<link", "<img", "http://", "https://", "url(", "onclick"} {
		if bytes.Contains(page, []byte(unwanted)) {
			t.Errorf("the page has %s", unwanted)
		}
	}
	if !bytes.Contains(page, []byte("&lt;script&gt;")) {
		t.Error("the title that looks like a script is not there as a text")
	}
	decoder := xml.NewDecoder(bytes.NewReader(page))
	decoder.Strict, decoder.AutoClose, decoder.Entity = false, []string{"meta"}, xml.HTMLEntity
	for {
		if _, err := decoder.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatalf("the page is not well-formed: %v", err)
		}
	}
}
