package embedded

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"syscall"
	"time"
)

// ClickHouseConfig says where and how the ClickHouse engine runs.
type ClickHouseConfig struct {
	Dir  string // the engine's folder; made when missing
	Addr string // loopback address to serve on; "" or port 0 picks a free port
	// Passwords of the users default and reader; they are asked for while
	// RequirePassword is on.
	Password, ReaderPassword string
	RequirePassword          bool
	Library                  string   // libchdb; "" = FindLibrary
	Executable               string   // "" = this program
	Args                     []string // of the child; nil = "engine"
	Logger                   *slog.Logger
	MemoryLimit              uint64        // bytes for all queries and caches; 0 = half of the machine's
	Concurrency              int           // statements at once; 0 = four a core, at least 8
	StartTimeout             time.Duration // 0 = 60 s: loading many parts takes a while
}

// State is what the engine is doing.
type State string

// The states of an engine.
const (
	Starting   State = "starting"
	Ready      State = "ready"
	Restarting State = "restarting"
	Stopped    State = "stopped"
)

// ClickHouse is a supervised engine. Its port is held for its whole life: while
// the child is started anew, connections wait instead of being refused.
type ClickHouse struct {
	cfg     ClickHouseConfig
	socket  *os.File // the listening socket that every child inherits
	address string

	stop    context.CancelFunc // ends the supervision
	stopped chan struct{}

	mu       sync.Mutex
	state    State
	required bool
	child    *child
	restarts int
	problem  string // why the last child ended
}

// StartClickHouse starts the engine and returns when it answers. It fails when
// the library is missing (ErrNoLibrary), the address is taken or the folder is in
// use, saying what to do.
func StartClickHouse(ctx context.Context, cfg ClickHouseConfig) (*ClickHouse, error) {
	if err := cfg.complete(); err != nil {
		return nil, err
	}
	// The child's sandbox is built around the folder, so it must be there.
	if err := os.MkdirAll(cfg.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the engine's folder: %w", err)
	}
	socket, address, err := listen(ctx, cfg.Addr)
	if err != nil {
		return nil, err
	}
	engine := &ClickHouse{cfg: cfg, socket: socket, address: address, stopped: make(chan struct{}), state: Starting, required: cfg.RequirePassword}
	first, err := engine.spawn(ctx)
	if err != nil {
		_ = socket.Close()
		return nil, fmt.Errorf("start the ClickHouse engine: %w", err)
	}
	supervision, stop := context.WithCancel(context.Background())
	engine.stop = stop
	go engine.supervise(supervision, first)
	return engine, nil
}

func (c *ClickHouseConfig) complete() error {
	var err error
	if c.Library == "" {
		if c.Library, err = FindLibrary(); err != nil {
			return err
		}
	}
	if c.Executable == "" {
		if c.Executable, err = os.Executable(); err != nil {
			return fmt.Errorf("find this program's file: %w", err)
		}
	}
	if c.Dir, err = filepath.Abs(c.Dir); err != nil {
		return fmt.Errorf("find the engine's folder: %w", err)
	}
	if c.Args == nil {
		c.Args = []string{"engine"}
	}
	if c.Addr == "" {
		c.Addr = "127.0.0.1:0"
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.MemoryLimit == 0 {
		c.MemoryLimit = MachineMemory() / 2
	}
	if c.Concurrency == 0 {
		c.Concurrency = max(8, 4*runtime.NumCPU())
	}
	if c.StartTimeout == 0 {
		c.StartTimeout = time.Minute
	}
	return nil
}

// listen takes the port and returns the socket as a file that children inherit.
func listen(ctx context.Context, addr string) (*os.File, string, error) {
	listener, err := listenPatiently(ctx, addr)
	if err != nil {
		return nil, "", addressError("ClickHouse", addr, err)
	}
	defer listener.Close()
	tcp, ok := listener.(*net.TCPListener)
	if !ok {
		return nil, "", fmt.Errorf("listen on %s: not a TCP address", addr)
	}
	socket, err := tcp.File()
	if err != nil {
		return nil, "", fmt.Errorf("share the listening socket of %s: %w", addr, err)
	}
	return socket, listener.Addr().String(), nil
}

// The engine of a program that was killed holds the address until it has noticed: it may be loading its tables just then.
const (
	addressPatience = 5 * time.Second
	addressRetry    = 50 * time.Millisecond
)

func listenPatiently(ctx context.Context, addr string) (net.Listener, error) {
	var config net.ListenConfig
	deadline := time.NewTimer(addressPatience)
	defer deadline.Stop()
	again := time.NewTicker(addressRetry)
	defer again.Stop()
	for {
		listener, err := config.Listen(ctx, "tcp", addr)
		if !errors.Is(err, syscall.EADDRINUSE) {
			return listener, err //nolint:wrapcheck // the caller says for what
		}
		select {
		case <-again.C:
		case <-deadline.C:
			return nil, err //nolint:wrapcheck // likewise
		case <-ctx.Done():
			return nil, err //nolint:wrapcheck // likewise
		}
	}
}

func addressError(what, addr string, err error) error {
	if errors.Is(err, syscall.EADDRINUSE) {
		return fmt.Errorf("the %s address %s is in use by another program; stop it, or choose another port (0 picks a free one): %w", what, addr, err)
	}
	return fmt.Errorf("listen for %s on %s: %w", what, addr, err)
}

// URL is the engine's address with the password of the user default.
func (c *ClickHouse) URL() string { return c.userURL("default", c.cfg.Password) }

// ReaderURL is the engine's address with the password of the user reader, who
// may only SELECT in the database turnout.
func (c *ClickHouse) ReaderURL() string { return c.userURL("reader", c.cfg.ReaderPassword) }

// Dir is the engine's folder.
func (c *ClickHouse) Dir() string { return c.cfg.Dir }

// Addr is the host and port it serves on.
func (c *ClickHouse) Addr() string { return c.address }

func (c *ClickHouse) userURL(user, password string) string {
	u := url.URL{Scheme: "http", Host: c.address, Path: "/turnout", User: url.User(user)}
	if password != "" {
		u.User = url.UserPassword(user, password)
	}
	return u.String()
}

// State says what the engine is doing.
func (c *ClickHouse) State() State {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.state
}

// Healthy reports whether the engine is ready.
func (c *ClickHouse) Healthy() bool { return c.State() == Ready }

// Restarts counts how often the child was started anew, and why the last one ended.
func (c *ClickHouse) Restarts() (count int, reason string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.restarts, c.problem
}

// PID is the child's process id; 0 while there is none.
func (c *ClickHouse) PID() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.child == nil || c.state != Ready {
		return 0
	}
	return c.child.command.Process.Pid
}

// RequirePassword turns the check of passwords on or off at once, and for the
// children to come.
func (c *ClickHouse) RequirePassword(required bool) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.required = required
	if c.child == nil {
		return nil
	}
	return c.child.send(order{RequirePassword: &required})
}

// Stop lets running statements end, stops the child and frees the port. When ctx
// ends first the child is killed.
func (c *ClickHouse) Stop(ctx context.Context) error {
	c.stop()
	c.mu.Lock()
	running := c.child
	c.mu.Unlock()
	if running != nil {
		running.closeInput()
	}
	select {
	case <-c.stopped:
		return nil
	case <-ctx.Done():
	}
	if running != nil {
		running.kill()
	}
	<-c.stopped
	return fmt.Errorf("stop the ClickHouse engine: it was killed: %w", ctx.Err())
}
