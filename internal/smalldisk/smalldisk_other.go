//go:build !linux

package smalldisk

import (
	"errors"
	"testing"
)

// Disk is a folder whose disk can be filled.
type Disk struct{ Dir string }

const onlyLinux = "disks can be filled on Linux only"

// New ends the test: these faults are Linux's.
func New(tb testing.TB, _ int64) *Disk { tb.Helper(); tb.Fatal(onlyLinux); return nil }

// Mounted tells whether it is a disk of its own.
func (d *Disk) Mounted() bool { return false }

// Fill leaves so many bytes free.
func (d *Disk) Fill(tb testing.TB, _ int64, _ ...int) { tb.Helper(); tb.Fatal(onlyLinux) }

// Free takes the ballast away.
func (d *Disk) Free(tb testing.TB, _ ...int) { tb.Helper(); tb.Fatal(onlyLinux) }

// Refuse makes every write of a process fail.
func Refuse(tb testing.TB, _ int) { tb.Helper(); tb.Fatal(onlyLinux) }

// Allow ends what Refuse began.
func Allow(tb testing.TB, _ int) { tb.Helper(); tb.Fatal(onlyLinux) }

// RefuseSyncs makes every later sync of this process fail.
func RefuseSyncs() error { return errors.New(onlyLinux) }
