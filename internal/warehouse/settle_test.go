package warehouse_test

import (
	"fmt"
	"testing"
	"time"
)

// What is settled is merged by itself, and says the same as before.
func TestSettledPartsAreMerged(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for _, table := range []string{"facts", "events", "rollup_months"} {
		h.expect("SELECT extract(create_table_query, 'min_age_to_force_merge_seconds = [0-9]+, min_age_to_force_merge_on_partition_only = [a-z0-9]+') FROM system.tables WHERE database = currentDatabase() AND name = '"+table+"'",
			"min_age_to_force_merge_seconds = 60, min_age_to_force_merge_on_partition_only = 1")
		// A minute, and ClickHouse's pauses between looks, are long for a test.
		must(t, h.db.Conn().Exec(t.Context(), "ALTER TABLE "+table+" MODIFY SETTING min_age_to_force_merge_seconds = 1, max_merge_selecting_sleep_ms = 500, merge_selecting_sleep_ms = 500"))
	}
	for revision := range 3 {
		h.store(fmt.Sprintf(`attendance.recorded 2024-05-2%d rev=%d {"gathering_id":"g1","person_id":"p1","present":true,"role":"participant","method":"desk","minutes":%d}`, revision, revision, revision+1))
	}
	const figures = "SELECT (count(), any(revision)) FROM facts FINAL WHERE NOT voided"
	before := h.ask(figures)
	const parts = "SELECT countIf(table = 'facts') * 100 + countIf(table = 'events') FROM system.parts WHERE active AND database = currentDatabase()"
	for deadline := time.Now().Add(2 * time.Minute); h.ask(parts) != "101"; {
		if time.Now().After(deadline) {
			t.Fatalf("parts after two minutes: %s", h.ask(parts))
		}
	}
	h.expect("SELECT count() FROM facts", "1")
	h.expect(figures, before)
}
