package bench

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// clockTick is the unit of CPU time in /proc; Linux has it fixed for programs.
const clockTick = 10 * time.Millisecond

// process is another process as Linux shows it under /proc. Elsewhere nothing is known of it.
type process int

func (p process) file(name string) string { return "/proc/" + strconv.Itoa(int(p)) + "/" + name }

// stat gives the fields of /proc/PID/stat from the state on, which is field 3.
func (p process) stat() ([]string, error) {
	raw, err := os.ReadFile(p.file("stat"))
	if err != nil {
		return nil, fmt.Errorf("look at process %d: %w", p, err)
	}
	_, rest, _ := bytes.Cut(raw[bytes.LastIndexByte(raw, ')'):], []byte(" ")) // a program's name may hold anything
	fields := strings.Fields(string(rest))
	const needed = 13
	if len(fields) < needed {
		return nil, fmt.Errorf("look at process %d: %q is no state of a process", p, raw)
	}
	return fields, nil
}

// cpu is the time that it has computed.
func (p process) cpu() (time.Duration, error) {
	fields, err := p.stat()
	if err != nil {
		return 0, err
	}
	const user, system = 11, 12 // fields 14 and 15
	var ticks int64
	for _, field := range fields[user : system+1] {
		n, err := strconv.ParseInt(field, 10, 64)
		if err != nil {
			return 0, fmt.Errorf("look at process %d: %w", p, err)
		}
		ticks += n
	}
	return time.Duration(ticks) * clockTick, nil
}

// private is the memory that no other process shares and no file backs, in bytes.
func (p process) private() (float64, error) {
	raw, err := os.ReadFile(p.file("status"))
	if err != nil {
		return 0, fmt.Errorf("look at process %d: %w", p, err)
	}
	for line := range strings.Lines(string(raw)) {
		var kilobytes float64
		if _, err := fmt.Sscanf(line, "RssAnon: %f kB", &kilobytes); err == nil {
			return kilobytes * 1024, nil
		}
	}
	return 0, fmt.Errorf("look at process %d: its status tells no RssAnon", p)
}

// children are the processes that it started and that still run.
func (p process) children() []process {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil
	}
	var found []process
	for _, entry := range entries {
		id, err := strconv.Atoi(entry.Name())
		if err != nil {
			continue
		}
		fields, err := process(id).stat()
		if err == nil && fields[1] == strconv.Itoa(int(p)) {
			found = append(found, process(id))
		}
	}
	return found
}
