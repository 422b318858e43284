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
	"github.com/turnout/turnout/consumers/consumerstest"
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
	cfg := h.Config()
	cfg.AckWait = time.Second
	cfg.Warehouse = &faulty{DB: h.DB, receipts: func() error {
		once.Do(func() { close(reached) })
		return errors.New("gone")
	}}
	first, err := consumers.New(cfg)
	consumerstest.Must(t, err)
	consumerstest.Must(t, first.Start(t.Context()))
	h.Pack(attendance(t, "a1", "g1", "p1"), attendance(t, "a2", "g1", "p2"))
	<-reached
	consumerstest.Eventually(t, "the events are in, nothing is acknowledged", func() bool { return h.Ask("SELECT count() FROM attendance") == "2" })
	if first.Ready() == nil {
		consumerstest.Eventually(t, "the consumer says what it waits for", func() bool { return first.Ready() != nil })
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if err := first.Stop(gone); !errors.Is(err, context.Canceled) {
		t.Errorf("stop: %v", err)
	}
	h.Expect("SELECT count() FROM attendance", "2")

	cfg.Warehouse = h.DB
	h.Consume(cfg)
	h.Drained()
	h.Expect("SELECT count() FROM attendance", "2")
	h.Expect("SELECT count() FROM events FINAL", "2")
	h.Expect("SELECT (count(), uniqExact(stream_seq, pack_index, received)) FROM events", "(4,2)")
	h.Expect("SELECT groupBitmapMerge(received) FROM receipts", "2")
}

func TestPoisonRowBecomesADeadLetterAndTheRestIsIn(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	consumerstest.Must(t, h.DB.Conn().Exec(t.Context(), "ALTER TABLE events ADD CONSTRAINT wholesome CHECK NOT startsWith(id, 'poison')"))
	for i := range 40 {
		id := fmt.Sprint("a", i)
		if i == 7 || i == 31 {
			id = fmt.Sprint("poison", i)
		}
		h.Publish(attendance(t, id, "g1", fmt.Sprint("p", i)))
	}
	registry := prometheus.NewRegistry()
	cfg := h.Config()
	cfg.Registerer = registry
	h.Consume(cfg)
	h.Drained()
	h.Expect("SELECT count() FROM attendance", "38")
	h.Expect("SELECT arraySort(groupArray((tenant, id, code, event_id, state))) FROM dead_letters FINAL",
		"[('acme','32-0','warehouse','poison31','open'),('acme','8-0','warehouse','poison7','open')]")
	h.Expect("SELECT min(position(reason, 'wholesome') > 0) FROM dead_letters FINAL", "1")
	letter, err := h.Letters.Get(t.Context(), "8-0")
	consumerstest.Must(t, err)
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
	cfg := h.Config()
	cfg.Warehouse = &faulty{DB: h.DB, events: func(*warehouse.Rows) error {
		if failures.Add(-1) >= 0 {
			return *trouble.Load()
		}
		return nil
	}}
	h.Consume(cfg)
	expected := 0
	for name, err := range troubles {
		trouble.Store(&err)
		failures.Store(3)
		h.Publish(attendance(t, strings.ReplaceAll(name, " ", "-"), "g1", strings.ReplaceAll(name, " ", "-")))
		h.Drained()
		expected++
		h.Expect("SELECT (count(), (SELECT count() FROM dead_letters)) FROM attendance", fmt.Sprintf("(%d,0)", expected))
	}
}

func TestSignsOfLifeKeepABatchFromBeingDeliveredAgain(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	stalled, release := make(chan struct{}), make(chan struct{})
	var once sync.Once
	cfg := h.Config()
	cfg.AckWait = 900 * time.Millisecond
	cfg.Warehouse = &faulty{DB: h.DB, events: func(*warehouse.Rows) error {
		once.Do(func() { close(stalled); <-release })
		return nil
	}}
	h.Consume(cfg)
	h.Publish(attendance(t, "a1", "g1", "p1"))
	<-stalled
	h.Publish(attendance(t, "a2", "g1", "p2")) // waits in the next batch meanwhile
	timer := time.NewTimer(3 * cfg.AckWait)
	<-timer.C
	close(release)
	h.Drained()
	source, err := h.JS.Consumer(t.Context(), stream.EventsStream, consumers.Durable)
	consumerstest.Must(t, err)
	info, err := source.Info(t.Context())
	consumerstest.Must(t, err)
	if info.NumRedelivered != 0 || info.Delivered.Consumer != 2 {
		t.Errorf("%d deliveries, %d redelivered", info.Delivered.Consumer, info.NumRedelivered)
	}
}

func TestBatchesAreBounded(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	const events = 100
	for i := range events {
		h.Publish(attendance(t, fmt.Sprint("a", i), "g1", fmt.Sprint("p", i)))
	}
	var largest atomic.Int64
	cfg := h.Config()
	cfg.MaxRows = 7
	cfg.Warehouse = &faulty{DB: h.DB, events: func(rows *warehouse.Rows) error {
		largest.Store(max(largest.Load(), int64(rows.Len())))
		return nil
	}}
	h.Consume(cfg)
	h.Drained()
	h.Expect("SELECT count() FROM attendance", strconv.Itoa(events))
	if largest.Load() != int64(cfg.MaxRows) {
		t.Errorf("the largest batch had %d rows", largest.Load())
	}
}

func TestSeveralConsumersShareTheWork(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	cfg := h.Config()
	cfg.MaxRows = 50
	sinks := []*faulty{{DB: h.DB}, {DB: h.DB}, {DB: h.DB}}
	for _, sink := range sinks {
		one := cfg
		one.Warehouse = sink
		h.Consume(one)
	}
	const packs, each = 60, 20
	for p := range packs {
		h.Pack(packOf(t, p, each)...)
	}
	h.Drained()
	h.Expect("SELECT count() FROM attendance", strconv.Itoa(packs*each))
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
	h.Consume(h.Config())
	h.Publish(attendance(t, "a1", "g1", "p1"))
	h.Drained()
	consumerstest.Must(t, h.JS.DeleteConsumer(t.Context(), stream.EventsStream, consumers.Durable))
	h.Publish(attendance(t, "a2", "g1", "p2"))
	consumerstest.Eventually(t, "the second event is stored", func() bool { return h.Ask("SELECT count() FROM attendance") == "2" })
	h.Drained()
	h.Expect("SELECT groupBitmapMerge(received) FROM receipts", "2")
}

func TestStopStoresWhatIsHere(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	cfg := h.Config()
	cfg.Linger, cfg.MaxAge = time.Minute, time.Minute // nothing is flushed by time
	stop := h.Consume(cfg)
	h.Publish(attendance(t, "a1", "g1", "p1"), attendance(t, "a2", "g1", "p2"))
	consumerstest.Eventually(t, "both are delivered", func() bool {
		source, err := h.JS.Consumer(t.Context(), stream.EventsStream, consumers.Durable)
		consumerstest.Must(t, err)
		info, err := source.Info(t.Context())
		return err == nil && info.NumAckPending == 2
	})
	stop()
	h.Drained()
	h.Expect("SELECT count() FROM attendance", "2")
}
