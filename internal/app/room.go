package app

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/turnout/turnout/internal/stream"
	"github.com/turnout/turnout/internal/telemetry"
	"github.com/turnout/turnout/producers/gateway"
)

// room watches the disk of the embedded stream. Before it is full the intake is
// closed: over HTTP with 503, and over NATS by the stream's own limit. What is left
// then is for what was accepted: dead letters, notes, the warehouse on the same disk.
type room struct {
	dir     string
	reserve uint64
	logger  *slog.Logger
	// limit sets the stream's size: of what it holds (full), or as configured.
	limit func(ctx context.Context, full bool) error

	mu     sync.RWMutex
	closed bool
}

const (
	roomEvery  = 200 * time.Millisecond // what comes in meanwhile is taken from the reserve
	roomTime   = 5 * time.Second        // of one change of the stream's limit
	reopenPart = 4                      // reopened with a quarter more than the reserve, so that the doors do not flap
)

// watchRoom begins to watch; only the embedded stream's disk can be seen.
func (a *app) watchRoom() {
	if a.broker == nil || a.reserve == 0 {
		return
	}
	a.room = &room{dir: a.broker.Dir(), reserve: a.reserve, logger: a.logger, limit: a.limitStream}
	a.ready.add("disk", a.room.full)
	a.life.background("disk", a.room.watch)
}

func (a *app) limitStream(ctx context.Context, full bool) error {
	most := a.topology.MaxBytes
	if full {
		state, err := streamState(ctx, a.js, stream.EventsStream)
		if err != nil {
			return fmt.Errorf("ask for the stream's size: %w", err)
		}
		most = max(int64(state.Bytes), 1)
	}
	return stream.Restrict(ctx, a.js, most)
}

// intakeReady says why no event can be taken right now.
func (a *app) intakeReady() error {
	if a.room != nil {
		if err := a.room.full(); err != nil {
			return err
		}
	}
	err := a.streamReady()
	if err != nil && a.broker != nil && a.broker.Trouble() != nil {
		return fmt.Errorf("%w: %w", gateway.ErrDiskFull, err)
	}
	return err
}

// full says that the intake is closed.
func (r *room) full() error {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if !r.closed {
		return nil
	}
	return fmt.Errorf("%w (less than %d MiB are free): new events are refused until there is room; nothing accepted is lost", gateway.ErrDiskFull, r.reserve>>20)
}

// watch closes and reopens the intake until ctx ends.
func (r *room) watch(ctx context.Context) {
	ticker := time.NewTicker(roomEvery)
	defer ticker.Stop()
	limited := false // what the stream was told last
	for {
		closed := r.look()
		if closed != limited {
			if err := r.restrict(ctx, closed); err == nil {
				limited = closed
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// look measures and decides.
func (r *room) look() bool {
	free, _, err := telemetry.Room(r.dir)
	if err != nil {
		return r.closed // unknown: as before
	}
	needed := r.reserve
	if r.closed {
		needed += r.reserve / reopenPart
	}
	closed := free < needed
	if closed != r.closed {
		if closed {
			r.logger.Error("the disk of the stream is nearly full: new events are refused until there is room", "folder", r.dir, "free_bytes", free, "reserve_bytes", r.reserve)
		} else {
			r.logger.Warn("the disk of the stream has room again: new events are accepted", "folder", r.dir, "free_bytes", free)
		}
		r.mu.Lock()
		r.closed = closed
		r.mu.Unlock()
	}
	return closed
}

func (r *room) restrict(ctx context.Context, full bool) error {
	ctx, cancel := context.WithTimeout(ctx, roomTime)
	defer cancel()
	err := r.limit(ctx, full)
	if err != nil && ctx.Err() == nil {
		r.logger.Warn("the stream was not told of the disk's room; trying on", "error", err)
	}
	return err
}
