//go:build faults && !(linux && amd64)

package main

import "errors"

// followClock cannot move the clock of this kind of machine: the code that does is written for one.
func followClock(path string) error {
	if path == "" {
		return nil
	}
	return errors.New("the clock can be moved on Linux and amd64 only")
}
