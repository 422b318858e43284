package chhttp

import (
	"bufio"
	"bytes"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"sort"
	"strings"

	"github.com/ClickHouse/ch-go/compress"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/turnout/turnout/internal/embedded/chdb"
)

const (
	headSize = 256 << 10 // read at first to find where an INSERT's rows begin
	maxText  = 64 << 20  // a statement's text, an IN list of millions included
)

// request is one statement with all that goes with it.
type request struct {
	user     string
	id       string // query id, as the client sees it
	tag      string // marks the statement in system.processes
	database string
	format   string // default format of the answer or of the rows
	settings []chdb.Param
	params   []chdb.Param
	wait     bool // answer only when everything is known
	native   bool // compress=1: the answer in ClickHouse's own framing
	stmt     *statement
	rows     io.Reader // what follows the statement
	inline   []byte    // the whole text with its rows, of INSERT … VALUES when it is short
}

// reserved are URL parameters that are not settings.
func reserved(name string) bool {
	switch name {
	case "query", "database", "user", "password", "quota_key", "query_id", "default_format", "compress", "decompress",
		"wait_end_of_query", "buffer_size", "stacktrace", "role", "session_id", "session_timeout", "session_check",
		"client_protocol_version", "enable_http_compression", "http_zlib_compression_level", "framing":
		return true
	}
	return false
}

// newRequest reads everything but the statement.
func newRequest(r *http.Request, query url.Values) *request {
	req := &request{
		database: query.Get("database"), format: query.Get("default_format"),
		id: query.Get("query_id"), wait: isTrue(query.Get("wait_end_of_query")), native: isTrue(query.Get("compress")),
	}
	if header := r.Header.Get("X-ClickHouse-Database"); header != "" {
		req.database = header
	}
	if header := r.Header.Get("X-ClickHouse-Format"); header != "" {
		req.format = header
	}
	for name, values := range query {
		value := values[len(values)-1]
		if param, ok := strings.CutPrefix(name, "param_"); ok {
			req.params = append(req.params, chdb.Param{Name: param, Value: value})
		} else if !reserved(name) && name != "" {
			req.settings = append(req.settings, chdb.Param{Name: name, Value: value})
		}
	}
	sort.Slice(req.settings, func(i, j int) bool { return req.settings[i].Name < req.settings[j].Name })
	return req
}

func isTrue(value string) bool { return value == "1" || strings.EqualFold(value, "true") }

// readText reads the statement out of the URL and the body and leaves the rows in req.rows.
func (req *request) readText(r *http.Request, query url.Values) error {
	if strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/form-data") {
		return &chError{code: codeNotImplemented, name: "NOT_IMPLEMENTED", message: "External tables (multipart/form-data) are not served here"}
	}
	body, err := decode(r, query)
	if err != nil {
		return err
	}
	head, whole, err := req.readHead([]byte(query.Get("query")), body)
	if err != nil || req.stmt.mode != runInsert {
		return err
	}
	req.rows = io.MultiReader(bytes.NewReader(head[req.stmt.data:]), body)
	if whole && strings.EqualFold(req.stmt.format, "Values") {
		req.inline = head
		if err := req.stmt.lexRows(head); err != nil {
			return syntax(err)
		}
	}
	return nil
}

// readHead reads until it is certain where the statement ends. whole says that
// nothing is left in the body.
func (req *request) readHead(head []byte, body io.Reader) (text []byte, whole bool, err error) {
	if len(head) > 0 {
		head = append(head, '\n')
	}
	for step := headSize; ; step *= 2 {
		if len(bytes.TrimSpace(head)) > 0 {
			stmt, more, err := readStatement(head, whole)
			if !more {
				if err != nil {
					err = syntax(err)
				}
				req.stmt = stmt
				return head, whole, err
			}
		} else if whole {
			return nil, true, &chError{code: codeSyntax, name: "SYNTAX_ERROR", message: "Empty query"}
		}
		if len(head) > maxText {
			return nil, false, &chError{code: codeQueryTooLarge, name: "QUERY_IS_TOO_LARGE", message: "The statement is longer than 64 MiB"}
		}
		next, err := io.ReadAll(io.LimitReader(body, int64(step)))
		if err != nil {
			return nil, false, cut(err)
		}
		head = append(head, next...)
		whole = len(next) < step
	}
}

func syntax(err error) error {
	return &chError{code: codeSyntax, name: "SYNTAX_ERROR", message: "Syntax error: " + err.Error()}
}

// cut says that a body broke off or could not be decompressed.
func cut(err error) error {
	return &chError{code: codeCannotRead, name: "CANNOT_READ_ALL_DATA",
		message: "The request's body cannot be read to its end: " + err.Error(), status: http.StatusBadRequest}
}

// decode undoes Content-Encoding and ClickHouse's own framing (decompress=1).
func decode(r *http.Request, query url.Values) (io.Reader, error) {
	var body io.Reader = bufio.NewReaderSize(r.Body, 64<<10)
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		return bytes.NewReader(nil), nil
	}
	var err error
	switch encoding := strings.ToLower(r.Header.Get("Content-Encoding")); encoding {
	case "", "identity":
	case "gzip", "x-gzip":
		body, err = gzip.NewReader(body)
	case "deflate":
		body, err = zlib.NewReader(body)
	case "zstd":
		var decoder *zstd.Decoder
		if decoder, err = zstd.NewReader(body, zstd.WithDecoderConcurrency(1)); err == nil {
			body = decoder
		}
	default:
		return nil, &chError{code: codeNotImplemented, name: "UNKNOWN_COMPRESSION_METHOD", status: http.StatusUnsupportedMediaType,
			message: "Unknown Content-Encoding " + encoding + "; use gzip, deflate or zstd"}
	}
	if errors.Is(err, io.EOF) {
		return bytes.NewReader(nil), nil
	}
	if err != nil {
		return nil, cut(err)
	}
	if isTrue(query.Get("decompress")) {
		body = newBlocks(body)
	}
	return body, nil
}

// blocks reads ClickHouse's framing. Only an end between two blocks is the end:
// the library reports a block cut after its header as a plain end, too.
type blocks struct {
	from     io.Reader
	unpacker *compress.Reader
	consumed int // of the block that is being read
}

func newBlocks(from io.Reader) *blocks {
	b := &blocks{from: from}
	b.unpacker = compress.NewReader(readerFunc(func(p []byte) (int, error) {
		n, err := b.from.Read(p)
		b.consumed += n
		return n, err //nolint:wrapcheck // a reader passes errors on as they are
	}))
	return b
}

// Read gives out unpacked bytes.
func (b *blocks) Read(p []byte) (int, error) {
	n, err := b.unpacker.Read(p)
	switch {
	case err == nil:
		b.consumed = 0
		return n, nil
	case errors.Is(err, io.EOF) && b.consumed == 0:
		return n, io.EOF
	case errors.Is(err, io.EOF):
		return n, io.ErrUnexpectedEOF
	}
	return n, fmt.Errorf("unpack a block: %w", err)
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }
