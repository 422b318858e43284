package rollups_test

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/turnout/turnout/consumers/consumerstest"
	"github.com/turnout/turnout/internal/embedded"
	"github.com/turnout/turnout/internal/stream"
)

// A damaged file takes the end of the stream with it: sequences that were served and stand in rows are given again.
func TestNotesThatWereLostWithADamagedFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	start := func() *embedded.NATS {
		server, err := embedded.StartNATS(t.Context(), embedded.NATSConfig{Dir: dir, Durability: embedded.Balanced})
		consumerstest.Must(t, err)
		return server
	}
	server := start()
	h := newHarnessOn(t, server.URL())
	h.store(attendance("acme", "g1", "p1", "2024-05-27T18:00:00Z", 0))
	for range 20 {
		h.note("acme")
	}
	stop := h.start(h.config())
	h.computed("acme")
	served, err := h.dirty.Version(t.Context(), "acme")
	consumerstest.Must(t, err)
	stop()
	h.NC.Close()
	consumerstest.Must(t, server.Shutdown(t.Context()))
	lost := 0
	consumerstest.Must(t, filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() && strings.Contains(path, filepath.Join(stream.DirtyStream, "msgs")) {
			lost++
			return os.Remove(path)
		}
		return err
	}))
	if lost == 0 {
		t.Fatal("no file was found to damage")
	}

	server = start()
	t.Cleanup(func() { consumerstest.Must(t, server.Shutdown(context.WithoutCancel(t.Context()))) })
	nc, err := nats.Connect(server.URL())
	consumerstest.Must(t, err)
	h.NC = nc
	h.JS, err = jetstream.New(nc)
	consumerstest.Must(t, err)
	h.dirty = stream.NewDirty(h.JS)
	h.store(attendance("acme", "g1", "p2", "2024-05-27T18:00:00Z", 0))
	if again := h.note("acme"); again.UInt128().Cmp(served.UInt128()) >= 0 {
		t.Fatalf("%s after %s: nothing was lost, so the test shows nothing", again, served)
	}
	h.start(h.config())
	h.computed("acme")
	h.sound("acme")
}
