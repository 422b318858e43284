//go:build faults && linux && amd64

package main

import (
	"errors"
	"fmt"
	"os"
	"syscall"
	"unsafe"
)

// shift is what shiftedClock adds: a number in memory that is shared with a file.
var shift *int64 //nolint:gochecknoglobals // the kernel's clock has no other argument

// kernelClock is the function of the kernel that shiftedClock asks.
var kernelClock uintptr //nolint:gochecknoglobals // likewise

// takeClock puts shiftedClock in the place of the kernel's function that the Go runtime asks for the time.
func takeClock()

// followClock makes the wall clock of this process differ by what the file says; no file leaves the clock alone.
func followClock(path string) error {
	if path == "" {
		return nil
	}
	file, err := os.Open(path) //nolint:gosec // the tests' own
	if err != nil {
		return fmt.Errorf("open the shift of the clock: %w", err)
	}
	defer file.Close()
	page, err := syscall.Mmap(int(file.Fd()), 0, int(unsafe.Sizeof(*shift)), syscall.PROT_READ, syscall.MAP_SHARED)
	if err != nil {
		return fmt.Errorf("map the shift of the clock: %w", err)
	}
	shift = (*int64)(unsafe.Pointer(unsafe.SliceData(page))) //nolint:gosec // a page begins at a multiple of eight
	takeClock()
	if kernelClock == 0 {
		return errors.New("the kernel gives no function for its clock: it cannot be moved")
	}
	return nil
}
