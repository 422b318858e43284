package audit_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/turnout/turnout/consumers/audit"
	"github.com/turnout/turnout/consumers/audit/audittest"
)

// community publishes what an audit has to cope with: several communities, corrections, voids, duplicates, a conflict and dead letters.
func community(t testing.TB) *audittest.House {
	t.Helper()
	h := audittest.New(t)
	h.Start()
	for p := range 5 {
		events := make([][]byte, 30)
		for i := range events {
			events[i] = audittest.Attendance(fmt.Sprintf("a%d-%d", p, i), fmt.Sprint("g", p), fmt.Sprintf("p%d-%d", p, i), "")
		}
		h.Store(events...)
		h.Store(events[:10]...) // sent again
	}
	h.Store(
		audittest.Attendance("fix", "g1", "p1-1", `,"revision":1`),
		audittest.Attendance("void", "g1", "p1-2", `,"revision":1,"voided":true,"reason":"mistake"`),
		audittest.Attendance("a2-3", "g9", "other", ""), // one id, another content
		audittest.Event("other", "m1", "member.registered.v1", `{"person_id":"p1","kind":"alumnus","joined_at":"2020-01-01T00:00:00Z","status":"ambassador"}`, ""),
		audittest.Event("acme", "bad1", "attendance.recorded.v1", `{"gathering_id":"g1"}`, ""),
		audittest.Event("other", "bad2", "attendance.recorded.v1", `{"gathering_id":"g1"}`, ""),
		[]byte(`{"no":"event"}`),
	)
	h.Drained()
	return h
}

func TestSoundHouseIsGreen(t *testing.T) {
	t.Parallel()
	h := community(t)
	r := h.Audit(audit.Request{Deep: true})
	if !r.OK || len(r.Differences) > 0 {
		t.Errorf("not ok: %+v", r)
	}
	if r.Stored != 154 || r.DeadLetters != 3 || r.Conflicts != 1 || r.Duplicates != 0 || *r.Missing != 0 || *r.Unknown != 0 {
		t.Errorf("%+v", r)
	}
	if r.Rollups.Checked != 2 || r.Rollups.Differing != 0 {
		t.Errorf("rollups: %+v", r.Rollups)
	}
	if r.Facts.Checked != 152 || r.Facts.Differing != 0 || r.Stream.Last != 11 || r.Stream.First != 1 || r.Stream.Messages != 11 {
		t.Errorf("%+v", r)
	}
	r = h.Audit(audit.Request{Deep: true, Tenant: "other"})
	if !r.OK || r.Stored != 1 || r.DeadLetters != 1 || r.Facts.Checked != 1 {
		t.Errorf("%+v", r)
	}
}

// spoiled is something wrong with a house, and what an audit says of it.
type spoiled struct {
	by    string // a statement
	kind  string
	where string
}

func fact(person, change string) string {
	return fmt.Sprintf("INSERT INTO facts SELECT * REPLACE (%s) FROM facts FINAL WHERE key = '[\"g1\",%q]'", change, person)
}

// row puts a changed copy of a person's event into the log, and by the view into the facts: under a key of its own.
func row(person, change string) string {
	return fmt.Sprintf("INSERT INTO events SELECT * REPLACE (kh + cityHash64(id) AS kh, %s) FROM events FINAL WHERE key = '[\"g1\",%q]'", change, person)
}

// damages are what somebody may do to the tables by hand: each to a key of its own.
func damages() []spoiled {
	return []spoiled{
		{`DELETE FROM facts WHERE key = '["g1","p1-5"]'`, audit.KindFactMissing, `["g1","p1-5"]`},
		{fact("p1-6", "kh + 1 AS kh"), audit.KindFactExtra, `["g1","p1-6"]`},
		{fact("p1-7", "version + 1 AS version"), audit.KindFactChanged, `["g1","p1-7"]`},
		{fact("p1-8", "'else' AS person"), audit.KindFactChanged, `["g1","p1-8"]`},
		{fact("p1-9", "true AS voided"), audit.KindFactChanged, `["g1","p1-9"]`},
		{fact("p1-10", "NULL AS present"), audit.KindFactChanged, `["g1","p1-10"]`},
		{row("p1-11", "addYears(time, 1) AS time"), audit.KindDuplicate, "id a1-11"},
		{"DELETE FROM events WHERE id = 'a1-15'", audit.KindEventMissing, "message 3, event 15"},
		{"DELETE FROM events WHERE id = 'a3-5'", audit.KindEventMissing, "message 7, event 5"},
		{"", audit.KindEventMissing, "message 8, event 5"}, // the same, sent again
		{"", audit.KindFactExtra, `["g1","p1-15"]`},        // nothing says it any more
		{"", audit.KindFactExtra, `["g3","p3-5"]`},
		{row("p1-16", "'invented' AS id, 3 AS stream_seq, 7 AS pack_index"), audit.KindEventUnknown, "message 3, event 7"},
		{row("p1-17", "'invented too' AS id, 0 AS stream_seq, 0 AS pack_index"), audit.KindEventUnknown, "message 0, event 0"},
		{row("p1-18", "'invented at last' AS id, 4000 AS stream_seq, 0 AS pack_index"), audit.KindEventUnknown, "message 4000, event 0"},
		{"INSERT INTO rollup_months SELECT * REPLACE ([] AS person) FROM rollup_months FINAL WHERE tenant = 'acme' AND notEmpty(person)", audit.KindRollupDiffers, "month 2022-05-01"},
		{"DELETE FROM dead_letters WHERE id = '11-4'", audit.KindLetterUnshown, "11-4"},
		{"INSERT INTO dead_letters (tenant, id, state) VALUES ('acme', '11-3', 'open')", audit.KindLetterLost, "11-3"},
		{"INSERT INTO dead_letters (tenant, id, state) VALUES ('', '11-6', 'discarded')", audit.KindLetterReopened, "11-6"},
	}
}

