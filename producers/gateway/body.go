package gateway

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/turnout/turnout/internal/problem"
)

const (
	acceptedEncodings = "gzip, zstd"
	firstRead         = 4 << 10
	// zstdWindow is the largest window a zstd frame may ask for (RFC 9659).
	zstdWindow = 8 << 20
)

var (
	errBodyTooLarge = errors.New("body too large")
	errBusy         = errors.New("too many bodies are being read")
)

// budget bounds the bytes of all bodies that are held at once, and keeps the
// buffers of small ones for the next: a fresh one for each would cost more than
// reading into it.
type budget struct {
	limit int64
	used  atomic.Int64
	small sync.Pool // of *[firstRead]byte
}

func newBudget(limit int64) *budget {
	return &budget{limit: limit, small: sync.Pool{New: func() any { return new([firstRead]byte) }}}
}

func (b *budget) take(n int64) bool {
	// The first body is always read, so that a limit below one body's does not stop everything.
	if after := b.used.Add(n); after > b.limit && after != n {
		b.used.Add(-n)
		return false
	}
	return true
}

// buffer gives memory for a body that was taken from the budget.
func (b *budget) buffer(size int64) heldBody {
	if size > firstRead {
		return heldBody{bytes: make([]byte, 0, size), held: size}
	}
	small, _ := b.small.Get().(*[firstRead]byte)
	return heldBody{bytes: small[:0], held: size, small: small}
}

// free gives a body's memory back; nothing may refer to it any more.
func (b *budget) free(body heldBody) {
	b.used.Add(-body.held)
	if body.small != nil {
		b.small.Put(body.small)
	}
}

// heldBody is a body in memory and what it takes of the budget.
type heldBody struct {
	bytes []byte
	held  int64
	small *[firstRead]byte // where it began; nil when it was known to be larger
}

// readBody reads and decompresses a body within its limits. The caller frees it.
func (g *Gateway) readBody(w http.ResponseWriter, r *http.Request) (heldBody, error) {
	limit := g.limits.BodyBytes
	if r.ContentLength > limit {
		return heldBody{}, bodyTooLarge(limit)
	}
	reader, done, err := g.inflators.open(r.Header.Values("Content-Encoding"), http.MaxBytesReader(w, r.Body, limit))
	if err != nil {
		return heldBody{}, readProblem(err, limit)
	}
	defer done()
	body, err := g.readAll(reader, limit, r.ContentLength)
	if err != nil {
		g.reading.free(body)
		return heldBody{}, readProblem(err, limit)
	}
	return body, nil
}

// readAll reads to the end, growing by doubling, and takes from the budget before it grows.
func (g *Gateway) readAll(reader io.Reader, limit, hint int64) (heldBody, error) {
	size := min(max(hint+1, firstRead), 256<<10) // a claimed length is not believed beyond this
	if !g.reading.take(size) {
		return heldBody{}, errBusy
	}
	body := g.reading.buffer(size)
	for {
		if len(body.bytes) == cap(body.bytes) {
			more := int64(cap(body.bytes))
			if !g.reading.take(more) {
				return body, errBusy
			}
			body.held += more
			grown := make([]byte, len(body.bytes), body.held)
			copy(grown, body.bytes)
			body.bytes = grown
		}
		n, err := reader.Read(body.bytes[len(body.bytes):cap(body.bytes)])
		body.bytes = body.bytes[:len(body.bytes)+n]
		if int64(len(body.bytes)) > limit {
			return body, errBodyTooLarge
		}
		if errors.Is(err, io.EOF) {
			return body, nil
		}
		if err != nil {
			return body, err //nolint:wrapcheck // readProblem tells the kinds apart and words them
		}
	}
}

func readProblem(err error, limit int64) error {
	var known *problem.Error
	var wire *http.MaxBytesError
	switch {
	case errors.As(err, &known):
		return known
	case errors.Is(err, errBodyTooLarge), errors.As(err, &wire):
		return bodyTooLarge(limit)
	case errors.Is(err, errBusy):
		return turnedAway(err)
	case errors.Is(err, errInflate):
		return &problem.Error{
			Status: http.StatusBadRequest, Code: "bad_encoding", Pointer: "Content-Encoding", Cause: err,
			Detail: "The body cannot be decompressed as its Content-Encoding says.",
			Hint:   "Check that the body was compressed once, as a whole, and arrived in full.",
		}
	default:
		return &problem.Error{
			Status: http.StatusBadRequest, Code: "incomplete_body", Cause: err,
			Detail: "The body ended before it was complete; nothing of it was stored.", Hint: "Send the request again.",
		}
	}
}

func bodyTooLarge(limit int64) error {
	return &problem.Error{
		Status: http.StatusRequestEntityTooLarge, Code: "body_too_large",
		Detail: fmt.Sprintf("The body is larger than %d bytes; nothing of it was stored.", limit),
		Hint:   "Send the events in several smaller requests.",
	}
}

// errInflate marks what a decompressor, not the connection, complained about.
var errInflate = errors.New("decompress")

// inflators keeps decompressors between requests: a zstd one takes a while to make.
type inflators struct{ gzip, zstd sync.Pool }

func newInflators() *inflators { return &inflators{} }

// open gives the plain bytes of body. done must be called when they were read.
func (f *inflators) open(encodings []string, body io.Reader) (plain io.Reader, done func(), err error) {
	name := strings.ToLower(strings.TrimSpace(strings.Join(encodings, ",")))
	switch name {
	case "", "identity":
		return body, func() {}, nil
	case "gzip", "x-gzip":
		reader, _ := f.gzip.Get().(*gzip.Reader)
		if reader == nil {
			reader = new(gzip.Reader)
		}
		source := &wireReader{from: body}
		if err := reader.Reset(source); err != nil {
			return nil, nil, source.blame(err)
		}
		return &inflating{reader, source}, func() { f.gzip.Put(reader) }, nil
	case "zstd":
		reader, _ := f.zstd.Get().(*zstd.Decoder)
		if reader == nil {
			reader, err = zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(zstdWindow))
			if err != nil {
				return nil, nil, fmt.Errorf("make zstd decoder: %w", err)
			}
		}
		source := &wireReader{from: body}
		if err := reader.Reset(source); err != nil {
			return nil, nil, source.blame(err)
		}
		return &inflating{reader, source}, func() { f.zstd.Put(reader) }, nil
	default:
		return nil, nil, &problem.Error{
			Status: http.StatusUnsupportedMediaType, Code: "unsupported_encoding", Pointer: "Content-Encoding",
			Detail: fmt.Sprintf("The Content-Encoding %q is not read.", name),
			Hint:   "Send the body compressed with gzip or zstd, or as it is.",
		}
	}
}

// wireReader remembers the connection's own error, so that it is not taken for a bad compression.
type wireReader struct {
	from io.Reader
	err  error
}

func (s *wireReader) Read(p []byte) (int, error) {
	n, err := s.from.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		s.err = err
	}
	return n, err //nolint:wrapcheck // a reader hands errors on as they are
}

func (s *wireReader) blame(err error) error {
	if s.err != nil {
		return s.err
	}
	return fmt.Errorf("%w: %w", errInflate, err)
}

type inflating struct {
	reader io.Reader
	source *wireReader
}

func (i *inflating) Read(p []byte) (int, error) {
	n, err := i.reader.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		err = i.source.blame(err)
	}
	return n, err
}
