package embedded

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const lockRetry = 20 * time.Millisecond

// lockDir makes the folder and locks it for this process; wait is the patience
// with another process that is on its way out. The lock goes with the process,
// however it ends.
func lockDir(dir string, wait time.Duration) (unlock func(), err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the folder: %w", err)
	}
	file, err := os.OpenFile(filepath.Join(dir, "turnout.lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the lock of the folder: %w", err)
	}
	if err := flock(file, wait); err != nil {
		holder, _ := os.ReadFile(file.Name())
		_ = file.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, fmt.Errorf("the folder %s is in use by another turnout (process %s); stop it, or choose another folder", dir, strings.TrimSpace(string(holder)))
		}
		return nil, fmt.Errorf("lock the folder %s: %w", dir, err)
	}
	// Who holds the lock is told in a hint only, so a full disk does not matter here.
	_ = file.Truncate(0)
	_, _ = file.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0)
	return func() { _ = file.Close() }, nil
}

// flock tries until it has the lock or the patience is over.
func flock(file *os.File, wait time.Duration) error {
	deadline := time.NewTimer(wait)
	defer deadline.Stop()
	retry := time.NewTicker(lockRetry)
	defer retry.Stop()
	for {
		err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if !errors.Is(err, syscall.EWOULDBLOCK) {
			return err //nolint:wrapcheck // the caller says of which folder
		}
		select {
		case <-retry.C:
		case <-deadline.C:
			return err //nolint:wrapcheck // the caller says of which folder
		}
	}
}
