package warehouse

import (
	"context"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
)

// InsertErasedReceipts notes positions that were received and whose events were taken out, or never stored, because their person was
// erased. Positions that are noted already change nothing.
func (db *DB) InsertErasedReceipts(ctx context.Context, receipts []Receipt) error {
	return db.insertReceipts(ctx, "erased_receipts", receipts)
}

// MirroredLetter is what a row of the mirror of the dead letters says in words.
type MirroredLetter struct {
	ID    string
	Texts []string
}

// FindLetters gives the rows of the mirror, whatever their state, in whose texts one of the ids stands.
func (db *DB) FindLetters(ctx context.Context, tenant string, ids []string, take func(MirroredLetter)) error {
	const query = "WITH " + unhexed + ` AS ids SELECT id, [event_id, toString(source), toString(type), reason, pointer, subject] AS texts FROM dead_letters
		WHERE tenant = {tenant:String} AND arrayExists(text -> multiSearchAny(text, ids), texts)`
	for _, part := range parts(ids) {
		plain := make([]string, len(part))
		for i, id := range part {
			plain[i] = hex.EncodeToString([]byte(id))
		}
		rows, err := db.conn.Query(private(ctx, clickhouse.Parameters{"tenant": tenant, "ids": strings.Join(plain, ",")}), query)
		if err != nil {
			return fmt.Errorf("look for persons among the dead letters: %w", err)
		}
		for rows.Next() {
			var letter MirroredLetter
			if err = rows.Scan(&letter.ID, &letter.Texts); err != nil {
				break
			}
			take(letter)
		}
		if err == nil {
			err = rows.Err()
		}
		if closing := rows.Close(); err == nil {
			err = closing
		}
		if err != nil {
			return fmt.Errorf("look for persons among the dead letters: %w", err)
		}
	}
	return nil
}

// EraseLetters deletes rows of the mirror of the dead letters, by community and id, which is a position in the stream; by one mutation.
func (db *DB) EraseLetters(ctx context.Context, letters map[string][]string) error {
	var conditions []string
	for tenant, ids := range letters {
		for part := range slices.Chunk(ids, hashesAtOnce) {
			texts := make([]string, len(part))
			for i, id := range part {
				texts[i] = quoteText(id)
			}
			conditions = append(conditions, "(tenant = "+quoteText(tenant)+" AND id IN ("+strings.Join(texts, ", ")+"))")
		}
	}
	for part := range statements(conditions) {
		if err := db.mutate(ctx, "ALTER TABLE dead_letters DELETE WHERE "+part); err != nil {
			return fmt.Errorf("delete dead letters from the mirror: %w", err)
		}
	}
	return nil
}

// PartsGoneAfter is how long the server keeps files of parts that were replaced (old_parts_lifetime), at most, and a little more: the
// bytes of deleted rows are on the disk for so long.
func (db *DB) PartsGoneAfter(ctx context.Context) (time.Duration, error) {
	const query = `SELECT toUInt64(value) FROM system.merge_tree_settings WHERE name = 'old_parts_lifetime'`
	var seconds uint64
	if err := db.conn.QueryRow(ctx, query).Scan(&seconds); err != nil {
		return 0, fmt.Errorf("read how long replaced files are kept: %w", err)
	}
	const cleaning = 2 * time.Minute // the clean-up comes by less often when nothing happens
	return time.Duration(seconds)*time.Second + cleaning, nil
}

// RequestVoided reports whether a request to be forgotten was taken back.
func (db *DB) RequestVoided(ctx context.Context, tenant, request string) (bool, error) {
	const query = `SELECT count() FROM facts FINAL WHERE tenant = {tenant:String} AND startsWith(type, 'member.erased.v')
		AND JSONExtractString(data, 'request_id') = unhex({request:String}) AND voided`
	var found uint64
	parameters := clickhouse.Parameters{"tenant": tenant, "request": hex.EncodeToString([]byte(request))}
	if err := db.conn.QueryRow(private(ctx, parameters), query).Scan(&found); err != nil {
		return false, fmt.Errorf("look whether request %s was taken back: %w", request, err)
	}
	return found > 0, nil
}

// Identity is an event's transport identity within a community, and its content.
type Identity struct {
	Source, ID  string
	ContentHash uint64
}

// KnownOtherwise tells which of the identities are in the log with another content, and only with others.
func (db *DB) KnownOtherwise(ctx context.Context, tenant string, identities []Identity) (map[Identity]bool, error) {
	const query = `SELECT toString(source), id, content_hash FROM events WHERE tenant = {tenant:String} AND (toString(source), id) IN (
		SELECT pair.1, pair.2 FROM (SELECT arrayJoin(arrayZip(arrayMap(x -> unhex(x), splitByChar(',', {sources:String})), ` + unhexed + `)) AS pair))`
	contents := map[[2]string]map[uint64]bool{}
	for begin := 0; begin < len(identities); begin += idsAtOnce {
		part := identities[begin:min(begin+idsAtOnce, len(identities))]
		sources, ids := make([]string, len(part)), make([]string, len(part))
		for i, identity := range part {
			sources[i], ids[i] = hex.EncodeToString([]byte(identity.Source)), hex.EncodeToString([]byte(identity.ID))
		}
		parameters := clickhouse.Parameters{"tenant": tenant, "sources": strings.Join(sources, ","), "ids": strings.Join(ids, ",")}
		if err := db.knownPart(ctx, query, parameters, contents); err != nil {
			return nil, fmt.Errorf("look for events in the log: %w", err)
		}
	}
	known := map[Identity]bool{}
	for _, identity := range identities {
		there := contents[[2]string{identity.Source, identity.ID}]
		known[identity] = len(there) > 0 && !there[identity.ContentHash]
	}
	return known, nil
}

func (db *DB) knownPart(ctx context.Context, query string, parameters clickhouse.Parameters, contents map[[2]string]map[uint64]bool) error {
	rows, err := db.conn.Query(private(ctx, parameters), query)
	if err != nil {
		return err //nolint:wrapcheck // the caller wraps it
	}
	defer rows.Close() //nolint:errcheck // the rows were read to their end or their error is returned
	for rows.Next() {
		var found Identity
		if err := rows.Scan(&found.Source, &found.ID, &found.ContentHash); err != nil {
			return err //nolint:wrapcheck // likewise
		}
		key := [2]string{found.Source, found.ID}
		if contents[key] == nil {
			contents[key] = map[uint64]bool{}
		}
		contents[key][found.ContentHash] = true
	}
	return rows.Err() //nolint:wrapcheck // likewise
}
