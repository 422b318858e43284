package warehouse_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/turnout/turnout/schemas"
)

// truth is the facts and the log of a set of events, computed from the definitions in schemas/doc.go without the code that the program
// uses for it, each as "what it is" → "which event".
type truth struct{ facts, log map[string]string }

// standing orders the events of one key.
type standing struct {
	revision uint32
	recorded int64
	hash     uint64
}

func (s standing) before(other standing) bool {
	return s.revision < other.revision || s.revision == other.revision &&
		(s.recorded < other.recorded || s.recorded == other.recorded && s.hash < other.hash)
}

func truthOf(t testing.TB, registry *schemas.Registry, events []*schemas.Event) truth {
	t.Helper()
	wins := map[string]standing{}
	result := truth{facts: map[string]string{}, log: map[string]string{}}
	for _, e := range events {
		key, rank := e.Type+" "+keyOf(t, registry, e), standingOf(e)
		if best, found := wins[key]; !found || best.before(rank) {
			wins[key], result.facts[key] = rank, shown(e)
		}
		result.log[shown(e)] = ""
	}
	return result
}

// shown is all that an event says, its recording time included.
func shown(e *schemas.Event) string {
	return fmt.Sprintf("%s %s %d %t %d %d %s", e.Source, e.ID, e.Revision, e.Voided, e.Time.UnixMilli(), recordedOf(e).UnixMilli(), e.Data)
}

func recordedOf(e *schemas.Event) time.Time {
	if e.Recorded.IsZero() {
		return e.Time
	}
	return e.Recorded
}

// keyOf writes the key fields as JSON with instants in UTC and milliseconds, zeros at their end left out.
func keyOf(t testing.TB, registry *schemas.Registry, e *schemas.Event) string {
	t.Helper()
	typ, _ := registry.Type(e.Type)
	var members map[string]any
	decoder := json.NewDecoder(bytes.NewReader(e.Data))
	decoder.UseNumber()
	must(t, decoder.Decode(&members))
	values := make([]any, len(typ.Key))
	for i, name := range typ.Key {
		values[i] = members[name]
		if field, _ := typ.Field(name); field.Format == "date-time" {
			at, err := time.Parse(time.RFC3339Nano, members[name].(string))
			must(t, err)
			values[i] = at.UTC().Truncate(time.Millisecond).Format("2006-01-02T15:04:05.999Z")
		}
	}
	text, err := json.Marshal(values)
	must(t, err)
	return string(text)
}

func standingOf(e *schemas.Event) standing {
	content := sha256.New()
	block := func(text string) []byte {
		return append(binary.BigEndian.AppendUint32(nil, uint32(len(text))), text...)
	}
	number := func(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }
	voided := []byte{0}
	if e.Voided {
		voided[0] = 1
	}
	for _, part := range [][]byte{
		block(e.Type), block(e.Subject), number(uint64(e.Time.UnixMilli())), number(uint64(recordedOf(e).UnixMilli())),
		binary.BigEndian.AppendUint32(nil, e.Revision), voided, block(e.Reason), block(string(e.Data)),
	} {
		content.Write(part)
	}
	hash := sha256.Sum256(slices.Concat(block(e.Source), block(e.ID), content.Sum(nil)[:8]))
	return standing{e.Revision, recordedOf(e).UnixMilli(), binary.BigEndian.Uint64(hash[:8]) >> 12}
}

// anything draws events of all types with few keys, so that revisions, voids, ties and one id with two contents are many.
func anything(t *testing.T, registry *schemas.Registry) *rapid.Generator[*schemas.Event] {
	t.Helper()
	moments := []string{"1900-01-01T00:00:00Z", "1969-12-31T23:59:59.999Z", "2022-05-27T18:00:00+03:00", "2022-05-27T15:00:00Z", "2022-05-27T15:00:00.001Z", "2100-12-31T23:59:59Z"}
	pools := func(field schemas.Field) []any {
		switch {
		case len(field.Enum) > 0:
			return asAny(field.Enum[:min(2, len(field.Enum))])
		case field.Format == "date-time":
			return asAny(moments)
		case field.Format == "date":
			return []any{"1900-01-01", "2022-05-27", "2100-12-31"}
		case field.JSONType == "integer":
			return []any{1, 2}
		}
		return []any{"a", "b", "ש"}
	}
	return rapid.Custom(func(r *rapid.T) *schemas.Event {
		typ := rapid.SampledFrom(registry.Types()).Draw(r, "type")
		var data map[string]any
		must(t, json.Unmarshal(rapid.SampledFrom(typ.Examples).Draw(r, "example"), &data))
		e := &schemas.Event{
			Type: typ.Name, Tenant: "acme", Source: rapid.SampledFrom([]string{"s1", "s2"}).Draw(r, "source"),
			ID: fmt.Sprint("e", rapid.IntRange(0, 12).Draw(r, "id")), Revision: rapid.SampledFrom([]uint32{0, 0, 1, 2, 1<<31 - 1}).Draw(r, "revision"),
			Time: moment(t, rapid.SampledFrom(moments).Draw(r, "time")),
		}
		if rapid.Bool().Draw(r, "has recorded") {
			e.Recorded = moment(t, rapid.SampledFrom(moments).Draw(r, "recorded"))
		}
		keyed := map[string]any{}
		for _, name := range typ.Key {
			field, _ := typ.Field(name)
			keyed[name] = rapid.SampledFrom(pools(field)).Draw(r, name)
		}
		if rapid.IntRange(0, 4).Draw(r, "void") == 0 {
			e.Voided, e.Reason, data = true, "mistake", map[string]any{}
		}
		original := canonical(t, data)
		maps.Copy(data, keyed)
		e.Data = canonical(t, data)
		if !e.Voided && registry.Check(e) != nil { // the key does not go with the rest of the example
			e.Data = original
		}
		return e
	})
}

