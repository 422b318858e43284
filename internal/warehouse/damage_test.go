package warehouse_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/turnout/turnout/internal/warehouse"
)

func TestDamagedPartsAreFoundAndSetAside(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	must(t, h.db.Conn().Exec(t.Context(), "SYSTEM STOP MERGES facts"))
	h.store("attendance.recorded 2022-05-27 id=1 " + presentData)
	h.store("attendance.recorded 2022-05-28 id=2 rev=1 " + speakerData)
	if damaged, err := h.db.Damaged(t.Context(), "facts", "events"); err != nil || len(damaged) > 0 {
		t.Fatalf("before: %v, %v", damaged, err)
	}
	part := h.ask("SELECT max(path) FROM system.parts WHERE active AND database = currentDatabase() AND table = 'facts'")
	flip(t, part)
	damaged, err := h.db.Damaged(t.Context(), "facts", "events")
	must(t, err)
	if len(damaged) != 1 || damaged[0].Table != "facts" || damaged[0].Part != filepath.Base(part) {
		t.Fatalf("damaged: %+v", damaged)
	}
	var n uint64
	if err := h.db.Conn().QueryRow(t.Context(), "SELECT sum(cityHash64(*)) FROM facts").Scan(&n); !warehouse.FilesDamaged(err) {
		t.Errorf("reading gives %d, %v", n, err)
	}
	must(t, h.db.SetAside(t.Context(), damaged[0]))
	h.expect("SELECT count() FROM facts", "1")
}

// flip changes a bit in the middle of the largest file of a part, as a failing disk does.
func flip(t *testing.T, part string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(part, "*.bin"))
	must(t, err)
	var largest string
	var raw []byte
	for _, name := range files {
		text, err := os.ReadFile(name)
		must(t, err)
		if len(text) > len(raw) {
			largest, raw = name, text
		}
	}
	raw[len(raw)/2] ^= 1
	must(t, os.WriteFile(largest, raw, 0o600))
}
