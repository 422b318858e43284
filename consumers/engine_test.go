package consumers_test

import (
	"context"
	"fmt"
	"log/slog"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/turnout/turnout/internal/embedded"
	"github.com/turnout/turnout/internal/warehouse"
)

// TestEngineKilledWhileInserting kills the engine again and again while packs flow; everything must be counted, once.
func TestEngineKilledWhileInserting(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	engine, err := embedded.StartClickHouse(t.Context(), embedded.ClickHouseConfig{Dir: t.TempDir(), Logger: slog.New(slog.DiscardHandler)})
	must(t, err)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		must(t, engine.Stop(ctx))
	})
	db, err := warehouse.Open(t.Context(), engine.URL(), warehouse.Options{Strict: true})
	must(t, err)
	t.Cleanup(func() { must(t, db.Close()) })
	must(t, db.Migrate(t.Context(), h.registry))
	h.db = db

	cfg := h.config()
	cfg.Warehouse, cfg.MaxRows = db, 200
	h.start(cfg)
	const packs, each = 120, 50
	for p := range packs {
		h.pack(packOf(t, p, each)...)
		if p%40 != 20 {
			continue
		}
		restarts, _ := engine.Restarts()
		must(t, syscall.Kill(engine.PID(), syscall.SIGKILL))
		eventually(t, "the engine is restarted", func() bool {
			now, _ := engine.Restarts()
			return now > restarts && engine.Healthy()
		})
	}
	h.drained()
	h.expect("SELECT (count(), uniqExact(person_id)) FROM attendance", fmt.Sprintf("(%d,%d)", packs*each, packs*each))
	h.expect("SELECT count() FROM events FINAL", strconv.Itoa(packs*each))
	h.expect("SELECT groupBitmapMerge(received) FROM receipts", strconv.Itoa(packs*each))
	h.expect("SELECT count() FROM dead_letters", "0")
	// The facts are what the log says: no insert reached the one without the other in the end.
	h.expect("SELECT (SELECT groupBitXor(cityHash64(tenant, kh, version, id)) FROM facts FINAL) = (SELECT groupBitXor(cityHash64(tenant, kh, version, id)) FROM events FINAL)", "1")
}
