package warehouse

import (
	"net/http"
	"testing"
	"time"
)

// closing counts how often it is told to let go of what it holds open.
type closing struct {
	http.RoundTripper

	times int
}

func (c *closing) CloseIdleConnections() { c.times++ }

// TestConnectionsAreLetGo: the driver gives a connection up after every error, through what carries its blocks.
func TestConnectionsAreLetGo(t *testing.T) {
	t.Parallel()
	below := &closing{}
	(&http.Client{Transport: carrier{next: below}}).CloseIdleConnections()
	if below.times != 1 {
		t.Errorf("the transport below was told %d times", below.times)
	}
}

// TestOneOfMany: rows of a batch are merged at the insert unless more such batches come, so that what stays alone is merged.
func TestOneOfMany(t *testing.T) {
	t.Parallel()
	var db DB
	now := time.Unix(1_700_000_000, 0)
	for _, step := range []struct {
		after time.Duration
		rows  int
		want  bool
	}{
		{0, followingRows, false},
		{shortly - 1, followingRows, true},
		{time.Second, followingRows - 1, false},
		{time.Second, followingRows, true},
		{shortly, followingRows, false},
		{time.Hour, backlogRows, true},
		{time.Second, backlogRows - 1, true},
	} {
		now = now.Add(step.after)
		if got := db.oneOfMany(step.rows, now); got != step.want {
			t.Errorf("%d rows %s after the last: one of many is %t", step.rows, step.after, got)
		}
	}
}
