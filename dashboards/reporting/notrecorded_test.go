package reporting_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestNotRecordedIsNotZero: neither a month whose gatherings nobody recorded nor a sheet that names nobody is a zero.
func TestNotRecordedIsNotZero(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "2024-12-01T00:00:00Z")
	for id, day := range map[string]string{"a": "2024-02-10", "b": "2024-03-10", "c": "2024-04-10"} {
		w.tell(said{typ: "gathering.scheduled.v1", time: "2024-01-01T00:00:00Z", data: map[string]any{
			"gathering_id": id, "kind": "meeting", "formality": "formal", "format": "online", "series_id": "s",
			"starts_at": day + "T18:00:00Z", "ends_at": day + "T20:00:00Z",
		}})
		if id == "b" {
			w.tell(said{typ: "gathering.completed.v1", time: day + "T20:00:00Z", data: map[string]any{"gathering_id": id, "attendance_basis": "sign_in_sheet"}})
			continue
		}
		w.tell(said{typ: "attendance.recorded.v1", time: day + "T18:00:00Z", data: map[string]any{
			"gathering_id": id, "person_id": "p", "present": true, "role": "host", "method": "qr",
		}})
	}
	for _, c := range []struct {
		report, query string
		columns       []string
		want          [][]any
	}{
		{"lifecycle", "grain=month", []string{"period", "active", "dormant", "resurrecting"}, [][]any{
			{"2024-02", int64(1), int64(0), int64(0)}, {"2024-03", nil, nil, nil}, {"2024-04", int64(1), int64(0), int64(1)},
		}},
		{"attendance", "", []string{"gathering_id", "attended"}, [][]any{{"a", int64(1)}, {"b", nil}, {"c", int64(1)}}},
		{"return-rate", "", []string{"gathering_id", "returned"}, [][]any{{"a", nil}, {"b", nil}, {"c", nil}}},
		{"show-up", "", []string{"period", "no_shows"}, [][]any{{"a", nil}, {"b", nil}, {"c", nil}}},
	} {
		if diff := cmp.Diff(c.want, pickColumns(t, w.run(c.report, c.query), c.columns...)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.report, diff)
		}
	}
}
