package erasure

import (
	"context"
	"fmt"
	"time"

	"github.com/turnout/turnout/internal/erasures"
	"github.com/turnout/turnout/internal/stream"
	"github.com/turnout/turnout/internal/warehouse"
)

// tables takes the persons out of the log and of the facts.
//
// First what stays is put in, in its new form; then the old facts are deleted and what else is known under their keys is put back from
// the log; the log's old rows go last, because from them everything can be found again after an interruption.
func (e *eraser) tables(ctx context.Context) error {
	f := &findings{
		log: warehouse.Contents{}, gone: map[changedRow]bool{}, keys: warehouse.Keys{}, known: map[changedRow]bool{},
		changed: warehouse.NewRows(e.cfg.Registry.PromotedColumns(), 0), receipts: map[receiptKey][]uint64{},
	}
	for _, tenant := range e.work.tenants() {
		e.say(ctx, tenant, "reading the log", 0, 0)
		if err := e.find(ctx, f, tenant); err != nil {
			return fmt.Errorf("look into the tables of %s: %w", tenant, err)
		}
	}
	if len(f.log) > 0 {
		e.say(ctx, "", "deleting from the log and the facts", 0, 0)
		if err := e.replaceRows(ctx, f); err != nil {
			return fmt.Errorf("erase from the tables: %w", err)
		}
	}
	e.checked.Log, e.checked.Facts = true, true
	return nil
}

// findings are the rows that go.
type findings struct {
	log      warehouse.Contents // what goes, from the log and from the facts
	gone     map[changedRow]bool
	keys     warehouse.Keys
	changed  *warehouse.Rows // what is put in instead
	known    map[changedRow]bool
	receipts map[receiptKey][]uint64
}

type receiptKey struct {
	tenant, source string
	day            int64 // days since 1970
}

type changedRow struct {
	tenant, source, id string
	content            uint64
}

// find looks for the rows of a community.
func (e *eraser) find(ctx context.Context, f *findings, tenant string) error {
	ids := e.work.ids(tenant)
	err := e.cfg.Warehouse.FindPersons(ctx, warehouse.TableEvents, tenant, ids, func(row *warehouse.StoredEvent) error { return e.logRow(f, row) })
	if err != nil {
		return err
	}
	return e.cfg.Warehouse.FindPersons(ctx, warehouse.TableFacts, tenant, ids, func(row *warehouse.StoredEvent) error {
		if outcome, _, whose, _ := e.redact(row.Event); outcome != Untouched {
			e.count(whose, func(count *erasures.Removed) { count.Facts++ })
			f.goes(tenant, row)
		}
		return nil
	})
}

// goes notes a row that is deleted.
func (f *findings) goes(tenant string, row *warehouse.StoredEvent) {
	if key := (changedRow{tenant: tenant, content: row.ContentHash}); !f.gone[key] {
		f.gone[key] = true
		f.log[tenant] = append(f.log[tenant], row.ContentHash)
		f.keys[tenant] = append(f.keys[tenant], row.KeyHash)
	}
}

// logRow decides about a row of the log.
func (e *eraser) logRow(f *findings, row *warehouse.StoredEvent) error {
	outcome, changed, whose, _ := e.redact(row.Event)
	if outcome == Untouched {
		return nil
	}
	tenant := row.Event.Tenant
	e.count(whose, func(count *erasures.Removed) { count.Log++ })
	f.goes(tenant, row)
	if outcome == Dropped {
		key := receiptKey{tenant, row.Event.Source, row.Arrival.Received.Unix() / secondsPerDay}
		f.receipts[key] = append(f.receipts[key], stream.Position(row.Arrival.Seq, row.Arrival.Index))
		return nil
	}
	record, err := e.cfg.Registry.Derive(changed)
	if err != nil {
		return fmt.Errorf("derive a row without its person: %w", err)
	}
	key := changedRow{tenant, changed.Source, changed.ID, record.ContentHash}
	if f.known[key] {
		return nil // a row that was delivered twice and not merged yet
	}
	f.known[key] = true
	e.count(whose, func(count *erasures.Removed) { count.Mentions++ })
	return f.changed.Append(changed, &record, row.Arrival)
}

// rowsAtOnce are inserted by one statement.
const rowsAtOnce = 50_000

func (e *eraser) replaceRows(ctx context.Context, f *findings) error {
	if err := e.cfg.Warehouse.InsertErasedReceipts(ctx, receiptRows(f.receipts)); err != nil {
		return err
	}
	for low := 0; low < f.changed.Len(); low += rowsAtOnce {
		if err := e.cfg.Warehouse.InsertEvents(ctx, f.changed.Slice(low, min(low+rowsAtOnce, f.changed.Len()))); err != nil {
			return err
		}
	}
	here("erasure-before-facts")
	if err := e.cfg.Warehouse.EraseFacts(ctx, f.log, f.keys); err != nil {
		return err
	}
	here("erasure-before-log")
	return e.cfg.Warehouse.EraseEvents(ctx, f.log)
}

func receiptRows(positions map[receiptKey][]uint64) []warehouse.Receipt {
	receipts := make([]warehouse.Receipt, 0, len(positions))
	for key, all := range positions {
		receipts = append(receipts, warehouse.Receipt{Tenant: key.tenant, Source: key.source, Day: time.Unix(key.day*secondsPerDay, 0).UTC(), Positions: all})
	}
	return receipts
}