func asAny(words []string) []any {
	list := make([]any, len(words))
	for i, word := range words {
		list[i] = word
	}
	return list
}

func canonical(t testing.TB, data map[string]any) []byte {
	t.Helper()
	raw, err := json.Marshal(data)
	must(t, err)
	text, err := schemas.Canonical(raw)
	must(t, err)
	return text
}

// mostInserts of a round: the last one takes what is left.
const mostInserts = 12

// TestFactsAreWhatTheDefinitionsSay: events of all types, with corrections, voids (before their facts, too), ties and repeated ids, in any
// order and repetition, cut into any inserts with merges between them, leave the facts and the log that the definitions give.
func TestFactsAreWhatTheDefinitionsSay(t *testing.T) {
	t.Parallel()
	shared := newHouse(t)
	one := anything(t, shared.registry)
	round := 0
	rapid.Check(t, func(r *rapid.T) {
		round++
		h := shared.in(t, fmt.Sprint("t", round))
		events := owned(rapid.SliceOfN(one, 20, 120).Draw(r, "events"), h.tenant)
		deliveries := rapid.Permutation(append(events, events[:rapid.IntRange(0, len(events)).Draw(r, "repeated")]...)).Draw(r, "order")
		for _, e := range events {
			if err := h.registry.Check(e); err != nil {
				r.Fatalf("%s: %v", e.Data, err)
			}
		}
		for inserts := 0; len(deliveries) > 0; inserts++ {
			n := rapid.IntRange(1, len(deliveries)).Draw(r, "batch")
			if inserts == mostInserts {
				n = len(deliveries)
			}
			must(t, h.db.InsertEvents(t.Context(), h.rows(deliveries[:n])))
			deliveries = deliveries[n:]
			switch rapid.IntRange(0, 9).Draw(r, "merge") {
			case 0:
				must(t, h.db.Conn().Exec(t.Context(), "OPTIMIZE TABLE facts"))
			case 1:
				must(t, h.db.Conn().Exec(t.Context(), "OPTIMIZE TABLE events"))
			case 2:
				must(t, h.db.Conn().Exec(t.Context(), "OPTIMIZE TABLE facts FINAL"))
			}
		}
		want := truthOf(t, h.registry, events)
		compare(r, "facts", h.listing("concat(type, ' ', key)", "facts"), want.facts)
		compare(r, "log", h.listing("''", "events"), want.log)
	})
}

// listing reads a table: what → which; for an empty "what" it is which → "".
func (h *house) listing(what, table string) map[string]string {
	h.t.Helper()
	rows, err := h.db.Conn().Query(h.t.Context(), fmt.Sprintf(`SELECT %s AS what, concat(source, ' ', id, ' ', toString(revision), ' ', if(voided, 'true', 'false'), ' ',
		toString(toUnixTimestamp64Milli(time)), ' ', toString(toUnixTimestamp64Milli(recorded)), ' ', data) AS which
		FROM %s FINAL WHERE tenant = '%s'`, what, table, h.tenant))
	must(h.t, err)
	defer func() { must(h.t, rows.Close()) }()
	list := map[string]string{}
	for rows.Next() {
		var name, which string
		must(h.t, rows.Scan(&name, &which))
		if name == "" {
			name, which = which, ""
		}
		if _, twice := list[name]; twice {
			h.t.Errorf("%s shows %s twice", table, name)
		}
		list[name] = which
	}
	must(h.t, rows.Err())
	return list
}

func compare(r *rapid.T, what string, got, want map[string]string) {
	var differences []string
	for name, which := range want {
		if found, ok := got[name]; !ok || found != which {
			differences = append(differences, fmt.Sprintf("%s is %q, want %q", name, found, which))
		}
	}
	for name := range got {
		if _, ok := want[name]; !ok {
			differences = append(differences, name+" should not be")
		}
	}
	if len(differences) > 0 {
		slices.Sort(differences)
		r.Fatalf("%d differences of the %s:\n%s", len(differences), what, strings.Join(differences, "\n"))
	}
}
