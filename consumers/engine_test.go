package consumers_test

import (
	"context"
	"fmt"
	"log/slog"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/turnout/turnout/consumers/consumerstest"
	"github.com/turnout/turnout/internal/embedded"
	"github.com/turnout/turnout/internal/warehouse"
)

// TestEngineKilledWhileInserting kills the engine again and again while packs flow; everything must be counted, once.
func TestEngineKilledWhileInserting(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	engine, err := embedded.StartClickHouse(t.Context(), embedded.ClickHouseConfig{Dir: t.TempDir(), Logger: slog.New(slog.DiscardHandler)})
	consumerstest.Must(t, err)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		consumerstest.Must(t, engine.Stop(ctx))
	})
	db, err := warehouse.Open(t.Context(), engine.URL(), warehouse.Options{Strict: true})
	consumerstest.Must(t, err)
	t.Cleanup(func() { consumerstest.Must(t, db.Close()) })
	consumerstest.Must(t, db.Migrate(t.Context(), h.Registry))
	h.DB = db

	cfg := h.Config()
	cfg.Warehouse, cfg.MaxRows = db, 200
	h.Consume(cfg)
	const packs, each = 120, 50
	for p := range packs {
		h.Pack(packOf(t, p, each)...)
		if p%40 != 20 {
			continue
		}
		restarts, _ := engine.Restarts()
		consumerstest.Must(t, syscall.Kill(engine.PID(), syscall.SIGKILL))
		consumerstest.Eventually(t, "the engine is restarted", func() bool {
			now, _ := engine.Restarts()
			return now > restarts && engine.Healthy()
		})
	}
	h.Drained()
	h.Expect("SELECT (count(), uniqExact(person_id)) FROM attendance", fmt.Sprintf("(%d,%d)", packs*each, packs*each))
	h.Expect("SELECT count() FROM events FINAL", strconv.Itoa(packs*each))
	h.Expect("SELECT groupBitmapMerge(received) FROM receipts", strconv.Itoa(packs*each))
	h.Expect("SELECT count() FROM dead_letters", "0")
	// The facts are what the log says: no insert reached the one without the other in the end.
	h.Expect("SELECT (SELECT groupBitXor(cityHash64(tenant, kh, version, id)) FROM facts FINAL) = (SELECT groupBitXor(cityHash64(tenant, kh, version, id)) FROM events FINAL)", "1")
}
