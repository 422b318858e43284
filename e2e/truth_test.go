package e2e_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// fact is one event of the tests, with what an envelope needs.
type fact struct {
	id, typ, time string
	extra         map[string]any // further attributes
	data          map[string]any
}

func (f fact) json(t *testing.T) string {
	t.Helper()
	event := map[string]any{
		"specversion": "1.0", "id": f.id, "source": "/truth", "type": f.typ, "time": f.time, "data": f.data,
	}
	maps.Copy(event, f.extra)
	encoded, err := json.Marshal(event)
	if err != nil {
		t.Fatal(err)
	}
	return string(encoded)
}

func present(id, gathering, person, at string) fact {
	return fact{id: id, typ: "attendance.recorded.v1", time: at, data: map[string]any{
		"gathering_id": gathering, "person_id": person, "present": true, "role": "participant", "method": "desk",
	}}
}

// hardTruths are events that are easily counted wrong: dates of two centuries,
// ids in any script, corrections, voids before and after their facts, merges in
// chains and cycles, one id with two contents.
func hardTruths() []fact {
	void := func(f fact, id string, revision int) fact {
		return fact{id: id, typ: f.typ, time: f.time, extra: map[string]any{"voided": true, "reason": "mistake", "revision": revision},
			data: map[string]any{"gathering_id": f.data["gathering_id"], "person_id": f.data["person_id"]}}
	}
	absent := func(f fact, id string, revision int) fact {
		f.id, f.extra = id, map[string]any{"revision": revision}
		data := map[string]any{}
		maps.Copy(data, f.data)
		data["present"] = false
		f.data = data
		return f
	}
	merge := func(id, from, into string) fact {
		return fact{id: id, typ: "member.merged.v1", time: "2024-01-01T00:00:00Z", data: map[string]any{"from_id": from, "into_id": into, "evidence": "manual"}}
	}
	mistaken := present("h10", "scripts", "p-mistaken", "2024-01-02T10:00:00Z")
	corrected := present("h11", "scripts", "p-corrected", "2024-01-02T10:00:00Z")
	conflict := present("h30", "conflict", "p-first", "2024-03-01T10:00:00Z")
	other := present("h30", "conflict", "p-second", "2024-03-01T10:00:00Z")
	return []fact{
		present("h1", "first-day", "p1", "1900-01-01T00:00:00Z"), present("h2", "last-day", "p1", "2100-12-31T23:59:59.999Z"),
		present("h3", "before-1970", "p1", "1969-12-31T23:59:59.999Z"),
		present("h4", "scripts", "Мария-1", "2024-01-02T10:00:00Z"), present("h5", "scripts", "山田", "2024-01-02T10:00:00+14:00"),
		present("h6", "scripts", "🎓'\"\\%_`{}", "2024-01-02T10:00:00.123456789Z"), present("h7", "scripts", "p,1;2\u2028", "2024-01-02T10:00:00Z"),
		mistaken, void(mistaken, "h12", 1),
		void(present("", "scripts", "p-never", "2024-01-02T10:00:00Z"), "h13", 5), present("h14", "scripts", "p-never", "2024-01-02T10:00:00Z"),
		corrected, absent(corrected, "h15", 1),
		merge("h20", "m-a", "m-b"), merge("h21", "m-b", "m-c"), merge("h22", "x-a", "x-b"), merge("h23", "x-b", "x-a"),
		present("h24", "merged", "m-a", "2024-02-01T10:00:00Z"), present("h25", "merged", "m-b", "2024-02-01T10:00:00Z"), present("h26", "merged", "m-c", "2024-02-01T10:00:00Z"),
		present("h27", "merged", "x-a", "2024-02-01T10:00:00Z"), present("h28", "merged", "x-b", "2024-02-01T10:00:00Z"),
		conflict, other,
	}
}

