package cli_test

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/turnout/turnout/internal/cli"
)

// openTerminal gives the program's end of a terminal of 100 columns.
func openTerminal(t *testing.T) *os.File {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = master.Close() })
	if err := unix.IoctlSetPointerInt(int(master.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	number, err := unix.IoctlGetInt(int(master.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.IoctlSetWinsize(int(master.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: 40, Col: 100}); err != nil {
		t.Fatal(err)
	}
	slave, err := os.OpenFile(fmt.Sprint("/dev/pts/", number), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = slave.Close() })
	return slave
}

// runOn runs a command with a file as its standard output.
func runOn(out *os.File, args ...string) answer {
	var stderr bytes.Buffer
	code := cli.Main(args, cli.Streams{In: strings.NewReader(""), Out: out, Err: &stderr}, "test")
	return answer{code, "", stderr.String()}
}

// TestBinaryFormsStayOffTerminals opens a terminal of its own as standard output.
func TestBinaryFormsStayOffTerminals(t *testing.T) {
	t.Parallel()
	terminal := openTerminal(t)
	var asked http.Request
	server := reportServer(t, &asked)
	for _, form := range []string{"xlsx", "parquet"} {
		if got := runOn(terminal, "report", "attendance", "--url", server.URL, "--format", form); got.code != 2 || !strings.Contains(got.stderr, "--output") {
			t.Errorf("%s on a terminal: %+v", form, got)
		}
	}
	if asked.URL != nil {
		t.Errorf("the server was asked for %s", asked.URL)
	}
}
