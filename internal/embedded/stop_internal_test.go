package embedded

import (
	"context"
	"log/slog"
	"os"
	"testing"
	"time"
)

// TestStopBeforeTheChildIsKnown: Stop may come before the supervision has begun; the child is told to end all the same.
func TestStopBeforeTheChildIsKnown(t *testing.T) {
	t.Parallel()
	null, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	cfg := ClickHouseConfig{Executable: "cat", Args: []string{"-"}, Logger: slog.New(slog.DiscardHandler)} // ends when its input does
	first, err := startChild(cfg, null, engineSpec{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(first.kill)
	supervision, stop := context.WithCancel(t.Context())
	engine := &ClickHouse{cfg: cfg, socket: null, stopped: make(chan struct{}), stop: stop}
	if err := stopWithin(supervision, engine, first); err != nil {
		t.Error(err)
	}
}

// stopWithin stops first and supervises then, which is the order that the scheduler may choose.
func stopWithin(supervision context.Context, engine *ClickHouse, first *child) error {
	engine.stop()
	go engine.supervise(supervision, first)
	patience, end := context.WithTimeout(context.Background(), time.Minute)
	defer end()
	select {
	case <-engine.stopped:
		return nil
	case <-patience.Done():
		return patience.Err()
	}
}
