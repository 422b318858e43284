package app

import (
	"context"
	"fmt"
	"time"

	"github.com/turnout/turnout/dashboards/api"
	"github.com/turnout/turnout/internal/stream"
)

// streamStatus tells how much the stream holds, and how much of it is not yet stored.
func (a *app) streamStatus(ctx context.Context) (*api.StreamStatus, error) {
	state, err := streamState(ctx, a.js, stream.EventsStream)
	if err != nil {
		return nil, fmt.Errorf("ask for the stream: %w", err)
	}
	pending, floor, err := a.backlog(ctx)
	if err != nil {
		return nil, err
	}
	status := &api.StreamStatus{
		Messages: state.Msgs, Bytes: state.Bytes, FirstSeq: state.FirstSeq, LastSeq: state.LastSeq, Pending: pending,
	}
	if limit := a.topology.MaxBytes; limit > 0 {
		bytes := uint64(limit)
		status.LimitBytes = &bytes
	}
	if pending > 0 {
		status.OldestPendingAt = a.arrival(ctx, max(floor+1, state.FirstSeq))
	}
	return status, nil
}

// arrival is when a message came into the stream; nil when that cannot be told.
func (a *app) arrival(ctx context.Context, seq uint64) *time.Time {
	events, err := a.js.Stream(ctx, stream.EventsStream)
	if err != nil {
		return nil
	}
	message, err := events.GetMsg(ctx, seq)
	if err != nil {
		return nil
	}
	at := message.Time.UTC()
	return &at
}

// oldestPending is how long the oldest message has waited whose events are not in the warehouse yet.
func (a *app) oldestPending(ctx context.Context) (time.Duration, bool) {
	status, err := a.streamStatus(ctx)
	switch {
	case err != nil:
		return 0, false
	case status.Pending == 0:
		return 0, true
	case status.OldestPendingAt == nil:
		return 0, false
	}
	return max(time.Since(*status.OldestPendingAt), 0), true
}

// checks tells for each part "ok", or what is the matter.
func (a *app) checks(context.Context) map[string]string {
	states, _ := a.ready.report()
	return states
}
