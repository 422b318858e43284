package faults

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/turnout/turnout/internal/stream"
)

// House is a running Turnout: `turnout up` on a data folder, and what was started beside it. Its addresses stay the same for its life,
// through any number of crashes.
type House struct {
	Binary string // of the program
	Dir    string // the data folder
	Env    []string
	// Addresses as host:port.
	HTTP, NATS, ClickHouse string
	// Clock is that of every process of the house.
	Clock *Clock

	// Program is `turnout up`.
	Program *Process
	// Serving are further processes: `turnout serve`.
	Serving []*Process

	log *os.File
	nc  *nats.Conn // the harness's own way to the stream; it comes back by itself
	js  jetstream.JetStream

	letters *stream.DeadLetters
}

// ackWait is short, so that what a killed consumer held comes again within a round.
const ackWait = 2 * time.Second

// OpenHouse starts a house on the folder and waits until it is ready.
func OpenHouse(ctx context.Context, binary, folder string) (*House, error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, fmt.Errorf("make the folder of a house: %w", err)
	}
	log, err := os.OpenFile(filepath.Join(folder, "program.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the log of a house: %w", err)
	}
	addresses, err := freeAddresses(ctx, 3)
	if err != nil {
		return nil, errors.Join(err, log.Close())
	}
	h := &House{Binary: binary, Dir: filepath.Join(folder, "data"), HTTP: addresses[0], NATS: addresses[1], ClickHouse: addresses[2], log: log}
	if h.Clock, err = newClock(filepath.Join(folder, "clock")); err != nil {
		return nil, errors.Join(err, h.Close())
	}
	if err := h.Restart(ctx); err != nil {
		return nil, errors.Join(err, h.Close())
	}
	if h.nc, err = nats.Connect("nats://"+h.NATS, nats.MaxReconnects(-1), nats.ReconnectWait(50*time.Millisecond), nats.Name("faults")); err == nil {
		h.js, err = jetstream.New(h.nc)
		h.letters = stream.NewDeadLetters(h.js)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("connect to the stream of a house: %w", err), h.Close())
	}
	return h, nil
}

// freeAddresses finds ports of this machine that nobody listens on.
func freeAddresses(ctx context.Context, n int) ([]string, error) {
	var config net.ListenConfig
	addresses, listeners := make([]string, 0, n), make([]net.Listener, 0, n)
	defer func() { // at the end, so that none is found twice
		for _, listener := range listeners {
			_ = listener.Close()
		}
	}()
	for range n {
		listener, err := config.Listen(ctx, "tcp", "127.0.0.1:0")
		if err != nil {
			return nil, fmt.Errorf("find a free port: %w", err)
		}
		listeners, addresses = append(listeners, listener), append(addresses, listener.Addr().String())
	}
	return addresses, nil
}

// environment is that of this process without any setting of Turnout's but the engine's library.
func environment(more ...string) []string {
	kept := slices.DeleteFunc(os.Environ(), func(pair string) bool {
		return strings.HasPrefix(pair, "TURNOUT_") && !strings.HasPrefix(pair, "TURNOUT_ENGINE_LIB=")
	})
	return append(append(kept, "TURNOUT_ACK_WAIT="+ackWait.String(), "TURNOUT_ROLLUP_REST=300ms", "TURNOUT_LOG_FORMAT=text"), more...)
}

// environment is that of every process of the house.
func (h *House) environment(more ...string) []string {
	return environment(append(append([]string{h.Clock.environment()}, h.Env...), more...)...)
}

// Start starts `turnout up` and does not wait. An environment given holds for this process only.
func (h *House) Start(env ...string) error {
	var err error
	h.Program, err = launch("turnout up", h.Binary,
		[]string{"up", "--data", h.Dir, "--http", h.HTTP, "--nats", h.NATS, "--clickhouse", h.ClickHouse},
		h.environment(env...), h.log)
	return err
}

// Restart makes `turnout up` run anew with that environment, whatever it did before, and waits until it is ready.
func (h *House) Restart(ctx context.Context, env ...string) error {
	if h.Program != nil {
		if err := h.Program.Stop(stopLimit); err != nil && !errors.As(err, new(interface{ ExitCode() int })) {
			return err
		}
	}
	if err := h.Start(env...); err != nil {
		return err
	}
	return h.Ready(ctx)
}

