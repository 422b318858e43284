package doctor

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// onNetwork is what file systems over a network are told.
const onNetwork = "locks and syncs over a network are not what the engines count on: use a local disk"

// fileSystem names one that deserves a word, and the word; "" for a disk of this machine.
func fileSystem(state *unix.Statfs_t) (name, advice string) {
	switch int64(state.Type) { //nolint:unconvert // its width differs by machine
	case unix.TMPFS_MAGIC:
		return "memory (tmpfs)", "nothing survives a restart of the machine: put the data folder on a disk"
	case unix.OVERLAYFS_SUPER_MAGIC:
		return "a container's layer (overlay)", "the data goes with the container: mount a volume for the data folder"
	case unix.NFS_SUPER_MAGIC:
		return "NFS", onNetwork
	case unix.SMB2_SUPER_MAGIC, unix.CIFS_SUPER_MAGIC:
		return "SMB", onNetwork
	case unix.FUSE_SUPER_MAGIC:
		return "FUSE", "ask whoever runs it whether fsync reaches a disk"
	default:
		return "", ""
	}
}

// synchronised tells whether the kernel's clock follows a time source.
func synchronised() (bool, error) {
	var timex unix.Timex
	state, err := unix.Adjtimex(&timex)
	if err != nil {
		return false, fmt.Errorf("ask the kernel's clock: %w", err)
	}
	return state != unix.TIME_ERROR && timex.Status&unix.STA_UNSYNC == 0, nil
}
