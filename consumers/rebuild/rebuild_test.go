package rebuild_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/turnout/turnout/consumers"
	"github.com/turnout/turnout/consumers/audit"
	"github.com/turnout/turnout/consumers/audit/audittest"
	"github.com/turnout/turnout/consumers/consumerstest"
	"github.com/turnout/turnout/consumers/rebuild"
	"github.com/turnout/turnout/internal/stream"
	"github.com/turnout/turnout/internal/warehouse"
)

type house struct{ *audittest.House }

// community publishes packs of attendances of two communities, corrections and voids among them.
func community(t testing.TB) house {
	t.Helper()
	h := house{audittest.New(t)}
	h.Start()
	for p := range 4 {
		events := make([][]byte, 50)
		for i := range events {
			events[i] = audittest.Attendance(fmt.Sprintf("a%d-%d", p, i), fmt.Sprint("g", p), fmt.Sprintf("p%d", i), "")
		}
		h.Store(events...)
	}
	h.Store(
		audittest.Attendance("fix", "g1", "p1", `,"revision":1`),
		audittest.Attendance("void", "g1", "p2", `,"revision":1,"voided":true,"reason":"mistake"`),
		other("o1", "g1", "p1"), other("o2", "g1", "p2"),
	)
	h.Drained()
	return h
}

func other(id, gathering, person string) []byte {
	return audittest.Event("other", id, "attendance.recorded.v1",
		fmt.Sprintf(`{"gathering_id":%q,"person_id":%q,"present":true,"role":"participant","method":"sheet"}`, gathering, person), "")
}

func (h house) rebuilder() *rebuild.Rebuilder {
	h.T.Helper()
	rollups, err := warehouse.NewRollups(h.DB, h.Registry)
	consumerstest.Must(h.T, err)
	r, err := rebuild.New(rebuild.Config{
		Stream: h.JS, DB: h.DB, Registry: h.Registry, Auditor: h.Auditor(), Rollups: rollups, Notes: stream.NewDirty(h.JS),
	})
	consumerstest.Must(h.T, err)
	return r
}

func (h house) rebuild(request rebuild.Request) *rebuild.Result {
	h.T.Helper()
	result, err := h.rebuilder().Run(h.T.Context(), request, func(string, uint64, uint64) {})
	consumerstest.Must(h.T, err)
	return result
}

// fact puts a changed copy of a fact among the facts.
func (h house) fact(tenant, key, change string) {
	h.T.Helper()
	h.Exec(fmt.Sprintf("INSERT INTO facts SELECT * REPLACE (%s) FROM facts FINAL WHERE tenant = '%s' AND key = '%s'", change, tenant, key))
}

// figures is all that readers see of the facts, beside when something was received.
const figures = "SELECT groupArray(line) FROM (SELECT toString((tenant, kh, version, type, id, content_hash, person, voided, data, present)) AS line FROM facts FINAL ORDER BY tenant, kh)"

func TestRebuildPutsFactsRight(t *testing.T) {
	t.Parallel()
	h := community(t)
	sound := h.Ask(figures)
	h.Exec(`DELETE FROM facts WHERE tenant = 'acme' AND key IN ('["g1","p5"]', '["g1","p2"]')`)
	h.fact("acme", `["g1","p6"]`, "kh + 1 AS kh")
	h.fact("acme", `["g1","p7"]`, "version + 1 AS version, true AS voided")
	h.fact("acme", `["g1","p7"]`, "version + 2 AS version, 'x' AS person") // one below the other
	h.fact("acme", `["g1","p8"]`, "'else' AS person")
	h.fact("other", `["g1","p1"]`, "'else' AS person")
	if r := h.Audit(audit.Request{}); r.OK || r.Facts.Differing != 6 {
		t.Fatalf("%+v", r)
	}

	result := h.rebuild(rebuild.Request{Tenant: "acme", Facts: true})
	if *result.Facts != (rebuild.Facts{Missing: 2, Changed: 2, Extra: 1}) {
		t.Errorf("%+v", result.Facts)
	}
	if r := h.Audit(audit.Request{Tenant: "acme"}); !r.OK {
		t.Errorf("acme is not right: %+v", r)
	}
	if r := h.Audit(audit.Request{}); r.Facts.Differing != 1 {
		t.Errorf("another community was touched: %+v", r)
	}
	h.rebuild(rebuild.Request{Facts: true})
	if r := h.Audit(audit.Request{Deep: true}); !r.OK {
		t.Errorf("%+v", r)
	}
	if got := h.Ask(figures); got != sound {
		t.Errorf("got  %s\nwant %s", got, sound)
	}
	if result := h.rebuild(rebuild.Request{Facts: true}); *result.Facts != (rebuild.Facts{}) {
		t.Errorf("the second time there was something to do: %+v", result.Facts)
	}
}

