package smalldisk

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"golang.org/x/sys/unix"
)

// Disk is a folder whose disk can be filled.
type Disk struct {
	Dir     string
	mounted bool
}

// New makes a disk of so many bytes; it is gone when the test ends.
func New(tb testing.TB, size int64) *Disk {
	tb.Helper()
	d := &Disk{Dir: filepath.Join(tb.TempDir(), "disk")}
	if err := os.Mkdir(d.Dir, 0o700); err != nil {
		tb.Fatal(err)
	}
	err := unix.Mount("turnout-test", d.Dir, "tmpfs", 0, "mode=700,size="+strconv.FormatInt(size, 10))
	if err != nil {
		tb.Logf("no disk of its own (%v): writers are stopped by their limit on files instead", err)
		return d
	}
	d.mounted = true
	tb.Cleanup(func() {
		if err := unix.Unmount(d.Dir, unix.MNT_DETACH); err != nil {
			tb.Errorf("unmount: %v", err)
		}
	})
	return d
}

// Mounted tells whether it is a disk of its own, so that it is full for every writer.
func (d *Disk) Mounted() bool { return d.mounted }

const ballast = "ballast"

// Fill leaves so many bytes free for the processes that write to the disk.
func (d *Disk) Fill(tb testing.TB, leave int64, writers ...int) {
	tb.Helper()
	if !d.mounted {
		for _, pid := range writers {
			Refuse(tb, pid)
		}
		return
	}
	file, err := os.OpenFile(filepath.Join(d.Dir, ballast), os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		tb.Fatal(err)
	}
	defer file.Close()
	size, err := file.Stat()
	if err != nil {
		tb.Fatal(err)
	}
	// Another writer may take room meanwhile: then that much less is filled.
	for offset := size.Size(); d.Left(tb) > leave; {
		more := min(d.Left(tb)-leave, 1<<20)
		if err := unix.Fallocate(int(file.Fd()), 0, offset, more); err != nil && !errors.Is(err, unix.ENOSPC) {
			tb.Fatal(err)
		} else if err != nil {
			return
		}
		offset += more
	}
}

// Free takes the ballast away and lets the processes write again.
func (d *Disk) Free(tb testing.TB, writers ...int) {
	tb.Helper()
	for _, pid := range writers {
		if !d.mounted {
			Allow(tb, pid)
		}
	}
	if err := os.Remove(filepath.Join(d.Dir, ballast)); err != nil && !errors.Is(err, os.ErrNotExist) {
		tb.Fatal(err)
	}
}

// Left is the room on the disk in bytes.
func (d *Disk) Left(tb testing.TB) int64 {
	tb.Helper()
	var state unix.Statfs_t
	if err := unix.Statfs(d.Dir, &state); err != nil {
		tb.Fatal(err)
	}
	return int64(state.Bavail) * state.Bsize
}

// Refuse makes every write of a process to a file fail (EFBIG), as on a disk that
// can only be read; Allow lets it write again. It needs no right but that of the
// process's owner.
func Refuse(tb testing.TB, pid int) {
	tb.Helper()
	limit(tb, pid, 0)
}

// Allow ends what Refuse began.
func Allow(tb testing.TB, pid int) {
	tb.Helper()
	limit(tb, pid, unix.RLIM_INFINITY)
}

func limit(tb testing.TB, pid int, most uint64) {
	tb.Helper()
	var old unix.Rlimit
	err := unix.Prlimit(pid, unix.RLIMIT_FSIZE, nil, &old)
	if err == nil {
		// The soft limit alone: the hard one could not be raised again.
		err = unix.Prlimit(pid, unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: min(most, old.Max), Max: old.Max}, nil)
	}
	if err != nil && !errors.Is(err, unix.ESRCH) {
		tb.Fatalf("limit the files of process %d: %v", pid, err)
	}
}
