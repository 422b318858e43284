//go:build faults

package crashpoint

import (
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"
)

func TestParse(t *testing.T) {
	for text, want := range map[string]plan{
		"":                             {nth: 1},
		"before-insert":                {name: "before-insert", nth: 1},
		"before-insert:3":              {name: "before-insert", nth: 3},
		"engine@before-insert:2+15ms":  {name: "before-insert", nth: 2, engine: true, delay: 15 * time.Millisecond},
		"before-acknowledgement+1.5ms": {name: "before-acknowledgement", nth: 1, delay: 1500 * time.Microsecond},
	} {
		if got, err := parse(text); err != nil || got != want {
			t.Errorf("%s: %+v, %v", text, got, err)
		}
	}
	for _, text := range []string{"a:b", "a+5", "a:1:2"} {
		if got, err := parse(text); err == nil {
			t.Errorf("%s: %+v", text, got)
		}
	}
}

// TestKill runs this test again as a process that is to die at its second arrival.
func TestKill(t *testing.T) {
	if os.Getenv(variable) != "" {
		Here("elsewhere")
		Here("there")
		Here("there")
		os.Exit(0)
	}
	again := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestKill$")
	again.Env = append(os.Environ(), variable+"=there:2")
	err := again.Run()
	status, ok := again.ProcessState.Sys().(syscall.WaitStatus)
	if !ok || !status.Signaled() || status.Signal() != syscall.SIGKILL {
		t.Errorf("it ended with %v", err)
	}
}