func TestRebuildPutsRollupsRight(t *testing.T) {
	t.Parallel()
	h := community(t)
	if r := h.Audit(audit.Request{}); !r.OK || r.Rollups.Checked == 0 {
		t.Fatalf("%+v", r)
	}
	const months = "SELECT groupArray(line) FROM (SELECT toString((tenant, month, person, experiential, attended, day)) AS line FROM rollup_months FINAL WHERE notEmpty(person) ORDER BY tenant, month)"
	sound := h.Ask(months)
	h.RollupPatience = time.Second
	for _, damage := range []string{
		"INSERT INTO rollup_months SELECT * REPLACE (['nobody'] AS person, [7] AS experiential) FROM rollup_months FINAL WHERE tenant = 'acme' AND month = '2022-05-01'",
		"INSERT INTO rollup_months SELECT * REPLACE (addYears(month, 1) AS month) FROM (SELECT * FROM rollup_months FINAL WHERE tenant = 'acme' AND month = '2022-05-01')",
		"INSERT INTO rollup_months SELECT * REPLACE (version + 1000 AS version, [] AS person) FROM rollup_months FINAL WHERE tenant = 'other' AND month = '2022-05-01'",
		"DELETE FROM rollup_months WHERE tenant = 'acme'",
	} {
		h.Exec(damage)
		if r := h.Audit(audit.Request{}); r.OK || r.Rollups.Differing != 1 {
			t.Errorf("%s: %+v", damage, r)
		}
		if result := h.rebuild(rebuild.Request{Rollups: true}); result.Rollups.Communities != 2 || result.Facts != nil {
			t.Errorf("%+v", result)
		}
		if r := h.Audit(audit.Request{}); !r.OK {
			t.Errorf("rebuilt after %s: %+v", damage, r)
		}
		if got := h.Ask(months); got != sound {
			t.Errorf("got  %s\nwant %s", got, sound)
		}
	}
}

// TestEmptyFactsAreFilled loses the whole table.
func TestEmptyFactsAreFilled(t *testing.T) {
	t.Parallel()
	h := community(t)
	sound := h.Ask(figures)
	h.Exec("TRUNCATE TABLE facts")
	h.rebuild(rebuild.Request{Facts: true})
	if got := h.Ask(figures); got != sound {
		t.Errorf("got  %s\nwant %s", got, sound)
	}
}

// TestReadersSeeCompleteFiguresMeanwhile rebuilds again and again while events arrive, revisions of the same keys among them. At every
// moment a reader sees every fact that was not spoiled, and at the end the facts are what the log says.
func TestReadersSeeCompleteFiguresMeanwhile(t *testing.T) {
	t.Parallel()
	h := community(t)
	ctx, stop := context.WithCancel(t.Context())
	var background sync.WaitGroup
	background.Add(2)
	var low string
	go func() { // a reader
		defer background.Done()
		for ctx.Err() == nil && low == "" {
			rows, err := h.DB.Conn().Query(ctx, "SELECT count(), countIf(voided) FROM facts FINAL WHERE tenant = 'acme' AND kh IN (SELECT kh FROM events WHERE id LIKE 'a%' AND id NOT IN ('a0-10', 'a0-11'))")
			if err != nil {
				continue // the test is over
			}
			var all, voided uint64
			for rows.Next() {
				if rows.Scan(&all, &voided) == nil && (all != 198 || voided != 1) {
					low = fmt.Sprintf("a reader saw %d facts, %d voided", all, voided)
				}
			}
			_ = rows.Close()
		}
	}()
	published := 0
	go func() { // publishers
		defer background.Done()
		ticker := time.NewTicker(20 * time.Millisecond)
		defer ticker.Stop()
		for n := 0; ctx.Err() == nil && n < 200; n++ {
			<-ticker.C
			h.Store(
				audittest.Attendance(fmt.Sprint("n", n), "g9", fmt.Sprint("p", n), ""),
				audittest.Attendance(fmt.Sprint("r", n), "g3", "p3", fmt.Sprintf(`,"revision":%d`, n+1)),
			)
			published++
		}
	}()
	for round := range 2 {
		h.fact("acme", fmt.Sprintf(`["g2","p%d"]`, round), "kh + 1 AS kh")
		h.fact("acme", fmt.Sprintf(`["g0","p%d"]`, round+10), "version + 1 AS version")
		h.rebuild(rebuild.Request{Facts: true})
	}
	stop()
	background.Wait()
	h.Drained()
	if low != "" {
		t.Error(low)
	}
	if published < 4 {
		t.Errorf("only %d packs were published meanwhile", published)
	}
	if r := h.Audit(audit.Request{Deep: true}); !r.OK || r.Facts.Checked != uint64(202+published) {
		t.Errorf("%d published: %+v", published, r)
	}
}

