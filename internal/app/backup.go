package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"golang.org/x/sys/unix"

	"github.com/turnout/turnout/consumers"
	"github.com/turnout/turnout/internal/auth"
	"github.com/turnout/turnout/internal/backup"
	"github.com/turnout/turnout/internal/config"
	"github.com/turnout/turnout/internal/problem"
	"github.com/turnout/turnout/internal/stream"
)

// anyPort is a free port of this machine.
const anyPort = "127.0.0.1:0"

// onceDrain is how long the engines of one command may take to stop.
const onceDrain = time.Minute

// once runs a command that needs engines for a while, and stops what was started for it.
func (a *app) once(ctx context.Context, run func(context.Context) error) error {
	err := run(ctx)
	stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), onceDrain)
	defer cancel()
	return errors.Join(err, a.life.stop(stopping))
}

// Backup takes a backup of a running installation, or of a data folder on which nothing runs, into the folder.
func Backup(ctx context.Context, cfg config.Backup, folder string, env Environment, progress backup.Progress) (*backup.Manifest, error) {
	a := newApp(config.Server{NATSURL: cfg.NATSURL, ClickHouseURL: cfg.ClickHouseURL, Durability: "strict"}, env, nil)
	var manifest *backup.Manifest
	err := a.once(ctx, func(ctx context.Context) error {
		if err := a.reach(ctx, &cfg); err != nil {
			return err
		}
		keys := cfg.Keys
		if keys == "" && !cfg.Elsewhere() {
			keys = filepath.Join(cfg.Data, auth.FileName)
		}
		var err error
		manifest, err = backup.Take(ctx, backup.Source{
			NATS: a.nc, ClickHouse: a.house.url, Durable: consumers.Durable, Keys: keys, Version: env.Version, Logger: a.logger, Progress: progress,
		}, folder)
		return err
	})
	if err != nil {
		return nil, err
	}
	return manifest, nil
}

// reach connects to what a backup is taken of.
func (a *app) reach(ctx context.Context, cfg *config.Backup) error {
	if cfg.Elsewhere() {
		a.house = newWarehouseLink(cfg.ClickHouseURL, cfg.ClickHouseURL, nil)
		return a.connect(stream.ConnectConfig{URL: cfg.NATSURL})
	}
	if _, err := os.Stat(filepath.Join(cfg.Data, lockFile)); err != nil {
		return &problem.Error{
			Code: "no_data", Pointer: "--data", Cause: err, Detail: fmt.Sprintf("%s is no data folder of Turnout", cfg.Data),
			Hint: "name the folder that `turnout up` uses, or the servers with --nats-url and --clickhouse-url",
		}
	}
	if err := checkWhole(cfg.Data); err != nil {
		return err
	}
	running, err := inUse(cfg.Data)
	if err != nil {
		return err
	}
	if running {
		return a.reachRunning(cfg)
	}
	return a.openEngines(ctx, config.Up{Server: a.cfg, Data: cfg.Data})
}

// inUse reports whether a program runs on the folder.
func inUse(path string) (bool, error) {
	lock, err := os.Open(filepath.Join(path, lockFile))
	if err != nil {
		return false, fmt.Errorf("open the data folder: %w", err)
	}
	defer lock.Close() // and with it the lock
	err = unix.Flock(int(lock.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	if errors.Is(err, unix.EWOULDBLOCK) {
		return true, nil
	}
	if err != nil {
		return false, fmt.Errorf("ask whether the data folder is in use: %w", err)
	}
	return false, nil
}

// reachRunning goes through the doors of the program that runs on the folder: the key opens NATS, and whoever may read the folder has
// ClickHouse's password.
func (a *app) reachRunning(cfg *config.Backup) error {
	raw, err := os.ReadFile(filepath.Join(cfg.Data, endpointsFile))
	var endpoints Endpoints
	if err == nil {
		err = json.Unmarshal(raw, &endpoints)
	}
	if err != nil {
		return &problem.Error{
			Code: "not_ready", Cause: err, Detail: fmt.Sprintf("the program on %s is starting or stopping", cfg.Data), Hint: "try again in a moment",
		}
	}
	password, err := os.ReadFile(filepath.Join(cfg.Data, passwordFile))
	if err != nil && cfg.ClickHouseURL == "" {
		return fmt.Errorf("read the internal password: %w", err)
	}
	address := cfg.ClickHouseURL
	if address == "" {
		house, err := url.Parse(endpoints.ClickHouse)
		if err != nil {
			return fmt.Errorf("read %s: %w", endpointsFile, err)
		}
		house.User, house.Path = url.UserPassword("default", strings.TrimSpace(string(password))), "/turnout"
		address = house.String()
	}
	a.house = newWarehouseLink(address, address, nil)
	connection := stream.ConnectConfig{URL: cfg.NATSURL}
	if connection.URL == "" {
		connection = stream.ConnectConfig{URL: endpoints.NATS, User: "backup", Password: cfg.Key}
		if cfg.Key == "" {
			connection.User = ""
		}
	}
	err = a.connect(connection)
	if errors.Is(err, nats.ErrAuthorization) {
		return &problem.Error{
			Code: "key_needed", Pointer: "--key", Cause: err, Detail: "this is about every community, so it needs a key that may do everything",
			Hint: "make one with `turnout keys create --scope admin` and give it as TURNOUT_KEY",
		}
	}
	return err
}

// openEngines takes a data folder and starts its engines for this command alone.
func (a *app) openEngines(ctx context.Context, cfg config.Up) error {
	cfg.NATS, cfg.ClickHouse = anyPort, anyPort
	dir, err := takeDataDir(cfg.Data)
	if err != nil {
		return err
	}
	a.life.onStop("data folder", func(context.Context) error { return dir.close() })
	if a.keys, err = auth.Open(filepath.Join(cfg.Data, auth.FileName)); err != nil {
		return fmt.Errorf("open the API keys: %w", err)
	}
	_, err = a.startEngines(ctx, &cfg, dir)
	return err
}
