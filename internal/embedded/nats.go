package embedded

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// How durable an acknowledged message is.
const (
	Strict   = "strict"   // on disk, synced, before it is acknowledged
	Balanced = "balanced" // synced every second: a power cut loses at most that
)

// DefaultMaxPayload is the size of the largest message: 8 MiB.
const DefaultMaxPayload = 8 << 20

// pingInterval finds dead clients on a machine that never sleeps its network.
const pingInterval = 20 * time.Second

// maxStore is no limit of the server's own. Without it the server takes three
// quarters of what is free at its start, for ever: room that is made later would not
// count, and a stream larger than that could not be made. Whoever starts the server
// watches the disk instead.
const maxStore = 1 << 60

// NATSConfig says where and how the NATS server runs.
type NATSConfig struct {
	Dir        string // JetStream's folder; made when missing
	Addr       string // "" or port 0 picks a free port on loopback
	Durability string // Strict (default) or Balanced
	MaxPayload int32  // bytes; 0 = DefaultMaxPayload
	// Auth decides who may connect and what they may do; nil lets everybody do everything.
	Auth   server.Authentication
	Logger *slog.Logger
	// Restarted is told of every server that took the place of one that could no longer write; may be nil.
	Restarted func(*server.Server)
	// GuardEvery is the time between two looks at the server's health; 0 = 1 s.
	GuardEvery time.Duration
}

// preparer is an Auth that sets the server up before it starts.
type preparer interface {
	Prepare(srv *server.Server) error
}

// NATS is a running server.
type NATS struct {
	cfg     NATSConfig
	log     *natsLog
	unlock  func()
	once    sync.Once
	unguard context.CancelFunc
	guarded chan struct{} // closed when nobody starts the server anew any more

	mu       sync.RWMutex
	server   *server.Server
	trouble  error // nil while it can write
	restarts int
}

// StartNATS starts the server and returns when it takes connections.
func StartNATS(ctx context.Context, cfg NATSConfig) (*NATS, error) {
	options, err := cfg.options()
	if err != nil {
		return nil, err
	}
	unlock, err := lockDir(cfg.Dir, 0)
	if err != nil {
		return nil, fmt.Errorf("start NATS: %w", err)
	}
	n := &NATS{log: &natsLog{to: cfg.Logger, fatal: make(chan error, 1), failure: make(chan struct{}, 1)}, unlock: unlock, guarded: make(chan struct{})}
	if n.server, err = startServer(ctx, options, cfg, n.log); err != nil {
		unlock()
		return nil, fmt.Errorf("start NATS: %w", err)
	}
	cfg.Addr = n.server.Addr().String() // a server that takes its place serves there, too
	n.cfg = cfg
	guarding, unguard := context.WithCancel(context.Background())
	n.unguard = unguard
	go n.guard(guarding)
	return n, nil
}

