package producers_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"

	"github.com/turnout/turnout/producers"
	"github.com/turnout/turnout/producers/internal/streamtest"
	"github.com/turnout/turnout/schemas"
)

// collector is a publisher that decodes and remembers.
type collector struct {
	mu     sync.Mutex
	ids    []string
	calls  int
	failAt int // the call that fails, from 1
}

func (c *collector) Publish(_ context.Context, events []json.RawMessage) ([]producers.Result, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.calls++
	results := make([]producers.Result, len(events))
	for i, raw := range events {
		event, err := schemas.DecodeStructured(raw)
		switch {
		case err != nil:
			results[i] = producers.Reject(i, "", err)
		case c.calls == c.failAt:
			results[i] = producers.Result{Index: i, Status: producers.Unknown}
		default:
			c.ids = append(c.ids, event.ID)
			results[i] = producers.Result{Index: i, ID: event.ID, Status: producers.Accepted}
		}
	}
	if c.calls == c.failAt {
		return results, errors.New("the server is gone")
	}
	return results, nil
}

func write(tb testing.TB, content string) string {
	tb.Helper()
	path := filepath.Join(tb.TempDir(), "events")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		tb.Fatal(err)
	}
	return path
}

// places writes rejections shortly: line:index:code.
func places(rejections []producers.Rejection) []string {
	var short []string
	for _, r := range rejections {
		short = append(short, fmt.Sprintf("%d:%d:%s", r.Line, r.Index, r.Code))
		if r.Detail == "" || r.File == "" {
			short = append(short, "explains too little")
		}
	}
	return short
}

// Every form of file gives its good events, and every bad place its line.
func TestFileForms(t *testing.T) {
	t.Parallel()
	a, b, c := streamtest.Event("a", ""), streamtest.Event("b", ""), streamtest.Event("c", "")
	pretty := func(event string) string {
		return strings.NewReplacer(",", ",\n  ", "{", "{\n  ", "}", "\n}").Replace(event)
	}
	const bad = "malformed_json"
	for name, test := range map[string]struct {
		content  string
		ids      string
		rejected []string
	}{
		"NDJSON":                    {a + "\n" + b + "\n" + c, "a b c", nil},
		"byte order mark, CRLF":     {"\xef\xbb\xbf" + a + "\r\n\r\n" + b + "\r\n", "a b", nil},
		"one event":                 {a, "a", nil},
		"one event, pretty":         {"\n" + pretty(a), "a", nil},
		"events, pretty":            {pretty(a) + "\n" + pretty(b), "a b", nil},
		"array":                     {"[" + a + "," + b + "]", "a b", nil},
		"array, pretty":             {" [\n" + pretty(a) + "\n,\n" + pretty(b) + " ] \n", "a b", nil},
		"array, empty":              {"[]", "", nil},
		"nothing":                   {"", "", nil},
		"blank":                     {" \n\t\n", "", nil},
		"bad line":                  {a + "\n{broken}\n" + b, "a b", []string{"2:1:" + bad}},
		"line cut off":              {a + "\n" + b[:50] + "\n" + c, "a c", []string{"2:1:" + bad}},
		"first line cut off":        {a[:50] + "\n" + b, "b", []string{"1:0:" + bad}},
		"line cut off in a string":  {a[:len(a)-4] + "\n" + b, "b", []string{"1:0:" + bad}},
		"last line cut off":         {a + "\n" + b[:70], "a", []string{"2:1:" + bad}},
		"words":                     {"hello\nworld\n" + a, "a", []string{"1:0:" + bad, "2:1:" + bad}},
		"two in a line":             {a + a + "\n" + b, "b", []string{"1:0:" + bad}},
		"a bracket too many":        {a + "}\n" + b, "b", []string{"1:0:" + bad}},
		"bad element":               {"[" + a + ",\n7,\n" + b + "]", "a b", []string{"2:1:" + bad}},
		"array not closed":          {"[" + a + ",\n" + b, "a b", []string{}},
		"array ends after comma":    {"[" + a + ",\n", "a", []string{"2:1:" + bad}},
		"array, comma too many":     {"[" + a + ",\n]", "a", []string{"2:1:" + bad}},
		"array, element missing":    {"[" + a + ",\n," + b + "]", "a b", []string{"2:1:" + bad}},
		"array, something after":    {"[" + a + "]\n" + b, "a", []string{"2:1:" + bad}},
		"array, element cut off":    {"[" + a + ",\n" + b[:80], "a", []string{"2:1:" + bad}},
		"array, string not closed":  {"[{\"id\":\"x},\n" + a + "]", "", []string{"1:0:" + bad}},
		"line longer than any":      {a + "\n{\"x\":\"" + strings.Repeat("x", 3<<20) + "\"}\n" + b, "a b", []string{"2:1:too_large"}},
		"element longer than any":   {"[" + a + ",\n{\"x\":\"" + strings.Repeat("x", 3<<20) + "\"}," + b + "]", "a b", []string{"2:1:too_large"}},
		"quotes and brackets in it": {strings.Replace(a, "/test", `/t\"{[`, 1) + "\n" + b, "b", []string{"1:0:bad_attribute"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for compression, content := range map[string]string{"plain": test.content, "gzip": gzipped(t, test.content), "zstd": zstded(t, test.content)} {
				got := &collector{}
				summary, err := producers.PublishFiles(t.Context(), []string{write(t, content)}, producers.FileConfig{Publisher: got, Workers: 1})
				if err != nil {
					t.Fatalf("%s: %v", compression, err)
				}
				if ids := strings.Join(got.ids, " "); ids != test.ids || summary.Accepted != int64(len(got.ids)) {
					t.Errorf("%s: published %q, want %q; %d accepted", compression, ids, test.ids, summary.Accepted)
				}
				if test.rejected == nil || len(test.rejected) > 0 {
					if diff := cmp.Diff(test.rejected, places(summary.Rejections)); diff != "" || summary.Rejected != int64(len(test.rejected)) {
						t.Errorf("%s: %d rejected: %s", compression, summary.Rejected, diff)
					}
				}
			}
		})
	}
}

