package warehouse_test

import (
	"fmt"
	"testing"

	"github.com/turnout/turnout/schemas"
)

// TestLargeBatchWithRepetitions: rows of a large batch are not merged when they are inserted, and yet count once.
func TestLargeBatchWithRepetitions(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	const keys = 26_000
	events := make([]*schemas.Event, 0, 2*keys)
	for i := range keys {
		line := fmt.Sprintf(`attendance.recorded 2022-05-27 id=a%d {"gathering_id":"g","person_id":"p%d","present":true,"role":"participant","method":"sheet"}`, i, i)
		again := line
		if i%2 == 0 { // corrected, else delivered twice
			again = fmt.Sprintf(`attendance.recorded 2022-05-27 rev=1 id=b%d {"gathering_id":"g","person_id":"p%d","present":false,"role":"participant","method":"sheet"}`, i, i)
		}
		events = append(events, event(t, again), event(t, line))
	}
	must(t, h.db.InsertEvents(t.Context(), h.rows(events)))
	h.expect("SELECT max(level) FROM system.parts WHERE database = currentDatabase() AND active AND table IN ('events', 'facts')", "0")
	for _, merged := range []bool{false, true} {
		if merged {
			must(t, h.db.Conn().Exec(t.Context(), "OPTIMIZE TABLE facts FINAL"))
			must(t, h.db.Conn().Exec(t.Context(), "OPTIMIZE TABLE events FINAL"))
		}
		h.expect("SELECT (count(), uniqExact(id)) FROM events FINAL", "(39000,39000)")
		h.expect("SELECT (count(), uniqExact(person), countIf(present), sum(revision)) FROM facts FINAL", "(26000,26000,13000,13000)")
		h.expect("SELECT (count(), countIf(present)) FROM attendance", "(26000,13000)")
	}
}
