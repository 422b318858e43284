package doctor

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

const (
	enoughFiles  = 8192
	leastFiles   = 1024
	enoughMemory = 2 << 30
	leastMemory  = 1 << 30
	// engineShare of the machine's memory leaves room for the program itself and the page cache.
	engineShare = 0.75
)

// Limits looks at what this machine lets a process do. memory is what the process may
// count on, engine what ClickHouse is told to take of it, both in bytes.
func Limits(memory, engine uint64) []Finding {
	a := &area{name: "limits"}
	a.files()
	state := OK
	if memory < enoughMemory {
		state = Warning
	}
	if memory < leastMemory {
		state = Problem
	}
	a.add("memory", state, bytes(memory)+cgroupNote(), "give the machine, or the container, at least 2 GiB")
	if engine == 0 {
		engine = memory / 2
	}
	state = OK
	if float64(engine) > engineShare*float64(memory) {
		state = Warning
	}
	if engine > memory {
		state = Problem
	}
	a.add("engine memory", state, bytes(engine), "lower --engine-memory to half of the memory: the kernel ends what takes too much")
	cores := runtime.GOMAXPROCS(0)
	state = OK
	if cores < 2 {
		state = Warning
	}
	a.add("cores", state, fmt.Sprintf("%d of %d", cores, runtime.NumCPU()), "publishing and storing take turns on one core: give it two")
	a.overcommit()
	return a.findings
}

func (a *area) files() {
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		a.add("open files", Unknown, err.Error(), "")
		return
	}
	// The Go runtime raises the soft limit to the hard one for itself; children inherit the old one.
	state := OK
	if limit.Max < enoughFiles {
		state = Warning
	}
	if limit.Max < leastFiles {
		state = Problem
	}
	a.add("open files", state, strconv.FormatUint(limit.Max, 10), "raise the limit: LimitNOFILE=65536 in systemd, ulimit -n 65536 in a shell")
	if unix.Getrlimit(unix.RLIMIT_FSIZE, &limit) == nil && limit.Cur != unix.RLIM_INFINITY {
		a.add("file size", Problem, bytes(limit.Cur), "a limit on the size of files makes writes fail in the middle: remove it (LimitFSIZE=infinity, ulimit -f unlimited)")
	}
}

func cgroupNote() string {
	text, err := os.ReadFile("/sys/fs/cgroup/memory.max")
	if err != nil {
		return ""
	}
	limit := strings.TrimSpace(string(text))
	if limit == "max" {
		return " (no limit of a control group)"
	}
	return " (the control group's limit: " + limit + " bytes)"
}

func (a *area) overcommit() {
	text, err := os.ReadFile("/proc/sys/vm/overcommit_memory")
	if err != nil {
		a.add("overcommit", Unknown, "this system does not say", "")
		return
	}
	mode := strings.TrimSpace(string(text))
	state := OK
	if mode == "2" {
		state = Warning
	}
	a.add("overcommit", state, "vm.overcommit_memory = "+mode, "the engine reserves more address space than it uses and may be refused: sysctl vm.overcommit_memory=0")
}
