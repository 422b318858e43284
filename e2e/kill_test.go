package e2e_test

import (
	"context"
	"net"
	"net/url"
	"strings"
	"syscall"
	"testing"
)

// TestKillEverything kills the program and its engine at once, twice, while events
// are published in every mode, and finds everything that was acknowledged exactly
// once: the page cache outlives processes, so both promises hold.
func TestKillEverything(t *testing.T) {
	t.Parallel()
	for _, durability := range []string{"strict", "balanced"} {
		t.Run(durability, func(t *testing.T) {
			t.Parallel()
			h := open(t, "--durability", durability)
			if _, body := h.get("/healthz"); !strings.Contains(string(body), `"durability":"`+durability+`"`) {
				t.Errorf("the promise is not told: %s", body)
			}
			h.pin()
			p := newPublishers(h)
			ctx, stop := context.WithCancel(t.Context())
			defer stop()
			running := p.run(ctx)
			for range 2 {
				p.wait(60)
				h.killAll()
				h.start()
			}
			p.wait(20)
			stop()
			running.Wait()
			p.check()
		})
	}
}

// killAll kills the program and the engine, neither of which can tell the other.
func (h *house) killAll() {
	h.t.Helper()
	engine := h.enginePID()
	if engine == 0 {
		h.t.Fatal("there is no engine")
	}
	if err := syscall.Kill(engine, syscall.SIGKILL); err != nil {
		h.t.Error(err)
	}
	h.kill()
}

// pin makes the ports that were picked those of every later start, so that clients find the program again.
func (h *house) pin() {
	h.t.Helper()
	for flag, address := range map[string]string{"--http": h.endpoints.HTTP, "--nats": h.endpoints.NATS, "--clickhouse": h.endpoints.ClickHouse} {
		u, err := url.Parse(address)
		if err != nil {
			h.t.Fatal(err)
		}
		h.args = append(h.args, flag, net.JoinHostPort("127.0.0.1", u.Port()))
	}
}
