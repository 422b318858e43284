//go:build faults

// Command program is the turnout that the fault tests break: the same program, whose wall clock they can move.
//
// FAULTS_CLOCK names a file whose first eight bytes are a number of nanoseconds in the machine's order of bytes. It is added to what the
// kernel says of the wall clock, whenever anything in the process asks; the file may change at any time. Timers and durations follow the
// monotonic clock, which stays as it is, as on a machine whose clock is set.
package main

import (
	"fmt"
	"os"

	"github.com/turnout/turnout/internal/cli"
)

func main() {
	if err := followClock(os.Getenv("FAULTS_CLOCK")); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(cli.Main(os.Args[1:], cli.Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr}, "faults"))
}
