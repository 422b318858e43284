package backup_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/turnout/turnout/internal/backup"
	"github.com/turnout/turnout/internal/problem"
)

// TestDamageIsFound damages a copy of a backup in every way that we know of.
func TestDamageIsFound(t *testing.T) {
	from := storedPlace(t)
	dir, m := from.take(nil)
	file := m.Tables[0].Files[0]
	for name, tt := range map[string]struct {
		damage func(t *testing.T, dir string)
		says   string
	}{
		"a bit of a table":    {at(flip, file), file},
		"a bit of a stream":   {at(flip, m.Streams[1].File), "EVENTS.snapshot"},
		"a bit of the floor":  {in(`"floor": 2`, `"floor": 3`), "seal"},
		"a table cut off":     {at(cut, file), "it was cut"},
		"a file gone":         {at(remove, file), "missing"},
		"the manifest cut":    {at(cut, "manifest.json"), "no JSON"},
		"no manifest":         {at(remove, "manifest.json"), "never finished"},
		"a newer form":        {in(`"format": 1`, `"format": 2`), "form 2"},
		"a file of elsewhere": {in(file, "../../etc/x"), "seal"},
		"a file left out":     {forgetFile, "lists no file"},
	} {
		t.Run(name, func(t *testing.T) {
			copied := copyDir(t, dir)
			tt.damage(t, copied)
			_, err := backup.Verify(t.Context(), copied, silent)
			refused(t, err, tt.says)
		})
	}
	if _, err := backup.Verify(t.Context(), dir, silent); err != nil {
		t.Errorf("the sound one: %v", err)
	}
}

// TestRestoreRefuses what it does not understand and what is not empty, and then changes nothing.
func TestRestoreRefuses(t *testing.T) {
	from := storedPlace(t)
	dir, _ := from.take(nil)

	newer := copyDir(t, dir)
	backup.Reseal(t, newer, func(m *backup.Manifest) { m.Migrations["9999_later"] = "x" })
	to := newPlace(t)
	_, err := to.restore(newer)
	refused(t, err, "9999_later")
	if got := to.ask("SELECT count() FROM system.tables WHERE database = currentDatabase()"); got != "0" {
		t.Errorf("a refused restore made %s tables", got)
	}

	_, err = from.restore(dir)
	refused(t, err, "is not empty")
	if got := from.ask("SELECT count() FROM events FINAL"); got != "100" {
		t.Errorf("%s events after a refused restore, want 100", got)
	}

	// What was never used may be there: streams and tables of a program that has just been started.
	to.furnish()
	_, err = to.restore(dir)
	must(t, err)
	same(t, from, to, contents()...)
}

// TestInterrupted: neither half a backup nor half a restore passes for a whole one.
func TestInterrupted(t *testing.T) {
	from := storedPlace(t)

	ctx, cancel := context.WithCancel(t.Context())
	half := filepath.Join(t.TempDir(), "half")
	_, err := backup.Take(ctx, from.source(func(step string, _, _ uint64) {
		if step == "reading table receipts" {
			cancel()
		}
	}), half)
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("an interrupted backup ended with %v", err)
	}
	if left, err := os.ReadDir(half); err != nil || len(left) > 0 {
		t.Errorf("an interrupted backup left %v (%v)", left, err)
	}
	_, err = backup.Verify(t.Context(), half, silent)
	refused(t, err, "never finished")

	dir, m := from.take(nil)
	to := newPlace(t)
	ctx, cancel = context.WithCancel(t.Context())
	target := to.target()
	target.Progress = func(step string, _, _ uint64) {
		if step == "loading table receipts" {
			cancel()
		}
	}
	if _, err := backup.Restore(ctx, target, dir, m); !errors.Is(err, context.Canceled) {
		t.Fatalf("an interrupted restore ended with %v", err)
	}
	refused(t, to.db.CheckWhole(t.Context()), "interrupted")
	_, err = to.restore(dir)
	refused(t, err, "is not empty")
}

func TestFolderMustBeEmpty(t *testing.T) {
	from := newPlace(t)
	from.furnish()
	dir := t.TempDir()
	must(t, os.WriteFile(filepath.Join(dir, "mine"), []byte("x"), 0o600))
	_, err := backup.Take(t.Context(), from.source(silent), dir)
	refused(t, err, "not empty")
	if _, err := os.Stat(filepath.Join(dir, "mine")); err != nil {
		t.Error(err)
	}
}

// refused insists on a sentence for people.
func refused(t *testing.T, err error, says string) {
	t.Helper()
	told, ok := errors.AsType[*problem.Error](err)
	if !ok || !strings.Contains(told.Detail, says) || told.Hint == "" {
		t.Errorf("got %v, want a refusal that says %q and what to do", err, says)
	}
}

// at damages a file of the backup; in changes a text of the manifest.
func at(damage func(t *testing.T, path string), file string) func(t *testing.T, dir string) {
	return func(t *testing.T, dir string) {
		t.Helper()
		damage(t, filepath.Join(dir, filepath.FromSlash(file)))
	}
}

func in(old, now string) func(t *testing.T, dir string) {
	return func(t *testing.T, dir string) {
		t.Helper()
		edit(t, dir, old, now)
	}
}

func remove(t *testing.T, path string) {
	t.Helper()
	must(t, os.Remove(path))
}

func flip(t *testing.T, path string) {
	t.Helper()
	raw, err := os.ReadFile(path)
	must(t, err)
	raw[len(raw)/2] ^= 1
	must(t, os.WriteFile(path, raw, 0o600))
}

func cut(t *testing.T, path string) {
	t.Helper()
	info, err := os.Stat(path)
	must(t, err)
	must(t, os.Truncate(path, info.Size()/2))
}

func edit(t *testing.T, dir, old, now string) {
	t.Helper()
	path := filepath.Join(dir, "manifest.json")
	raw, err := os.ReadFile(path)
	must(t, err)
	if !strings.Contains(string(raw), old) {
		t.Fatalf("the manifest has no %s", old)
	}
	must(t, os.WriteFile(path, []byte(strings.Replace(string(raw), old, now, 1)), 0o600))
}

func forgetFile(t *testing.T, dir string) {
	t.Helper()
	backup.Reseal(t, dir, func(m *backup.Manifest) { m.Files = m.Files[1:] })
}
