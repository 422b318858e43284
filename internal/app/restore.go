package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/turnout/turnout/consumers"
	"github.com/turnout/turnout/internal/auth"
	"github.com/turnout/turnout/internal/backup"
	"github.com/turnout/turnout/internal/config"
	"github.com/turnout/turnout/internal/erasures"
	"github.com/turnout/turnout/internal/problem"
	"github.com/turnout/turnout/internal/warehouse"
)

// unfinishedFile marks a data folder into which a backup was restored only in part.
const unfinishedFile = "restore.unfinished"

// checkWhole refuses a folder whose restore was interrupted: it looks like a small installation and is none.
func checkWhole(path string) error {
	if _, err := os.Stat(filepath.Join(path, unfinishedFile)); err != nil {
		return nil //nolint:nilerr // no mark, no complaint
	}
	return &problem.Error{
		Code: "unfinished_restore", Pointer: "--data", Detail: fmt.Sprintf("a restore into %s is under way or was interrupted", path),
		Hint: "when it was interrupted, remove the folder and restore again",
	}
}

// Restore checks a backup and puts it back, into an empty data folder or empty servers.
func Restore(ctx context.Context, cfg config.Restore, folder string, env Environment, progress backup.Progress) (*backup.Summary, error) {
	manifest, err := backup.Verify(ctx, folder, progress)
	if err != nil {
		return nil, err
	}
	var suppressed io.Reader
	if cfg.Suppressed != "" {
		list, err := os.Open(cfg.Suppressed)
		if err != nil {
			return nil, fmt.Errorf("--suppressed: %w", err)
		}
		defer list.Close()
		suppressed = list
	}
	a := newApp(config.Server{
		NATSURL: cfg.NATSURL, ClickHouseURL: cfg.ClickHouseURL, StreamReplicas: cfg.StreamReplicas,
		// What is restored is synced once, at the end; until then it is marked as unfinished.
		Durability: "balanced",
	}, env, nil)
	a.cfg.Schemas = cfg.Schemas
	if err := a.loadContract(); err != nil {
		return nil, err
	}
	if cfg.Elsewhere() {
		return a.restoreHere(ctx, &cfg, folder, manifest, suppressed, progress)
	}
	return a.restoreFolder(ctx, &cfg, folder, manifest, suppressed, progress)
}

// restoreFolder makes a data folder. What it cannot finish it removes; when even that fails, a mark is left.
func (a *app) restoreFolder(ctx context.Context, cfg *config.Restore, folder string, manifest *backup.Manifest, suppressed io.Reader, progress backup.Progress) (*backup.Summary, error) {
	if err := prepareFolder(cfg.Data); err != nil {
		return nil, err
	}
	summary, err := a.fillFolder(ctx, cfg, folder, manifest, suppressed, progress)
	if err != nil {
		return nil, errors.Join(err, clearFolder(cfg.Data))
	}
	if err := os.Remove(filepath.Join(cfg.Data, unfinishedFile)); err != nil {
		return nil, fmt.Errorf("finish the data folder: %w", err)
	}
	return summary, syncPath(cfg.Data)
}

// fillFolder restores into the marked folder. The keys come first, so that they guard the engines meanwhile.
func (a *app) fillFolder(ctx context.Context, cfg *config.Restore, folder string, manifest *backup.Manifest, suppressed io.Reader, progress backup.Progress) (*backup.Summary, error) {
	if manifest.Keys {
		if err := copyKeys(folder, cfg.Data); err != nil {
			return nil, err
		}
	}
	summary, err := a.restoreHere(ctx, cfg, folder, manifest, suppressed, progress)
	if err != nil {
		return nil, err
	}
	progress("writing to disk", 0, 0)
	return summary, syncTree(cfg.Data)
}

// prepareFolder makes the folder, if need be, and marks it as unfinished.
func prepareFolder(path string) error {
	if err := checkWhole(path); err != nil {
		return err
	}
	entries, err := os.ReadDir(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("look into the data folder: %w", err)
	}
	if len(entries) > 0 {
		return &problem.Error{
			Code: "folder_not_empty", Pointer: "--data", Detail: path + " is not empty; a backup is restored into a new folder only",
			Hint: "name a folder that does not exist yet",
		}
	}
	if err := os.MkdirAll(path, folderMode); err != nil {
		return fmt.Errorf("create the data folder: %w", err)
	}
	if err := writeAtomically(filepath.Join(path, unfinishedFile), []byte("A backup is being restored into this folder.\n")); err != nil {
		return err
	}
	return syncPath(path)
}

// clearFolder empties a folder that was empty before; the mark goes last.
func clearFolder(path string) error {
	entries, err := os.ReadDir(path)
	if err != nil {
		return fmt.Errorf("clear the data folder: %w", err)
	}
	for _, entry := range entries {
		if entry.Name() == unfinishedFile {
			continue
		}
		if err := os.RemoveAll(filepath.Join(path, entry.Name())); err != nil {
			return fmt.Errorf("clear the data folder: %w", err)
		}
	}
	if err := os.Remove(filepath.Join(path, unfinishedFile)); err != nil {
		return fmt.Errorf("clear the data folder: %w", err)
	}
	return nil
}

// restoreHere starts or reaches the engines, lets the backup be restored into them, and stops what it started.
func (a *app) restoreHere(ctx context.Context, cfg *config.Restore, folder string, manifest *backup.Manifest, suppressed io.Reader, progress backup.Progress) (*backup.Summary, error) {
	var summary *backup.Summary
	err := a.once(ctx, func(ctx context.Context) error {
		if cfg.Elsewhere() {
			if err := a.reach(ctx, &config.Backup{Engines: cfg.Engines}); err != nil {
				return err
			}
		} else if err := a.openEngines(ctx, config.Up{Server: a.cfg, Data: cfg.Data, EngineMemory: cfg.EngineMemory}); err != nil {
			return err
		}
		db, err := warehouse.Open(ctx, a.house.url, warehouse.Options{})
		if err != nil {
			return err
		}
		a.life.onStop("warehouse", func(context.Context) error { return db.Close() })
		summary, err = backup.Restore(ctx, backup.Target{
			NATS: a.nc, ClickHouse: a.house.url, Topology: a.topology, Durable: consumers.Durable,
			Migrate:    func(ctx context.Context) error { return db.Migrate(ctx, a.registry) },
			Suppressed: suppressed, Progress: progress,
			Sweep: func(ctx context.Context, list *erasures.Store) (erasures.Removed, error) {
				return a.sweep(ctx, db, list)
			},
		}, folder, manifest)
		return err
	})
	return summary, err
}

func copyKeys(from, to string) error {
	raw, err := os.ReadFile(filepath.Join(from, auth.FileName))
	if err != nil {
		return fmt.Errorf("read the API keys: %w", err)
	}
	return writeAtomically(filepath.Join(to, auth.FileName), raw)
}

// syncTree makes everything below the folder last.
func syncTree(path string) error {
	return filepath.WalkDir(path, func(path string, entry fs.DirEntry, err error) error { //nolint:wrapcheck // each error names its file
		if err != nil || !entry.IsDir() && !entry.Type().IsRegular() {
			return err
		}
		return syncPath(path)
	})
}

func syncPath(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("sync %s: %w", path, err)
	}
	defer file.Close()
	if err := file.Sync(); err != nil {
		return fmt.Errorf("sync %s: %w", path, err)
	}
	return nil
}
