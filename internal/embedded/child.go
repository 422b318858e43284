package embedded

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"
)

// child is one engine process.
type child struct {
	command *exec.Cmd
	reports chan report // the first line it wrote; closed at its end

	mu    sync.Mutex
	input io.WriteCloser
	words []string // its last lines that were no records of ours

	ended  chan struct{}
	result error
}

const keptWords = 5

// startChild starts the process in a process group of its own and hands it spec
// and the listening socket. The child ends when its standard input does, so it
// cannot outlive this process.
func startChild(cfg ClickHouseConfig, socket *os.File, spec engineSpec) (*child, error) {
	command := exec.Command(cfg.Executable, cfg.Args...) //nolint:gosec,noctx // this program itself; it ends by its standard input
	command.Env = childEnvironment(cfg)
	command.ExtraFiles = []*os.File{socket} // becomes listenerFD
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	input, err := command.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("make the engine's standard input: %w", err)
	}
	output, err := command.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("make the engine's standard output: %w", err)
	}
	log, err := command.StderrPipe()
	if err != nil {
		return nil, fmt.Errorf("make the engine's standard error: %w", err)
	}
	if err := command.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", cfg.Executable, err)
	}
	c := &child{command: command, input: input, reports: make(chan report, 1), ended: make(chan struct{})}
	var readers sync.WaitGroup
	readers.Go(func() { c.readReports(output) })
	readers.Go(func() { c.readLog(log, cfg.Logger) })
	go func() {
		readers.Wait() // before Wait, which closes the pipes
		c.result = command.Wait()
		close(c.ended)
	}()
	if err := c.send(spec); err != nil {
		c.endSoon()
		return nil, fmt.Errorf("it ended before it took its orders: %w", c.wait())
	}
	return c, nil
}

// childEnvironment passes on what a program needs to run, and none of the
// secrets that an environment may hold.
func childEnvironment(cfg ClickHouseConfig) []string {
	environment := []string{engineVariable + "=1", dirVariable + "=" + cfg.Dir, libraryVariable + "=" + cfg.Library, "TZ=UTC"}
	for _, name := range []string{"PATH", "HOME", "LANG", "TMPDIR", "LD_LIBRARY_PATH", "GOCOVERDIR", "GORACE", "GOTRACEBACK", "GODEBUG"} {
		if value, ok := os.LookupEnv(name); ok {
			environment = append(environment, name+"="+value)
		}
	}
	return environment
}

// send writes one line to the child's standard input.
func (c *child) send(value any) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := json.NewEncoder(c.input).Encode(value); err != nil {
		return fmt.Errorf("tell the engine: %w", err)
	}
	return nil
}

// closeInput tells the child to stop.
func (c *child) closeInput() {
	c.mu.Lock()
	defer c.mu.Unlock()
	_ = c.input.Close()
}

// kill ends the child's whole process group at once.
func (c *child) kill() { _ = syscall.Kill(-c.command.Process.Pid, syscall.SIGKILL) }

// endSoon lets a child that has given up end by itself, and kills it if it does not.
func (c *child) endSoon() {
	c.closeInput()
	time.AfterFunc(time.Second, func() {
		select {
		case <-c.ended:
		default:
			c.kill()
		}
	})
}

// wait returns why the child ended; never nil.
func (c *child) wait() error {
	<-c.ended
	c.closeInput()
	if c.result == nil {
		return errors.New("it stopped by itself" + c.lastWords())
	}
	return fmt.Errorf("%w%s", c.result, c.lastWords())
}

func (c *child) readReports(output io.Reader) {
	defer close(c.reports)
	decoder := json.NewDecoder(output)
	var first report
	if decoder.Decode(&first) == nil {
		c.reports <- first
	}
	_, _ = io.Copy(io.Discard, output)
}

// readLog passes the child's log on: its own records with their level, the
// library's lines as warnings.
func (c *child) readLog(log io.Reader, logger *slog.Logger) {
	lines := bufio.NewReader(log)
	for {
		line, err := lines.ReadString('\n')
		if text := strings.TrimSpace(line); text != "" {
			c.pass(text, logger)
		}
		if err != nil {
			return
		}
	}
}

func (c *child) pass(line string, logger *slog.Logger) {
	var record struct {
		Level slog.Level `json:"level"`
		Msg   string     `json:"msg"`
		Error string     `json:"error"`
	}
	if strings.HasPrefix(line, "{") && json.Unmarshal([]byte(line), &record) == nil && record.Msg != "" {
		args := []any{"component", "clickhouse"}
		if record.Error != "" {
			args = append(args, "error", record.Error)
		}
		logger.Log(context.Background(), record.Level, record.Msg, args...) //nolint:sloglint // the child's own message
		return
	}
	c.mu.Lock()
	c.words = append(c.words, line)
	if len(c.words) > keptWords {
		c.words = c.words[1:]
	}
	c.mu.Unlock()
	logger.Warn("the ClickHouse engine says", "line", line, "component", "clickhouse")
}

// lastWords are the library's last lines, for the reason of an end.
func (c *child) lastWords() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.words) == 0 {
		return ""
	}
	return " (" + strings.Join(c.words, "; ") + ")"
}
