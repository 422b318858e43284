package web

import (
	"io"
	"net/http"
)

// unbuiltPage is what a program built without the page's assets shows at its page addresses.
const unbuiltPage = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Turnout: page not built</title></head>
<body>
<h1>Turnout is running, its page is not built into this program</h1>
<p>Build the page and the program with:</p>
<pre>make build</pre>
<p>Everything else works without it: <a href="/v1/reports">/v1/reports</a> lists the reports, <code>turnout report</code> prints them.</p>
</body>
</html>
`

// explainBuild answers 503: the page is missing for now, not unknown.
func explainBuild(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusServiceUnavailable)
	if r.Method != http.MethodHead {
		_, _ = io.WriteString(w, unbuiltPage)
	}
}
