package embedded

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"syscall"
	"time"

	"github.com/turnout/turnout/internal/embedded/chdb"
	"github.com/turnout/turnout/internal/embedded/chhttp"
)

// engineSpec is what the parent tells the child in the first line of its standard input.
type engineSpec struct {
	Dir             string        `json:"dir"`
	Library         string        `json:"library"`
	OwnerPassword   string        `json:"ownerPassword"`
	ReaderPassword  string        `json:"readerPassword"`
	RequirePassword bool          `json:"requirePassword"`
	MemoryLimit     uint64        `json:"memoryLimit"` // bytes
	Concurrency     int           `json:"concurrency"`
	LockWait        time.Duration `json:"lockWait"` // nanoseconds
}

// order is every further line of the child's standard input; its end is the
// order to stop.
type order struct {
	RequirePassword *bool `json:"requirePassword,omitempty"`
}

// report is a line of the child's standard output.
type report struct {
	Ready   bool   `json:"ready,omitempty"`
	Version string `json:"version,omitempty"`
	Error   string `json:"error,omitempty"`
}

// listenerFD is where the child finds the listening socket that it inherits.
const listenerFD = 3

// The child's environment: a mark, so that nobody starts one by hand, and what it
// must know before it reads its orders.
const (
	engineVariable  = "TURNOUT_ENGINE_CHILD"
	dirVariable     = "TURNOUT_ENGINE_CHILD_DIR"
	libraryVariable = "TURNOUT_ENGINE_CHILD_LIB"
)

// EngineMain is the child process: `turnout engine`. It is started by
// StartClickHouse only, serves until its standard input ends, and returns the
// exit code.
func EngineMain(_ []string) int {
	if os.Getenv(engineVariable) == "" {
		fmt.Fprintln(os.Stderr, "turnout engine is started by turnout itself; run: turnout up")
		return 2
	}
	// The parent drains in order; a Ctrl-C on the terminal must not take the engine away first.
	signal.Ignore(os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	logger := slog.New(slog.NewJSONHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelDebug}))
	if err := sandboxed(); errors.Is(err, errNoSandbox) {
		logger.Warn("the ClickHouse engine runs without a sandbox of the system; statements are checked all the same", "reason", err.Error())
	} else if err != nil {
		_ = json.NewEncoder(os.Stdout).Encode(report{Error: err.Error()})
		return 1
	}
	if err := engineMain(os.Stdin, os.Stdout, logger); err != nil {
		_ = json.NewEncoder(os.Stdout).Encode(report{Error: err.Error()})
		return 1
	}
	return 0
}

// sandboxed enters the sandbox, which starts this program anew, unless this is
// the program started anew.
func sandboxed() error {
	if os.Getenv(sandboxVariable) != "" {
		return nil
	}
	executable, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find this program's file: %w", err)
	}
	return enterSandbox(sandboxSpec{dir: os.Getenv(dirVariable), library: os.Getenv(libraryVariable), executable: executable})
}

