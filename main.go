// Command turnout turns what happens in a community into figures people can trust.
package main

import (
	"os"

	"github.com/turnout/turnout/internal/cli"
)

// version is set by the build: -ldflags "-X main.version=1.2.3".
var version = "devel"

func main() {
	os.Exit(cli.Main(os.Args[1:], cli.Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr}, cli.Version(version)))
}
