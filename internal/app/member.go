package app

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/turnout/turnout/dashboards/people"
	"github.com/turnout/turnout/internal/erasures"
	"github.com/turnout/turnout/internal/operations"
	"github.com/turnout/turnout/internal/problem"
	"github.com/turnout/turnout/internal/stream"
	"github.com/turnout/turnout/schemas"
)

// people tells what is held about persons.
func (a *app) people() *people.Desk {
	return &people.Desk{
		House: func() (people.House, error) {
			if err := a.house.ready(); err != nil {
				return nil, notYet(err)
			}
			_, reader, err := a.house.databases()
			if err != nil {
				return nil, notYet(err)
			}
			return reader, nil
		},
		Letters: stream.NewDeadLetters(a.js), Requests: a.erased, Registry: a.registry,
	}
}

// eraseParams are those of the operation erase.
type eraseParams struct {
	Person  string `json:"person"`
	Request string `json:"request_id"`
	Basis   string `json:"basis"`
}

// eraseSource is the source of requests that are made here.
const eraseSource = "turnout:member-erase"

// lookEvery is how often the request is looked at while its work goes on.
const lookEvery = 200 * time.Millisecond

// eraseOperation publishes a request to forget a person and waits for the receipt. Who stops waiting stops nothing else.
func (a *app) eraseOperation() operations.Operation {
	return operations.Operation{Name: "erase", Parallel: true, Run: func(ctx context.Context, call operations.Call) (any, error) {
		var params eraseParams
		if err := call.Decode(&params); err != nil {
			return nil, err
		}
		if call.Tenant == "" {
			call.Tenant = "default"
		}
		if err := people.NoMarker(params.Person); err != nil {
			return nil, err
		}
		if err := a.unused(ctx, call.Tenant, params); err != nil {
			return nil, err
		}
		if err := a.publishErasure(ctx, call.Tenant, params); err != nil {
			return nil, err
		}
		return a.awaitReceipt(ctx, call, params.Request)
	}}
}

// unused refuses the id of a request about somebody else: it would change nothing, and look as if it had.
func (a *app) unused(ctx context.Context, tenant string, params eraseParams) error {
	known, err := a.erased.Request(ctx, tenant, params.Request)
	if errors.Is(err, erasures.ErrNoRequest) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("look for the request: %w", err)
	}
	if known.Hash == a.erased.Hash(tenant, params.Person) {
		return nil
	}
	return &problem.Error{
		Status: http.StatusConflict, Code: "request_taken", Pointer: "/request_id",
		Detail: fmt.Sprintf("The request %q is about another person.", params.Request), Hint: "Give every request an id of its own.",
	}
}

func (a *app) publishErasure(ctx context.Context, tenant string, params eraseParams) error {
	now := time.Now().UTC().Truncate(time.Millisecond)
	event := &schemas.Event{ID: params.Request, Source: eraseSource, Type: schemas.TypeMemberErased, Tenant: tenant, Time: now}
	data := map[string]any{"person_id": params.Person, "request_id": params.Request, "basis": params.Basis, "requested_at": now.Format(time.RFC3339Nano)}
	err := event.SetData(data)
	if err == nil {
		err = a.registry.Check(event)
	}
	if err != nil {
		return &problem.Error{
			Status: http.StatusBadRequest, Code: "bad_parameters", Cause: err, Detail: "The request is not one: " + err.Error(),
			Hint: "A person, an id of the request and its legal basis are needed.",
		}
	}
	msg := nats.NewMsg(stream.EventSubject(tenant, event.Type))
	msg.Header.Set("Content-Type", "application/cloudevents+json")
	msg.Data = event.AppendJSON(nil)
	if _, err := a.js.PublishMsg(ctx, msg); err != nil {
		return &problem.Error{
			Status: http.StatusServiceUnavailable, Code: "stream_unavailable", Cause: err, RetryAfter: retryPause,
			Detail: "The request could not be kept: " + err.Error() + ".", Hint: "Ask again: asking twice changes nothing.",
		}
	}
	return nil
}

func (a *app) awaitReceipt(ctx context.Context, call operations.Call, request string) (any, error) {
	call.Progress("waiting until the request is stored", 0, 0)
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	for {
		known, err := a.erased.Request(ctx, call.Tenant, request)
		switch {
		case errors.Is(err, erasures.ErrNoRequest):
		case err != nil:
			return nil, fmt.Errorf("look for the receipt: %w", err)
		case known.State == erasures.StateDone:
			return known, nil
		case known.Step != "":
			call.Progress(known.Step, known.StepDone, known.StepTotal)
		default:
			call.Progress("waiting for the worker", 0, 0)
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err() //nolint:wrapcheck // who asked is gone
		case <-ticker.C:
		}
	}
}
