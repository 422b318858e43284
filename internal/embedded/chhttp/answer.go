package chhttp

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/ClickHouse/ch-go/compress"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/turnout/turnout/internal/embedded/chdb"
)

// answer writes a response with ClickHouse's headers. Until the first byte is
// out an error becomes a status; after it, it follows what was sent, and the
// connection is broken.
type answer struct {
	w        http.ResponseWriter
	req      *request
	version  string
	logger   *slog.Logger
	started  time.Time
	stats    chdb.Stats
	begun    bool
	encoding string
	encoder  io.WriteCloser
	held     *hold  // wait_end_of_query
	tag      string // marks an error that follows what was sent
}

func (s *Server) newAnswer(w http.ResponseWriter, r *http.Request, query url.Values, req *request) *answer {
	a := &answer{w: w, req: req, version: s.version, logger: s.cfg.Logger, started: time.Now(), tag: rand.Text()[:tagLength]}
	if isTrue(query.Get("enable_http_compression")) && !req.native {
		a.encoding = acceptable(r.Header.Get("Accept-Encoding"))
	}
	if req.wait {
		a.held = &hold{dir: s.cfg.TempDir}
	}
	return a
}

// acceptable picks the encoding; zstd first, since it is the cheaper one.
func acceptable(header string) string {
	for _, name := range []string{"zstd", "gzip"} {
		for offer := range strings.SplitSeq(header, ",") {
			if token, _, _ := strings.Cut(strings.TrimSpace(offer), ";"); strings.EqualFold(token, name) {
				return name
			}
		}
	}
	return ""
}

func (a *answer) headers() {
	h := a.w.Header()
	h.Set("X-ClickHouse-Server-Display-Name", "turnout")
	h.Set("X-ClickHouse-Query-Id", a.req.id)
	h.Set("X-ClickHouse-Timezone", "UTC")
	h.Set("X-ClickHouse-Summary", a.summary())
	h.Set("X-ClickHouse-Exception-Tag", a.tag)
}

func (a *answer) summary() string {
	return fmt.Sprintf(`{"read_rows":"%d","read_bytes":"%d","written_rows":"%d","written_bytes":"%d","total_rows_to_read":"0","result_rows":"%d","result_bytes":"0","elapsed_ns":"%d"}`,
		a.stats.ReadRows, a.stats.ReadBytes, a.stats.WrittenRows, a.stats.WrittenBytes, a.stats.ResultRows, time.Since(a.started).Nanoseconds())
}

// begin sends the headers.
func (a *answer) begin() error {
	if a.begun {
		return nil
	}
	a.begun = true
	a.headers()
	format := a.req.answerFormat()
	h := a.w.Header()
	h.Set("X-ClickHouse-Format", format)
	h.Set("Content-Type", contentType(format))
	var err error
	switch {
	case a.req.native:
		a.encoder = newFramer(a.w)
	case a.encoding == "gzip":
		h.Set("Content-Encoding", "gzip")
		a.encoder, err = gzip.NewWriterLevel(a.w, gzip.BestSpeed)
	case a.encoding == "zstd":
		h.Set("Content-Encoding", "zstd")
		a.encoder, err = zstd.NewWriter(a.w, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1))
	default:
		a.encoder = plain{a.w}
	}
	if err != nil {
		return fmt.Errorf("compress the answer: %w", err)
	}
	a.w.WriteHeader(http.StatusOK)
	return nil
}

// write sends a piece, or holds it back for wait_end_of_query.
func (a *answer) write(piece []byte) error {
	if len(piece) == 0 {
		return nil
	}
	if a.held != nil {
		_, err := a.held.Write(piece)
		return err
	}
	if err := a.begin(); err != nil {
		return err
	}
	_, err := a.encoder.Write(piece)
	return err
}

// end sends what is left.
func (a *answer) end() error {
	if err := a.begin(); err != nil {
		return err
	}
	if a.held != nil {
		if err := a.held.release(a.encoder); err != nil {
			return err
		}
	}
	return a.encoder.Close()
}

// tagLength is how long ClickHouse's tags are.
const tagLength = 16

// breakOff lets an error follow what was sent, in the form of ClickHouse since 25.11, and breaks the connection: who reads to the end sees
// that the answer is cut, who knows the form also why. A client that asked for ClickHouse's own compression sees the first only.
func (a *answer) breakOff(err error) {
	a.logger.Warn("an answer was broken off", "query", a.req.id, "error", err)
	if !a.req.native {
		text := a.reason(err)
		_, failed := fmt.Fprintf(a.encoder, "\r\n__exception__\r\n%s\r\n%s%d %s\r\n__exception__\r\n", a.tag, text, len(text), a.tag)
		if flusher, can := a.encoder.(interface{ Flush() error }); can && failed == nil {
			failed = flusher.Flush()
		}
		if failed == nil {
			_ = http.NewResponseController(a.w).Flush() // who is gone needs no reason
		}
	}
	panic(http.ErrAbortHandler)
}

// reason is an error as ClickHouse words it.
func (a *answer) reason(err error) string {
	return strings.TrimRight(err.Error(), "\n") + " (version " + a.version + ")\n"
}

// fail answers with an error, or breaks the connection when the answer has begun.
func (a *answer) fail(err error) {
	if errors.Is(err, context.Canceled) {
		panic(http.ErrAbortHandler)
	}
	if a.begun {
		a.breakOff(err)
	}
	a.begun = true
	code, status := codeOf(err)
	a.headers()
	h := a.w.Header()
	h.Set("X-ClickHouse-Exception-Code", strconv.Itoa(code))
	h.Set("Content-Type", "text/plain; charset=UTF-8")
	if status == http.StatusServiceUnavailable {
		h.Set("Retry-After", "1")
	}
	if code == codeAuthentication {
		h.Set("WWW-Authenticate", `Basic realm="ClickHouse server HTTP API"`)
	}
	a.w.WriteHeader(status)
	_, _ = io.WriteString(a.w, a.reason(err)) //nolint:gosec // plain text by its content type
}

// close frees what the answer holds.
func (a *answer) close() {
	if a.held != nil {
		a.held.close()
	}
}

type plain struct{ io.Writer }

func (plain) Close() error { return nil }

// framer writes ClickHouse's own compressed blocks.
type framer struct {
	out     io.Writer
	packer  *compress.Writer
	pending []byte
}

const frameSize = 1 << 20

func newFramer(out io.Writer) *framer {
	return &framer{out: out, packer: compress.NewWriter(compress.LevelZero, compress.LZ4)}
}

func (f *framer) Write(p []byte) (int, error) {
	f.pending = append(f.pending, p...)
	for len(f.pending) >= frameSize {
		if err := f.frame(f.pending[:frameSize]); err != nil {
			return 0, err
		}
		f.pending = append(f.pending[:0], f.pending[frameSize:]...)
	}
	return len(p), nil
}

func (f *framer) frame(data []byte) error {
	if err := f.packer.Compress(data); err != nil {
		return fmt.Errorf("compress a block: %w", err)
	}
	_, err := f.out.Write(f.packer.Data)
	return err
}

func (f *framer) Close() error {
	if len(f.pending) == 0 {
		return nil
	}
	return f.frame(f.pending)
}