func TestReplayBringsBackAndChangesNothing(t *testing.T) {
	t.Parallel()
	h := community(t)
	last := h.Store([]byte(`{"no":"event"}`), audittest.Event("acme", "bad", "attendance.recorded.v1", `{}`, ""))
	h.Drained()
	consumerstest.Must(t, h.DB.InsertDeadLetters(t.Context(), []warehouse.DeadLetter{{Tenant: "acme", ID: stream.LetterID(last, 1), State: warehouse.LetterDiscarded, Seq: last, Index: 1}}))
	consumerstest.Must(t, h.Letters.Discard(t.Context(), stream.LetterID(last, 1)))
	numbers := []string{
		figures, "SELECT count() FROM events FINAL", "SELECT groupBitmapMerge(received) FROM receipts",
		"SELECT groupArray((id, state)) FROM (SELECT id, state FROM dead_letters FINAL ORDER BY id)",
	}
	var before []string
	for _, query := range numbers {
		before = append(before, h.Ask(query))
	}
	same := func(when string) {
		t.Helper()
		for i, query := range numbers {
			if got := h.Ask(query); got != before[i] {
				t.Errorf("%s: %s\n got %s\nwant %s", when, query, got, before[i])
			}
		}
		if n, err := h.Letters.Count(t.Context(), ""); err != nil || n != 1 {
			t.Errorf("%s: %d dead letters, %v", when, n, err)
		}
	}
	done := h.replay(rebuild.Span{})
	if done.Messages != 6 || done.Events != 206 || done.DeadLetters != 2 {
		t.Errorf("%+v", done)
	}
	same("replayed")

	h.Exec("DELETE FROM events WHERE id IN ('a1-5', 'a2-7')")
	h.Exec(`DELETE FROM facts WHERE key = '["g2","p7"]'`)
	h.Exec("TRUNCATE TABLE receipts")
	if r := h.Audit(audit.Request{Deep: true}); r.OK {
		t.Errorf("%+v", r)
	}
	done = h.replay(rebuild.Span{From: 2, To: 3})
	if done.First != 2 || done.Last != 3 || done.Messages != 2 {
		t.Errorf("%+v", done)
	}
	if r := h.Audit(audit.Request{Deep: true}); !r.OK {
		t.Errorf("%+v", r)
	}
	h.replay(rebuild.Span{FromTime: time.Now().Add(-time.Hour), ToTime: time.Now()})
	same("brought back")
	if done := h.replay(rebuild.Span{FromTime: time.Now().Add(time.Hour)}); done.Messages != 0 {
		t.Errorf("the future was replayed: %+v", done)
	}
}

func (h house) replay(span rebuild.Span) consumers.Replayed {
	h.T.Helper()
	var steps []string
	done, err := rebuild.Replay(h.T.Context(), h.Config(), h.DB, span, func(step string, _, _ uint64) { steps = append(steps, step) })
	consumerstest.Must(h.T, err)
	if !strings.Contains(strings.Join(steps, ","), "read the stream again") {
		h.T.Errorf("no progress was told: %v", steps)
	}
	return *done
}
