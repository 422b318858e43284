package doctor

import (
	"fmt"
	"slices"
	"time"
)

// State is how well something is.
type State string

// The states, from well to bad. Unknown is no reason to fail.
const (
	OK      State = "ok"
	Unknown State = "unknown"
	Warning State = "warning"
	Problem State = "problem"
)

// Finding is one thing that was looked at.
type Finding struct {
	Area   string `json:"area"`
	Check  string `json:"check"`
	State  State  `json:"state"`
	Figure string `json:"figure"`           // what was measured, with its unit
	Advice string `json:"advice,omitempty"` // what to change, when it is not well
}

// Report is everything that was looked at.
type Report struct {
	OK       bool      `json:"ok"` // no problem
	Problems int       `json:"problems"`
	Warnings int       `json:"warnings"`
	Findings []Finding `json:"findings"`
}

// NewReport counts the findings.
func NewReport(findings []Finding) *Report {
	r := &Report{Findings: findings}
	for _, f := range findings {
		switch f.State {
		case Problem:
			r.Problems++
		case Warning:
			r.Warnings++
		case OK, Unknown:
		}
	}
	r.OK = r.Problems == 0
	return r
}

// area makes findings of one area.
type area struct {
	name     string
	findings []Finding
}

func (a *area) add(check string, state State, figure, advice string) {
	if state == OK {
		advice = ""
	}
	a.findings = append(a.findings, Finding{Area: a.name, Check: check, State: state, Figure: figure, Advice: advice})
}

// graded is the worst state whose limit a value reaches.
func graded[T int | int64 | uint64 | float64 | time.Duration](value, warning, problem T) State {
	switch {
	case value >= problem:
		return Problem
	case value >= warning:
		return Warning
	default:
		return OK
	}
}

// bytes writes a size for people.
func bytes(n uint64) string {
	units := []string{"B", "KiB", "MiB", "GiB", "TiB"}
	size, unit := float64(n), 0
	for size >= 1024 && unit < len(units)-1 {
		size, unit = size/1024, unit+1
	}
	if unit == 0 {
		return fmt.Sprintf("%d B", n)
	}
	return fmt.Sprintf("%.1f %s", size, units[unit])
}

// percentile is the value below which a share of the sorted values lies.
func percentile(values []time.Duration, share float64) time.Duration {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	return sorted[min(int(share*float64(len(sorted))), len(sorted)-1)]
}

// Note makes one finding that the caller has measured itself.
func Note(group, check string, state State, figure, advice string) Finding {
	a := &area{name: group}
	a.add(check, state, figure, advice)
	return a.findings[0]
}
