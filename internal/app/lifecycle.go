package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"
)

// lifecycle stops what was started, last first.
type lifecycle struct {
	logger *slog.Logger
	stops  []stop
}

type stop struct {
	name string
	run  func(context.Context) error
}

// onStop adds a step that undoes the one just taken.
func (l *lifecycle) onStop(name string, run func(context.Context) error) {
	l.stops = append(l.stops, stop{name, run})
}

// stop undoes every step; a step that fails does not keep the others from running.
func (l *lifecycle) stop(ctx context.Context) error {
	var failures []error
	for _, step := range slices.Backward(l.stops) {
		began := time.Now()
		if err := step.run(ctx); err != nil {
			failures = append(failures, fmt.Errorf("stop %s: %w", step.name, err))
			continue
		}
		l.logger.Debug("stopped", "part", step.name, "took", time.Since(began).Round(time.Millisecond))
	}
	l.stops = nil
	return errors.Join(failures...)
}

// background runs fn until the program stops and waits for its end then.
func (l *lifecycle) background(name string, fn func(context.Context)) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		fn(ctx)
	}()
	l.onStop(name, func(ctx context.Context) error {
		cancel()
		select {
		case <-done:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	})
}
