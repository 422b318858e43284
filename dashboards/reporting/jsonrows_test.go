package reporting

import (
	"encoding/json"
	"fmt"
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// Rows are written as encoding/json writes them, only faster.
func TestJSONRowsAreThoseOfEncodingJSON(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.OneOf(
			rapid.String().AsAny(), rapid.StringMatching(`[a-zA-Z0-9 _.:<>&"\\/-]{0,40}`).AsAny(), rapid.Int64().AsAny(), rapid.Bool().AsAny(),
			rapid.Float64Range(-math.MaxFloat64, math.MaxFloat64).AsAny(), rapid.Just[any](nil),
		).Draw(t, "value")
		name := rapid.String().Draw(t, "name")
		rows, err := newJSONRows([]Column{{Name: name}}, [][]any{{value}, {value}}, time.UTC)
		if err != nil {
			t.Fatal(err)
		}
		got, err := rows.array()
		if err != nil {
			t.Fatal(err)
		}
		want, err := json.Marshal([]map[string]any{{name: value}, {name: value}})
		if err != nil {
			t.Fatal(err)
		}
		if string(got) != string(want) {
			t.Fatalf("%s, want %s", got, want)
		}
	})
}

func BenchmarkJSONRows(b *testing.B) {
	columns := []Column{{Name: "person_id"}, {Name: "joined_at", Type: DateTime}, {Name: "gatherings", Type: Integer}, {Name: "faculty"}}
	rows := make([][]any, 10_000)
	for i := range rows {
		rows[i] = []any{fmt.Sprint("p-", i), time.Unix(int64(i), 0).UTC(), int64(i), nil}
	}
	b.ReportAllocs()
	for b.Loop() {
		list, err := newJSONRows(columns, rows, time.UTC)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := list.array(); err != nil {
			b.Fatal(err)
		}
	}
}
