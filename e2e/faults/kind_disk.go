package faults

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

const (
	smallDisk     = 640 << 20 // bytes
	belowReserve  = 100 << 20 // left free: less than the intake wants, enough for what was accepted
	ballastFile   = "ballast"
	ballastPieces = 4 << 20
)

// diskFull fills the disk under stream and warehouse: until the intake closes, or to the last byte.
func diskFull() Kind {
	return Kind{
		Name: "disk-full", Does: "the disk under stream and warehouse is full, to the last byte or to below what the intake leaves free", Heal: "there is room again",
		Alone: true, Folder: mountSmall,
		Prepare: func(ctx context.Context, r *Round) error {
			if r.Chance(0, 1) == 0 {
				return nil // the intake closes in time
			}
			r.Notef("nothing is reserved")
			return r.House.Restart(ctx, "TURNOUT_DISK_RESERVE=0")
		},
		Break: func(ctx context.Context, r *Round) error {
			if err := r.Until(ctx, float64(r.Chance(10, 50))/100); err != nil {
				return err
			}
			leave := int64(0)
			if r.Chance(0, 2) == 0 {
				leave = belowReserve
			}
			r.Notef("%d bytes are left", leave)
			if err := fill(r.House.Dir, leave); err != nil {
				return err
			}
			return wait(ctx, time.Duration(r.Chance(500, 4000))*time.Millisecond)
		},
		Mend: func(_ context.Context, r *Round) error {
			if err := os.Remove(ballast(r.House.Dir)); err != nil {
				return fmt.Errorf("make room: %w", err)
			}
			return nil
		},
	}
}

// mountSmall makes a small disk in memory, which says ENOSPC as any disk does.
func mountSmall(_ context.Context, base string) (folder string, release func() error, err error) {
	folder, err = os.MkdirTemp(base, "disk-")
	if err != nil {
		return "", nil, fmt.Errorf("make a small disk: %w", err)
	}
	if err := unix.Mount("turnout-faults", folder, "tmpfs", 0, fmt.Sprintf("mode=700,size=%d", smallDisk)); err != nil {
		return "", nil, errors.Join(fmt.Errorf("mount a small disk, which takes the right to: %w", err), os.Remove(folder))
	}
	return folder, func() error {
		if err := unix.Unmount(folder, unix.MNT_DETACH); err != nil {
			return fmt.Errorf("unmount %s: %w", folder, err)
		}
		return os.Remove(folder)
	}, nil
}

func ballast(dir string) string { return filepath.Join(filepath.Dir(dir), ballastFile) }

// fill takes the room on the folder's disk but for so many bytes.
func fill(dir string, leave int64) error {
	file, err := os.OpenFile(ballast(dir), os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("fill the disk: %w", err)
	}
	defer file.Close()
	for offset := int64(0); ; {
		var state unix.Statfs_t
		if err := unix.Statfs(dir, &state); err != nil {
			return fmt.Errorf("fill the disk: %w", err)
		}
		more := min(int64(state.Bavail)*state.Bsize-leave, ballastPieces)
		if more <= 0 {
			return nil
		}
		switch err := unix.Fallocate(int(file.Fd()), 0, offset, more); {
		case errors.Is(err, unix.ENOSPC): // somebody else took it
			return nil
		case err != nil:
			return fmt.Errorf("fill the disk: %w", err)
		}
		offset += more
	}
}
