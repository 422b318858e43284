package warehouse

import (
	"context"
	"encoding/hex"
	"fmt"
	"iter"
	"maps"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"

	"github.com/turnout/turnout/schemas"
)

// StoredEvent is a row of the log or of the facts, with its event as it can be told from the row: dataschema and traceparent are not kept.
type StoredEvent struct {
	Event       *schemas.Event
	Arrival     Arrival // of facts only Received is known
	ContentHash uint64
	KeyHash     *big.Int
}

// Tables that hold events.
const (
	TableEvents = "events"
	TableFacts  = "facts"
)

// idsAtOnce bounds a search: ClickHouse looks for at most 255 words at once, and parameters travel in the address.
const (
	idsAtOnce     = 200
	idBytesAtOnce = 8 << 10
)

// FindPersons gives every row of the table, replaced ones included, in which one of the ids is the person or the subject, or stands as
// a string in the data. The ids leave no trace in the server's logs of queries.
func (db *DB) FindPersons(ctx context.Context, table, tenant string, ids []string, take func(*StoredEvent) error) error {
	arrival := "stream_seq, pack_index"
	if table == TableFacts {
		arrival = "toUInt64(0), toUInt16(0)"
	}
	query := "WITH " + unhexed + ` AS ids SELECT toString(type), toString(source), id, content_hash, kh, subject, time, recorded, received, revision,
		voided, reason, data, ` + arrival + " FROM " + table + `
		WHERE tenant = {tenant:String} AND (has(ids, person) OR has(ids, subject) OR multiSearchAny(data, arrayMap(x -> unhex(x), splitByChar(',', {quoted:String}))))`
	for _, part := range parts(ids) {
		if err := db.findPart(ctx, query, tenant, part, take); err != nil {
			return fmt.Errorf("look for persons in %s: %w", table, err)
		}
	}
	return nil
}

// unhexed are the ids of a parameter: in hexadecimal digits nothing in them needs escaping.
const unhexed = "arrayMap(x -> unhex(x), splitByChar(',', {ids:String}))"

func parts(ids []string) [][]string {
	var all [][]string
	size := 0
	for _, id := range ids {
		if len(all) == 0 || len(all[len(all)-1]) == idsAtOnce || size+len(id) > idBytesAtOnce {
			all, size = append(all, nil), 0
		}
		all[len(all)-1] = append(all[len(all)-1], id)
		size += len(id)
	}
	return all
}

// private keeps a query's text and parameters out of the server's logs.
func private(ctx context.Context, parameters clickhouse.Parameters) context.Context {
	return clickhouse.Context(ctx, clickhouse.WithParameters(parameters), clickhouse.WithSettings(clickhouse.Settings{"log_queries": 0}))
}

func (db *DB) findPart(ctx context.Context, query, tenant string, ids []string, take func(*StoredEvent) error) error {
	plain, quoted := make([]string, len(ids)), make([]string, len(ids))
	for i, id := range ids {
		plain[i] = hex.EncodeToString([]byte(id))
		quoted[i] = hex.EncodeToString(schemas.QuoteJSON(id))
	}
	rows, err := db.conn.Query(private(ctx, clickhouse.Parameters{
		"tenant": tenant, "ids": strings.Join(plain, ","), "quoted": strings.Join(quoted, ","),
	}), query)
	if err != nil {
		return err //nolint:wrapcheck // the caller wraps it
	}
	defer rows.Close() //nolint:errcheck // the rows were read to their end or their error is returned
	for rows.Next() {
		e, row := &schemas.Event{Tenant: tenant}, StoredEvent{KeyHash: new(big.Int)}
		var data string
		var index uint16
		var recorded time.Time
		err := rows.Scan(&e.Type, &e.Source, &e.ID, &row.ContentHash, row.KeyHash, &e.Subject, &e.Time, &recorded, &row.Arrival.Received,
			&e.Revision, &e.Voided, &e.Reason, &data, &row.Arrival.Seq, &index)
		if err != nil {
			return err //nolint:wrapcheck // likewise
		}
		if !recorded.Equal(e.Time) {
			e.Recorded = recorded
		}
		e.Data, row.Event, row.Arrival.Index = []byte(data), e, int(index)
		if err := take(&row); err != nil {
			return err
		}
	}
	return rows.Err() //nolint:wrapcheck // likewise
}

// hashesAtOnce are named in one mutation: a mutation writes every part anew that holds one of its rows.
const hashesAtOnce = 20_000

// Contents are events by community and content hash.
type Contents map[string][]uint64

// Keys are business keys by community and hash.
type Keys map[string][]*big.Int

