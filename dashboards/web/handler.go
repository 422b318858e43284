package web

import (
	"fmt"
	"io/fs"
	"net/http"
	"strconv"
	"strings"

	"github.com/turnout/turnout/internal/problem"
)

// contentSecurityPolicy lets the page load and talk to its own origin only; no inline script, no inline style.
const contentSecurityPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; " +
	"connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

// handler answers from memory; it is read-only after New.
type handler struct {
	assets map[string]*asset
	built  bool
}

// Handler serves the embedded page. It fails only when the program's own files cannot be read.
func Handler() (http.Handler, error) {
	built, err := fs.Sub(dist, "dist")
	if err != nil {
		return nil, fmt.Errorf("open embedded page: %w", err)
	}
	return New(built)
}

// New serves the page built into assets (its index.html at the root). Without an index.html the page's routes answer 503 with a sentence
// that says how to build it.
func New(assets fs.FS) (http.Handler, error) {
	loaded, err := loadAssets(assets)
	if err != nil {
		return nil, err
	}
	_, built := loaded[indexName]
	return &handler{assets: loaded, built: built}, nil
}

func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	setSecurityHeaders(w.Header())
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		problem.Write(w, r, &problem.Error{
			Status: http.StatusMethodNotAllowed, Code: "method_not_allowed", Title: "Method not allowed",
			Detail: fmt.Sprintf("%s %s is not served.", r.Method, r.URL.Path),
			Hint:   "The page answers GET and HEAD; events are sent with POST to /v1/events.",
		})
		return
	}
	name := strings.TrimPrefix(r.URL.Path, "/")
	if a, ok := h.assets[name]; ok && name != indexName {
		send(w, r, a, http.StatusOK)
		return
	}
	switch {
	case isPageRoute(r.URL.Path) && h.built:
		send(w, r, h.assets[indexName], http.StatusOK)
	case isPageRoute(r.URL.Path):
		explainBuild(w, r)
	case h.built && isPerson(r):
		// The page itself says that the address is unknown, with its navigation around it.
		send(w, r, h.assets[indexName], http.StatusNotFound)
	default:
		problem.Write(w, r, &problem.Error{
			Status: http.StatusNotFound, Code: "not_found", Title: "Not found",
			Detail: fmt.Sprintf("Nothing is served at %s.", r.URL.Path),
			Hint:   "The page starts at /, the reports at /v1/reports.",
		})
	}
}

// isPageRoute tells the addresses that the page's own router knows (parsePath in src/lib/state/route.svelte.ts names the same ones).
func isPageRoute(urlPath string) bool {
	parts := strings.Split(strings.Trim(urlPath, "/"), "/")
	switch parts[0] {
	case "":
		return urlPath == "/"
	case "retention", "engagement", "careers", "groups", "health", "live", "status":
		return len(parts) == 1
	case "gatherings", "members", "reports":
		return len(parts) <= 2
	case "reference":
		return len(parts) <= 2 || len(parts) == 3 && parts[1] == "reports"
	default:
		return false
	}
}

// isPerson is true for a browser's navigation to a page address, false for assets, API calls and other programs.
func isPerson(r *http.Request) bool {
	if strings.HasPrefix(r.URL.Path, "/v1/") || strings.HasPrefix(r.URL.Path, "/"+hashedDir) {
		return false
	}
	return strings.Contains(r.Header.Get("Accept"), "text/html")
}

// send writes an asset, its gzip variant when the client takes one, and 304 when the client has it.
func send(w http.ResponseWriter, r *http.Request, a *asset, status int) {
	chosen := a.plain
	header := w.Header()
	if a.gzip != nil {
		header.Set("Vary", "Accept-Encoding")
		if acceptsGzip(r.Header.Get("Accept-Encoding")) {
			chosen = *a.gzip
			header.Set("Content-Encoding", "gzip")
		}
	}
	header.Set("Content-Type", a.contentType)
	header.Set("Cache-Control", a.cache)
	header.Set("ETag", chosen.etag)
	if status == http.StatusOK && etagMatches(r.Header.Get("If-None-Match"), chosen.etag) {
		header.Del("Content-Encoding")
		w.WriteHeader(http.StatusNotModified)
		return
	}
	header.Set("Content-Length", strconv.Itoa(len(chosen.body)))
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		// The status line is out: a client that went away has no other way to be told.
		_, _ = w.Write(chosen.body)
	}
}

// etagMatches compares weakly, as RFC 9110 asks for If-None-Match: a proxy may have weakened the tag.
func etagMatches(header, etag string) bool {
	for candidate := range strings.SplitSeq(header, ",") {
		candidate = strings.TrimPrefix(strings.TrimSpace(candidate), "W/")
		if candidate == "*" || candidate == etag {
			return true
		}
	}
	return false
}

// acceptsGzip reads Accept-Encoding; an encoding with q=0 is refused by the client.
func acceptsGzip(header string) bool {
	for part := range strings.SplitSeq(header, ",") {
		name, params, _ := strings.Cut(strings.TrimSpace(part), ";")
		if !strings.EqualFold(strings.TrimSpace(name), "gzip") {
			continue
		}
		q, found := strings.CutPrefix(strings.TrimSpace(params), "q=")
		if !found {
			return true
		}
		weight, err := strconv.ParseFloat(q, 64)
		return err == nil && weight > 0
	}
	return false
}

func setSecurityHeaders(header http.Header) {
	header.Set("Content-Security-Policy", contentSecurityPolicy)
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Referrer-Policy", "no-referrer")
	header.Set("Cross-Origin-Opener-Policy", "same-origin")
	header.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
}
