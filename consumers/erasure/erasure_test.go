package erasure_test

import (
	"fmt"
	"testing"

	"github.com/turnout/turnout/consumers/consumerstest"
	"github.com/turnout/turnout/internal/erasures"
	"github.com/turnout/turnout/internal/stream"
	"github.com/turnout/turnout/internal/tenants"
)

// attendance is a line of somebody's presence at a gathering.
func attendance(tenant, id, gathering, person string) string {
	return fmt.Sprintf(`%s attendance.recorded %s {"gathering_id":%q,"person_id":%q,"present":true,"role":"participant","method":"sheet"}`, tenant, id, gathering, person)
}

func registered(tenant, id, person, more string) string {
	return fmt.Sprintf(`%s member.registered %s {"person_id":%q,"kind":"alumnus","joined_at":"2022-01-01T00:00:00Z","status":"candidate"%s}`, tenant, id, person, more)
}

// world publishes what the tests erase somebody from: x-1 is the person, x-2 was merged into them.
func (h *house) world(tenant string) {
	h.T.Helper()
	h.Pack(events(h.T,
		registered(tenant, "r1", "x-1", ""), registered(tenant, "r2", "p-2", `,"invited_by":"x-1"`), registered(tenant, "r3", "p-3", ""),
		attendance(tenant, "a1", "g1", "x-1"), attendance(tenant, "a2", "g1", "p-2"), attendance(tenant, "a3", "g1", "p-3"), attendance(tenant, "a4", "g2", "x-2"),
	)...)
	h.Publish(events(h.T,
		attendance(tenant, "a5", "g2", "p-2"), attendance(tenant, "a6", "g3", "x-1"),
		tenant+` member.merged m1 {"from_id":"x-2","into_id":"x-1","evidence":"email"}`,
		tenant+` opportunity.published o1 {"opportunity_id":"o1","kind":"internship","employer_id":"e","ambassador_id":"x-1","positions":2,"state":"open","opens":"2023-01-01"}`,
	)...)
}

func TestAPersonIsErasedEverywhere(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.consume()
	h.world("acme")
	h.world("other") // the same ids are other persons there
	h.Raw(stream.EventSubject("acme", "attendance.recorded.v1"), stream.MediaStructured, []byte(`{"specversion":"1.0","id":"bad","source":"test","type":"attendance.recorded.v1","time":"2022-05-27T18:00:00Z","data":{"person_id":"x-1"}}`))
	h.Raw(stream.EventSubject("acme", "attendance.recorded.v1"), stream.MediaStructured, []byte(`{"specversion":"1.0","id":"broken","data":{"person_id":"x-2"`))
	h.request("acme", "x-1", "er-1")
	h.request("acme", "nobody", "er-2")
	h.Drained()
	h.Expect("SELECT count() FROM dead_letters FINAL", "2")
	h.erase()
	other, err := h.store.Request(t.Context(), "acme", "er-2")
	consumerstest.Must(t, err)
	if r := other.Receipt; r == nil || r.Removed.StreamEvents != 1 || r.Removed.Log != 1 || r.Removed.DeadLetters != 0 {
		t.Errorf("of nobody but the request is there, and the receipt says %+v", r)
	}

	h.Expect("SELECT arraySort(groupArray((gathering_id, person_id))) FROM attendance WHERE tenant = 'acme'", "[('g1','p-2'),('g1','p-3'),('g2','p-2')]")
	h.Expect("SELECT arraySort(groupArray(person_id)) FROM members WHERE tenant = 'acme'", "['p-2','p-3']")
	h.Expect("SELECT (positions, ambassador_id) FROM opportunity_published WHERE tenant = 'acme'", "(2,'')")
	h.Expect("SELECT count() FROM person_aliases WHERE tenant = 'acme'", "0")
	h.Expect("SELECT (count(), uniqExact(person_id)) FROM attendance WHERE tenant = 'other'", "(6,3)")
	h.Expect("SELECT count() FROM dead_letters FINAL", "0")
	h.Expect("SELECT count() FROM events FINAL WHERE tenant = 'acme' AND (data LIKE '%x-1%' OR data LIKE '%x-2%' OR person LIKE 'x-%')", "0")
	request, err := h.store.Request(t.Context(), "acme", "er-1")
	consumerstest.Must(t, err)
	if request.State != erasures.StateDone || request.Receipt == nil {
		t.Fatalf("the request is %+v", request)
	}
	r := request.Receipt
	if r.Removed.StreamEvents == 0 || r.Removed.Log == 0 || r.Removed.Facts == 0 || r.Removed.DeadLetters != 2 || r.Ids != 2 || r.Passes != 2 || !r.Checked.Log {
		t.Errorf("the receipt is %+v", r)
	}
	if r.PersonHash != h.store.Hash("acme", "x-1") || !h.store.Holds("acme", "x-2") || h.store.Holds("other", "x-1") {
		t.Error("the list does not hold the person, or holds somebody else")
	}
	h.Expect("SELECT (person_id, request_id) FROM member_erased WHERE request_id = 'er-1'", fmt.Sprintf("('erased-%s','er-1')", r.PersonHash))
	// Received is what it was, of which those that are gone are known.
	h.Expect(`SELECT (groupBitmapMerge(received)) FROM receipts WHERE tenant = 'acme'`, "15")
	h.Expect(`SELECT (SELECT groupBitmapMerge(received) FROM receipts WHERE tenant = 'acme') - (SELECT groupBitmapMerge(received) FROM erased_receipts WHERE tenant = 'acme')
		- (SELECT count() FROM events FINAL WHERE tenant = 'acme')`, "0")
}

