package chhttp

import (
	"sync"

	"github.com/turnout/turnout/internal/embedded/chdb"
)

// classes remembers what the engine's parser said of a text. The same statements are asked again and again, with other parameters, and to
// parse a report's takes as long as a small query.
type classes struct {
	mu    sync.Mutex
	known map[string]class
	bytes int
}

type class struct {
	kind       chdb.Class
	statements int
}

const (
	// mostClassified bounds the texts that are remembered; beyond, all are forgotten. A longer one than longestClassified, as of an
	// insert with its rows, does not come again.
	mostClassified    = 4 << 20
	longestClassified = 64 << 10
)

// of asks the engine's parser, unless it was asked about this very text.
func (c *classes) of(conn *chdb.Conn, text []byte) (chdb.Class, int) {
	if len(text) > longestClassified {
		return conn.Classify(text)
	}
	c.mu.Lock()
	found, known := c.known[string(text)]
	c.mu.Unlock()
	if known {
		return found.kind, found.statements
	}
	kind, statements := conn.Classify(text)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.known == nil || c.bytes+len(text) > mostClassified {
		c.known, c.bytes = map[string]class{}, 0
	}
	if _, known := c.known[string(text)]; !known {
		c.known[string(text)] = class{kind, statements}
		c.bytes += len(text)
	}
	return kind, statements
}