func gzipped(tb testing.TB, text string) string {
	tb.Helper()
	var buffer bytes.Buffer
	writer := gzip.NewWriter(&buffer)
	if _, err := writer.Write([]byte(text)); err != nil {
		tb.Fatal(err)
	}
	if err := writer.Close(); err != nil {
		tb.Fatal(err)
	}
	return buffer.String()
}

func zstded(tb testing.TB, text string) string {
	tb.Helper()
	encoder, err := zstd.NewWriter(nil)
	if err != nil {
		tb.Fatal(err)
	}
	compressed := encoder.EncodeAll([]byte(text), nil)
	if err := encoder.Close(); err != nil {
		tb.Fatal(err)
	}
	return string(compressed)
}

// Progress reaches the end of the file, rejections are told as they happen, and several files add up.
func TestFilesProgress(t *testing.T) {
	t.Parallel()
	var content strings.Builder
	for i := range 3000 {
		content.WriteString(streamtest.Event(fmt.Sprint("e", i), "") + "\n")
	}
	first, second := write(t, content.String()), write(t, "{\n"+streamtest.Event("x", ""))
	last := map[string]producers.Progress{}
	var told []producers.Rejection
	summary, err := producers.PublishFiles(t.Context(), []string{first, second}, producers.FileConfig{
		Publisher: &collector{}, ChunkEvents: 100,
		Progress: func(p producers.Progress) {
			if before := last[p.File]; p.Bytes < before.Bytes || p.Accepted < before.Accepted {
				t.Errorf("progress went back from %+v to %+v", before, p)
			}
			last[p.File] = p
		},
		OnReject: func(r producers.Rejection) { told = append(told, r) },
	})
	if err != nil || summary.Accepted != 3001 || summary.Rejected != 1 {
		t.Fatalf("%v %+v", err, summary)
	}
	size := int64(content.Len())
	if diff := cmp.Diff(producers.Progress{File: first, Bytes: size, Size: size, Accepted: 3000}, last[first]); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(summary.Rejections, told); diff != "" || told[0].File != second {
		t.Error(diff)
	}
}

// An error stops; the summary says what is certain, and another run brings in the rest.
func TestFileInterrupted(t *testing.T) {
	t.Parallel()
	server, url := serve(t, nil)
	var content strings.Builder
	for i := range 1000 {
		content.WriteString(streamtest.Event(fmt.Sprint("e", i), "") + "\n")
	}
	path := write(t, content.String())
	gone := &collector{failAt: 4}
	summary, err := producers.PublishFiles(t.Context(), []string{path}, producers.FileConfig{Publisher: gone, ChunkEvents: 100, Workers: 1})
	if err == nil || !strings.Contains(err.Error(), "the server is gone") || summary.Accepted != 300 {
		t.Errorf("%v %+v", err, summary)
	}
	for range 2 {
		summary, err = producers.PublishFiles(t.Context(), []string{path}, producers.FileConfig{Publisher: client(t, producers.HTTPConfig{URL: url}), ChunkEvents: 100})
		if err != nil || summary.Accepted != 1000 {
			t.Errorf("%v %+v", err, summary)
		}
	}
	if ids := server.IDs(t); len(ids) != 1000 {
		t.Errorf("%d identities are stored", len(ids))
	}
}

// What comes through a pipe is published without waiting for more; an interruption does not wait for the pipe either.
func TestStandardInput(t *testing.T) {
	t.Parallel()
	reader, writer := io.Pipe()
	ctx, interrupt := context.WithCancel(t.Context())
	arrived := make(chan producers.Progress, 10)
	done := make(chan error, 1)
	go func() {
		_, err := producers.PublishFiles(ctx, []string{"-"}, producers.FileConfig{
			Publisher: &collector{}, Stdin: reader, Progress: func(p producers.Progress) { arrived <- p },
		})
		done <- err
	}()
	if _, err := io.WriteString(writer, streamtest.Event("a", "")+"\n"); err != nil {
		t.Fatal(err)
	}
	if p := <-arrived; p.Accepted != 1 || p.Size != 0 || p.File != "-" {
		t.Errorf("%+v", p)
	}
	interrupt()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	if err := writer.Close(); err != nil {
		t.Error(err)
	}
}

func TestFileErrors(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	whole := gzipped(t, strings.Repeat(streamtest.Event("a", "")+"\n", 1000))
	for name, test := range map[string]struct{ path, says string }{
		"missing":      {filepath.Join(folder, "none"), "no such file"},
		"folder":       {folder, "folder"},
		"gzip cut off": {write(t, whole[:len(whole)-20]), "unexpected EOF"},
		"gzip corrupt": {write(t, "\x1f\x8b garbage"), "gzip"},
	} {
		_, err := producers.PublishFiles(t.Context(), []string{test.path}, producers.FileConfig{Publisher: &collector{}})
		if err == nil || !strings.Contains(err.Error(), test.says) || !strings.Contains(err.Error(), test.path) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
