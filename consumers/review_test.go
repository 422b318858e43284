package consumers_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/turnout/turnout/consumers"
	"github.com/turnout/turnout/consumers/consumerstest"
	"github.com/turnout/turnout/internal/stream"
	"github.com/turnout/turnout/internal/warehouse"
	"github.com/turnout/turnout/schemas"
)

// spoiled is an attendance event whose data was changed after the fact.
func spoiled(t testing.TB, id, from, to string) *schemas.Event {
	t.Helper()
	e := attendance(t, id, "g1", "p-"+id)
	e.Data = []byte(strings.Replace(string(e.Data), from, to, 1))
	return e
}

func (h *harness) reviewer() *consumers.Reviewer {
	return consumers.NewReviewer(h.Letters, h.DB, h.JS, stream.NewDirty(h.JS), h.Registry)
}

// replay runs a replay and gives "id status code pointer" a letter.
func (h *harness) replay(request consumers.ReplayRequest) []string {
	h.T.Helper()
	results, err := h.reviewer().Replay(h.T.Context(), request)
	consumerstest.Must(h.T, err)
	var lines []string
	for _, r := range results {
		lines = append(lines, strings.TrimSpace(strings.Join([]string{r.ID, r.Status, r.Code, r.Pointer}, " ")))
	}
	return lines
}

func expectLines(t *testing.T, got []string, want ...string) {
	t.Helper()
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func TestReplayWithCorrection(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	h.Consume(h.Config())
	h.Publish(spoiled(t, "a1", "participant", "guest"))
	h.Pack(spoiled(t, "a2", `"present":true`, `"present":"true"`), spoiled(t, "a3", "participant", "guest"))
	h.Drained()
	h.Expect("SELECT count() FROM dead_letters FINAL WHERE state = 'open'", "3")

	host := map[string]any{"data.role": "host"}
	expectLines(t, h.replay(consumers.ReplayRequest{IDs: []string{"1-0", "9-9"}}), "1-0 rejected schema /data/role", "9-9 missing")
	expectLines(t, h.replay(consumers.ReplayRequest{IDs: []string{"1-0"}, Set: host, DryRun: true}), "1-0 valid")
	expectLines(t, h.replay(consumers.ReplayRequest{IDs: []string{"1-0"}, Set: host, Tenant: "other"}), "1-0 missing")
	h.Drained()
	h.Expect("SELECT count() FROM attendance", "0")

	expectLines(t, h.replay(consumers.ReplayRequest{All: true, Set: host, Tenant: "acme"}), "1-0 replayed", "2-0 rejected schema /data/present", "2-1 replayed")
	expectLines(t, h.replay(consumers.ReplayRequest{All: true, Set: map[string]any{"data.present": "true"}}), "2-0 replayed")
	h.Drained()
	h.Expect("SELECT arraySort(groupArray((person_id, role, present))) FROM attendance", "[('p-a1','host',true),('p-a2','participant',true),('p-a3','host',true)]")
	h.Expect("SELECT (countIf(state = 'replayed'), count()) FROM dead_letters FINAL", "(3,3)")
	if n, err := h.Letters.Count(t.Context(), ""); err != nil || n != 0 {
		t.Errorf("%d letters are left, %v", n, err)
	}
}

func TestReplayOfWhatWasWronglyAddressed(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	h.Consume(h.Config())
	foreign := attendance(t, "a1", "g1", "p1")
	foreign.Tenant = "other"
	h.Raw(stream.EventSubject("acme", foreign.Type), stream.MediaStructured, foreign.AppendJSON(nil))
	msg := nats.NewMsg(stream.EventSubject("acme", "attendance.recorded.v1"))
	for name, value := range map[string]string{
		"ce-specversion": "1.0", "ce-id": "b%201", "ce-source": "bin", "ce-type": "attendance.recorded.v1", "ce-time": "yesterday", "ce-revision": "2", "Content-Type": "application/json",
	} {
		msg.Header.Set(name, value)
	}
	msg.Data = []byte(`{"gathering_id":"g1","person_id":"p2","present":true,"role":"participant","method":"qr"}`)
	_, err := h.JS.PublishMsg(t.Context(), msg)
	consumerstest.Must(t, err)
	h.Drained()

	expectLines(t, h.replay(consumers.ReplayRequest{All: true}), "1-0 rejected tenant_mismatch /tenant", "2-0 rejected bad_time /time")
	set := map[string]any{"tenant": "acme", "time": "2022-05-27T18:00:00Z"}
	expectLines(t, h.replay(consumers.ReplayRequest{All: true, Set: set}), "1-0 replayed", "2-0 replayed")
	h.Drained()
	h.Expect("SELECT arraySort(groupArray((tenant, person_id, event_id, revision))) FROM attendance_recorded", "[('acme','p1','a1',0),('acme','p2','b 1',2)]")
}

func TestReplayOfAWholePack(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	h.Consume(h.Config())
	var events []json.RawMessage
	for range 3 {
		events = append(events, attendance(t, "a1", "g1", "p1").AppendJSON(nil))
	}
	body, err := json.Marshal(events)
	consumerstest.Must(t, err)
	h.Raw(stream.PackSubject("acme"), "text/plain", body)
	h.Raw(stream.PackSubject("acme"), "text/plain", []byte("{\"a\":"))
	h.Drained()
	expectLines(t, h.replay(consumers.ReplayRequest{All: true}), "1-0 replayed", "2-0 rejected malformed_json /a")
	expectLines(t, h.replay(consumers.ReplayRequest{All: true, Set: map[string]any{"data.role": "host"}}), "2-0 rejected malformed_json")
	h.Drained()
	h.Expect("SELECT count() FROM attendance", "1")
}

func TestCorrectionsThatCannotBe(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	h.Consume(h.Config())
	h.Publish(spoiled(t, "a1", "participant", "guest"))
	h.Drained()
	for _, path := range []string{"", "data", "data.", "data.a.b", "a.b", ".role"} {
		expectLines(t, h.replay(consumers.ReplayRequest{IDs: []string{"1-0"}, Set: map[string]any{path: "x"}}), "1-0 rejected bad_correction")
	}
	expectLines(t, h.replay(consumers.ReplayRequest{IDs: []string{"1-0"}, Set: map[string]any{"data.nonsense": "x", "data.role": "host"}}), "1-0 rejected schema /data/nonsense")
}

func TestDiscard(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	h.Consume(h.Config())
	h.Publish(spoiled(t, "a1", "participant", "guest"))
	h.Drained()
	reviewer := h.reviewer()
	if err := reviewer.Discard(t.Context(), "other", "1-0"); !errors.Is(err, stream.ErrNoDeadLetter) {
		t.Errorf("another tenant's letter: %v", err)
	}
	consumerstest.Must(t, reviewer.Discard(t.Context(), "acme", "1-0"))
	h.Expect("SELECT groupArray((id, state)) FROM dead_letters FINAL", "[('1-0','discarded')]")
	if err := reviewer.Discard(t.Context(), "", "1-0"); !errors.Is(err, stream.ErrNoDeadLetter) {
		t.Errorf("discarding twice: %v", err)
	}
	// A redelivery after the review opens nothing again in the mirror.
	consumerstest.Must(t, h.DB.InsertDeadLetters(t.Context(), letterRows("1-0")))
	h.Expect("SELECT groupArray((id, state)) FROM dead_letters FINAL", "[('1-0','discarded')]")
}

func letterRows(id string) []warehouse.DeadLetter {
	return []warehouse.DeadLetter{{Tenant: "acme", ID: id, State: warehouse.LetterOpen, Code: "schema", At: time.Unix(1, 0)}}
}