func engineMain(stdin io.Reader, stdout io.Writer, logger *slog.Logger) error {
	// A limit on the size of files is an error of the one insert, not the engine's end.
	signal.Ignore(syscall.SIGXFSZ)
	orders := bufio.NewReader(stdin)
	first, err := orders.ReadBytes('\n')
	if err != nil {
		return fmt.Errorf("read the engine's orders: %w", err)
	}
	var spec engineSpec
	if err := json.Unmarshal(first, &spec); err != nil {
		return fmt.Errorf("read the engine's orders: %w", err)
	}
	listener, err := inheritedListener()
	if err != nil {
		return err
	}
	unlock, err := lockDir(spec.Dir, spec.LockWait)
	if err != nil {
		return err
	}
	// Never given back: the engine holds a lock of its own until the process has ended, and who waits for this one must find both free.
	defer runtime.KeepAlive(unlock)
	engine, err := openEngine(spec)
	if err != nil {
		return err
	}
	watch, err := newWriteWatch(engine)
	if err != nil {
		return err
	}
	handler, err := chhttp.New(chhttp.Config{
		Engine: engine, Database: "turnout", OwnerPassword: spec.OwnerPassword, ReaderPassword: spec.ReaderPassword,
		WholeLimit: spec.MemoryLimit / 2, TempDir: filepath.Join(spec.Dir, "data", "tmp"),
		Concurrency: spec.Concurrency, Queue: 256, QueueTime: 60 * time.Second, Logger: logger,
		Written: watch.written,
	})
	if err != nil {
		return fmt.Errorf("prepare the engine's interface: %w", err)
	}
	handler.RequirePassword(spec.RequirePassword)
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 30 * time.Second, IdleTimeout: 10 * time.Minute, ErrorLog: slog.NewLogLogger(logger.Handler(), slog.LevelDebug)}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	if err := json.NewEncoder(stdout).Encode(report{Ready: true, Version: engine.Version()}); err != nil {
		return fmt.Errorf("report readiness: %w", err)
	}
	ended := make(chan struct{})
	go func() { obey(orders, handler, logger); close(ended) }()
	go watch.look()
	select {
	case <-watch.failed:
		lastWords(server)
		return errUnwritten // without closing: what is in memory is not to be trusted
	case err := <-served:
		return fmt.Errorf("serve the engine: %w", err)
	case <-ended:
	}
	finish(server, engine)
	return nil
}

// lastWords lets the statement that failed be answered.
func lastWords(server *http.Server) {
	ctx, cancel := context.WithTimeout(context.Background(), answerTime)
	defer cancel()
	_ = server.Shutdown(ctx) // the others are cut off, and sent again
}

// Patience at the end: with running statements, then with the engine itself.
const (
	answerTime = 300 * time.Millisecond

	drainTime = 5 * time.Second
	closeTime = 15 * time.Second
)

// finish lets running statements end, kills those that do not, and closes the
// engine. The process ends in any case: there may be no parent left to kill it.
func finish(server *http.Server, engine *chdb.Engine) {
	lastResort := time.AfterFunc(drainTime+closeTime, func() { os.Exit(3) })
	defer lastResort.Stop()
	ctx, cancel := context.WithTimeout(context.Background(), drainTime)
	defer cancel()
	if err := server.Shutdown(ctx); err != nil {
		// Their clients are cut off, and so they are killed.
		_ = server.Close()
	}
	engine.Close()
}

// obey follows the parent's orders until they end.
func obey(orders *bufio.Reader, handler *chhttp.Server, logger *slog.Logger) {
	for {
		line, err := orders.ReadBytes('\n')
		if err != nil {
			return
		}
		var order order
		if err := json.Unmarshal(line, &order); err != nil {
			logger.Error("cannot read an order", "error", err)
			continue
		}
		if order.RequirePassword != nil {
			handler.RequirePassword(*order.RequirePassword)
		}
	}
}

// openEngine loads the library, opens the folder and makes the database.
func openEngine(spec engineSpec) (*chdb.Engine, error) {
	library, err := chdb.Load(spec.Library)
	if err != nil {
		return nil, err
	}
	config, err := writeEngineConfig(filepath.Join(spec.Dir, "config"), spec)
	if err != nil {
		return nil, err
	}
	engine, err := library.Start(filepath.Join(spec.Dir, "data"), "--config-file="+config)
	if err != nil {
		return nil, err
	}
	conn, err := engine.Conn()
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	if err := conn.Exec("CREATE DATABASE IF NOT EXISTS turnout"); err != nil {
		return nil, fmt.Errorf("make the database turnout: %w", err)
	}
	return engine, nil
}

func inheritedListener() (net.Listener, error) {
	file := os.NewFile(listenerFD, "listener")
	if file == nil {
		return nil, errors.New("the engine inherited no listening socket")
	}
	defer file.Close()
	listener, err := net.FileListener(file)
	if err != nil {
		return nil, fmt.Errorf("take over the engine's listening socket: %w", err)
	}
	return listener, nil
}
