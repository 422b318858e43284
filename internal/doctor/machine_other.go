//go:build !linux

package doctor

import (
	"errors"

	"golang.org/x/sys/unix"
)

// fileSystem knows Linux's only.
func fileSystem(*unix.Statfs_t) (name, advice string) { return "", "" }

// synchronised cannot be asked here.
func synchronised() (bool, error) { return false, errors.New("this system does not say") }
