package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/turnout/turnout/internal/config"
	"github.com/turnout/turnout/internal/problem"
	"github.com/turnout/turnout/producers"
)

// publishCommand sends events from files. Running it again changes nothing.
type publishCommand struct {
	Files []string `arg:"" help:"Files with CloudEvents (JSON, a JSON array, or one a line; gzip and zstd too); - is standard input."`
	config.Client
	Format format `default:"table" enum:"table,csv,json,ndjson" help:"Form of the list of rejections: ${enum}."`
}

// Run publishes the files and lists what was rejected.
func (c *publishCommand) Run(env *environment) error {
	publisher, err := newPublisher(env, c.Client)
	if err != nil {
		return err
	}
	bar := newBar(env.streams.Err, "publishing")
	summary, err := producers.PublishFiles(env.ctx, c.Files, producers.FileConfig{
		Publisher: publisher, Stdin: env.streams.In, Progress: bar.file,
	})
	bar.finish()
	outcome := outcome{Accepted: int(summary.Accepted), Rejected: int(summary.Rejected), Results: rejections(summary.Rejections)}
	if printing := outcome.print(env.streams, c.Format); printing != nil {
		return printing
	}
	if err != nil {
		return resumable(err)
	}
	return outcome.verdict()
}

// newPublisher checks that the server is there before anything is read, since
// afterwards an outage is waited out.
func newPublisher(env *environment, cfg config.Client) (*producers.HTTP, error) {
	client, err := newAPI(cfg)
	if err != nil {
		return nil, err
	}
	if err := client.do(env.ctx, http.MethodGet, "/healthz", nil, nil, nil); err != nil {
		return nil, err
	}
	publisher, err := producers.NewHTTP(producers.HTTPConfig{
		URL: cfg.URL, Key: cfg.Key, Tenant: cfg.Tenant,
		OnRetry: func(attempt int, err error) {
			if attempt == 1 {
				fmt.Fprintf(env.streams.Err, "turnout: waiting for the server: %v\n", err)
			}
		},
	})
	if err != nil {
		return nil, usageError{err}
	}
	return publisher, nil
}

// resumable says what to do after a publish that stopped in the middle.
func resumable(err error) error {
	if refused, ok := errors.AsType[*producers.RequestError](err); ok {
		return &problem.Error{
			Status: refused.Status, Code: refused.Code, Title: refused.Title,
			Detail: refused.Detail, Hint: refused.Hint, Pointer: refused.Pointer, Cause: err,
		}
	}
	const hint = "run the same command again: what is in already stays as it is"
	if errors.Is(err, context.Canceled) {
		return &problem.Error{Code: "interrupted", Detail: "interrupted before the end", Hint: hint, Cause: err}
	}
	return &problem.Error{Code: "publish_failed", Detail: err.Error(), Hint: hint, Cause: err}
}

// outcome is what became of the events of a command.
type outcome struct {
	Accepted int         `json:"accepted"`
	Rejected int         `json:"rejected"`
	Results  []rejection `json:"results"` // of the rejected ones, at most mostListed
	Notes    []string    `json:"notes,omitempty"`

	dryRun bool
}

// mostListed bounds the rejections that are listed, so that a wrong file of any
// size fits into memory; all are counted.
const mostListed = 10_000

func (o *outcome) list(r rejection) {
	if len(o.Results) < mostListed {
		o.Results = append(o.Results, r)
	}
}

type rejection struct {
	File string `json:"file"`
	Line int    `json:"line"`
	producers.Result
}

func rejections(list []producers.Rejection) []rejection {
	all := make([]rejection, len(list))
	for i, r := range list {
		all[i] = rejection(r)
	}
	return all
}

// print tells programs everything, and people the rejections and a summary.
func (o *outcome) print(streams Streams, f format) error {
	if f == formatJSON {
		if o.Results == nil {
			o.Results = []rejection{}
		}
		return printJSON(streams.Out, o)
	}
	grid := newGrid("file", "line", "id", "code", "pointer", "detail", "hint")
	for i := range o.Results {
		r := &o.Results[i]
		grid.add(r.File, r.Line, r.ID, r.Code, r.Pointer, r.Detail, r.Hint)
	}
	if f != formatTable {
		return grid.print(streams.Out, f)
	}
	return o.tell(streams.Out)
}

// tell writes one rejection a line, as compilers do, so that editors find the place.
func (o *outcome) tell(w io.Writer) error {
	for i := range o.Results {
		r := &o.Results[i]
		text := fmt.Sprintf("%s:%d: ", r.File, r.Line)
		if r.Pointer != "" {
			text += r.Pointer + ": "
		}
		text += r.Detail
		if r.Hint != "" {
			text += "; " + r.Hint
		}
		if _, err := fmt.Fprintln(w, printable(text)); err != nil {
			return fmt.Errorf("print: %w", err)
		}
	}
	if len(o.Results) == mostListed {
		fmt.Fprintln(w, "… and more")
	}
	for _, note := range o.Notes {
		fmt.Fprintln(w, printable(note))
	}
	verdict := "%s accepted, %s rejected\n"
	if o.dryRun {
		verdict = "Dry run, nothing was published: %s would be accepted, %s rejected\n"
	}
	_, err := fmt.Fprintf(w, verdict, count(o.Accepted, "event"), count(o.Rejected, "event"))
	if err != nil {
		return fmt.Errorf("print: %w", err)
	}
	return nil
}

// verdict makes a command with rejections fail.
func (o *outcome) verdict() error {
	if o.Rejected > 0 {
		return errSilent
	}
	return nil
}

func (o *outcome) add(other *outcome) {
	o.Accepted += other.Accepted
	o.Rejected += other.Rejected
	for _, r := range other.Results {
		o.list(r)
	}
	o.Notes = append(o.Notes, other.Notes...)
}

func count(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}
