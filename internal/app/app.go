package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/turnout/turnout/consumers"
	"github.com/turnout/turnout/consumers/audit"
	"github.com/turnout/turnout/internal/auth"
	"github.com/turnout/turnout/internal/config"
	"github.com/turnout/turnout/internal/embedded"
	"github.com/turnout/turnout/internal/erasures"
	"github.com/turnout/turnout/internal/stream"
	"github.com/turnout/turnout/internal/telemetry"
	"github.com/turnout/turnout/internal/tenants"
	"github.com/turnout/turnout/schemas"
)

// Environment is what the program gets from whoever starts it.
type Environment struct {
	Logger  *slog.Logger
	Version string
}

// The roles of `turnout serve`; `turnout up` runs all.
const (
	roleGateway   = "gateway"
	roleConsumer  = "consumer"
	roleDashboard = "dashboard"
)

// app is the running program.
type app struct {
	cfg     config.Server
	env     Environment
	roles   []string
	logger  *slog.Logger
	life    lifecycle
	ready   readiness
	metrics *telemetry.Metrics

	registry *schemas.Registry
	keys     *auth.Store
	nc       *nats.Conn
	js       jetstream.JetStream
	topology stream.Topology
	tenants  *tenants.Store
	erased   *erasures.Store
	house    *warehouseLink
	audits   *audit.Records                     // nil where nobody reads the warehouse
	broker   *embedded.NATS                     // nil where the NATS server runs elsewhere
	consumer atomic.Pointer[consumers.Consumer] // nil until it has started
	reserve  uint64                             // bytes of its disk that the intake leaves free
	room     *room                              // nil where the disk is not ours, or nothing is reserved
	// rejections tells what the gateway refused since when; nil without that role.
	rejections func() (time.Time, map[string]int64)

	failOnce sync.Once
	failed   chan error
}

func newApp(cfg config.Server, env Environment, roles []string) *app {
	return &app{
		cfg: cfg, env: env, roles: roles, logger: env.Logger,
		life:    lifecycle{logger: env.Logger},
		metrics: telemetry.NewMetrics(env.Version),
		failed:  make(chan error, 1),
	}
}

func (a *app) has(role string) bool { return slices.Contains(a.roles, role) }

// fatal ends the program with an error; only the first one counts.
func (a *app) fatal(err error) { a.failOnce.Do(func() { a.failed <- err }) }

// Up runs the whole pipeline in this process until ctx ends.
func Up(ctx context.Context, cfg config.Up, env Environment) error {
	a := newApp(cfg.Server, env, []string{roleGateway, roleConsumer, roleDashboard})
	return a.run(ctx, func(ctx context.Context) error { return a.startUp(ctx, &cfg) })
}

// Serve runs some roles in this process until ctx ends.
func Serve(ctx context.Context, cfg config.Serve, env Environment) error {
	a := newApp(cfg.Server, env, cfg.Roles)
	return a.run(ctx, func(ctx context.Context) error { return a.startServe(ctx, &cfg) })
}

// run starts, waits for the end, and stops what was started.
func (a *app) run(ctx context.Context, start func(context.Context) error) error {
	a.life.background("heap", a.boundHeap)
	err := start(ctx)
	if err == nil {
		select {
		case <-ctx.Done():
			a.logger.Info("stopping: what is under way is finished first; a second signal ends at once")
		case err = <-a.failed:
		}
	}
	stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), a.cfg.DrainTimeout)
	defer cancel()
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		err = nil // interrupted while starting, as asked
	}
	stopped := a.life.stop(stopping)
	if err == nil && stopped == nil {
		a.logger.Info("stopped")
	}
	return errors.Join(err, stopped)
}

// startUp starts the engines in the data folder, then every role.
func (a *app) startUp(ctx context.Context, cfg *config.Up) error {
	dir, err := openDataDir(cfg.Data)
	if err != nil {
		return err
	}
	a.life.onStop("data folder", func(context.Context) error { return dir.close() })
	a.metrics.Registerer().MustRegister(telemetry.NewDisk(cfg.Data))
	if err := a.openKeys(filepath.Join(cfg.Data, auth.FileName), door{"--http", cfg.HTTP}, door{"--nats", cfg.NATS}, door{"--clickhouse", cfg.ClickHouse}); err != nil {
		return err
	}
	if err := a.loadContract(); err != nil {
		return err
	}
	listener, err := a.listen()
	if err != nil {
		return err
	}
	engines, err := a.startEngines(ctx, cfg, dir)
	if err != nil {
		return err
	}
	if err := a.startRoles(ctx, listener); err != nil {
		return err
	}
	a.life.onStop("endpoints", func(context.Context) error { return dir.withdraw() })
	endpoints := Endpoints{HTTP: listener.url(), NATS: engines.natsURL, ClickHouse: engines.clickhouseURL}
	if err := dir.announce(endpoints); err != nil {
		return err
	}
	a.greet(endpoints)
	return nil
}