// TestEveryDamageIsRed spoils a house by hand, in each way that an audit looks for: each is told, and nothing else.
func TestEveryDamageIsRed(t *testing.T) {
	t.Parallel()
	h := community(t)
	for _, d := range damages() {
		if d.by != "" {
			h.Exec(d.by)
		}
	}
	r := h.Audit(audit.Request{Deep: true})
	told := map[string]bool{}
	for _, d := range r.Differences {
		told[d.Kind+" "+d.Where] = true
		if d.Sentence == "" || d.Hint == "" {
			t.Errorf("%+v says too little", d)
		}
	}
	for _, d := range damages() {
		found := false
		for words := range told {
			if strings.HasPrefix(words, d.kind) && strings.HasSuffix(words, d.where) {
				delete(told, words)
				found = true
			}
		}
		if !found {
			t.Errorf("%s at %s is not told, after %s", d.kind, d.where, d.by)
		}
	}
	for words := range told {
		t.Errorf("told without need: %s", words)
	}
	if r.OK || r.Facts.Differing != r.Counts[audit.KindFactMissing]+r.Counts[audit.KindFactExtra]+r.Counts[audit.KindFactChanged] || *r.Missing != 3 || *r.Unknown != 3 {
		t.Errorf("%+v", r)
	}
	if other := h.Audit(audit.Request{Deep: true, Tenant: "other"}); !other.OK {
		t.Errorf("another community is blamed: %+v", other)
	}
}

func TestRollupsAgainstFacts(t *testing.T) {
	t.Parallel()
	h := community(t)
	h.Store(audittest.Attendance("early", "g0", "p1", `,"time":"2021-03-01T12:00:00Z"`))
	h.Drained()
	if r := h.Audit(audit.Request{}); !r.OK || r.Rollups.Checked != 3 {
		t.Fatalf("%+v", r)
	}
	h.RollupPatience = time.Second
	spoil := func(statement, kind, where string) {
		t.Helper()
		h.Exec(statement)
		r := h.Audit(audit.Request{Tenant: "acme"})
		if r.OK || len(r.Differences) != 1 || r.Differences[0].Kind != kind || r.Differences[0].Where != where || r.Rollups.Differing != 1 {
			t.Errorf("%s: %+v", statement, r)
		}
	}
	spoil("INSERT INTO rollup_months SELECT * REPLACE (addMonths(month, 1) AS month) FROM (SELECT * FROM rollup_months FINAL WHERE tenant = 'acme' AND month = '2022-05-01')",
		audit.KindRollupDiffers, "month 2022-06-01")
	h.Exec("DELETE FROM rollup_months WHERE month = '2022-06-01'")
	spoil("DELETE FROM rollup_months WHERE tenant = 'acme' AND month = '2021-03-01'", audit.KindRollupDiffers, "month 2021-03-01")
	spoil("DELETE FROM rollup_months WHERE tenant = 'acme'", audit.KindRollupForgotten, "all months")
}

func TestKeysSeenTwice(t *testing.T) {
	t.Parallel()
	h := community(t)
	h.Exec("RENAME TABLE facts TO facts_before")
	h.Exec("CREATE TABLE facts AS facts_before ENGINE = ReplacingMergeTree(version) ORDER BY (tenant, kh, version)")
	h.Exec("INSERT INTO facts SELECT " + "* FROM facts_before FINAL")
	h.Exec(fact("p1-5", "version + 1 AS version"))
	r := h.Audit(audit.Request{})
	if r.OK || r.Counts[audit.KindFactTwice] != 1 {
		t.Errorf("%+v", r)
	}
}

func TestUnacknowledgedIsRed(t *testing.T) {
	t.Parallel()
	h := audittest.New(t)
	h.Store(audittest.Attendance("a", "g", "p", ""))
	if r := h.Audit(audit.Request{}); r.OK || r.Stream.Pending != 1 || r.Counts[audit.KindPending] != 1 {
		t.Errorf("no consumer ever ran: %+v", r)
	}
	stop := h.Start()
	h.Drained()
	stop()
	h.Store(audittest.Attendance("b", "g", "q", ""))
	if r := h.Audit(audit.Request{}); r.OK || r.Stream.Pending != 1 || r.Counts[audit.KindPending] != 1 {
		t.Errorf("the consumer stopped: %+v", r)
	}
}
