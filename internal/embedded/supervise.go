package embedded

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Pauses between the death of a child and the next; a child that lived for a
// while starts the pauses anew.
const (
	firstPause   = 100 * time.Millisecond
	longestPause = 10 * time.Second
	settled      = time.Minute
)

// supervise waits for the end of each child and starts the next one.
func (c *ClickHouse) supervise(ctx context.Context, running *child) {
	defer close(c.stopped)
	defer c.socket.Close()
	pause := firstPause
	for {
		c.set(Ready, running, "")
		if ctx.Err() != nil {
			running.closeInput() // Stop came before it knew of this child
		}
		began := time.Now()
		reason := running.wait()
		if ctx.Err() != nil {
			c.set(Stopped, nil, "")
			return
		}
		if time.Since(began) > settled {
			pause = firstPause
		}
		died := time.Now()
		c.cfg.Logger.Error("the ClickHouse engine ended; starting it again", "reason", reason, "pause", pause.String())
		if running = c.restart(ctx, reason, &pause); running == nil {
			c.set(Stopped, nil, "")
			return
		}
		c.cfg.Logger.Info("the ClickHouse engine is back", "after", time.Since(died).Round(time.Millisecond).String())
	}
}

// restart tries until a child is ready; nil means that the supervision ended.
func (c *ClickHouse) restart(ctx context.Context, reason error, pause *time.Duration) *child {
	for {
		c.set(Restarting, nil, reason.Error())
		timer := time.NewTimer(*pause)
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil
		case <-timer.C:
		}
		*pause = min(2**pause, longestPause)
		running, err := c.spawn(ctx)
		if err == nil {
			return running
		}
		if ctx.Err() != nil {
			return nil
		}
		reason = err
		c.cfg.Logger.Error("the ClickHouse engine does not start; trying again", "reason", err, "pause", pause.String())
	}
}

func (c *ClickHouse) set(state State, running *child, problem string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.state, c.child = state, running
	if problem != "" {
		c.problem = problem
	}
	if state == Restarting {
		c.restarts++
	}
}

// spawn starts a child and waits until it is ready.
func (c *ClickHouse) spawn(ctx context.Context) (*child, error) {
	c.mu.Lock()
	required := c.required
	c.mu.Unlock()
	started, err := startChild(c.cfg, c.socket, engineSpec{
		Dir: c.cfg.Dir, Library: c.cfg.Library, OwnerPassword: c.cfg.Password, ReaderPassword: c.cfg.ReaderPassword,
		RequirePassword: required, MemoryLimit: c.cfg.MemoryLimit, Concurrency: c.cfg.Concurrency, LockWait: 5 * time.Second,
	})
	if err != nil {
		return nil, err
	}
	timer := time.NewTimer(c.cfg.StartTimeout)
	defer timer.Stop()
	select {
	case first := <-started.reports:
		if first.Ready {
			return started, nil
		}
		started.endSoon()
		ended := started.wait()
		if first.Error == "" {
			return nil, fmt.Errorf("it ended before it was ready: %w", ended)
		}
		return nil, errors.New(first.Error + started.lastWords())
	case <-timer.C:
		err = fmt.Errorf("it was not ready after %s", c.cfg.StartTimeout)
	case <-ctx.Done():
		err = fmt.Errorf("it was told to stop: %w", ctx.Err())
	}
	started.kill()
	_ = started.wait()
	return nil, err
}
