package warehouse

import (
	"context"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/ClickHouse/clickhouse-go/v2"
)

// Persons gives every id that the log of a community names as a person: in the column person, and in the fields of the data with the
// given names, texts or lists of texts. An id may come more than once.
func (db *DB) Persons(ctx context.Context, tenant string, fields []string, take func(id string)) error {
	found := []string{"[person]"}
	for _, field := range slices.Sorted(slices.Values(fields)) {
		found = append(found, "[JSONExtractString(data, "+quoteText(field)+")]", "JSONExtract(data, "+quoteText(field)+", 'Array(String)')")
	}
	query := "SELECT DISTINCT arrayJoin(arrayConcat(" + strings.Join(found, ", ") + ")) AS id FROM events WHERE tenant = {tenant:String} AND id != ''"
	rows, err := db.conn.Query(private(ctx, clickhouse.Parameters{"tenant": tenant}), query)
	if err != nil {
		return fmt.Errorf("list the persons of %s: %w", tenant, err)
	}
	defer rows.Close() //nolint:errcheck // the rows were read to their end or their error is returned
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return fmt.Errorf("list the persons of %s: %w", tenant, err)
		}
		take(id)
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("list the persons of %s: %w", tenant, err)
	}
	return nil
}

// RequestDone reports whether the log's request to be forgotten names nobody any more: the erasure was done when this was stored.
func (db *DB) RequestDone(ctx context.Context, tenant, request, markPrefix string) (bool, error) {
	const query = `SELECT count() FROM events WHERE tenant = {tenant:String} AND startsWith(type, 'member.erased.v')
		AND JSONExtractString(data, 'request_id') = unhex({request:String}) AND startsWith(person, {mark:String})`
	var found uint64
	parameters := clickhouse.Parameters{"tenant": tenant, "request": hex.EncodeToString([]byte(request)), "mark": markPrefix}
	if err := db.conn.QueryRow(private(ctx, parameters), query).Scan(&found); err != nil {
		return false, fmt.Errorf("look whether request %s was done: %w", request, err)
	}
	return found > 0, nil
}
