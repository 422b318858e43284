package consumers_test

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/turnout/turnout/consumers"
	"github.com/turnout/turnout/internal/stream"
	"github.com/turnout/turnout/internal/warehouse"
)

// faulty stands before a real warehouse and breaks where a test says so.
type faulty struct {
	*warehouse.DB
	events   func(*warehouse.Rows) error // before the insert
	receipts func() error
	inserts  atomic.Int64
}

func (f *faulty) InsertEvents(ctx context.Context, rows *warehouse.Rows) error {
	f.inserts.Add(1)
	if f.events != nil {
		if err := f.events(rows); err != nil {
			return err
		}
	}
	return f.DB.InsertEvents(ctx, rows)
}

func (f *faulty) InsertReceipts(ctx context.Context, receipts []warehouse.Receipt) error {
	if f.receipts != nil {
		if err := f.receipts(); err != nil {
			return err
		}
	}
	return f.DB.InsertReceipts(ctx, receipts)
}

func TestCrashBetweenInsertAndAcknowledgement(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	reached := make(chan struct{})
	var once sync.Once
	cfg := h.config()
	cfg.AckWait = time.Second
	cfg.Warehouse = &faulty{DB: h.db, receipts: func() error {
		once.Do(func() { close(reached) })
		return errors.New("gone")
	}}
	first, err := consumers.New(cfg)
	must(t, err)
	must(t, first.Start(t.Context()))
	h.pack(attendance(t, "a1", "g1", "p1"), attendance(t, "a2", "g1", "p2"))
	<-reached
	eventually(t, "the events are in, nothing is acknowledged", func() bool { return h.ask("SELECT count() FROM attendance") == "2" })
	if first.Ready() == nil {
		eventually(t, "the consumer says what it waits for", func() bool { return first.Ready() != nil })
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if err := first.Stop(gone); !errors.Is(err, context.Canceled) {
		t.Errorf("stop: %v", err)
	}
	h.expect("SELECT count() FROM attendance", "2")

	cfg.Warehouse = h.db
	h.start(cfg)
	h.drained()
	h.expect("SELECT count() FROM attendance", "2")
	h.expect("SELECT count() FROM events FINAL", "2")
	h.expect("SELECT (count(), uniqExact(stream_seq, pack_index, received)) FROM events", "(4,2)")
	h.expect("SELECT groupBitmapMerge(received) FROM receipts", "2")
}

func TestPoisonRowBecomesADeadLetterAndTheRestIsIn(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	must(t, h.db.Conn().Exec(t.Context(), "ALTER TABLE events ADD CONSTRAINT wholesome CHECK NOT startsWith(id, 'poison')"))
	for i := range 40 {
		id := fmt.Sprint("a", i)
		if i == 7 || i == 31 {
			id = fmt.Sprint("poison", i)
		}
		h.publish(attendance(t, id, "g1", fmt.Sprint("p", i)))
	}
	registry := prometheus.NewRegistry()
	cfg := h.config()
	cfg.Registerer = registry
	h.start(cfg)
	h.drained()
	h.expect("SELECT count() FROM attendance", "38")
	h.expect("SELECT arraySort(groupArray((tenant, id, code, event_id, state))) FROM dead_letters FINAL",
		"[('acme','32-0','warehouse','poison31','open'),('acme','8-0','warehouse','poison7','open')]")
	h.expect("SELECT min(position(reason, 'wholesome') > 0) FROM dead_letters FINAL", "1")
	letter, err := h.letters.Get(t.Context(), "8-0")
	must(t, err)
	if len(letter.Body) == 0 || letter.EventID != "poison7" {
		t.Errorf("%+v", letter)
	}
	if n := testutil.CollectAndCount(registry, "turnout_dead_letters_total"); n != 1 {
		t.Errorf("%d series of dead letters", n)
	}
}

func TestTroubleOfTheWarehouseIsWaitedOut(t *testing.T) {
	t.Parallel()
	troubles := map[string]error{
		"no connection":  errors.New("dial tcp: connection refused"),
		"memory":         &clickhouse.Exception{Code: 241, Message: "memory limit exceeded"},
		"too many parts": &clickhouse.Exception{Code: 252, Message: "too many parts"},
		"timeout":        &clickhouse.Exception{Code: 159, Message: "timeout exceeded"},
		"no table":       &clickhouse.Exception{Code: 60, Message: "unknown table"},
		"type mismatch":  fmt.Errorf("send: %w", &clickhouse.Exception{Code: 53, Message: "type mismatch"}),
		"cut upload":     &clickhouse.Exception{Code: 33, Message: "cannot read all data"},
	}
	h := newHarness(t)
	var failures atomic.Int64
	var trouble atomic.Pointer[error]
	cfg := h.config()
	cfg.Warehouse = &faulty{DB: h.db, events: func(*warehouse.Rows) error {
		if failures.Add(-1) >= 0 {
			return *trouble.Load()
		}
		return nil
	}}
	h.start(cfg)
	expected := 0
	for name, err := range troubles {
		trouble.Store(&err)
		failures.Store(3)
		h.publish(attendance(t, strings.ReplaceAll(name, " ", "-"), "g1", strings.ReplaceAll(name, " ", "-")))
		h.drained()
		expected++
		h.expect("SELECT (count(), (SELECT count() FROM dead_letters)) FROM attendance", fmt.Sprintf("(%d,0)", expected))
	}
}

func TestSignsOfLifeKeepABatchFromBeingDeliveredAgain(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	stalled, release := make(chan struct{}), make(chan struct{})
	var once sync.Once
	cfg := h.config()
	cfg.AckWait = 900 * time.Millisecond
	cfg.Warehouse = &faulty{DB: h.db, events: func(*warehouse.Rows) error {
		once.Do(func() { close(stalled); <-release })
		return nil
	}}
	h.start(cfg)
	h.publish(attendance(t, "a1", "g1", "p1"))
	<-stalled
	h.publish(attendance(t, "a2", "g1", "p2")) // waits in the next batch meanwhile
	timer := time.NewTimer(3 * cfg.AckWait)
	<-timer.C
	close(release)
	h.drained()
	source, err := h.js.Consumer(t.Context(), stream.EventsStream, consumers.Durable)
	must(t, err)
	info, err := source.Info(t.Context())
	must(t, err)
	if info.NumRedelivered != 0 || info.Delivered.Consumer != 2 {
		t.Errorf("%d deliveries, %d redelivered", info.Delivered.Consumer, info.NumRedelivered)
	}
}

func TestBatchesAreBounded(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	const events = 100
	for i := range events {
		h.publish(attendance(t, fmt.Sprint("a", i), "g1", fmt.Sprint("p", i)))
	}
	var largest atomic.Int64
	cfg := h.config()
	cfg.MaxRows = 7
	cfg.Warehouse = &faulty{DB: h.db, events: func(rows *warehouse.Rows) error {
		largest.Store(max(largest.Load(), int64(rows.Len())))
		return nil
	}}
	h.start(cfg)
	h.drained()
	h.expect("SELECT count() FROM attendance", strconv.Itoa(events))
	if largest.Load() != int64(cfg.MaxRows) {
		t.Errorf("the largest batch had %d rows", largest.Load())
	}
}

func TestSeveralConsumersShareTheWork(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	cfg := h.config()
	cfg.MaxRows = 50
	sinks := []*faulty{{DB: h.db}, {DB: h.db}, {DB: h.db}}
	for _, sink := range sinks {
		one := cfg
		one.Warehouse = sink
		h.start(one)
	}
	const packs, each = 60, 20
	for p := range packs {
		h.pack(packOf(t, p, each)...)
	}
	h.drained()
	h.expect("SELECT count() FROM attendance", strconv.Itoa(packs*each))
	busy := 0
	for _, sink := range sinks {
		if sink.inserts.Load() > 0 {
			busy++
		}
	}
	if busy < 2 {
		t.Errorf("%d of 3 consumers worked", busy)
	}
}

func TestDurableThatWasDeletedIsMadeAgain(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	h.start(h.config())
	h.publish(attendance(t, "a1", "g1", "p1"))
	h.drained()
	must(t, h.js.DeleteConsumer(t.Context(), stream.EventsStream, consumers.Durable))
	h.publish(attendance(t, "a2", "g1", "p2"))
	eventually(t, "the second event is stored", func() bool { return h.ask("SELECT count() FROM attendance") == "2" })
	h.drained()
	h.expect("SELECT groupBitmapMerge(received) FROM receipts", "2")
}

func TestStopStoresWhatIsHere(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	cfg := h.config()
	cfg.Linger, cfg.MaxAge = time.Minute, time.Minute // nothing is flushed by time
	stop := h.start(cfg)
	h.publish(attendance(t, "a1", "g1", "p1"), attendance(t, "a2", "g1", "p2"))
	eventually(t, "both are delivered", func() bool {
		source, err := h.js.Consumer(t.Context(), stream.EventsStream, consumers.Durable)
		must(t, err)
		info, err := source.Info(t.Context())
		return err == nil && info.NumAckPending == 2
	})
	stop()
	h.drained()
	h.expect("SELECT count() FROM attendance", "2")
}
