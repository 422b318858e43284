package app

import (
	"context"
	"fmt"

	"github.com/turnout/turnout/dashboards/api"
	"github.com/turnout/turnout/internal/stream"
)

// streamStatus tells how much the stream holds, and how much of it is not yet stored.
func (a *app) streamStatus(ctx context.Context) (*api.StreamStatus, error) {
	state, err := streamState(ctx, a.js, stream.EventsStream)
	if err != nil {
		return nil, fmt.Errorf("ask for the stream: %w", err)
	}
	pending, err := a.pending(ctx)
	if err != nil {
		return nil, err
	}
	return &api.StreamStatus{
		Messages: state.Msgs, Bytes: state.Bytes, FirstSeq: state.FirstSeq, LastSeq: state.LastSeq, Pending: pending,
	}, nil
}

// checks tells for each part "ok", or what is the matter.
func (a *app) checks(context.Context) map[string]string {
	states, _ := a.ready.report()
	return states
}
