package app

import (
	"context"
	"fmt"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"golang.org/x/sync/errgroup"

	"github.com/turnout/turnout/internal/auth/natsauth"
	"github.com/turnout/turnout/internal/config"
	"github.com/turnout/turnout/internal/embedded"
	"github.com/turnout/turnout/internal/stream"
)

// engines are where the data goes: embedded, or servers that run elsewhere.
type engines struct {
	natsURL       string // without credentials
	clickhouseURL string // without credentials
}

// startEngines starts what no URL replaces, both at once.
func (a *app) startEngines(ctx context.Context, cfg *config.Up, dir *dataDir) (engines, error) {
	var found engines
	var broker *embedded.NATS
	var clickhouse *embedded.ClickHouse
	door := natsauth.New(a.keys)
	starting, startCtx := errgroup.WithContext(ctx)
	if cfg.NATSURL == "" {
		starting.Go(func() (err error) {
			broker, err = embedded.StartNATS(startCtx, embedded.NATSConfig{
				Dir: dir.file("nats"), Addr: cfg.NATS, Durability: cfg.Durability, Auth: door, Logger: a.logger,
			})
			return err
		})
	}
	if cfg.ClickHouseURL == "" {
		starting.Go(func() (err error) {
			clickhouse, err = a.startClickHouse(startCtx, cfg, dir)
			return err
		})
	}
	err := starting.Wait()
	// The connections to the engines are opened later, so they are closed earlier.
	if broker != nil {
		a.life.onStop("NATS", broker.Shutdown)
	}
	if clickhouse != nil {
		a.life.onStop("ClickHouse", clickhouse.Stop)
	}
	if err != nil {
		return found, fmt.Errorf("start the engines: %w", err)
	}
	if err := a.joinNATS(cfg, broker, door, &found); err != nil {
		return found, err
	}
	a.joinClickHouse(cfg, clickhouse, &found)
	return found, nil
}

func (a *app) startClickHouse(ctx context.Context, cfg *config.Up, dir *dataDir) (*embedded.ClickHouse, error) {
	password, err := dir.password()
	if err != nil {
		return nil, err
	}
	return embedded.StartClickHouse(ctx, embedded.ClickHouseConfig{
		Dir: dir.file("clickhouse"), Addr: cfg.ClickHouse, Password: password, ReaderPassword: password,
		RequirePassword: a.keys.Required(), Logger: a.logger, MemoryLimit: uint64(cfg.EngineMemory),
	})
}

func (a *app) joinNATS(cfg *config.Up, broker *embedded.NATS, door *natsauth.Authenticator, found *engines) error {
	if broker == nil {
		found.natsURL = withoutCredentials(cfg.NATSURL)
		return a.connect(stream.ConnectConfig{URL: cfg.NATSURL})
	}
	found.natsURL = "nats://" + broker.Addr()
	a.broker, a.reserve = broker, uint64(cfg.DiskReserve)
	detach := door.Attach(currentServer{broker}, func(err error) {
		a.logger.Error("clients of a revoked key could not be disconnected", "error", err)
	})
	a.life.onStop("NATS keys", func(context.Context) error { detach(); return nil })
	return a.connect(stream.ConnectConfig{
		URL: found.natsURL, User: natsauth.InternalUser, Password: door.InternalPassword(), InboxPrefix: natsauth.InboxPrefix,
	})
}

// currentServer is the server that runs now: one that could not write is replaced.
type currentServer struct{ nats *embedded.NATS }

// NumClients implements natsauth.Server.
func (c currentServer) NumClients() int { return c.nats.Server().NumClients() }

// Connz implements natsauth.Server.
func (c currentServer) Connz(options *server.ConnzOptions) (*server.Connz, error) {
	return c.nats.Server().Connz(options) //nolint:wrapcheck // the caller says what for
}

// DisconnectClientByID implements natsauth.Server.
func (c currentServer) DisconnectClientByID(id uint64) error {
	return c.nats.Server().DisconnectClientByID(id) //nolint:wrapcheck // the caller says what for
}

func (a *app) joinClickHouse(cfg *config.Up, clickhouse *embedded.ClickHouse, found *engines) {
	if clickhouse == nil {
		found.clickhouseURL = withoutCredentials(cfg.ClickHouseURL)
		a.house = newWarehouseLink(cfg.ClickHouseURL, cfg.ClickHouseURL, nil)
		return
	}
	found.clickhouseURL = "http://" + clickhouse.Addr()
	a.house = newWarehouseLink(clickhouse.URL(), clickhouse.ReaderURL(), func() error {
		if state := clickhouse.State(); state != embedded.Ready {
			_, reason := clickhouse.Restarts()
			return fmt.Errorf("the engine is %s (%s)", state, reason)
		}
		return nil
	})
	a.house.dir = clickhouse.Dir()
	forget := a.keys.OnChange(func() {
		if err := clickhouse.RequirePassword(a.keys.Required()); err != nil {
			a.logger.Error("the ClickHouse engine was not told of the change of keys", "error", err)
		}
	})
	a.life.onStop("ClickHouse keys", func(context.Context) error { forget(); return nil })
}

// retryPause is the time between two attempts to open the warehouse.
const retryPause = 500 * time.Millisecond
