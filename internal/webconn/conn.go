package webconn

import (
	"context"
	"errors"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// Wrap gives a listener whose TCP connections are cheap to use.
func Wrap(of net.Listener) net.Listener { return listener{of} }

type listener struct{ net.Listener }

// Accept implements net.Listener.
func (l listener) Accept() (net.Conn, error) {
	accepted, err := l.Listener.Accept()
	if tcp, ok := accepted.(*net.TCPConn); ok && err == nil {
		return &conn{TCPConn: tcp}, nil
	}
	return accepted, err //nolint:wrapcheck // a listener hands errors on as they are
}

type contextKey struct{}

// Context is an http.Server's ConnContext: it lets handlers find the connection.
func Context(ctx context.Context, of net.Conn) context.Context {
	if c, ok := of.(*conn); ok {
		return context.WithValue(ctx, contextKey{}, c)
	}
	return ctx
}

// Unwatched says that a request is finished whether its client stays or leaves. A handler calls it before it reads the body; the request's
// context then does not end when the client leaves. Within a server that does not use this package it does nothing.
func Unwatched(ctx context.Context) {
	if c, ok := ctx.Value(contextKey{}).(*conn); ok {
		c.unwatched.Store(true)
	}
}

// conn is a TCP connection whose deadlines are noted when they are set, and told to the socket when a read waits for it.
type conn struct {
	*net.TCPConn

	unwatched atomic.Bool // the next look for whether the client left is left out

	mu      sync.Mutex
	until   time.Time // the deadline of reads; zero is none
	told    time.Time // the one that the socket has
	waiting bool      // a read is with the socket
	write   bool      // the socket has a deadline of writes
}

// Read implements net.Conn. Nobody but net/http's look for whether the client left reads a single byte; that it learns nothing is no error.
func (c *conn) Read(p []byte) (int, error) {
	if len(p) == 1 && c.unwatched.CompareAndSwap(true, false) {
		return 0, nil
	}
	for {
		if err := c.enter(); err != nil {
			return 0, err
		}
		n, err := c.TCPConn.Read(p)
		if c.leave(err) && n == 0 {
			continue
		}
		return n, err //nolint:wrapcheck // a connection hands errors on as they are
	}
}

// enter begins a read. The socket may know a deadline that is too early, never one that is too late.
func (c *conn) enter() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.waiting = true
	early := c.told.After(time.Now()) && (c.until.IsZero() || c.told.Before(c.until))
	if early || c.told.Equal(c.until) {
		return nil
	}
	return c.tell()
}

// leave ends a read. It tells whether the read must begin anew, since the socket's deadline was too early.
func (c *conn) leave(err error) (again bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.waiting = false
	return errors.Is(err, os.ErrDeadlineExceeded) && (c.until.IsZero() || c.until.After(time.Now()))
}

// tell needs the lock.
func (c *conn) tell() error {
	c.told = c.until
	return c.TCPConn.SetReadDeadline(c.until) //nolint:wrapcheck // a connection hands errors on as they are
}

// SetReadDeadline implements net.Conn.
func (c *conn) SetReadDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.until = t
	if c.waiting {
		return c.tell()
	}
	return nil
}

// SetWriteDeadline implements net.Conn.
func (c *conn) SetWriteDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if t.IsZero() && !c.write {
		return nil
	}
	c.write = !t.IsZero()
	return c.TCPConn.SetWriteDeadline(t) //nolint:wrapcheck // a connection hands errors on as they are
}

// SetDeadline implements net.Conn.
func (c *conn) SetDeadline(t time.Time) error {
	return errors.Join(c.SetReadDeadline(t), c.SetWriteDeadline(t))
}