// EraseFacts deletes the facts with the contents and puts back, from the log, what else is known under their keys. Every row is deleted
// by a mutation, which writes the parts without it, and not by a mark: the old files are removed after old_parts_lifetime. One mutation
// serves all communities, since it costs as much as the parts that it writes.
func (db *DB) EraseFacts(ctx context.Context, contents Contents, keys Keys) error {
	if err := db.eraseContents(ctx, TableFacts, contents); err != nil {
		return err
	}
	promoted, err := db.promotedColumns(ctx)
	if err != nil {
		return err
	}
	list := strings.Join(append(factColumns(), promoted...), ", ")
	var conditions []string
	for _, tenant := range slices.Sorted(maps.Keys(keys)) {
		for part := range slices.Chunk(keys[tenant], hashesAtOnce) {
			texts := make([]string, len(part))
			for i, key := range part {
				texts[i] = "toUInt128('" + key.String() + "')"
			}
			condition := "tenant = " + quoteText(tenant) + " AND kh IN (" + strings.Join(texts, ", ") + ")"
			if len(contents[tenant]) > 0 {
				condition += " AND content_hash NOT IN (" + hashList(contents[tenant]) + ")"
			}
			conditions = append(conditions, "("+condition+")")
		}
	}
	for part := range statements(conditions) {
		if err := db.conn.Exec(large(ctx), "INSERT INTO facts ("+list+") SELECT "+list+" FROM events FINAL WHERE "+part); err != nil {
			return fmt.Errorf("put facts back from the log: %w", err)
		}
	}
	return nil
}

// EraseEvents deletes the rows of the log with the contents, by a mutation.
func (db *DB) EraseEvents(ctx context.Context, contents Contents) error {
	return db.eraseContents(ctx, TableEvents, contents)
}

func (db *DB) eraseContents(ctx context.Context, table string, contents Contents) error {
	var conditions []string
	for _, tenant := range slices.Sorted(maps.Keys(contents)) {
		for part := range slices.Chunk(contents[tenant], hashesAtOnce) {
			conditions = append(conditions, "(tenant = "+quoteText(tenant)+" AND content_hash IN ("+hashList(part)+"))")
		}
	}
	for part := range statements(conditions) {
		if err := db.mutate(ctx, "ALTER TABLE "+table+" DELETE WHERE "+part); err != nil {
			return fmt.Errorf("delete rows of %s: %w", table, err)
		}
	}
	return nil
}

// statements joins conditions to as few as a statement may be long.
func statements(conditions []string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for begin := 0; begin < len(conditions); {
			end, size := begin, 0
			for end < len(conditions) && (end == begin || size+len(conditions[end]) < maxQuerySize/2) {
				size += len(conditions[end])
				end++
			}
			if !yield(strings.Join(conditions[begin:end], " OR ")) {
				return
			}
			begin = end
		}
	}
}

// mutate waits until the mutation is done, on every replica. Its text is kept by the server: it must name no person.
func (db *DB) mutate(ctx context.Context, statement string) error {
	return db.conn.Exec(clickhouse.Context(large(ctx), clickhouse.WithSettings(clickhouse.Settings{ //nolint:wrapcheck // the caller says what for
		"mutations_sync": 2, "max_query_size": maxQuerySize, "max_execution_time": 0,
	})), statement)
}

const maxQuerySize = 16 << 20

func large(ctx context.Context) context.Context {
	return clickhouse.Context(ctx, clickhouse.WithSettings(clickhouse.Settings{"max_query_size": maxQuerySize, "max_execution_time": 0}))
}

func hashList(values []uint64) string {
	texts := make([]string, len(values))
	for i, value := range values {
		texts[i] = strconv.FormatUint(value, 10)
	}
	return strings.Join(texts, ", ")
}

// promotedColumns are the columns of facts that event types have promoted.
func (db *DB) promotedColumns(ctx context.Context) ([]string, error) {
	known := map[string]bool{}
	for _, name := range factColumns() {
		known[name] = true
	}
	rows, err := db.conn.Query(ctx, "SELECT name FROM system.columns WHERE database = currentDatabase() AND table = 'facts' ORDER BY position")
	if err != nil {
		return nil, fmt.Errorf("read the columns of facts: %w", err)
	}
	defer rows.Close() //nolint:errcheck // the rows were read to their end or their error is returned
	var promoted []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, fmt.Errorf("read the columns of facts: %w", err)
		}
		if !known[name] {
			promoted = append(promoted, quoteName(name))
		}
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read the columns of facts: %w", err)
	}
	return promoted, nil
}

// Merges lists the merges of a community that are in force, each as (given up, stays).
func (db *DB) Merges(ctx context.Context, tenant string) ([][2]string, error) {
	rows, err := db.conn.Query(private(ctx, clickhouse.Parameters{"tenant": tenant}), "SELECT from_id, into_id FROM member_merged WHERE tenant = {tenant:String}")
	if err != nil {
		return nil, fmt.Errorf("read the merges: %w", err)
	}
	defer rows.Close() //nolint:errcheck // the rows were read to their end or their error is returned
	var merges [][2]string
	for rows.Next() {
		var merge [2]string
		if err := rows.Scan(&merge[0], &merge[1]); err != nil {
			return nil, fmt.Errorf("read the merges: %w", err)
		}
		merges = append(merges, merge)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read the merges: %w", err)
	}
	return merges, nil
}
