package erasure

import (
	"context"
	"fmt"
	"math/big"
	"time"

	"github.com/turnout/turnout/internal/stream"
	"github.com/turnout/turnout/internal/warehouse"
)

// tables takes the persons out of the log and of the facts.
//
// First what stays is put in, in its new form; then the old facts are deleted and what else is known under their keys is put back from
// the log; the log's old rows go last, because from them everything can be found again after an interruption.
func (e *eraser) tables(ctx context.Context) error {
	for _, tenant := range e.work.tenants() {
		e.say(ctx, tenant, "reading the log", 0, 0)
		if err := e.tablesOf(ctx, tenant); err != nil {
			return fmt.Errorf("erase from the tables of %s: %w", tenant, err)
		}
	}
	e.checked.Log, e.checked.Facts = true, true
	return nil
}

// findings are the rows of a community that go.
type findings struct {
	tenant   string
	log      map[uint64]bool // contents
	facts    map[uint64]bool
	keys     map[string]*big.Int
	changed  *warehouse.Rows
	known    map[changedRow]bool
	receipts map[string]map[int64][]uint64 // positions by source and day
	logRows  uint64
	factRows uint64
}

type changedRow struct {
	source, id string
	content    uint64
}

func (e *eraser) tablesOf(ctx context.Context, tenant string) error {
	f := &findings{
		tenant: tenant, log: map[uint64]bool{}, facts: map[uint64]bool{}, keys: map[string]*big.Int{}, known: map[changedRow]bool{},
		changed: warehouse.NewRows(e.cfg.Registry.PromotedColumns(), 0), receipts: map[string]map[int64][]uint64{},
	}
	ids := e.work.ids(tenant)
	err := e.cfg.Warehouse.FindPersons(ctx, warehouse.TableEvents, tenant, ids, func(row *warehouse.StoredEvent) error { return e.logRow(f, row) })
	if err == nil {
		err = e.cfg.Warehouse.FindPersons(ctx, warehouse.TableFacts, tenant, ids, func(row *warehouse.StoredEvent) error {
			if outcome, _ := Redact(e.cfg.Registry, row.Event, e.work.judge); outcome != Untouched {
				f.factRows++
				f.facts[row.ContentHash], f.keys[row.KeyHash.String()] = true, row.KeyHash
			}
			return nil
		})
	}
	if err != nil || len(f.log)+len(f.facts) == 0 {
		return err //nolint:wrapcheck // it says what it was
	}
	count := e.count(tenant)
	count.Log += f.logRows
	count.Facts += f.factRows
	count.Mentions += uint64(f.changed.Len())
	return e.replaceRows(ctx, f)
}

// logRow decides about a row of the log.
func (e *eraser) logRow(f *findings, row *warehouse.StoredEvent) error {
	outcome, changed := Redact(e.cfg.Registry, row.Event, e.work.judge)
	if outcome == Untouched {
		return nil
	}
	f.logRows++
	f.log[row.ContentHash], f.keys[row.KeyHash.String()] = true, row.KeyHash
	if outcome == Dropped {
		if f.receipts[row.Event.Source] == nil {
			f.receipts[row.Event.Source] = map[int64][]uint64{}
		}
		day := row.Arrival.Received.Unix() / secondsPerDay
		f.receipts[row.Event.Source][day] = append(f.receipts[row.Event.Source][day], stream.Position(row.Arrival.Seq, row.Arrival.Index))
		return nil
	}
	record, err := e.cfg.Registry.Derive(changed)
	if err != nil {
		return fmt.Errorf("derive a row without its person: %w", err)
	}
	key := changedRow{changed.Source, changed.ID, record.ContentHash}
	if f.known[key] {
		return nil // a row that was delivered twice and not merged yet
	}
	f.known[key] = true
	return f.changed.Append(changed, &record, row.Arrival) //nolint:wrapcheck // it says what it was
}

// rowsAtOnce are inserted by one statement.
const rowsAtOnce = 50_000

func (e *eraser) replaceRows(ctx context.Context, f *findings) error {
	if err := e.cfg.Warehouse.InsertErasedReceipts(ctx, f.receiptRows()); err != nil {
		return err //nolint:wrapcheck // it says what it was
	}
	for low := 0; low < f.changed.Len(); low += rowsAtOnce {
		if err := e.cfg.Warehouse.InsertEvents(ctx, f.changed.Slice(low, min(low+rowsAtOnce, f.changed.Len()))); err != nil {
			return err //nolint:wrapcheck // likewise
		}
	}
	here("erasure-before-facts")
	gone, keys := make([]uint64, 0, len(f.log)+len(f.facts)), make([]*big.Int, 0, len(f.keys))
	for content := range f.log {
		gone = append(gone, content)
	}
	for content := range f.facts {
		if !f.log[content] {
			gone = append(gone, content)
		}
	}
	for _, key := range f.keys {
		keys = append(keys, key)
	}
	if err := e.cfg.Warehouse.EraseFacts(ctx, f.tenant, gone, keys); err != nil {
		return err //nolint:wrapcheck // likewise
	}
	here("erasure-before-log")
	return e.cfg.Warehouse.EraseEvents(ctx, f.tenant, gone) //nolint:wrapcheck // likewise
}

func (f *findings) receiptRows() []warehouse.Receipt {
	var receipts []warehouse.Receipt
	for source, days := range f.receipts {
		for day, positions := range days {
			receipts = append(receipts, warehouse.Receipt{Tenant: f.tenant, Source: source, Day: time.Unix(day*secondsPerDay, 0).UTC(), Positions: positions})
		}
	}
	return receipts
}