const stopLimit = 60 * time.Second

// Serve starts `turnout serve` with the roles beside the house, on the given addresses of NATS and ClickHouse (host:port; "" is the
// house's own), and waits until it is ready.
func (h *House) Serve(ctx context.Context, roles []string, natsAddress, clickhouseAddress string, env ...string) (*Process, string, error) {
	addresses, err := freeAddresses(ctx, 1)
	if err != nil {
		return nil, "", err
	}
	if natsAddress == "" {
		natsAddress = h.NATS
	}
	if clickhouseAddress == "" {
		clickhouseAddress = h.ClickHouse
	}
	args := append([]string{"serve"}, roles...)
	args = append(args, "--http", addresses[0], "--nats-url", "nats://"+natsAddress, "--clickhouse-url", "http://"+clickhouseAddress+"/turnout",
		"--keys", filepath.Join(h.Dir, "keys.json"))
	p, err := launch("turnout serve "+strings.Join(roles, " "), h.Binary, args, h.environment(env...), h.log)
	if err != nil {
		return nil, "", err
	}
	h.Serving = append(h.Serving, p)
	return p, addresses[0], awaitReady(ctx, p, addresses[0])
}

// Ready waits until `turnout up` says that all of its parts work.
func (h *House) Ready(ctx context.Context) error { return awaitReady(ctx, h.Program, h.HTTP) }

func awaitReady(ctx context.Context, p *Process, address string) error {
	return await(ctx, readyLimit, p.Name+" to be ready", func(ctx context.Context) error {
		if !p.Alive() {
			return fmt.Errorf("%w: it ended: %w", errFinal, p.err)
		}
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/readyz", http.NoBody)
		if err != nil {
			return fmt.Errorf("ask for readiness: %w", err)
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			return fmt.Errorf("ask for readiness: %w", err)
		}
		defer response.Body.Close()
		if response.StatusCode != http.StatusOK {
			return fmt.Errorf("it answers %s", response.Status)
		}
		return nil
	})
}

// Engine is the process of the embedded ClickHouse; 0 while there is none.
func (h *House) Engine() int {
	if found := engines(h.Program.PID); len(found) > 0 {
		return found[0]
	}
	return 0
}

// KillEngine kills the embedded ClickHouse.
func (h *House) KillEngine() {
	for _, pid := range engines(h.Program.PID) {
		signal(pid, true, syscall.SIGKILL)
	}
}

// Whole brings the house back: one program without faults in its environment, nothing paused, nothing beside it.
func (h *House) Whole(ctx context.Context) error {
	for _, p := range h.Serving {
		p.Resume()
		if err := p.Stop(stopLimit); err != nil && p.Alive() {
			return err
		}
	}
	h.Serving = nil
	h.Program.Resume()
	for _, pid := range engines(h.Program.PID) {
		signal(pid, true, syscall.SIGCONT)
	}
	if !h.Program.Alive() {
		return h.Restart(ctx)
	}
	return h.Ready(ctx)
}

// Close stops everything.
func (h *House) Close() error {
	if h.nc != nil {
		h.nc.Close()
	}
	var failures []error
	for _, p := range append(slices.Clone(h.Serving), h.Program) {
		if p != nil {
			failures = append(failures, p.Stop(stopLimit))
		}
	}
	if h.Clock != nil {
		failures = append(failures, h.Clock.close())
	}
	return errors.Join(append(failures, h.log.Close())...)
}

// errFinal says that waiting on is of no use.
var errFinal = errors.New("no use to wait")

const askEvery = 10 * time.Millisecond

// await asks until there is no error, or one that is final.
func await(ctx context.Context, limit time.Duration, what string, ask func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	ticker := time.NewTicker(askEvery)
	defer ticker.Stop()
	for {
		err := ask(ctx)
		if err == nil {
			return nil
		}
		if errors.Is(err, errFinal) {
			return fmt.Errorf("wait for %s: %w", what, err)
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait for %s, %s: %w", what, limit, err)
		case <-ticker.C:
		}
	}
}
