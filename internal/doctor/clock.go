package doctor

import (
	"fmt"
	"time"
)

const (
	noticeableSkew = 500 * time.Millisecond
	harmfulSkew    = 30 * time.Second
	earliest       = 2026 // this program is not older than that
)

// Clock is another machine's time, and how far off it may be: half of what asking took.
type Clock struct {
	Name   string
	Skew   time.Duration // ahead of this machine when positive
	Within time.Duration
	Err    error // it could not be asked
}

// Read asks for another machine's time and compares it with the middle of the question.
func Read(name string, ask func() (time.Time, error)) Clock {
	begun := time.Now()
	theirs, err := ask()
	half := time.Since(begun) / 2
	return Clock{Name: name, Skew: theirs.Sub(begun.Add(half)), Within: half, Err: err}
}

// Clocks compares this machine's clock with others'.
func Clocks(now time.Time, others ...Clock) []Finding {
	a := &area{name: "clocks"}
	if now.Year() < earliest {
		a.add("this machine", Problem, now.UTC().Format(time.RFC3339), "set the clock: events are stamped with it")
	} else {
		a.add("this machine", OK, now.UTC().Format(time.RFC3339), "")
	}
	if follows, err := synchronised(); err != nil {
		a.add("synchronised", Unknown, err.Error(), "")
	} else if !follows {
		a.add("synchronised", Warning, "no", "run an NTP client (systemd-timesyncd, chrony), or make sure that the host does")
	} else {
		a.add("synchronised", OK, "yes", "")
	}
	for _, other := range others {
		if other.Err != nil {
			a.add(other.Name, Unknown, other.Err.Error(), "")
			continue
		}
		skew := max(other.Skew.Abs()-other.Within, 0) // what is certain of it
		figure := fmt.Sprintf("%+d ms (± %d ms)", other.Skew.Milliseconds(), max(other.Within.Milliseconds(), 1))
		a.add(other.Name, graded(skew, noticeableSkew, harmfulSkew), figure, "let all machines follow one time source: times of arrival and lags come from these clocks")
	}
	return a.findings
}
