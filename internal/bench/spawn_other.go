//go:build !linux

package bench

import "os/exec"

// startWith starts a program. ended is told with what it ended.
func startWith(command *exec.Cmd, ended func(error)) error {
	if err := command.Start(); err != nil {
		return err //nolint:wrapcheck // the caller says what was started
	}
	go func() { ended(command.Wait()) }()
	return nil
}
