package bench

import (
	"os/exec"
	"runtime"
	"syscall"
)

// startWith starts a program that the system ends, should we be killed. The system does so when the thread ends that started it, so that
// one is kept until then. An interrupt at the terminal is for us alone: the program is stopped once, in order. ended is told with what the
// program ended.
func startWith(command *exec.Cmd, ended func(error)) error {
	command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM, Setpgid: true}
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := command.Start()
		started <- err
		if err == nil {
			ended(command.Wait())
		}
	}()
	return <-started
}
