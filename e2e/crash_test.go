package e2e_test

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

const (
	crashEvents   = 50_000
	crashBatch    = 250
	crashClients  = 8
	crashPerGroup = 100 // attendances of one gathering
)

// ledger remembers what was acknowledged.
type ledger struct {
	mu           sync.Mutex
	acknowledged map[int]bool
	progress     chan struct{} // closed when a third is acknowledged
}

func (l *ledger) add(from, to int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	before := len(l.acknowledged)
	for i := from; i < to; i++ {
		l.acknowledged[i] = true
	}
	if before < crashEvents/3 && len(l.acknowledged) >= crashEvents/3 {
		close(l.progress)
	}
}

// attendanceEvent is the i-th event of the workload.
func attendanceEvent(i int) string {
	return fmt.Sprintf(`{"specversion":"1.0","id":"c%d","source":"/crash","type":"attendance.recorded.v1","time":"2024-03-%02dT18:00:00Z","data":{"gathering_id":"g%d","person_id":"p%d","present":true,"role":"participant","method":"desk"}}`,
		i, 1+i/crashPerGroup%28, i/crashPerGroup, i%crashPerGroup)
}

// publish sends the workload once, batch by batch, and notes what was
// acknowledged. What fails is left: nobody sends it again.
func (l *ledger) publish(h *house) {
	var clients sync.WaitGroup
	for client := range crashClients {
		clients.Go(func() {
			for from := client * crashBatch; from < crashEvents; from += crashClients * crashBatch {
				var lines strings.Builder
				for i := from; i < from+crashBatch; i++ {
					lines.WriteString(attendanceEvent(i) + "\n")
				}
				response, err := http.Post(h.endpoints.HTTP+"/v1/events", "application/x-ndjson", strings.NewReader(lines.String()))
				if err != nil {
					continue
				}
				if response.StatusCode == http.StatusAccepted {
					l.add(from, from+crashBatch)
				}
				response.Body.Close()
			}
		})
	}
	clients.Wait()
}

// check compares every gathering's attendance with the ledger: at least what was
// acknowledged, at most what was sent, each person once.
func (l *ledger) check(t *testing.T, h *house) {
	t.Helper()
	h.settled()
	counted := map[string]int{}
	for _, row := range h.rows("attendance", "") {
		n, err := strconv.Atoi(fmt.Sprint(row["attended"]))
		if err != nil {
			t.Fatal(err)
		}
		counted[fmt.Sprint(row["gathering_id"])] = n
	}
	acknowledged := map[string]int{}
	for i := range l.acknowledged {
		acknowledged["g"+strconv.Itoa(i/crashPerGroup)]++
	}
	total := 0
	for gathering, n := range acknowledged {
		if counted[gathering] < n {
			t.Errorf("%s: %d acknowledged, %d counted", gathering, n, counted[gathering])
		}
	}
	for gathering, n := range counted {
		total += n
		if n > crashPerGroup {
			t.Errorf("%s: %d counted, %d sent", gathering, n, crashPerGroup)
		}
	}
	t.Logf("%d of %d acknowledged, %d counted", len(l.acknowledged), crashEvents, total)
	if len(l.acknowledged) < crashEvents/3 {
		t.Errorf("only %d were acknowledged: the crash came too early to mean anything", len(l.acknowledged))
	}

	// What was not acknowledged is sent again, and then everything is there, once.
	l.publish(h)
	h.settled()
	total = 0
	for _, row := range h.rows("attendance", "") {
		n, _ := strconv.Atoi(fmt.Sprint(row["attended"]))
		total += n
	}
	if total != crashEvents {
		t.Errorf("%d counted after sending everything again, want %d", total, crashEvents)
	}
}

// TestKillProgram kills the whole program in the middle of the publishing.
func TestKillProgram(t *testing.T) {
	h := open(t)
	l := &ledger{acknowledged: map[int]bool{}, progress: make(chan struct{})}
	published := make(chan struct{})
	go func() {
		defer close(published)
		l.publish(h)
	}()
	<-l.progress
	h.kill()
	<-published
	h.start()
	l.check(t, h)
}

// TestKillEngine kills the ClickHouse child alone; the program goes on, says
// that it is not ready meanwhile, and loses nothing.
func TestKillEngine(t *testing.T) {
	h := open(t)
	l := &ledger{acknowledged: map[int]bool{}, progress: make(chan struct{})}
	published := make(chan struct{})
	go func() {
		defer close(published)
		l.publish(h)
	}()
	<-l.progress
	killed := h.enginePID()
	if err := exec.Command("kill", "-9", strconv.Itoa(killed)).Run(); err != nil {
		t.Fatal(err)
	}
	eventually(t, 30*time.Second, "the engine to be started anew", func() error {
		if pid := h.enginePID(); pid == 0 || pid == killed {
			return fmt.Errorf("engine %d", pid)
		}
		return nil
	})
	<-published
	eventually(t, 30*time.Second, "the program to be ready again", func() error {
		if status, body := h.get("/readyz"); status != http.StatusOK {
			return fmt.Errorf("%d %s", status, body)
		}
		return nil
	})
	l.check(t, h)
	if len(l.acknowledged) != crashEvents {
		t.Errorf("%d of %d acknowledged although only the engine was killed", len(l.acknowledged), crashEvents)
	}
}

// enginePID finds the engine: the child of the program that runs `turnout engine`.
func (h *house) enginePID() int {
	h.t.Helper()
	children, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", h.command.Process.Pid, h.command.Process.Pid))
	if err != nil || len(children) == 0 {
		children, err = exec.Command("pgrep", "-P", strconv.Itoa(h.command.Process.Pid)).Output()
	}
	if err != nil {
		return 0
	}
	for field := range strings.FieldsSeq(string(children)) {
		command, err := os.ReadFile("/proc/" + field + "/cmdline")
		if err == nil && strings.Contains(string(command), "engine") {
			pid, _ := strconv.Atoi(field)
			return pid
		}
	}
	return 0
}
