package e2e_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/turnout/turnout/internal/smalldisk"
	"github.com/turnout/turnout/internal/stream"
)

// openOn starts a Turnout on a small disk.
func openOn(t *testing.T, size int64, args ...string) (*house, *smalldisk.Disk) {
	t.Helper()
	disk := smalldisk.New(t, size)
	h := &house{t: t, dir: filepath.Join(disk.Dir, "data"), args: args}
	h.open()
	return h, disk
}

// open starts a house that is made already, and stops it when the test ends.
func (h *house) open() {
	h.t.Helper()
	h.start()
	h.readDescription()
	h.t.Cleanup(func() {
		h.stop()
		if h.t.Failed() {
			h.t.Logf("log of the program:\n%s", h.log.String())
		}
	})
}

// notReady waits until /readyz answers 503 and names why.
func (h *house) notReady(why string) {
	h.t.Helper()
	eventually(h.t, time.Minute, "/readyz to say "+why, func() error {
		if status, body := h.get("/readyz"); status != http.StatusServiceUnavailable || !strings.Contains(string(body), why) {
			return fmt.Errorf("%d %s", status, body)
		}
		return nil
	})
}

func (h *house) isReady() {
	h.t.Helper()
	eventually(h.t, time.Minute, "the program to be ready again by itself", func() error {
		if status, body := h.get("/readyz"); status != http.StatusOK {
			return fmt.Errorf("%d %s", status, body)
		}
		return nil
	})
}

// TestDiskNearlyFull closes the intake before the disk is full, tells it, and opens
// it again by itself; what was accepted before is stored meanwhile.
func TestDiskNearlyFull(t *testing.T) {
	t.Parallel()
	h, disk := openOn(t, 256<<20, "--disk-reserve", "100MiB")
	p := newPublishers(h)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	running := p.run(ctx)
	p.wait(40)
	disk.Fill(t, 90<<20, h.command.Process.Pid)
	h.notReady("the disk")
	eventually(t, time.Minute, "publishers to be told", func() error {
		if p.refusals("disk_full") == 0 {
			return errors.New("nobody was")
		}
		return nil
	})
	if disk.Mounted() { // else nothing at all can be written, not even that something is stored
		h.settled()
	}
	disk.Free(t, h.command.Process.Pid)
	h.isReady()
	p.wait(20)
	stop()
	running.Wait()
	p.check()
}

// TestDiskFull lets the disk fill up to the last byte under the stream and the
// warehouse at once. Neither loses or repeats anything, and both go on by themselves.
func TestDiskFull(t *testing.T) {
	t.Parallel()
	h, disk := openOn(t, 256<<20, "--disk-reserve", "0")
	p := newPublishers(h)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	running := p.run(ctx)
	p.wait(40)
	writers := []int{h.command.Process.Pid, h.enginePID()}
	disk.Fill(t, 0, writers...)
	h.notReady("the disk of the stream cannot be written")
	eventually(t, time.Minute, "publishers to be told", func() error {
		if p.refusals("disk_full") == 0 {
			return errors.New("nobody was")
		}
		return nil
	})
	disk.Free(t, writers...)
	h.isReady()
	p.wait(20)
	stop()
	running.Wait()
	p.check()
}