// startServe connects to the servers, then starts the roles.
func (a *app) startServe(ctx context.Context, cfg *config.Serve) error {
	if err := a.openKeys(cfg.Keys, door{"--http", cfg.HTTP}); err != nil {
		return err
	}
	if err := a.loadContract(); err != nil {
		return err
	}
	listener, err := a.listen()
	if err != nil {
		return err
	}
	if err := a.connect(stream.ConnectConfig{URL: cfg.NATSURL}); err != nil {
		return err
	}
	if cfg.ClickHouseURL != "" {
		a.house = newWarehouseLink(cfg.ClickHouseURL, cfg.ClickHouseURL, nil)
	}
	if err := a.startRoles(ctx, listener); err != nil {
		return err
	}
	a.greet(Endpoints{HTTP: listener.url()})
	return nil
}

func (a *app) listen() (*webServer, error) {
	listener, err := listen(a.cfg.HTTP, a.logger)
	if err != nil {
		return nil, err
	}
	a.life.onStop("HTTP address", func(context.Context) error { return listener.release() })
	return listener, nil
}

// openKeys reads the keys and follows their changes; without keys only this machine may reach the addresses.
func (a *app) openKeys(path string, doors ...door) error {
	keys, err := auth.Open(path)
	if err != nil {
		return fmt.Errorf("open the API keys: %w", err)
	}
	a.keys = keys
	if err := a.refuseOpenDoors(doors); err != nil {
		return err
	}
	a.life.background("API keys", func(ctx context.Context) {
		keys.Watch(ctx, func(err error) {
			a.logger.Error("the API keys cannot be read; the former stay in force", "error", err)
		})
	})
	return nil
}

func (a *app) loadContract() error {
	var dirs []string
	if a.cfg.Schemas != "" {
		dirs = append(dirs, a.cfg.Schemas)
	}
	registry, err := schemas.LoadDir(dirs...)
	if err != nil {
		return fmt.Errorf("--schemas: %w", err)
	}
	a.registry = registry
	return nil
}

// connect joins NATS and makes the streams.
func (a *app) connect(cfg stream.ConnectConfig) error {
	cfg.Logger, cfg.Name = a.logger, "turnout"
	nc, err := stream.Connect(cfg)
	if err != nil {
		return fmt.Errorf("open the stream: %w", err)
	}
	a.life.onStop("NATS connection", func(context.Context) error { nc.Close(); return nil })
	js, err := jetstream.New(nc)
	if err != nil {
		return fmt.Errorf("open the stream: %w", err)
	}
	a.nc, a.js = nc, js
	a.topology = stream.Topology{
		MaxBytes: int64(a.cfg.StreamMaxBytes), Replicas: a.cfg.StreamReplicas, MaxPayload: nc.MaxPayload(),
	}
	a.ready.add("stream", a.streamReady)
	return nil
}

var errNotConnected = errors.New("not connected to NATS")

// errStreamStopped is for people without a key: the reason, with its paths, is for the log.
var errStreamStopped = errors.New("the disk of the stream cannot be written; it goes on by itself as soon as it can, and the log says why it cannot")

func (a *app) streamReady() error {
	if a.broker != nil && a.broker.Trouble() != nil {
		return errStreamStopped
	}
	if !a.nc.IsConnected() {
		return errNotConnected
	}
	return nil
}

// healthz says that the process lives, and how durable an acceptance is.
func (a *app) healthz(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, map[string]string{
		"status": "ok", "version": a.env.Version, "durability": a.cfg.Durability, "promise": a.promise(),
	})
}

// promise says in words what an acceptance means. What a NATS server that runs elsewhere
// does with its disk it does not tell.
func (a *app) promise() string {
	switch {
	case a.broker == nil:
		return "accepted events are acknowledged by the NATS server, whose own setting decides when they are synced (sync_interval: always; its default is two minutes)"
	case a.cfg.Durability == "balanced":
		return "accepted events survive a crash of the program; a power cut may lose the last second"
	default:
		return "accepted events are synced to disk and survive a power cut"
	}
}
