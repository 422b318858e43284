package chdb

import (
	"fmt"
	"runtime"
	"sync"
	"syscall"
	"unsafe"

	"github.com/ebitengine/purego"
)

// handler is room for a struct sigaction, opaque: 152 bytes on glibc, 16 on macOS.
type handler [256]byte

// signalGuard remembers the signal handlers of the Go runtime. libchdb sets the
// handlers of the deadly signals to their default when it is told to leave
// signals alone, and again at every connect; without them a nil pointer in Go
// kills the process instead of panicking.
type signalGuard struct {
	action func(signal int32, set, old unsafe.Pointer) int32

	mu    sync.Mutex
	saved map[syscall.Signal]*handler
}

// guarded lists the signals that libchdb was seen to touch, and SIGURG and
// SIGPROF, which Go's scheduler and profiler live on.
func guarded() []syscall.Signal {
	return []syscall.Signal{
		syscall.SIGABRT, syscall.SIGSEGV, syscall.SIGILL, syscall.SIGBUS, syscall.SIGSYS, syscall.SIGFPE,
		syscall.SIGTSTP, syscall.SIGTRAP, syscall.SIGURG, syscall.SIGPROF, syscall.SIGPIPE, syscall.SIGQUIT,
	}
}

// newSignalGuard saves the handlers as they are; it must run before the library is loaded.
func newSignalGuard() (*signalGuard, error) {
	libc, err := purego.Dlopen(libcName(), purego.RTLD_NOW|purego.RTLD_GLOBAL)
	if err != nil {
		return nil, fmt.Errorf("load the C library: %w", err)
	}
	address, err := purego.Dlsym(libc, "sigaction")
	if err != nil {
		return nil, fmt.Errorf("find sigaction: %w", err)
	}
	guard := &signalGuard{saved: make(map[syscall.Signal]*handler)}
	purego.RegisterFunc(&guard.action, address)
	for _, signal := range guarded() {
		saved := new(handler)
		if guard.action(int32(signal), nil, unsafe.Pointer(saved)) != 0 {
			return nil, fmt.Errorf("read the handler of signal %v", signal)
		}
		guard.saved[signal] = saved
	}
	return guard, nil
}

// restore puts the saved handlers back. It always restores what was there before
// the library, never what a concurrent connect may have left for a moment.
func (g *signalGuard) restore() {
	g.mu.Lock()
	defer g.mu.Unlock()
	for signal, saved := range g.saved {
		g.action(int32(signal), unsafe.Pointer(saved), nil)
	}
}

// lost lists the signals whose handler is not the saved one (for tests).
func (g *signalGuard) lost() []syscall.Signal {
	var lost []syscall.Signal
	for signal, saved := range g.saved {
		now := new(handler)
		g.action(int32(signal), nil, unsafe.Pointer(now))
		// The first word is the handler's address on every platform we build for.
		if *(*uintptr)(unsafe.Pointer(now)) != *(*uintptr)(unsafe.Pointer(saved)) {
			lost = append(lost, signal)
		}
	}
	return lost
}

func libcName() string {
	if runtime.GOOS == "darwin" {
		return "/usr/lib/libSystem.B.dylib"
	}
	return "libc.so.6"
}