// TestHardTruths publishes the same history into several tenants, each in an
// order, batching and mode of its own, some of it twice, and expects the same
// figures, and the right ones.
func TestHardTruths(t *testing.T) {
	t.Parallel()
	h := open(t)
	const tenants = 6
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 1))
	for n := range tenants {
		facts := hardTruths()
		if n > 0 {
			facts = append(facts, facts...)
			random.Shuffle(len(facts), func(i, j int) { facts[i], facts[j] = facts[j], facts[i] })
		} else {
			slices.Reverse(facts)
		}
		for len(facts) > 0 {
			size := min(len(facts), 1+random.IntN(12))
			var lines []string
			for _, f := range facts[:size] {
				lines = append(lines, f.json(t))
			}
			facts = facts[size:]
			status, body := h.do(http.MethodPost, fmt.Sprintf("/v1/events?tenant=t%d", n), "", "application/x-ndjson", strings.Join(lines, "\n"))
			if status != http.StatusAccepted || strings.Contains(string(body), `"rejected":1`) {
				t.Fatalf("%d %s", status, body)
			}
		}
	}
	h.settled()
	for n := range tenants {
		query := fmt.Sprintf("tenant=t%d", n)
		got := map[string]string{}
		for _, row := range h.rows("attendance", query) {
			got[fmt.Sprint(row["gathering_id"])] = fmt.Sprint(row["attended"])
		}
		// The last day is yet to come.
		want := map[string]string{"first-day": "1", "last-day": "<nil>", "before-1970": "1", "scripts": "4", "merged": "2", "conflict": "2"}
		for gathering, attended := range want {
			if got[gathering] != attended {
				t.Errorf("t%d: %s has %s attended, want %s", n, gathering, got[gathering], attended)
			}
		}
		if len(got) != len(want) {
			t.Errorf("t%d: %v", n, got)
		}
		expectQuality(t, h.rows("data-quality", query), n)
	}
	// However they came, all tenants have the same reports.
	for _, report := range []string{"lifecycle?grain=year&", "absence-factor?", "retention?grain=year&", "stickiness?", "first-timer-share?"} {
		var first string
		for n := range tenants {
			name, query, _ := strings.Cut(report, "?")
			encoded, err := json.Marshal(h.rows(name, fmt.Sprintf("%stenant=t%d", query, n)))
			if err != nil {
				t.Fatal(err)
			}
			if n == 0 {
				first = string(encoded)
			} else if string(encoded) != first {
				t.Errorf("%s differs for t%d:\n%s\n%s", name, n, first, encoded)
			}
		}
	}
}

// expectQuality checks what the data-quality report says of duplicates and conflicts.
func expectQuality(t *testing.T, rows []map[string]any, tenant int) {
	t.Helper()
	events := len(hardTruths())
	wantDuplicates := events
	if tenant == 0 {
		wantDuplicates = 0
	}
	for _, row := range rows {
		switch row["check"] {
		case "duplicates":
			if fmt.Sprint(row["records"]) != strconv.Itoa(wantDuplicates) {
				t.Errorf("t%d: %v duplicates, want %d", tenant, row["records"], wantDuplicates)
			}
		case "identity_conflicts":
			if fmt.Sprint(row["records"]) != "1" {
				t.Errorf("t%d: %v identity conflicts, want 1", tenant, row["records"])
			}
		}
	}
}

// TestLoneEventIsSeenWithinASecond publishes one event and reads it back.
func TestLoneEventIsSeenSoon(t *testing.T) {
	t.Parallel()
	h := open(t)
	status, body := h.do(http.MethodPost, "/v1/events", "", "application/cloudevents+json", present("1", "g", "p", "2024-01-01T00:00:00Z").json(t))
	if status != http.StatusAccepted {
		t.Fatalf("%d %s", status, body)
	}
	began := time.Now()
	eventually(t, 30*time.Second, "the event to be counted", func() error {
		if rows := h.rows("attendance", ""); len(rows) != 1 || fmt.Sprint(rows[0]["attended"]) != "1" {
			return fmt.Errorf("%v", rows)
		}
		return nil
	})
	t.Logf("seen after %s", time.Since(began))
}
