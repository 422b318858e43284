package producers

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"golang.org/x/sync/errgroup"
)

// FileConfig says how files are published.
type FileConfig struct {
	Publisher Publisher
	// Stdin is read for the file name "-"; nil means os.Stdin.
	Stdin io.Reader
	// Progress is told after every chunk, by one goroutine at a time; may be nil.
	Progress func(Progress)
	// OnReject is told of every rejection as it happens, by one goroutine at a time; may be nil.
	OnReject func(Rejection)
	// MaxRejections are kept in the Summary; 0 means 10,000. All are counted.
	MaxRejections int
	// ChunkEvents are published at a time by each of Workers; 0 means 500 and 4.
	ChunkEvents int
	Workers     int
}

const (
	defaultRejections = 10_000
	defaultWorkers    = 4
	chunkBytes        = 4 << 20
)

// Progress is how far the publishing of one file has come.
type Progress struct {
	File string
	// Bytes of the file that are done with, as they are on disk; Size of the
	// whole, or 0 when that is not known.
	Bytes, Size        int64
	Accepted, Rejected int64 // events of this file
}

// Rejection is one event of a file that was refused.
type Rejection struct {
	File string `json:"file"` // "-" for standard input
	Line int    `json:"line"` // where the event begins, from 1
	Result
}

// Summary is what became of the events of all files.
type Summary struct {
	Accepted, Rejected int64
	Rejections         []Rejection // by file and line; at most MaxRejections
}

// PublishFiles publishes the events of files, "-" being standard input: NDJSON,
// one JSON event, several one after the other, or one JSON array; plain, gzip or
// zstd, told by their content. Events are read as they are sent, so that a file
// may be larger than memory. What is refused is reported with its line, and the
// rest goes in. An error stops: the Summary then says what is certain. Publishing
// the same files again, after an interruption too, changes nothing that is stored.
func PublishFiles(ctx context.Context, paths []string, cfg FileConfig) (Summary, error) {
	cfg.MaxRejections = orDefault(cfg.MaxRejections, defaultRejections)
	cfg.ChunkEvents = orDefault(cfg.ChunkEvents, defaultBatchEvents)
	cfg.Workers = orDefault(cfg.Workers, defaultWorkers)
	if cfg.Stdin == nil {
		cfg.Stdin = os.Stdin
	}
	var summary Summary
	for _, path := range paths {
		one, err := publishFile(ctx, path, cfg)
		summary.Accepted += one.Accepted
		summary.Rejected += one.Rejected
		room := max(0, cfg.MaxRejections-len(summary.Rejections))
		summary.Rejections = append(summary.Rejections, one.Rejections[:min(room, len(one.Rejections))]...)
		if err != nil {
			return summary, fmt.Errorf("publish %s: %w", path, err)
		}
	}
	return summary, nil
}

func publishFile(ctx context.Context, path string, cfg FileConfig) (Summary, error) {
	if path == "-" {
		return publishReader(ctx, path, cfg.Stdin, 0, cfg)
	}
	file, err := os.Open(path)
	if err != nil {
		return Summary{}, err //nolint:wrapcheck // it names the operation and the file already
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return Summary{}, err //nolint:wrapcheck // it names the operation and the file already
	}
	if info.IsDir() {
		return Summary{}, errors.New("this is a folder; name the files in it")
	}
	return publishReader(ctx, path, file, info.Size(), cfg)
}

// chunk is what is published at a time.
type chunk struct {
	events []json.RawMessage
	places []place     // of the events
	bad    []Rejection // of places that hold no event at all
	end    int64       // bytes of the file that were read by then
}

// place is where an event stands in its file: the line, from 1, and how many came before.
type place struct{ line, index int }

// fileRun publishes one file.
type fileRun struct {
	cfg    FileConfig
	name   string
	size   int64
	source *countingReader

	mu      sync.Mutex
	summary Summary
	done    int64
}

