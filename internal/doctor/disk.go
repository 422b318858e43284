package doctor

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

const (
	blockBytes  = 4 << 10
	mostSyncs   = 200
	longestSync = 3 * time.Second // of the whole measurement

	slowSync     = 20 * time.Millisecond
	painfulSync  = 200 * time.Millisecond
	slowTail     = 100 * time.Millisecond
	painfulTail  = 2 * time.Second
	suspectSync  = 5 * time.Microsecond // no disk is that fast
	littleRoom   = 2 << 30
	littleInodes = 10_000
	fewInodes    = 500
)

// Disk measures the disk of a folder: how long a block takes until it is synced, and
// the room. reserve is what the program keeps free.
func Disk(dir string, reserve uint64) []Finding {
	a := &area{name: "disk"}
	var state unix.Statfs_t
	if err := unix.Statfs(dir, &state); err != nil {
		a.add("folder", Problem, err.Error(), "create the folder, or name another with --data")
		return a.findings
	}
	a.kind(&state)
	a.room(&state, reserve)
	a.syncs(dir)
	return a.findings
}

func (a *area) kind(state *unix.Statfs_t) {
	if odd, advice := fileSystem(state); odd != "" {
		a.add("file system", Warning, odd, advice)
		return
	}
	a.add("file system", OK, fmt.Sprintf("local (type %#x)", state.Type), "")
}

func (a *area) room(state *unix.Statfs_t, reserve uint64) {
	block := uint64(state.Bsize)
	free, size := uint64(state.Bavail)*block, state.Blocks*block //nolint:unconvert // its width differs by system
	figure := fmt.Sprintf("%s of %s", bytes(free), bytes(size))
	switch {
	case free < reserve:
		a.add("room", Problem, figure, fmt.Sprintf("new events are refused below %s (--disk-reserve): make room", bytes(reserve)))
	case free < littleRoom || free < size/20:
		a.add("room", Warning, figure, fmt.Sprintf("new events are refused below %s: make room, or give a larger disk", bytes(reserve)))
	default:
		a.add("room", OK, figure, "")
	}
	if state.Files == 0 {
		a.add("inodes", Unknown, "the file system does not count them", "")
		return
	}
	inodes := Problem
	switch {
	case state.Ffree >= littleInodes:
		inodes = OK
	case state.Ffree >= fewInodes:
		inodes = Warning
	}
	a.add("inodes", inodes, fmt.Sprintf("%d of %d free", state.Ffree, state.Files), "remove files, or make the file system with more inodes: each part of a table is some twenty files")
}

// syncs writes blocks one by one, as strict durability does.
func (a *area) syncs(dir string) {
	took, err := measureSyncs(dir)
	if err != nil {
		a.add("fsync", Problem, err.Error(), "the program could not write its data folder: check its owner, its mode and its disk")
		return
	}
	median, tail := percentile(took, 0.5), percentile(took, 0.99)
	figure := fmt.Sprintf("4 KiB written and synced: p50 %s, p99 %s (%d times)", median.Round(time.Microsecond), tail.Round(time.Microsecond), len(took))
	if median < suspectSync {
		a.add("fsync", Warning, figure, "no disk is that fast: it is memory, or it says that it synced and did not")
		return
	}
	state := graded(median, slowSync, painfulSync)
	if worse := graded(tail, slowTail, painfulTail); worse == Problem || state == OK {
		state = worse
	}
	a.add("fsync", state, figure, "an event alone is acknowledged no sooner: send batches, use a faster disk (one with power loss protection), or choose --durability balanced")
}

func measureSyncs(dir string) (took []time.Duration, err error) {
	file, err := os.CreateTemp(dir, ".turnout-doctor-*")
	if err != nil {
		return nil, fmt.Errorf("make a file in %s: %w", filepath.Base(dir), err)
	}
	defer func() { err = errors.Join(err, file.Close(), os.Remove(file.Name())) }()
	block := make([]byte, blockBytes)
	begun := time.Now()
	for len(took) < mostSyncs && time.Since(begun) < longestSync {
		start := time.Now()
		if _, err := file.Write(block); err != nil {
			return nil, fmt.Errorf("write 4 KiB: %w", err)
		}
		if err := file.Sync(); err != nil {
			return nil, fmt.Errorf("sync 4 KiB: %w", err)
		}
		took = append(took, time.Since(start))
	}
	return took, nil
}
