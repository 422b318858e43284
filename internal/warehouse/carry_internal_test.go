package warehouse

import (
	"net/http"
	"testing"
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
