package reporting_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestDataQuality tells one fault of each kind.
func TestDataQuality(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "2022-06-10T00:00:00Z")
	scheduled := func(id, day string) said {
		return said{typ: "gathering.scheduled.v1", source: "calendar", id: id, time: "2022-01-01T00:00:00Z", data: map[string]any{
			"gathering_id": id, "kind": "meeting", "formality": "formal", "format": "online", "starts_at": day + "T18:00:00Z", "ends_at": day + "T20:00:00Z",
		}}
	}
	present := func(id, person string) said {
		return said{typ: "attendance.recorded.v1", source: "desk", id: id, time: "2022-05-27T18:00:00Z", data: map[string]any{
			"gathering_id": "held", "person_id": person, "present": true, "role": "host", "method": "qr",
		}}
	}
	late := present("late", "known")
	late.received = w.now
	w.tell(scheduled("held", "2022-05-27"), scheduled("forgotten", "2022-04-29"), scheduled("to come", "2022-07-15"),
		said{typ: "member.registered.v1", source: "crm", time: "2022-01-01T00:00:00Z", data: map[string]any{
			"person_id": "known", "kind": "alumnus", "joined_at": "2022-01-01T00:00:00Z", "status": "ambassador",
		}}, late, present("same", "stranger"), present("same", "known"))
	for _, statement := range []string{
		// Of the desk 3 are stored and 1 is dead: of 7 received 2 were duplicates, since one was erased.
		"INSERT INTO receipts (tenant, source, day, positions) VALUES ('t', 'desk', '2022-05-27', [1024, 2048, 3072, 4096, 5120, 6144, 7168]), ('t', 'desk', '2022-05-27', [1024])",
		"INSERT INTO erased_receipts (tenant, source, day, positions) VALUES ('t', 'desk', '2022-05-27', [7168]), ('t', 'desk', '2022-05-27', [7168])",
		"INSERT INTO receipts (tenant, source, day, positions) VALUES ('t', 'calendar', '2022-01-01', [7168, 8192, 9216]), ('t', 'crm', '2022-01-01', [10240])",
		"INSERT INTO dead_letters (tenant, id, state, source, code, reason, at) VALUES ('t', '4-0', 'open', 'desk', 'schema', 'wrong', '2022-05-27 10:00:00')",
	} {
		if err := w.db.Conn().Exec(context.Background(), statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
	want := [][]any{
		{"attendance_not_recorded", "calendar", int64(1)},
		{"unresolved_persons", "desk", int64(1)},
		{"late_events", "desk", int64(1)},
		{"duplicates", "desk", int64(2)},
		{"identity_conflicts", "desk", int64(1)},
		{"dead_letters", "desk", int64(1)},
		{"withdrawn_from_analytics", "", int64(0)},
	}
	if diff := cmp.Diff(want, w.run("data-quality", "").Rows); diff != "" {
		t.Errorf("data quality (-want +got):\n%s", diff)
	}
}
