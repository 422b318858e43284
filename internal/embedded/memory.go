package embedded

import (
	"os"
	"strconv"
	"strings"
)

// fallbackMemory is assumed where the machine does not say how much it has.
const fallbackMemory = 4 << 30

// MachineMemory returns the bytes of memory this process may count on: the
// machine's, or its control group's when that is less.
func MachineMemory() uint64 {
	memory := uint64(fallbackMemory)
	if text, err := os.ReadFile("/proc/meminfo"); err == nil {
		for line := range strings.Lines(string(text)) {
			fields := strings.Fields(line)
			if len(fields) > 1 && fields[0] == "MemTotal:" {
				if kilobytes, err := strconv.ParseUint(fields[1], 10, 64); err == nil {
					memory = kilobytes << 10
				}
			}
		}
	}
	if text, err := os.ReadFile("/sys/fs/cgroup/memory.max"); err == nil {
		if limit, err := strconv.ParseUint(strings.TrimSpace(string(text)), 10, 64); err == nil && limit < memory {
			memory = limit
		}
	}
	return memory
}
