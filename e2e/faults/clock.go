package faults

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"runtime"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"

	"github.com/turnout/turnout/internal/stream"
)

// clocksMove tells whether the clock of a program can be moved on this kind of machine; see e2e/faults/program.
const clocksMove = runtime.GOOS == "linux" && runtime.GOARCH == "amd64"

// Clock is what the wall clock of a program differs by. The program looks at it whenever it asks for the time.
type Clock struct {
	path string
	page []byte
	ns   *atomic.Int64 // in the page
}

// newClock makes the file of a clock that goes right.
func newClock(path string) (*Clock, error) {
	file, err := os.Create(path)
	if err != nil {
		return nil, fmt.Errorf("make a clock: %w", err)
	}
	defer file.Close()
	c := &Clock{path: path}
	size := int(unsafe.Sizeof(*c.ns))
	if _, err := file.Write(make([]byte, size)); err != nil {
		return nil, fmt.Errorf("make a clock: %w", err)
	}
	if c.page, err = syscall.Mmap(int(file.Fd()), 0, size, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_SHARED); err != nil {
		return nil, fmt.Errorf("make a clock: %w", err)
	}
	c.ns = (*atomic.Int64)(unsafe.Pointer(unsafe.SliceData(c.page))) //nolint:gosec // a page begins at a multiple of eight
	return c, nil
}

func (c *Clock) close() error {
	if err := syscall.Munmap(c.page); err != nil {
		return fmt.Errorf("let go of a clock: %w", err)
	}
	return nil
}

// environment makes a program follow the clock.
func (c *Clock) environment() string { return "FAULTS_CLOCK=" + c.path }

// Set makes the clock differ by so much from now on; 0 is right.
func (c *Clock) Set(shift time.Duration) { c.ns.Store(int64(shift)) }

// Shift is what the clock differs by.
func (c *Clock) Shift() time.Duration { return time.Duration(c.ns.Load()) }

// now is what the clock shows.
func (c *Clock) now() time.Time { return time.Now().Add(c.Shift()).Round(0) }

// shown makes sure that a program goes by the clock: the date of an answer is the clock's.
func (c *Clock) shown(ctx context.Context, address string) error {
	return await(ctx, readyLimit, "an answer of "+address+" at the time of its clock", func(ctx context.Context) error {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/readyz", http.NoBody)
		if err != nil {
			return fmt.Errorf("ask for the date: %w", err)
		}
		before := c.now()
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			return fmt.Errorf("ask for the date: %w", err)
		}
		response.Body.Close()
		date, err := http.ParseTime(response.Header.Get("Date"))
		if err != nil {
			return fmt.Errorf("read the date: %w", err)
		}
		return within(before, date, c.now())
	})
}

// streamShows makes sure that the embedded NATS server goes by the clock of the house.
func (h *House) streamShows(ctx context.Context) error {
	return await(ctx, readyLimit, "the stream to go by its clock", func(ctx context.Context) error {
		ctx, cancel := context.WithTimeout(ctx, patience)
		defer cancel()
		before := h.Clock.now()
		events, err := h.js.Stream(ctx, stream.EventsStream)
		if err != nil {
			return fmt.Errorf("ask the stream for the time: %w", err)
		}
		return within(before, events.CachedInfo().TimeStamp, h.Clock.now())
	})
}

// within compares by whole seconds, which is what a date has.
func within(before, date, after time.Time) error {
	if date.Before(before.Truncate(time.Second)) || date.After(after) {
		return fmt.Errorf("%w: it shows %s, the clock %s", errFinal, date, after)
	}
	return nil
}