func TestTheErasedDoNotComeBack(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.consume()
	h.world("acme")
	h.request("acme", "x-1", "er-1")
	h.erase()
	before := h.Ask("SELECT arraySort(groupArray((source, id, content_hash))) FROM events FINAL")
	h.world("acme") // a source sends everything again
	h.request("acme", "x-1", "er-1")
	h.Raw(stream.EventSubject("acme", "attendance.recorded.v1"), "", []byte(`{"specversion":"1.0","id":"bad","data":{"person_id":"x-2"}}`))
	h.Publish(event(t, attendance("acme", "late", "g9", "x-2")))
	h.erase()
	if after := h.Ask("SELECT arraySort(groupArray((source, id, content_hash))) FROM events FINAL"); after != before {
		t.Errorf("the log was\n%s\nand is\n%s", before, after)
	}
	h.Expect("SELECT count() FROM dead_letters", "0")
	h.nowhere(`x-1`)
	h.nowhere(`x-2`)
}

func TestAMergeWithAnErasedPersonErasesTheOtherId(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.consume()
	h.world("acme")
	h.request("acme", "x-1", "er-1")
	h.erase()
	h.Publish(event(t, attendance("acme", "z", "g1", "z-9")), event(t, `acme member.merged m9 {"from_id":"z-9","into_id":"x-1","evidence":"manual"}`))
	h.erase()
	h.nowhere("z-9")
	if !h.store.Holds("acme", "z-9") {
		t.Error("z-9 may come back")
	}
}

func TestAnonymisedFiguresStayTheSame(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.policies["acme"] = tenants.PolicyAnonymise
	h.consume()
	h.world("acme")
	h.Drained()
	figures := func() string {
		return h.Ask(`SELECT ((SELECT groupArray((g, n, present)) FROM (SELECT gathering_id AS g, uniqExact(person_id) AS n, sum(present) AS present FROM attendance GROUP BY g ORDER BY g)),
			(SELECT (count(), countIf(ambassador_id != '')) FROM opportunity_published), (SELECT count() FROM members),
			(SELECT (uniqExact(person_id), count()) FROM acts), (SELECT countIf(invited_by != '') FROM member_registered), (SELECT count() FROM person_aliases))`)
	}
	before := figures()
	h.request("acme", "x-1", "er-1")
	h.erase()
	if after := figures(); after != before {
		t.Errorf("the figures were\n%s\nand are\n%s", before, after)
	}
	h.nowhere("x-1")
	h.nowhere("x-2")
	h.world("acme")
	h.erase()
	if after := figures(); after != before {
		t.Errorf("after a repetition the figures were\n%s\nand are\n%s", before, after)
	}
	h.nowhere("x-1")
}

func TestWhoIsLiftedMayComeBack(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.consume()
	h.world("acme")
	h.request("acme", "x-1", "er-1")
	h.erase()
	lifted, err := h.store.Lift(t.Context(), "acme", "x-1", "came back")
	consumerstest.Must(t, err)
	if !lifted {
		t.Fatal("nobody was lifted")
	}
	h.Publish(event(t, attendance("acme", "new", "g9", "x-1")), event(t, attendance("acme", "new2", "g9", "x-2")))
	h.erase()
	h.Expect("SELECT groupArray(person_id) FROM attendance WHERE gathering_id = 'g9'", "['x-1']")
}

func TestAWithdrawnRequestErasesNothing(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	stop := h.consume()
	h.world("acme")
	h.request("acme", "x-1", "er-1")
	void := event(t, `acme member.erased er-1-void {"request_id":"er-1"}`)
	void.Revision, void.Voided, void.Reason = 1, true, "asked by somebody else"
	h.Publish(void)
	h.Drained()
	stop()
	h.consume()
	h.erase()
	h.Expect("SELECT count() FROM attendance", "6")
	request, err := h.store.Request(t.Context(), "acme", "er-1")
	consumerstest.Must(t, err)
	if request.Receipt == nil || !request.Receipt.Withdrawn || h.store.Holds("acme", "x-1") {
		t.Errorf("the request is %+v", request)
	}
}
