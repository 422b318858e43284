package app

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/turnout/turnout/internal/problem"
)

const (
	folderMode = 0o700
	fileMode   = 0o600

	lockFile      = "turnout.lock"
	passwordFile  = "clickhouse.password"
	endpointsFile = "endpoints.json"

	lockPatience = 2 * time.Second
	lockTries    = 40
)

// dataDir is the folder that holds everything of `turnout up`; it belongs to
// one program at a time.
type dataDir struct {
	path string
	lock *os.File
}

// openDataDir creates the folder when it is missing and takes it for this program. A folder that was restored only in part is refused.
func openDataDir(path string) (*dataDir, error) {
	if err := checkWhole(path); err != nil {
		return nil, err
	}
	return takeDataDir(path)
}

func takeDataDir(path string) (*dataDir, error) {
	if err := os.MkdirAll(path, folderMode); err != nil {
		return nil, fmt.Errorf("create the data folder: %w", err)
	}
	lock, err := os.OpenFile(filepath.Join(path, lockFile), os.O_CREATE|os.O_RDWR, fileMode)
	if err != nil {
		return nil, fmt.Errorf("open the data folder: %w", err)
	}
	if err := takeLock(lock); err != nil {
		_ = lock.Close() // the reason is told below
		return nil, &problem.Error{
			Code: "folder_in_use", Pointer: "--data", Cause: err,
			Detail: fmt.Sprintf("another turnout runs on the folder %s", path),
			Hint:   "stop it first, or give another folder with --data",
		}
	}
	dir := &dataDir{path: path, lock: lock}
	// A program that was killed left its addresses behind; who waits for the
	// file would take them for this one's.
	if err := dir.withdraw(); err != nil {
		return nil, errors.Join(err, dir.close())
	}
	return dir, nil
}

// takeLock waits a little: a program that was killed a moment ago holds its
// lock until the system has cleared it away.
func takeLock(lock *os.File) error {
	deadline := time.After(lockPatience)
	again := time.NewTicker(lockPatience / lockTries)
	defer again.Stop()
	for {
		err := unix.Flock(int(lock.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		if err == nil {
			return nil
		}
		select {
		case <-again.C:
		case <-deadline:
			return fmt.Errorf("lock the data folder: %w", err)
		}
	}
}

func (d *dataDir) file(name string) string { return filepath.Join(d.path, name) }

// close gives the folder back. The lock file stays: removing it would let two
// programs hold locks on two files of one name.
func (d *dataDir) close() error {
	if err := d.lock.Close(); err != nil {
		return fmt.Errorf("close the data folder: %w", err)
	}
	return nil
}

// password gives the internal password of the embedded ClickHouse, made at the
// first start. It lasts, so that whoever may read the folder can always connect.
func (d *dataDir) password() (string, error) {
	path := d.file(passwordFile)
	raw, err := os.ReadFile(path)
	if err == nil {
		if password := strings.TrimSpace(string(raw)); password != "" {
			return password, nil
		}
	} else if !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("read the internal password: %w", err)
	}
	password := rand.Text()
	if err := writeAtomically(path, []byte(password+"\n")); err != nil {
		return "", fmt.Errorf("write the internal password: %w", err)
	}
	return password, nil
}

// Endpoints are the addresses in use, as endpoints.json tells them.
type Endpoints struct {
	HTTP       string `json:"http"`
	NATS       string `json:"nats"`
	ClickHouse string `json:"clickhouse"`
}

// announce writes endpoints.json; withdraw removes it.
func (d *dataDir) announce(endpoints Endpoints) error {
	encoded, err := json.MarshalIndent(endpoints, "", "  ")
	if err != nil {
		return fmt.Errorf("encode the endpoints: %w", err)
	}
	return writeAtomically(d.file(endpointsFile), append(encoded, '\n'))
}

func (d *dataDir) withdraw() error {
	if err := os.Remove(d.file(endpointsFile)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove %s: %w", endpointsFile, err)
	}
	return nil
}

// writeAtomically writes a file so that a reader sees the old or the new one, whole.
func writeAtomically(path string, content []byte) error {
	temporary, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return fmt.Errorf("write %s: %w", filepath.Base(path), err)
	}
	defer os.Remove(temporary.Name())
	if _, err = temporary.Write(content); err == nil {
		err = temporary.Sync()
	}
	if closing := temporary.Close(); err == nil {
		err = closing
	}
	if err == nil {
		err = os.Rename(temporary.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", filepath.Base(path), err)
	}
	return nil
}
