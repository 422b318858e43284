package faults

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"sync"
	"time"
)

// Weather is what a network does to what passes.
type Weather struct {
	Mode Mode
	// Up strikes what goes to the server, Down what comes back.
	Up, Down bool
	// Longest delay of a piece.
	Delay time.Duration
}

// Mode is a fault of a network.
type Mode string

// The modes. Whatever strikes does so in the middle of a piece: a request or an answer arrives in half.
const (
	Fair      Mode = "fair"
	Delayed   Mode = "delay"            // every piece is late
	Cut       Mode = "cut"              // the connection is reset
	HalfOpen  Mode = "half-open"        // nothing arrives any more, and nobody is told
	Truncated Mode = "truncated answer" // the answer ends early, in order
)

// Proxy stands between two parts and is the network between them.
type Proxy struct {
	Address string // host:port on which it takes connections
	target  string

	listener net.Listener
	done     sync.WaitGroup

	mu      sync.Mutex
	weather Weather
	random  *rand.Rand
	links   map[*link]bool
	struck  int
}

// link is one connection through the proxy.
type link struct {
	client, server net.Conn
	dead           bool // half-open: what still comes is swallowed
}

func (l *link) close() {
	_ = l.client.Close() // it may be closed already
	_ = l.server.Close()
}

// reset closes without the usual farewell.
func (l *link) reset() {
	for _, side := range []net.Conn{l.client, l.server} {
		if tcp, ok := side.(*net.TCPConn); ok {
			_ = tcp.SetLinger(0) // it may be closed already
		}
	}
	l.close()
}

// NewProxy takes connections for the target until Close.
func NewProxy(ctx context.Context, target string, seed uint64) (*Proxy, error) {
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("open a proxy to %s: %w", target, err)
	}
	p := &Proxy{
		Address: listener.Addr().String(), target: target, listener: listener, weather: Weather{Mode: Fair}, links: map[*link]bool{},
		random: rand.New(rand.NewPCG(seed, 3)), //nolint:gosec // it must be the same again
	}
	p.done.Go(p.accept)
	return p, nil
}

// Set changes the weather; connections stay. Fair weather resets those from which something was swallowed.
func (p *Proxy) Set(w Weather) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.weather = w
	if w.Mode != Fair {
		return
	}
	for l := range p.links {
		if l.dead {
			l.reset()
		}
	}
}

// Struck is how many connections were hurt.
func (p *Proxy) Struck() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.struck
}

// Close ends all connections.
func (p *Proxy) Close() {
	_ = p.listener.Close() // it may be closed already
	p.mu.Lock()
	for l := range p.links {
		l.close()
	}
	p.mu.Unlock()
	p.done.Wait()
}

const dialLimit = 2 * time.Second

func (p *Proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		server, err := net.DialTimeout("tcp", p.target, dialLimit) //nolint:noctx // as long as the proxy lives
		if err != nil {
			_ = client.Close() // as a server that is away does
			continue
		}
		l := &link{client: client, server: server}
		p.mu.Lock()
		p.links[l] = true
		p.mu.Unlock()
		p.done.Go(func() { p.carry(l) })
	}
}

// carry moves bytes both ways until both have ended.
func (p *Proxy) carry(l *link) {
	var ways sync.WaitGroup
	ways.Go(func() { p.pump(l, l.client, l.server, true) })
	ways.Go(func() { p.pump(l, l.server, l.client, false) })
	ways.Wait()
	l.close()
	p.mu.Lock()
	delete(p.links, l)
	p.mu.Unlock()
}

const pieceBytes = 16 << 10

func (p *Proxy) pump(l *link, from, to net.Conn, up bool) {
	piece := make([]byte, pieceBytes)
	for {
		n, err := from.Read(piece)
		if n > 0 && !p.pass(l, to, piece[:n], up) {
			return
		}
		if err != nil {
			if tcp, ok := to.(*net.TCPConn); ok && errors.Is(err, io.EOF) {
				_ = tcp.CloseWrite() // the other side may be gone, too
				return
			}
			l.close()
			return
		}
	}
}

// pass does to one piece what the weather does; false when the connection is over.
func (p *Proxy) pass(l *link, to net.Conn, piece []byte, up bool) bool {
	mode, delay, part := p.strike(l, len(piece), up)
	switch mode {
	case Delayed:
		<-time.After(delay)
	case HalfOpen:
		return true
	case Cut, Truncated:
		_, _ = to.Write(piece[:part]) // whether it arrives or not: it is over
		if mode == Cut {
			l.reset()
		} else {
			l.close()
		}
		return false
	}
	_, err := to.Write(piece)
	return err == nil
}

// strike decides on one piece. One in three is hurt, so that some requests work.
func (p *Proxy) strike(l *link, size int, up bool) (mode Mode, delay time.Duration, part int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if l.dead {
		return HalfOpen, 0, 0
	}
	w := p.weather
	if up && !w.Up || !up && !w.Down || w.Mode == Fair || w.Mode != Delayed && p.random.IntN(3) > 0 {
		return Fair, 0, size
	}
	p.struck++
	l.dead = w.Mode == HalfOpen
	return w.Mode, time.Duration(p.random.Int64N(int64(w.Delay) + 1)), p.random.IntN(size)
}
