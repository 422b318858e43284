package audit

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/turnout/turnout/internal/warehouse"
	"github.com/turnout/turnout/schemas"
)

// rowHash is an expression over what a fact takes from its winning event. When it was received is left out: any delivery's will do.
func rowHash(promoted []schemas.Field) string {
	columns := []string{
		"type", "source", "id", "content_hash", "subject", "person", "gathering", "mode", "time", "at", "recorded", "revision", "voided",
		"reason", "key", "data",
	}
	for _, field := range promoted {
		name := "`" + strings.ReplaceAll(field.Name, "`", "\\`") + "`"
		if strings.HasPrefix(field.ClickHouse, "Nullable") {
			// A hash takes no NULL: it and every value become different texts.
			name = "ifNull(concat('=', toString(" + name + ")), '')"
		}
		columns = append(columns, name)
	}
	return "sipHash64(" + strings.Join(columns, ", ") + ")"
}

// Mismatch is a key whose fact is not what the log says.
type Mismatch struct {
	Tenant string
	Key    string // kh, in decimal
	Kind   string // one of KindFactMissing, KindFactExtra, KindFactChanged, KindFactTwice
	state  uint64 // of both sides: the same mismatch, seen again, has the same
}

// factsQuery compares a piece: one row a key on either side. The log may hold an identity more than once before it is merged; the
// highest version is the same.
func factsQuery(condition, hash string) string {
	return `
SELECT count(), groupArrayIf(tenant, bad), groupArrayIf(toString(kh), bad), groupArrayIf(said, bad), groupArrayIf(held, bad), groupArrayIf(state, bad)
FROM
(
    SELECT tenant, kh, countIf(side = 1) AS said, countIf(side = 2) AS held, groupBitXor(sipHash64(side, version, hash)) AS state,
        NOT (said = 1 AND held = 1 AND min(version) = max(version) AND min(hash) = max(hash)) AS bad
    FROM
    (
        SELECT 1 AS side, tenant, kh, max(v) AS version, argMax(h, v) AS hash
        FROM (SELECT toString(tenant) AS tenant, kh, version AS v, ` + hash + ` AS h FROM events WHERE ` + condition + `)
        GROUP BY tenant, kh
        UNION ALL
        SELECT 2 AS side, toString(tenant) AS tenant, kh, version, ` + hash + ` AS hash FROM facts FINAL WHERE ` + condition + `
    )
    GROUP BY tenant, kh
)`
}

// facts compares the facts of a piece with the log.
func (a *Auditor) facts(ctx context.Context, report *Report, p part) error {
	checked, found, err := a.differing(ctx, p)
	if err != nil {
		return err
	}
	report.Facts.Checked += checked
	report.Facts.Differing += uint64(len(found))
	return a.tellFacts(ctx, report, found)
}

// differing gives the keys of a piece whose facts are not what the log says. What differs is looked at again once all that was under way
// is stored; only what is still the same then is a difference.
func (a *Auditor) differing(ctx context.Context, p part) (uint64, map[factKey]Mismatch, error) {
	checked, found, err := a.compareFacts(ctx, p.within("toUInt64(kh)"))
	for range secondLooks {
		if err != nil || len(found) == 0 {
			break
		}
		found, err = a.lookAgain(ctx, p, found)
	}
	return checked, found, err
}

// Differing compares facts with the log, piece by piece, and hands on what differs in each, with the condition that is the piece in both
// tables. It is Run's comparison, for whoever puts things right.
func (a *Auditor) Differing(ctx context.Context, tenant string, visit func(done, total int, condition string, found []Mismatch) error) error {
	pieces, err := a.parts(ctx, tenant)
	if err != nil {
		return err
	}
	for i, p := range pieces {
		_, found, err := a.differing(ctx, p)
		if err != nil {
			return err
		}
		if err := visit(i, len(pieces), p.within("toUInt64(kh)"), slices.Collect(maps.Values(found))); err != nil {
			return err
		}
	}
	return nil
}

const (
	secondLooks = 2
	// singled out keys are looked up by themselves; more, by comparing the piece again.
	singledOut = 2000
)

