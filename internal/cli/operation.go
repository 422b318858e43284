package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"github.com/turnout/turnout/internal/operations"
	"github.com/turnout/turnout/internal/problem"
)

// runOperation asks the server for long work, shows its progress on the terminal and decodes the result.
// What the server refuses or could not finish is a *problem.Error.
func runOperation(env *environment, client *api, name string, params, result any) error {
	patient := *client
	patient.http = &http.Client{Transport: client.http.Transport} // the context bounds it, not a timeout
	response, err := patient.send(env.ctx, http.MethodPost, "/v1/operations/"+name, nil, params)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	steps := newSteps(env.streams.Err)
	defer steps.finish()
	decoder := json.NewDecoder(response.Body)
	for {
		var line struct {
			Progress *operations.Progress `json:"progress"`
			Result   json.RawMessage      `json:"result"`
			Problem  *problem.Document    `json:"problem"`
		}
		err := decoder.Decode(&line)
		switch {
		case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
			return cutOff(name)
		case errors.Is(err, context.Canceled):
			return fmt.Errorf("interrupted: %w", err)
		case err != nil:
			return fmt.Errorf("read the progress of %s: %w", name, err)
		case line.Progress != nil:
			steps.show(*line.Progress)
		case line.Problem != nil:
			return &problem.Error{
				Status: line.Problem.Status, Code: line.Problem.Code, Title: line.Problem.Title,
				Detail: line.Problem.Detail, Hint: line.Problem.Hint, Pointer: line.Problem.Pointer,
			}
		case line.Result != nil:
			if err := json.Unmarshal(line.Result, result); err != nil {
				return fmt.Errorf("read the result of %s: %w", name, err)
			}
			return nil
		}
	}
}

func cutOff(name string) error {
	return &problem.Error{
		Code: "cut_off", Detail: fmt.Sprintf("the server broke off before it said how %q ended", name),
		Hint: "see its log, and run the command again: it may be repeated safely",
	}
}

// steps shows how far long work has come on a terminal, and nothing elsewhere.
type steps struct {
	progress *mpb.Progress
	current  *mpb.Bar
	name     string
}

func newSteps(w io.Writer) *steps {
	columns := width(w)
	if columns == 0 {
		return &steps{}
	}
	return &steps{progress: mpb.New(mpb.WithOutput(w), mpb.WithWidth(min(columns, 100)))} //nolint:mnd // wider bars tell no more
}

func (s *steps) show(p operations.Progress) {
	if s.progress == nil || p.Step == "" {
		return
	}
	if s.current == nil || s.name != p.Step {
		s.complete()
		s.name = p.Step
		s.current = s.progress.AddBar(0,
			mpb.PrependDecorators(decor.Name(p.Step+" ")),
			mpb.AppendDecorators(decor.CountersNoUnit("%d / %d"), decor.Name(" "), decor.Elapsed(decor.ET_STYLE_GO)),
		)
	}
	s.current.SetTotal(int64(p.Total), false)
	s.current.SetCurrent(int64(p.Done))
}

// complete ends the bar of a step.
func (s *steps) complete() {
	if s.current != nil && !s.current.Completed() {
		s.current.SetTotal(-1, true)
	}
}

// finish ends all and leaves the terminal as it was.
func (s *steps) finish() {
	if s.progress == nil {
		return
	}
	s.complete()
	s.progress.Wait()
}