// TestEngineCannotWrite takes the warehouse alone its disk: publishing goes on, what
// is accepted waits, and all of it, dead letters too, is stored when writing works.
func TestEngineCannotWrite(t *testing.T) {
	t.Parallel()
	disk := smalldisk.New(t, 96<<20)
	h := &house{t: t, dir: filepath.Join(t.TempDir(), "data")}
	if err := os.MkdirAll(h.dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(disk.Dir, filepath.Join(h.dir, "clickhouse")); err != nil {
		t.Fatal(err)
	}
	h.open()
	p := newPublishers(h)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	running := p.run(ctx)
	p.wait(20)
	engine := h.enginePID()
	disk.Fill(t, 0, engine)
	if _, err := h.jetstream().Publish(t.Context(), stream.EventSubject("default", "attendance.recorded.v1"), []byte(`{"no":"event"}`)); err != nil {
		t.Fatal(err)
	}
	if disk.Mounted() {
		h.notReady("storing waits: the warehouse cannot write to its disk")
	} else {
		h.notReady("warehouse") // a limit goes with the engine, which is started anew
	}
	p.wait(20)
	disk.Free(t, engine)
	h.isReady()
	stop()
	running.Wait()
	p.check()
	if letters := h.openLetters(); letters != 1 {
		t.Errorf("%d dead letters, want 1", letters)
	}
}

// TestEngineWritesFail makes the engine's writes fail in the middle, which it does
// not notice itself: what it was told to store is stored by its successor.
func TestEngineWritesFail(t *testing.T) {
	t.Parallel()
	h := open(t)
	p := newPublishers(h)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	running := p.run(ctx)
	p.wait(20)
	engine := h.enginePID()
	smalldisk.Refuse(t, engine)
	eventually(t, time.Minute, "the engine to be started anew", func() error {
		if pid := h.enginePID(); pid == 0 || pid == engine {
			return fmt.Errorf("engine %d", pid)
		}
		return nil
	})
	h.isReady()
	p.wait(20)
	stop()
	running.Wait()
	p.check()
}

func (h *house) openLetters() int {
	h.t.Helper()
	var list struct {
		Letters []json.RawMessage `json:"deadletters"`
	}
	if err := json.Unmarshal(h.mustGet("/v1/deadletters"), &list); err != nil {
		h.t.Fatal(err)
	}
	return len(list.Letters)
}

// TestStreamFull fills the stream to its size: publishers are told to come later,
// nothing accepted is dropped, and a larger size is all it takes.
func TestStreamFull(t *testing.T) {
	t.Parallel()
	h := open(t, "--stream-max-bytes", "256KiB")
	h.pin()
	p := newPublishers(h)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	running := p.run(ctx)
	eventually(t, time.Minute, "publishers to be told", func() error {
		if p.refusals("stream_full") < 3 {
			return errors.New("nobody was")
		}
		return nil
	})
	accepted := p.count()
	h.settled()
	if accepted == 0 {
		t.Error("nothing was accepted")
	}
	h.stop()
	h.args = append(h.args, "--stream-max-bytes", "64MiB")
	h.start()
	p.wait(20)
	stop()
	running.Wait()
	p.check()
}

// TestDeadLettersFull fills the stream of dead letters: the consumer waits and says
// so, drops nothing, and goes on when there is room.
func TestDeadLettersFull(t *testing.T) {
	t.Parallel()
	h := open(t)
	js := h.jetstream()
	resize := func(most int64) {
		letters, err := js.Stream(t.Context(), stream.DeadLettersStream)
		if err != nil {
			t.Fatal(err)
		}
		config := letters.CachedInfo().Config
		config.MaxBytes = most
		if _, err := js.UpdateStream(t.Context(), config); err != nil {
			t.Fatal(err)
		}
	}
	publishBad := func(n int) {
		t.Helper()
		body := fmt.Sprintf(`{"no":"event","n":%d,"filling":%q}`, n, strings.Repeat("x", 1000))
		if _, err := js.Publish(t.Context(), stream.EventSubject("default", "attendance.recorded.v1"), []byte(body)); err != nil {
			t.Fatal(err)
		}
	}
	resize(4000)
	const bad = 10
	for n := range bad {
		publishBad(n)
	}
	h.notReady("storing waits: there is no room for dead letters")
	before, err := js.Stream(t.Context(), stream.DeadLettersStream)
	if err != nil {
		t.Fatal(err)
	}
	first := before.CachedInfo().State
	if first.Msgs == 0 || first.Msgs == bad || first.FirstSeq != 1 {
		t.Errorf("the stream of dead letters is not full as it should be: %+v", first)
	}
	resize(-1)
	h.isReady()
	h.settled()
	if letters := h.openLetters(); letters != bad {
		t.Errorf("%d dead letters, want %d", letters, bad)
	}
	if _, err := js.Stream(t.Context(), stream.EventsStream); errors.Is(err, jetstream.ErrStreamNotFound) {
		t.Error(err)
	}
}
