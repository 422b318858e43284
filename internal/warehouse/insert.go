package warehouse

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
)

// InsertEvents stores the rows in events, and by the view in facts, in one insert. Rows that are stored already change nothing.
func (db *DB) InsertEvents(ctx context.Context, rows *Rows) error {
	if rows.Len() == 0 {
		return nil
	}
	send := db.insertBlock
	if !db.carries {
		send = func(ctx context.Context, rows *Rows) error {
			return db.insert(ctx, "events", eventColumns(rows.promoted), rows.columns(), rows.Len())
		}
	}
	if err := send(ctx, rows); err != nil {
		return fmt.Errorf("insert %d events: %w", rows.Len(), err)
	}
	return nil
}

// Receipt says which positions of the stream were received of a source on a day.
type Receipt struct {
	Tenant, Source string
	Day            time.Time
	Positions      []uint64
}

// InsertReceipts notes what was received. Positions that are noted already change nothing.
func (db *DB) InsertReceipts(ctx context.Context, receipts []Receipt) error {
	return db.insertReceipts(ctx, "receipts", receipts)
}

func (db *DB) insertReceipts(ctx context.Context, table string, receipts []Receipt) error {
	columns := []clickhouse.ColumnNameAndType{
		{Name: "tenant", Type: "String"}, {Name: "source", Type: "String"}, {Name: "day", Type: "Date32"}, {Name: "positions", Type: "Array(UInt64)"},
	}
	n := len(receipts)
	tenants, sources, days, positions := make([]string, n), make([]string, n), make([]time.Time, n), make([][]uint64, n)
	for i, r := range receipts {
		tenants[i], sources[i], days[i], positions[i] = r.Tenant, r.Source, r.Day, r.Positions
	}
	if err := db.insert(ctx, table, columns, []any{tenants, sources, days, positions}, n); err != nil {
		return fmt.Errorf("insert %d rows of %s: %w", n, table, err)
	}
	return nil
}

// States of a dead letter in the mirror.
const (
	LetterOpen      = "open"
	LetterDiscarded = "discarded"
	LetterReplayed  = "replayed"
)

// DeadLetter is a row of the mirror of the stream DEADLETTERS. Tenant and ID must not change between its states.
type DeadLetter struct {
	Tenant, ID, State, Type, Source, EventID, Code, Reason, Pointer, Subject string

	Seq   uint64
	Index int
	At    time.Time
}

// InsertDeadLetters mirrors dead letters. A state never goes back to open.
func (db *DB) InsertDeadLetters(ctx context.Context, letters []DeadLetter) error {
	names := []string{"tenant", "id", "state", "type", "source", "event_id", "code", "reason", "pointer", "subject"}
	columns := make([]clickhouse.ColumnNameAndType, 0, len(names)+3)
	for _, name := range names {
		columns = append(columns, clickhouse.ColumnNameAndType{Name: name, Type: "String"})
	}
	columns = append(columns, clickhouse.ColumnNameAndType{Name: "stream_seq", Type: "UInt64"},
		clickhouse.ColumnNameAndType{Name: "pack_index", Type: "UInt16"}, clickhouse.ColumnNameAndType{Name: "at", Type: instant})
	n := len(letters)
	texts := make([][]string, len(names))
	seqs, indexes, ats := make([]uint64, n), make([]uint16, n), make([]time.Time, n)
	for i, l := range letters {
		for j, text := range []string{l.Tenant, l.ID, l.State, l.Type, l.Source, l.EventID, l.Code, l.Reason, l.Pointer, l.Subject} {
			texts[j] = append(texts[j], strings.ToValidUTF8(text, "\uFFFD"))
		}
		seqs[i], indexes[i], ats[i] = l.Seq, uint16(l.Index), l.At
	}
	values := make([]any, 0, len(columns))
	for _, column := range texts {
		values = append(values, column)
	}
	if err := db.insert(ctx, "dead_letters", columns, append(values, seqs, indexes, ats), n); err != nil {
		return fmt.Errorf("insert %d dead letters: %w", n, err)
	}
	return nil
}

// errUneven guards against a silent loss: over HTTP the driver sends nothing, and reports success, when it cannot encode a block.
var errUneven = errors.New("the columns of the block differ in length")

// insert sends one block. Names and types are given, so that the driver asks the server nothing.
func (db *DB) insert(ctx context.Context, table string, columns []clickhouse.ColumnNameAndType, values []any, n int) (err error) {
	if n == 0 {
		return nil
	}
	ctx = clickhouse.Context(ctx, clickhouse.WithColumnNamesAndTypes(columns), clickhouse.WithSettings(insertSettings(false)))
	batch, err := db.conn.PrepareBatch(ctx, insertStatement(table, columns))
	if err != nil {
		return fmt.Errorf("prepare: %w", err)
	}
	defer func() { err = errors.Join(err, batch.Close()) }()
	for i, column := range values {
		if err := batch.Column(i).Append(column); err != nil {
			return fmt.Errorf("column %s: %w", columns[i].Name, err)
		}
	}
	for i, column := range batch.Columns() {
		if column.Rows() != n {
			return fmt.Errorf("column %s has %d values for %d rows: %w", columns[i].Name, column.Rows(), n, errUneven)
		}
	}
	if err := batch.Send(); err != nil {
		return fmt.Errorf("send: %w", err)
	}
	return nil
}

// backlogRows make a batch one of many, whose parts are merged soon anyway; so does followingRows shortly after another such batch. A part
// that stays alone is never merged again.
const (
	backlogRows   = 50_000
	followingRows = 5_000
	shortly       = 5 * time.Second
)

// oneOfMany tells whether a batch of events is, and remembers it for the next one.
func (db *DB) oneOfMany(rows int, now time.Time) bool {
	if rows < followingRows {
		return false
	}
	before := db.lastLarge.Swap(now.UnixNano())
	return rows >= backlogRows || now.UnixNano()-before < int64(shortly)
}

// insertSettings: an insert is in the table, or failed, when it returns; it may touch as many years as its events do; and a repeated
// insert reaches the view again. Rows of a block that replace one another are merged at once only where the part may stay as it is, so that
// FINAL has nothing to do with it: that takes 2 us of CPU a row.
func insertSettings(oneOfMany bool) clickhouse.Settings {
	settings := clickhouse.Settings{
		"async_insert":                               0,
		"max_partitions_per_insert_block":            0,
		"insert_deduplicate":                         0,
		"input_format_native_allow_types_conversion": 1,
	}
	if oneOfMany {
		settings["optimize_on_insert"] = 0
	}
	return settings
}
