package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/turnout/turnout/internal/config"
	"github.com/turnout/turnout/producers"
	"github.com/turnout/turnout/producers/importer"
	"github.com/turnout/turnout/schemas"
)

// importCommand turns the rows of a table into events. Running it again
// changes nothing: a row's identity is its content.
type importCommand struct {
	File    string `arg:"" help:"Table to import (CSV); - is standard input."`
	Mapping string `required:"" help:"YAML file that says which column is what." placeholder:"FILE" type:"path"`
	config.Client
	Schemas string `help:"Folder with further event types (JSON Schema files)." placeholder:"DIR" type:"path"`
	DryRun  bool   `help:"Check every row and publish nothing."`
	Format  format `default:"table" enum:"table,csv,json,ndjson" help:"Form of the list of rejections: ${enum}."`
}

// Run imports the table and lists the rows that were rejected.
func (c *importCommand) Run(env *environment) error {
	registry, err := loadRegistry(c.Schemas)
	if err != nil {
		return err
	}
	load := &loading{env: env, registry: registry, tenant: c.Tenant}
	if !c.DryRun {
		if load.publisher, err = newPublisher(env, c.Client); err != nil {
			return err
		}
	}
	outcome, err := load.table(c.File, c.Mapping)
	if outcome == nil {
		return err
	}
	outcome.dryRun = c.DryRun
	if printing := outcome.print(env.streams, c.Format); printing != nil {
		return printing
	}
	if err != nil {
		return err
	}
	return outcome.verdict()
}

func loadRegistry(dir string) (*schemas.Registry, error) {
	if dir == "" {
		registry, err := schemas.Builtin()
		if err != nil {
			return nil, fmt.Errorf("load the event types: %w", err)
		}
		return registry, nil
	}
	registry, err := schemas.LoadDir(dir)
	if err != nil {
		return nil, usagef("--schemas: %w", err)
	}
	return registry, nil
}

// loading puts files into a running Turnout; without a publisher it only checks them.
type loading struct {
	env       *environment
	registry  *schemas.Registry
	publisher producers.Publisher
	tenant    string
}

// publishChunk is how many imported events are sent at a time.
const publishChunk = 2000

// table imports one CSV file. The outcome is nil when nothing was even tried.
func (l *loading) table(path, mappingPath string) (*outcome, error) {
	mapping, err := importer.LoadMapping(mappingPath, l.registry)
	if err != nil {
		return nil, wrongInput(err)
	}
	file, size, err := l.open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	bar := newBar(l.env.streams.Err, "importing")
	defer bar.finish()
	counted := &counter{reader: file, report: func(done int64) { bar.to(path, done, size) }}
	sending := &sending{loading: l, file: path}
	summary, err := mapping.Import(l.env.ctx, counted, importer.Options{
		File: path, Tenant: l.tenant,
		Event: func(line int, event *schemas.Event) error { return sending.add(line, event) },
		Problem: func(p importer.Problem) {
			sending.outcome.list(rejection{File: path, Line: p.Line, Result: producers.Result{
				Status: producers.Rejected, Code: p.Code, Pointer: p.Column, Detail: p.Reason, Hint: p.Hint,
			}})
		},
	})
	if err == nil {
		err = sending.flush()
	}
	sending.outcome.Rejected += summary.Rejected
	sending.outcome.Notes = notes(path, &summary)
	if _, ok := errors.AsType[importer.Problems](err); ok {
		return nil, wrongInput(err)
	}
	if err != nil {
		return &sending.outcome, resumable(err)
	}
	return &sending.outcome, nil
}

// notes tells what was noticed about a table beside its good and bad rows.
func notes(path string, summary *importer.Summary) []string {
	all := []string{fmt.Sprintf("%s: %s read as %s, separated by %s", path, count(summary.Rows, "row"), summary.Encoding, summary.Delimiter)}
	if summary.Repeated > 0 {
		all = append(all, fmt.Sprintf("%s: %s the same as an earlier one; each is one event", path, count(summary.Repeated, "row")))
	}
	if summary.Skipped > 0 {
		all = append(all, fmt.Sprintf("%s: %s left out as the mapping says", path, count(summary.Skipped, "row")))
	}
	if len(summary.Ignored) > 0 {
		all = append(all, fmt.Sprintf("%s: the mapping does not use the columns %s", path, strings.Join(summary.Ignored, ", ")))
	}
	return all
}

// wrongInput is an error in a file that says itself where and what.
func wrongInput(err error) error { return fmt.Errorf("nothing was imported:\n%w", err) }

func (l *loading) open(path string) (io.ReadCloser, int64, error) {
	if path == "-" {
		return io.NopCloser(l.env.streams.In), 0, nil
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, 0, err //nolint:wrapcheck // it names the operation and the file already
	}
	info, err := file.Stat()
	if err != nil {
		return nil, 0, errors.Join(err, file.Close())
	}
	return file, info.Size(), nil
}

// sending publishes imported events in chunks and remembers the lines they came from.
type sending struct {
	loading *loading
	file    string
	events  []json.RawMessage
	lines   []int
	outcome outcome
}

func (s *sending) add(line int, event *schemas.Event) error {
	s.events = append(s.events, event.AppendJSON(nil))
	s.lines = append(s.lines, line)
	if len(s.events) < publishChunk {
		return nil
	}
	return s.flush()
}

func (s *sending) flush() error {
	defer func() { s.events, s.lines = s.events[:0], s.lines[:0] }()
	if s.loading.publisher == nil {
		s.outcome.Accepted += len(s.events)
		return nil
	}
	if len(s.events) == 0 {
		return nil
	}
	results, err := s.loading.publisher.Publish(s.loading.env.ctx, s.events)
	for i := range results {
		switch results[i].Status {
		case producers.Accepted:
			s.outcome.Accepted++
		case producers.Rejected:
			s.outcome.Rejected++
			s.outcome.list(rejection{File: s.file, Line: s.lines[i], Result: results[i]})
		case producers.Unknown:
		}
	}
	if err != nil {
		return fmt.Errorf("publish: %w", err)
	}
	return nil
}

// events publishes one file of CloudEvents.
func (l *loading) events(ctx context.Context, path string) (*outcome, error) {
	bar := newBar(l.env.streams.Err, "publishing")
	summary, err := producers.PublishFiles(ctx, []string{path}, producers.FileConfig{
		Publisher: l.publisher, Stdin: l.env.streams.In, Progress: bar.file,
	})
	bar.finish()
	result := &outcome{Accepted: int(summary.Accepted), Rejected: int(summary.Rejected), Results: rejections(summary.Rejections)}
	if err != nil {
		return result, resumable(err)
	}
	return result, nil
}

// counter tells how many bytes were read.
type counter struct {
	reader io.Reader
	done   int64
	report func(int64)
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.reader.Read(p)
	c.done += int64(n)
	c.report(c.done)
	return n, err //nolint:wrapcheck // io.EOF must stay itself
}
