package api

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"github.com/klauspost/compress/gzip"
)

// writeJSON answers with value, which nobody may keep.
func writeJSON(w http.ResponseWriter, r *http.Request, value any) error {
	body, err := json.Marshal(value)
	if err != nil {
		return err //nolint:wrapcheck // our own types; the text is for the log
	}
	w.Header().Set("Cache-Control", "no-store")
	writeBody(w, r, "application/json", append(body, '\n'))
	return nil
}

// writeDocument answers with a description that changes with the program: a cache asks whether it still holds.
func writeDocument(w http.ResponseWriter, r *http.Request, value any) error {
	body, err := json.Marshal(value)
	if err != nil {
		return err //nolint:wrapcheck // our own types; the text is for the log
	}
	sum := sha256.Sum256(body)
	if unchanged(w, r, base64.RawURLEncoding.EncodeToString(sum[:18])) { // 144 bits never meet by chance
		return nil
	}
	writeBody(w, r, "application/json", append(body, '\n'))
	return nil
}

// unchanged lets a cache keep the answer as long as it asks each time whether it still holds, and answers
// 304 when what the client has is the answer. The tag is weak: the moment of asking and the coding are not in it.
func unchanged(w http.ResponseWriter, r *http.Request, fingerprint string) bool {
	tag := `W/"` + fingerprint + `"`
	header := w.Header()
	header.Set("ETag", tag)
	header.Set("Cache-Control", "private, no-cache")
	header.Add("Vary", "Authorization")
	header.Add("Vary", "Accept-Language")
	if !matches(r.Header.Values("If-None-Match"), tag) {
		return false
	}
	header.Add("Vary", "Accept-Encoding")
	header.Del("Content-Disposition")
	w.WriteHeader(http.StatusNotModified)
	return true
}

// matches compares as RFC 9110 asks for If-None-Match: weakly.
func matches(given []string, tag string) bool {
	opaque := strings.TrimPrefix(tag, "W/")
	for _, list := range given {
		for one := range strings.SplitSeq(list, ",") { // our own tags have no comma
			if one = strings.TrimSpace(one); one == "*" || strings.TrimPrefix(one, "W/") == opaque {
				return true
			}
		}
	}
	return false
}

// leastGzip is the size from which compressing is worth it.
const leastGzip = 2 << 10

// writeBody answers with a whole body, compressed when it is long and the client can read that.
func writeBody(w http.ResponseWriter, r *http.Request, contentType string, body []byte) {
	header := w.Header()
	header.Set("Content-Type", contentType)
	header.Set("X-Content-Type-Options", "nosniff")
	header.Add("Vary", "Accept-Encoding")
	if len(body) >= leastGzip && compressible(contentType) && accepts(r.Header.Get("Accept-Encoding"), "gzip") {
		var out bytes.Buffer
		packer, _ := gzip.NewWriterLevel(&out, gzip.BestSpeed) // a level that exists; on the same machine more pays for nobody
		_, writing := packer.Write(body)
		if closing := packer.Close(); writing == nil && closing == nil {
			header.Set("Content-Encoding", "gzip")
			body = out.Bytes()
		}
	}
	// The status line is out with the first byte: a failure to write the rest has no other way to be told.
	_, _ = w.Write(body)
}

// compressible tells forms that are not compressed by themselves.
func compressible(contentType string) bool {
	return strings.HasPrefix(contentType, "text/") || slices.Contains([]string{"application/json", "application/x-ndjson"}, contentType)
}

// accepts tells whether an Accept-Encoding header names the coding and does not refuse it with q=0.
func accepts(header, coding string) bool {
	for one := range strings.SplitSeq(header, ",") {
		name, parameters, _ := strings.Cut(one, ";")
		if !strings.EqualFold(strings.TrimSpace(name), coding) {
			continue
		}
		weight, found := strings.CutPrefix(strings.ReplaceAll(parameters, " ", ""), "q=")
		return !found || strings.Trim(weight, "0.") != ""
	}
	return false
}
