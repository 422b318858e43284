package gateway

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/turnout/turnout/internal/stream"
	"github.com/turnout/turnout/producers"
)

const (
	// maxInFlight commits overlap when there is much: one is being synced to disk
	// while the next is on its way.
	maxInFlight = 2
	// overlapPart of a full pack must wait before a second one starts: what a small
	// one costs is more than overlapping saves, even when all clients but those of the
	// first wait already.
	overlapPart = 4
)

// Why a submission was not queued.
var (
	errClientFull = errors.New("this client has too much waiting to be stored")
	errQueueFull  = errors.New("too much is waiting to be stored")
	errStopping   = errors.New("the gateway is stopping")
)

// line is one accepted event, ready for a pack.
type line struct {
	typ  string
	json []byte
}

// submission is the accepted events of one request. The committer owns it until
// done is closed; then err says whether all of it is on disk.
type submission struct {
	client string
	mode   mode
	lines  []line
	next   int // the first line that is in no pack yet
	left   int // lines not settled yet
	err    error
	done   chan struct{}
}

func newSubmission(client string, mode mode, lines []line) *submission {
	return &submission{client: client, mode: mode, lines: lines, left: len(lines), done: make(chan struct{})}
}

// part is a run of one submission's lines within a pack.
type part struct {
	from  *submission
	lines []line
}

type usage struct{ events, bytes int }

func (u *usage) add(lines []line, sign int) {
	u.events += sign * len(lines)
	for i := range lines {
		u.bytes += sign * len(lines[i].json)
	}
}

// committer is the queue between requests and JetStream: what waits is packed
// together as soon as a commit may start.
type committer struct {
	js         producers.Stream
	packEvents int
	packBytes  int
	limit      usage
	timeout    time.Duration
	stored     func(parts []part, took time.Duration)
	failed     func(err error, took time.Duration)

	mu      sync.Mutex
	queue   []*submission
	waits   usage // of total: in no pack yet
	total   usage
	flying  int // packs under way
	clients map[string]*usage
	closing bool

	wake     chan struct{} // one token: look at the queue again
	finished chan struct{}
	abort    context.CancelFunc
}

// submit queues a request's lines, all or none of them. Any one request is taken
// when nothing else waits, so that limits never make it impossible.
func (c *committer) submit(s *submission) error {
	var more usage
	more.add(s.lines, 1)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closing {
		return errStopping
	}
	if c.total.events > 0 && (c.total.events+more.events > c.limit.events || c.total.bytes+more.bytes > c.limit.bytes) {
		return errQueueFull
	}
	mine := c.clients[s.client]
	if mine == nil {
		mine = &usage{}
		c.clients[s.client] = mine
	}
	if mine.events > 0 && (mine.events+more.events > c.limit.events/2 || mine.bytes+more.bytes > c.limit.bytes/2) {
		return errClientFull
	}
	mine.add(s.lines, 1)
	c.total.add(s.lines, 1)
	c.waits.add(s.lines, 1)
	c.queue = append(c.queue, s)
	if c.due() {
		c.signal()
	}
	return nil
}

func (c *committer) signal() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// run commits until close was called and everything is settled.
func (c *committer) run(ctx context.Context) {
	defer close(c.finished)
	var flying sync.WaitGroup
	for {
		parts := c.take()
		if parts == nil {
			break
		}
		flying.Go(func() { c.commit(ctx, parts) })
	}
	flying.Wait()
}

// due says that a pack should start now. It needs the lock.
func (c *committer) due() bool {
	switch {
	case len(c.queue) == 0 || c.flying == maxInFlight:
		return false
	case c.flying == 0:
		return true
	default:
		return c.waits.events >= c.packEvents/overlapPart || c.waits.bytes >= c.packBytes/overlapPart
	}
}

// take waits for work and gives the next pack, or nil when there will be none.
func (c *committer) take() []part {
	for {
		c.mu.Lock()
		if c.due() {
			parts := c.fill()
			c.flying++
			c.mu.Unlock()
			return parts
		}
		done := c.closing && len(c.queue) == 0
		c.mu.Unlock()
		if done {
			return nil
		}
		<-c.wake
	}
}

// fill takes lines from the head of the queue until the pack is full.
func (c *committer) fill() []part {
	var parts []part
	events, bytes := 0, 0
	for len(c.queue) > 0 {
		head := c.queue[0]
		first := head.next
		for head.next < len(head.lines) && events < c.packEvents {
			size := len(head.lines[head.next].json) + 1
			if events > 0 && bytes+size > c.packBytes {
				break
			}
			events, bytes, head.next = events+1, bytes+size, head.next+1
		}
		if head.next > first {
			taken := head.lines[first:head.next]
			parts = append(parts, part{from: head, lines: taken})
			c.waits.add(taken, -1)
		}
		if head.next < len(head.lines) {
			break
		}
		c.queue[0] = nil
		c.queue = c.queue[1:]
	}
	return parts
}

// commit publishes one pack and settles its submissions by the outcome.
func (c *committer) commit(ctx context.Context, parts []part) {
	count := 0
	for _, p := range parts {
		count += len(p.lines)
	}
	lines := make([][]byte, 0, count)
	for _, p := range parts {
		for i := range p.lines {
			lines = append(lines, p.lines[i].json)
		}
	}
	started := time.Now()
	attempt, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	_, err := producers.Store(attempt, c.js, producers.PackMessage(stream.PackSubject(""), lines))
	took := time.Since(started)
	if err != nil {
		c.failed(err, took)
	} else {
		c.stored(parts, took)
	}
	c.settle(parts, err)
}

// settle reports a pack's outcome to its submissions. What of a failed
// submission still waits is dropped, since its request is answered 503 and sent
// again as a whole. When the stream as such is away or full, everything that
// waits is answered at once rather than pack by pack after as many timeouts.
func (c *committer) settle(parts []part, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.flying--
	defer c.signal()
	for _, p := range parts {
		if err != nil && p.from.err == nil {
			p.from.err = err // before the release, which may tell the request
		}
		c.release(p.from, p.lines)
	}
	if err != nil {
		kept := c.queue[:0]
		for _, s := range c.queue {
			if s.err == nil && errors.Is(err, producers.ErrTooLarge) {
				kept = append(kept, s)
				continue
			}
			if s.err == nil {
				s.err = err
			}
			waiting := s.lines[s.next:]
			s.next = len(s.lines)
			c.waits.add(waiting, -1)
			c.release(s, waiting)
		}
		clear(c.queue[len(kept):])
		c.queue = kept
	}
}

func (c *committer) release(s *submission, lines []line) {
	c.total.add(lines, -1)
	mine := c.clients[s.client]
	mine.add(lines, -1)
	if mine.events == 0 {
		delete(c.clients, s.client)
	}
	s.left -= len(lines)
	if s.left == 0 && len(lines) > 0 {
		close(s.done)
	}
}

// close refuses new submissions; run ends when the queue is empty.
func (c *committer) close() {
	c.mu.Lock()
	c.closing = true
	c.mu.Unlock()
	c.signal()
}

func (c *committer) waiting() usage {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.total
}
