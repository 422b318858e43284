package consumers_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/turnout/turnout/consumers/consumerstest"
	"github.com/turnout/turnout/internal/stream"
)

func TestEventsBecomeFacts(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	h.Consume(h.Config())
	h.Publish(attendance(t, "a1", "g1", "p1"), attendance(t, "a2", "g1", "p2"), attendance(t, "a1", "g1", "p1"))
	h.Pack(attendance(t, "a3", "g1", "p3"), attendance(t, "a2", "g1", "p2"))
	h.Drained()
	h.Expect("SELECT count() FROM attendance WHERE present", "3")
	h.Expect("SELECT count() FROM events FINAL", "3")
	h.Expect("SELECT groupBitmapMerge(received) FROM receipts", "5")
	h.Expect("SELECT count() FROM dead_letters FINAL", "0")
}

func TestLoneEventIsVisibleWithinASecond(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	cfg := h.Config()
	cfg.Linger = 0 // the default
	h.Consume(cfg)
	// The fastest of several, since other tests may have the machine for a moment.
	fastest := time.Hour
	for i := 0; i < 10 && fastest > time.Second; i++ {
		begun := time.Now()
		gathering := fmt.Sprint("g", i)
		h.Publish(attendance(t, gathering, gathering, "p1"))
		consumerstest.Eventually(t, "the event is visible", func() bool {
			return h.Ask("SELECT count() FROM attendance WHERE gathering_id = '"+gathering+"'") == "1"
		})
		fastest = min(fastest, time.Since(begun))
		h.Drained()
	}
	if fastest > time.Second {
		t.Errorf("visible after %s", fastest)
	}
}

func TestWhatCannotBeReadBecomesADeadLetter(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	h.Consume(h.Config())
	h.Raw(stream.EventSubject("acme", "attendance.recorded.v1"), stream.MediaStructured, []byte("{\"specversion\":\"1.0\",\"id\":\"x\",\n\"source\":\"s\",\"type\":"))
	bad := attendance(t, "bad", "g1", "p9")
	bad.Data = []byte(`{"gathering_id":"g1","person_id":"p9","present":"yes"}`)
	h.Pack(attendance(t, "a1", "g1", "p1"), bad, attendance(t, "a2", "g1", "p2"))
	h.Raw(stream.PackSubject("acme"), stream.MediaBatch, []byte{0xff})
	h.Drained()
	h.Expect("SELECT count() FROM attendance", "2")
	h.Expect("SELECT arraySort(groupArray((tenant, id, code, event_id))) FROM dead_letters FINAL",
		"[('acme','1-0','malformed_json',''),('acme','2-1','schema','bad'),('acme','3-0','malformed_json','')]")
	letters, err := h.Letters.List(t.Context(), "", 10, 0)
	consumerstest.Must(t, err)
	if len(letters) != 3 || letters[1].ID != "2-1" || letters[1].Pointer == "" || letters[2].Body[0] != 0xff {
		t.Errorf("%+v", letters)
	}
	h.Expect("SELECT groupBitmapMerge(received) FROM receipts", "5")
}
