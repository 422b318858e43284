package bench

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"github.com/turnout/turnout/consumers"
	"github.com/turnout/turnout/internal/stream"
)

// helpers are processes of `turnout serve consumer` beside a house.
type helpers struct{ all []*helper }

type helper struct {
	command *exec.Cmd
	log     tail
	exited  chan struct{}
	exitErr error
}

// startConsumers starts so many and returns when they ask the stream for work.
func (r *run) startConsumers(ctx context.Context, h *house, n int) (*helpers, error) {
	started := &helpers{}
	for range n {
		one := &helper{exited: make(chan struct{})}
		one.command = exec.Command(r.cfg.Binary, "serve", "consumer", "--nats-url", h.addresses.NATS, "--clickhouse-url", h.addresses.ClickHouse, //nolint:gosec,noctx // this program itself; stop ends it in order
			"--http", "127.0.0.1:0", "--keys", filepath.Join(r.dir, "none.json"), "--durability", h.durability, "--log-level", "warn", "--log-format", "text")
		one.command.Env = environment()
		one.command.Stdout, one.command.Stderr = &one.log, &one.log
		if err := startWith(one.command, func(err error) { one.exitErr = err; close(one.exited) }); err != nil {
			return nil, errors.Join(fmt.Errorf("start a consumer: %w", err), started.stop())
		}
		started.all = append(started.all, one)
	}
	err := until(ctx, startLimit, "the consumers to ask for work", func() (bool, error) {
		for _, one := range started.all {
			select {
			case <-one.exited:
				return false, fmt.Errorf("a consumer ended: %w\n%s", one.exitErr, one.log.String())
			default:
			}
		}
		source, err := h.js.Consumer(ctx, stream.EventsStream, consumers.Durable)
		if err != nil {
			return false, fmt.Errorf("ask for the consumer's state: %w", err)
		}
		return source.CachedInfo().NumWaiting > n, nil
	})
	if err != nil {
		return nil, errors.Join(err, started.stop())
	}
	return started, nil
}

func (s *helpers) processes() []process {
	running := make([]process, len(s.all))
	for i, one := range s.all {
		running[i] = process(one.command.Process.Pid)
	}
	return running
}

func (s *helpers) cpu() time.Duration {
	var all time.Duration
	for _, p := range s.processes() {
		used, err := p.cpu()
		if err != nil {
			return 0
		}
		all += used
	}
	return all
}

// stop ends them all, in order if it can be.
func (s *helpers) stop() error {
	var errs []error
	for _, one := range s.all {
		errs = append(errs, one.command.Process.Signal(syscall.SIGTERM))
	}
	for _, one := range s.all {
		select {
		case <-one.exited:
		case <-time.After(stopLimit):
			errs = append(errs, fmt.Errorf("a consumer did not stop within %s\n%s", stopLimit, one.log.String()), one.command.Process.Kill())
			<-one.exited
		}
		if one.exitErr != nil {
			errs = append(errs, fmt.Errorf("a consumer: %w\n%s", one.exitErr, one.log.String()))
		}
	}
	s.all = nil
	return errors.Join(errs...)
}