func (cfg *NATSConfig) options() (*server.Options, error) {
	if cfg.Addr == "" {
		cfg.Addr = "127.0.0.1:0"
	}
	host, portText, err := net.SplitHostPort(cfg.Addr)
	if err != nil {
		return nil, fmt.Errorf("read the NATS address %q: %w; write host:port", cfg.Addr, err)
	}
	port, err := strconv.Atoi(portText)
	if err != nil || port < 0 || port > 65535 {
		return nil, fmt.Errorf("read the NATS address %q: the port is a number from 0 to 65535", cfg.Addr)
	}
	if port == 0 {
		port = server.RANDOM_PORT
	}
	if cfg.MaxPayload == 0 {
		cfg.MaxPayload = DefaultMaxPayload
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	if cfg.GuardEvery == 0 {
		cfg.GuardEvery = guardEvery
	}
	options := &server.Options{
		ServerName: "turnout", Host: host, Port: port, NoSigs: true, DisableJetStreamBanner: true,
		JetStream: true, StoreDir: filepath.Clean(cfg.Dir), MaxPayload: cfg.MaxPayload,
		CustomClientAuthentication: cfg.Auth, PingInterval: pingInterval, SyncInterval: time.Second,
		JetStreamMaxStore: maxStore,
		// Every acknowledgement of a consumer has a subject of its own: remembering where they go would only crowd out what comes again.
		NoSublistCache: true,
	}
	switch cfg.Durability {
	case "", Strict:
		options.SyncAlways = true
	case Balanced:
	default:
		return nil, fmt.Errorf("unknown durability %q; use %s or %s", cfg.Durability, Strict, Balanced)
	}
	return options, nil
}

func startServer(ctx context.Context, options *server.Options, cfg NATSConfig, log *natsLog) (*server.Server, error) {
	// Asked first, since the server itself says it in its log only.
	if options.Port > 0 {
		var config net.ListenConfig
		probe, err := config.Listen(ctx, "tcp", cfg.Addr)
		if err != nil {
			return nil, addressError("NATS", cfg.Addr, err)
		}
		_ = probe.Close()
	}
	started, err := server.NewServer(options)
	if err != nil {
		return nil, fmt.Errorf("configure the server: %w", err)
	}
	if auth, ok := cfg.Auth.(preparer); ok {
		if err := auth.Prepare(started); err != nil {
			return nil, fmt.Errorf("set up the accounts: %w", err)
		}
	}
	started.SetLoggerV2(log, false, false, false)
	go started.Start()
	ready := make(chan bool, 1)
	go func() { ready <- started.ReadyForConnections(time.Minute) }()
	select {
	case ok := <-ready:
		if ok && started.JetStreamEnabled() {
			return started, nil
		}
		err = errors.New("it was not ready after a minute")
		select {
		case err = <-log.fatal:
		default:
		}
	case err = <-log.fatal:
	case <-ctx.Done():
		err = fmt.Errorf("it was told to stop: %w", ctx.Err())
	}
	started.Shutdown()
	started.WaitForShutdown()
	return nil, err
}

// URL is where clients connect.
func (n *NATS) URL() string { return n.Server().ClientURL() }

// Dir is JetStream's folder.
func (n *NATS) Dir() string { return n.cfg.Dir }

// Addr is the host and port it serves on.
func (n *NATS) Addr() string { return n.cfg.Addr }

// Server is the server itself, for those who look after its clients. Another takes
// its place when it can no longer write (NATSConfig.Restarted).
func (n *NATS) Server() *server.Server {
	n.mu.RLock()
	defer n.mu.RUnlock()
	return n.server
}

// Trouble says why the server cannot write; nil while it can.
func (n *NATS) Trouble() error {
	n.mu.RLock()
	defer n.mu.RUnlock()
	return n.trouble
}

func (n *NATS) setTrouble(err error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.trouble = err
}

// Restarts counts the servers that took the place of one that could not write.
func (n *NATS) Restarts() int {
	n.mu.RLock()
	defer n.mu.RUnlock()
	return n.restarts
}

// Healthy reports whether the server runs with JetStream and can write.
func (n *NATS) Healthy() bool {
	srv := n.Server()
	return n.Trouble() == nil && srv.Running() && srv.JetStreamEnabled()
}

// Shutdown closes all connections, writes what JetStream holds, and frees the
// folder and the port. It may be called more than once.
func (n *NATS) Shutdown(ctx context.Context) error {
	done := make(chan struct{})
	go func() {
		defer close(done)
		n.once.Do(func() {
			n.unguard()
			<-n.guarded
			n.Server().Shutdown()
			n.Server().WaitForShutdown()
			n.unlock()
		})
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("stop NATS: %w", ctx.Err())
	}
}

// natsLog passes the server's log on and keeps what it would have died of.
type natsLog struct {
	to      *slog.Logger
	fatal   chan error
	failure chan struct{} // one token: something failed, look at the server
}

func (l *natsLog) record(level slog.Level, format string, v []any) {
	if l.to.Enabled(context.Background(), level) {
		l.to.Log(context.Background(), level, fmt.Sprintf(format, v...), "component", "nats") //nolint:sloglint // the server's own message
	}
}

// Noticef is chatter about the server's own start; it is shown with debugging.
func (l *natsLog) Noticef(format string, v ...any) { l.record(slog.LevelDebug, format, v) }

// Warnf passes a warning on.
func (l *natsLog) Warnf(format string, v ...any) {
	if strings.HasPrefix(format, "Healthcheck failed") {
		return // the guard asks, and says itself what it makes of it
	}
	l.record(slog.LevelWarn, format, v)
}

// Errorf passes an error on.
func (l *natsLog) Errorf(format string, v ...any) {
	l.record(slog.LevelError, format, v)
	select {
	case l.failure <- struct{}{}:
	default:
	}
}

// Debugf passes a detail on.
func (l *natsLog) Debugf(format string, v ...any) { l.record(slog.LevelDebug, format, v) }

// Tracef drops the protocol trace.
func (l *natsLog) Tracef(string, ...any) {}

// Fatalf keeps the first reason; the server would have ended the process.
func (l *natsLog) Fatalf(format string, v ...any) {
	select {
	case l.fatal <- fmt.Errorf(format, v...):
	default:
	}
}
