package chhttp

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestGate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate(Config{Concurrency: 1, Queue: 1, QueueTime: time.Minute})
		if err := g.enter(t.Context()); err != nil {
			t.Fatal(err)
		}
		// One may wait, and gives up after a minute.
		began := time.Now()
		waited := make(chan error, 1)
		go func() { waited <- g.enter(t.Context()) }()
		synctest.Wait()
		// A second one may not even wait.
		refused(t, g.enter(t.Context()))
		refused(t, <-waited)
		if waiting := time.Since(began); waiting != time.Minute {
			t.Errorf("waited %s", waiting)
		}
		// One who goes away frees the place to wait.
		ctx, leave := context.WithCancel(t.Context())
		go func() { waited <- g.enter(ctx) }()
		synctest.Wait()
		leave()
		if err := <-waited; !errors.Is(err, context.Canceled) {
			t.Errorf("left with %v", err)
		}
		// One who waits comes in when a place is free.
		go func() { waited <- g.enter(t.Context()) }()
		synctest.Wait()
		g.leave()
		if err := <-waited; err != nil {
			t.Errorf("not let in: %v", err)
		}
	})
}

func refused(t *testing.T, err error) {
	t.Helper()
	if code, status := codeOf(err); code != codeTooManyQueries || status != http.StatusServiceUnavailable || !strings.Contains(err.Error(), "again later") {
		t.Errorf("code %d, status %d: %v", code, status, err)
	}
}
