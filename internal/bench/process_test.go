package bench

import (
	"os"
	"os/exec"
	"testing"
)

func TestProcessesAreSeen(t *testing.T) {
	if _, err := os.Stat("/proc/self/stat"); err != nil {
		t.Log("no Linux: nothing is known of processes")
		return
	}
	own := process(os.Getpid())
	before, err := own.cpu()
	if err != nil {
		t.Fatal(err)
	}
	for {
		now, err := own.cpu()
		if err != nil {
			t.Fatal(err)
		}
		if now > before { // asking is work, too
			break
		}
	}
	if bytes, err := own.private(); err != nil || bytes < megabyte {
		t.Errorf("%g bytes of private memory: %v", bytes, err)
	}
	child := exec.CommandContext(t.Context(), "cat")
	input, err := child.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	if found := own.children(); len(found) != 1 || int(found[0]) != child.Process.Pid {
		t.Errorf("children %v, want %d", found, child.Process.Pid)
	}
	if err := input.Close(); err != nil {
		t.Fatal(err)
	}
	if err := child.Wait(); err != nil {
		t.Fatal(err)
	}
	if _, err := process(child.Process.Pid).cpu(); err == nil {
		t.Error("a process that has ended has computed")
	}
}
