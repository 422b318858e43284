package faults

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Process is a running program, in a process group of its own.
type Process struct {
	Name string
	PID  int

	command *exec.Cmd
	exited  chan struct{}
	err     error // why it ended; to be read once exited is closed
}

// launch starts a program; what it says goes to the log.
func launch(name, binary string, args, environment []string, log *os.File) (*Process, error) {
	command := exec.Command(binary, args...) //nolint:gosec,noctx // the program under test; it ends when it is told to, or killed
	command.Env = environment
	command.Stdout, command.Stderr = log, log
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := command.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	p := &Process{Name: name, PID: command.Process.Pid, command: command, exited: make(chan struct{})}
	go func() {
		p.err = command.Wait()
		close(p.exited)
	}()
	return p, nil
}

// Exited is closed when the process has ended.
func (p *Process) Exited() <-chan struct{} { return p.exited }

// Alive tells whether the process has not ended.
func (p *Process) Alive() bool {
	select {
	case <-p.exited:
		return false
	default:
		return true
	}
}

// Kill ends the process as a crash would, and waits until it is gone.
func (p *Process) Kill() {
	signal(p.PID, p.Alive(), syscall.SIGKILL)
	<-p.exited
}

// Pause stops the process where it is, and Resume lets it go on. An engine goes on meanwhile.
func (p *Process) Pause() { signal(p.PID, p.Alive(), syscall.SIGSTOP) }

// Resume lets a paused process go on.
func (p *Process) Resume() { signal(p.PID, p.Alive(), syscall.SIGCONT) }

func signal(pid int, alive bool, s syscall.Signal) {
	if alive && pid > 0 {
		_ = syscall.Kill(pid, s) // it may have ended this moment
	}
}

// Stop asks the process to end in order; one that does not is killed, and that is an error.
func (p *Process) Stop(limit time.Duration) error {
	if !p.Alive() {
		return nil
	}
	p.Resume()
	signal(p.PID, true, syscall.SIGTERM)
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case <-p.exited:
		if p.err != nil {
			return fmt.Errorf("%s ended with %w", p.Name, p.err)
		}
		return nil
	case <-timer.C:
		p.Kill()
		return fmt.Errorf("%s did not stop within %s", p.Name, limit)
	}
}

// AwaitExit waits until the process has ended by itself.
func (p *Process) AwaitExit(ctx context.Context) error {
	select {
	case <-p.exited:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("wait for the end of %s: %w", p.Name, context.Cause(ctx))
	}
}

// engines are the children of a process that run `turnout engine`.
func engines(pid int) []int {
	lists, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid)) // the pattern is well formed
	var found []int
	for _, list := range lists {
		text, err := os.ReadFile(list)
		if err != nil {
			continue // the thread has ended
		}
		for field := range strings.FieldsSeq(string(text)) {
			command, err := os.ReadFile("/proc/" + field + "/cmdline")
			child, number := strconv.Atoi(field)
			if err == nil && number == nil && strings.Contains(string(command), "\x00engine\x00") {
				found = append(found, child)
			}
		}
	}
	return found
}

// Usage is what a process holds.
type Usage struct {
	Private     uint64 // bytes of memory of its own
	Descriptors int
}

var errGone = errors.New("the process is gone")

// usage measures a process.
func usage(pid int) (Usage, error) {
	var u Usage
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", pid))
	if err != nil {
		return u, errGone
	}
	for line := range strings.Lines(string(text)) {
		fields := strings.Fields(line)
		if len(fields) < 2 || !strings.HasPrefix(fields[0], "Private_") {
			continue
		}
		kilobytes, err := strconv.ParseUint(fields[1], 10, 64)
		if err != nil {
			return u, fmt.Errorf("read the memory of process %d: %w", pid, err)
		}
		u.Private += kilobytes << 10
	}
	open, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid))
	if err != nil {
		return u, errGone
	}
	u.Descriptors = len(open)
	return u, nil
}
