package bench

import (
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"time"
)

// Machine is where it was measured.
type Machine struct {
	System string  `json:"system"`
	CPU    string  `json:"cpu"`
	Cores  int     `json:"cores"`
	Memory float64 `json:"memory_mb"`
	Go     string  `json:"go"`
	// SyncMS is how long a block of 4 KiB takes to be on the disk of the measurement, the median; 0 when not known.
	SyncMS float64 `json:"sync_ms"`
	// Load is that of the last minute before the measurement: others' work makes every figure worse.
	Load string `json:"load"`
}

func describeMachine(dir string) Machine {
	m := Machine{System: runtime.GOOS + "/" + runtime.GOARCH, Cores: runtime.GOMAXPROCS(0), Go: runtime.Version()}
	if raw, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for line := range strings.Lines(string(raw)) {
			if name, value, found := strings.Cut(line, ":"); found && strings.TrimSpace(name) == "model name" {
				m.CPU = strings.TrimSpace(value)
				break
			}
		}
	}
	if raw, err := os.ReadFile("/proc/meminfo"); err == nil {
		m.Memory = round(field(string(raw), "MemTotal:") / 1024)
	}
	if raw, err := os.ReadFile("/proc/loadavg"); err == nil {
		m.Load, _, _ = strings.Cut(string(raw), " ")
	}
	m.SyncMS = syncTime(dir)
	return m
}

// syncTime is the median time that a small write takes to be on disk; 0 when it cannot be measured.
func syncTime(dir string) float64 {
	file, err := os.CreateTemp(dir, "turnout-sync-")
	if err != nil {
		return 0
	}
	defer os.Remove(file.Name())
	defer file.Close()
	const writes, block = 30, 4 << 10
	var took []float64
	for range writes {
		began := time.Now()
		if _, err := file.Write(make([]byte, block)); err != nil {
			return 0
		}
		if err := file.Sync(); err != nil {
			return 0
		}
		took = append(took, milliseconds(time.Since(began)))
	}
	return round(middle(took))
}

// commit is what was measured: the version that the build set, and the commit that Go noted.
func commit(version string) string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return version
	}
	revision, dirty := "", ""
	for _, setting := range info.Settings {
		switch {
		case setting.Key == "vcs.revision":
			revision = setting.Value
		case setting.Key == "vcs.modified" && setting.Value == "true":
			dirty = "-dirty"
		}
	}
	if revision == "" {
		return version
	}
	return revision[:min(len(revision), 12)] + dirty
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// field is the number behind a name in a file of /proc; 0 when it is not there.
func field(text, name string) float64 {
	for line := range strings.Lines(text) {
		fields := strings.Fields(line)
		if len(fields) > 1 && fields[0] == name {
			value, err := strconv.ParseFloat(fields[1], 64)
			if err == nil {
				return value
			}
		}
	}
	return 0
}