// keyList makes a set of decimal numbers: written plainly, so large ones would be floating point.
func keyList(keys []string) string {
	return "(SELECT toUInt128(arrayJoin(['" + strings.Join(keys, "', '") + "'])))"
}

type factKey struct{ tenant, key string }

func (a *Auditor) lookAgain(ctx context.Context, p part, found map[factKey]Mismatch) (map[factKey]Mismatch, error) {
	if err := a.settle(ctx); err != nil {
		return nil, err
	}
	condition := p.within("toUInt64(kh)")
	if len(found) <= singledOut {
		keys := make([]string, 0, len(found))
		for k := range found {
			keys = append(keys, k.key)
		}
		condition += " AND kh IN " + keyList(keys)
	}
	_, now, err := a.compareFacts(ctx, condition)
	if err != nil {
		return nil, err
	}
	for k, m := range found {
		if again, still := now[k]; !still || again.state != m.state {
			delete(found, k)
		}
	}
	return found, nil
}

func (a *Auditor) compareFacts(ctx context.Context, condition string) (uint64, map[factKey]Mismatch, error) {
	rows, err := a.query(ctx, factsQuery(condition, rowHash(a.cfg.Registry.PromotedColumns())))
	if err != nil {
		return 0, nil, fmt.Errorf("compare facts with the log: %w", err)
	}
	defer rows.Close() //nolint:errcheck // its only row is read, or the error is returned
	var checked uint64
	var tenants, keys []string
	var said, held, states []uint64
	for rows.Next() {
		if err := rows.Scan(&checked, &tenants, &keys, &said, &held, &states); err != nil {
			return 0, nil, fmt.Errorf("compare facts with the log: %w", err)
		}
	}
	if err := rows.Err(); err != nil {
		return 0, nil, fmt.Errorf("compare facts with the log: %w", err)
	}
	found := make(map[factKey]Mismatch, len(keys))
	for i, key := range keys {
		kind := KindFactChanged
		switch {
		case held[i] > 1:
			kind = KindFactTwice
		case held[i] == 0:
			kind = KindFactMissing
		case said[i] == 0:
			kind = KindFactExtra
		}
		found[factKey{tenants[i], key}] = Mismatch{Tenant: tenants[i], Key: key, Kind: kind, state: states[i]}
	}
	return checked, found, nil
}

// tellFacts puts differences into words: what the key is, as far as a row still says it.
func (a *Auditor) tellFacts(ctx context.Context, report *Report, found map[factKey]Mismatch) error {
	for _, m := range found {
		where := ""
		if report.Counts[m.Kind] < listed {
			var err error
			if where, err = a.nameKey(ctx, m); err != nil {
				return err
			}
		}
		report.add(Difference{Kind: m.Kind, Tenant: m.Tenant, Where: where, Sentence: factSentence(m.Kind)})
	}
	return nil
}

func factSentence(kind string) string {
	switch kind {
	case KindFactMissing:
		return "the log justifies this fact, but it is not among the facts"
	case KindFactExtra:
		return "this fact stands, but nothing in the log says so"
	case KindFactTwice:
		return "this key is visible more than once among the facts"
	default:
		return "this fact is not what the winning event in the log says"
	}
}

func (a *Auditor) nameKey(ctx context.Context, m Mismatch) (string, error) {
	at := " WHERE tenant = " + warehouse.Quote(m.Tenant) + " AND kh = toUInt128('" + m.Key + "') LIMIT 1"
	rows, err := a.query(ctx, "SELECT any(concat(type, ' ', key)) FROM (SELECT type, key FROM events"+at+" UNION ALL SELECT type, key FROM facts"+at+")")
	if err != nil {
		return "", fmt.Errorf("name a fact: %w", err)
	}
	defer rows.Close() //nolint:errcheck // its only row is read, or the error is returned
	var name string
	for rows.Next() {
		if err := rows.Scan(&name); err != nil {
			return "", fmt.Errorf("name a fact: %w", err)
		}
	}
	if err := rows.Err(); err != nil {
		return "", fmt.Errorf("name a fact: %w", err)
	}
	return name, nil
}
