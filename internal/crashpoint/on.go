//go:build faults

package crashpoint

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// arrivals counts how often the chosen place was reached in this process.
var arrivals atomic.Int64 //nolint:gochecknoglobals // a place in the code has no other state than the process

// chosen is read once: the environment does not change.
var chosen = sync.OnceValue(func() plan { //nolint:gochecknoglobals // likewise
	p, err := parse(os.Getenv(variable))
	if err != nil {
		fmt.Fprintln(os.Stderr, variable+":", err)
		os.Exit(2)
	}
	return p
})

const variable = "TURNOUT_CRASHPOINT"

// plan says what dies where.
type plan struct {
	name   string
	nth    int64
	engine bool
	delay  time.Duration
}

// parse reads [engine@]name[:nth][+delay]; an empty text is no plan.
func parse(text string) (plan, error) {
	p := plan{nth: 1}
	text, p.engine = strings.CutPrefix(text, "engine@")
	text, delay, delayed := strings.Cut(text, "+")
	name, nth, counted := strings.Cut(text, ":")
	p.name = name
	var err error
	if delayed {
		if p.delay, err = time.ParseDuration(delay); err != nil {
			return plan{}, fmt.Errorf("read the delay: %w", err)
		}
	}
	if counted {
		if p.nth, err = strconv.ParseInt(nth, 10, 64); err != nil {
			return plan{}, fmt.Errorf("read which time: %w", err)
		}
	}
	return p, nil
}

// Here ends the program, or the engine, if this is the chosen place and time.
func Here(name string) {
	p := chosen()
	if p.name != name || arrivals.Add(1) != p.nth {
		return
	}
	fmt.Fprintf(os.Stderr, "crash point %s, time %d\n", name, p.nth)
	if p.delay > 0 {
		time.AfterFunc(p.delay, p.kill)
		return
	}
	p.kill()
}

func (p plan) kill() {
	if p.engine {
		for _, pid := range engines() {
			_ = syscall.Kill(pid, syscall.SIGKILL) // gone already is as good
		}
		return
	}
	_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
	select {} // nothing more happens here
}

// engines finds the children of this process that run `turnout engine`.
func engines() []int {
	lists, _ := filepath.Glob("/proc/self/task/*/children") // the pattern is well formed
	var found []int
	for _, list := range lists {
		text, err := os.ReadFile(list)
		if err != nil {
			continue // the thread has ended
		}
		for field := range strings.FieldsSeq(string(text)) {
			command, err := os.ReadFile("/proc/" + field + "/cmdline")
			pid, number := strconv.Atoi(field)
			if err == nil && number == nil && strings.Contains(string(command), "\x00engine\x00") {
				found = append(found, pid)
			}
		}
	}
	return found
}