func publishReader(ctx context.Context, name string, r io.Reader, size int64, cfg FileConfig) (Summary, error) {
	run := &fileRun{cfg: cfg, name: name, size: size, source: &countingReader{from: r}}
	plain, closePlain, err := decompress(run.source)
	if err != nil {
		return Summary{}, err
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(cfg.Workers)
	chunks := make(chan chunk)
	readErr := make(chan error, 1)
	// Reading has a goroutine of its own, since standard input may block for ever.
	go func() {
		defer closePlain()
		defer close(chunks)
		readErr <- run.read(ctx, newSplitter(plain), chunks)
	}()
	for open := true; open; {
		var c chunk
		select {
		case c, open = <-chunks:
			if open {
				group.Go(func() error { return run.publish(ctx, c) })
			}
		case <-ctx.Done():
			open = false
		}
	}
	err = group.Wait()
	if err == nil {
		err = context.Cause(ctx)
		select {
		case err = <-readErr:
		default: // interrupted while standard input is silent
		}
	}
	slices.SortFunc(run.summary.Rejections, func(a, b Rejection) int { return cmp.Compare(a.Line, b.Line) })
	return run.summary, err
}

// read cuts the file into chunks. A chunk is closed early when more input would
// have to be waited for, so that what comes through a pipe does not linger.
func (r *fileRun) read(ctx context.Context, events *splitter, chunks chan<- chunk) error {
	var c chunk
	size, index := 0, 0
	flush := func() error {
		c.end = r.source.count.Load()
		select {
		case chunks <- c:
		case <-ctx.Done():
			return fmt.Errorf("interrupted at line %d: %w", events.line, context.Cause(ctx))
		}
		c, size = chunk{}, 0
		return nil
	}
	for {
		event, err := events.next()
		if errors.Is(err, io.EOF) {
			return flush()
		}
		if err != nil {
			return errors.Join(fmt.Errorf("read at line %d: %w", events.line, err), flush())
		}
		if event.err != nil {
			c.bad = append(c.bad, Rejection{File: r.name, Line: event.line, Result: Reject(index, "", event.err)})
		} else {
			c.events, c.places = append(c.events, event.raw), append(c.places, place{event.line, index})
		}
		index++
		size += len(event.raw)
		if len(c.events)+len(c.bad) >= r.cfg.ChunkEvents || size >= chunkBytes || (r.size == 0 && !events.buffered()) {
			if err := flush(); err != nil {
				return err
			}
		}
	}
}

// publish sends one chunk and counts what became of it.
func (r *fileRun) publish(ctx context.Context, c chunk) error {
	if ctx.Err() != nil {
		return fmt.Errorf("stopped: %w", context.Cause(ctx)) // another chunk failed while this one waited its turn
	}
	var results []Result
	var err error
	if len(c.events) > 0 {
		results, err = r.cfg.Publisher.Publish(ctx, c.events)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, rejection := range c.bad {
		r.reject(rejection)
	}
	for i, result := range results {
		switch result.Status {
		case Accepted:
			r.summary.Accepted++
		case Rejected:
			result.Index = c.places[i].index
			r.reject(Rejection{File: r.name, Line: c.places[i].line, Result: result})
		case Unknown:
		}
	}
	if err != nil {
		return err
	}
	r.done = max(r.done, c.end)
	if r.cfg.Progress != nil {
		r.cfg.Progress(Progress{
			File: r.name, Bytes: r.done, Size: r.size, Accepted: r.summary.Accepted, Rejected: r.summary.Rejected,
		})
	}
	return nil
}

func (r *fileRun) reject(rejection Rejection) {
	r.summary.Rejected++
	if len(r.summary.Rejections) < r.cfg.MaxRejections {
		r.summary.Rejections = append(r.summary.Rejections, rejection)
	}
	if r.cfg.OnReject != nil {
		r.cfg.OnReject(rejection)
	}
}

// countingReader counts what was read, also from another goroutine's view.
type countingReader struct {
	from  io.Reader
	count atomic.Int64
}

func (c *countingReader) Read(p []byte) (int, error) {
	n, err := c.from.Read(p)
	c.count.Add(int64(n))
	return n, err //nolint:wrapcheck // a reader hands errors on as they are
}

// decompress looks at the first bytes: gzip and zstd files are opened, others read as they are.
func decompress(r io.Reader) (plain io.Reader, done func(), err error) {
	buffered := bufio.NewReaderSize(r, fileBuffer)
	magic, _ := buffered.Peek(4) // a shorter file is simply neither
	switch {
	case len(magic) >= 2 && magic[0] == 0x1f && magic[1] == 0x8b:
		reader, err := gzip.NewReader(buffered)
		if err != nil {
			return nil, nil, fmt.Errorf("open gzip: %w", err)
		}
		return reader, func() {}, nil
	case string(magic) == "\x28\xb5\x2f\xfd":
		reader, err := zstd.NewReader(buffered, zstd.WithDecoderConcurrency(1))
		if err != nil {
			return nil, nil, fmt.Errorf("open zstd: %w", err)
		}
		return reader, reader.Close, nil
	default:
		return buffered, func() {}, nil
	}
}
