package faults_test

import (
	"flag"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/turnout/turnout/e2e/faults"
)

// seed of the short run: the same every time, unless somebody wants another. `make torture` goes on with new ones.
var seed = flag.Uint64("faults.seed", 20261122, "seed of the short run")

// TestShortRun plays every cheap kind of fault once. `make torture` plays them for as long as it is told.
func TestShortRun(t *testing.T) {
	folder := t.TempDir()
	binary, err := faults.Build(t.Context(), folder)
	if err != nil {
		t.Fatal(err)
	}
	kinds := slices.DeleteFunc(faults.Kinds(), func(k faults.Kind) bool { return !k.Cheap })
	began := time.Now()
	played, err := faults.Run(t.Context(), faults.Plan{Binary: binary, Folder: folder, Seed: *seed, Kinds: kinds, Each: true, Small: true, Houses: 3, Out: testWriter{t}})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%s, in %s", faults.Summary(played), time.Since(began).Round(time.Second))
	if len(played) != len(kinds) {
		t.Errorf("%d rounds were played, want one for each of %d kinds", len(played), len(kinds))
	}
	for i := range played {
		if played[i].Failed() {
			t.Errorf("round %d, %s: %v %+v", played[i].Number, played[i].Kind, played[i].Err, played[i].Verdict)
		}
	}
}

// testWriter passes the live table to the log of the test.
type testWriter struct{ t *testing.T }

func (w testWriter) Write(p []byte) (int, error) {
	if os.Getenv("CI") == "" || len(p) > 0 {
		w.t.Logf("%s", p)
	}
	return len(p), nil
}
