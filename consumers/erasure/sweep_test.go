package erasure_test

import (
	"bytes"
	"testing"

	"github.com/turnout/turnout/consumers/consumerstest"
	"github.com/turnout/turnout/consumers/erasure"
	"github.com/turnout/turnout/internal/erasures"
)

// A backup that is older than an erasure, restored with the list of today: the person goes again, without a request.
func TestTheListIsAppliedToARestoredBackup(t *testing.T) {
	t.Parallel()
	source := newHouse(t)
	source.consume()
	source.world("acme")
	source.request("acme", "x-1", "er-1")
	source.erase()
	var list bytes.Buffer
	consumerstest.Must(t, source.store.Dump(t.Context(), &list))

	h := newHouse(t)
	stop := h.consume()
	h.world("acme")
	h.world("other")
	h.Raw("turnout.events.acme.attendance.recorded.v1", "", []byte(`{"id":"bad","data":{"person_id":"x-2"}}`))
	h.Drained()
	stop()
	added, err := h.store.Load(t.Context(), bytes.NewReader(list.Bytes()))
	consumerstest.Must(t, err)
	if added != 2 {
		t.Fatalf("%d entries were added", added)
	}
	removed, err := erasure.Sweep(t.Context(), h.config())
	consumerstest.Must(t, err)
	if removed.StreamEvents == 0 || removed.Log == 0 || removed.Facts == 0 || removed.DeadLetters != 1 {
		t.Errorf("removed %+v", removed)
	}
	again, err := erasure.Sweep(t.Context(), h.config())
	consumerstest.Must(t, err)
	if again != (erasures.Removed{}) {
		t.Errorf("the second time %+v was removed", again)
	}
	h.Expect("SELECT arraySort(groupArray((gathering_id, person_id))) FROM attendance WHERE tenant = 'acme'", "[('g1','p-2'),('g1','p-3'),('g2','p-2')]")
	h.Expect("SELECT count() FROM attendance WHERE tenant = 'other'", "6")
	h.consume()
	h.Drained()
	h.Expect("SELECT count() FROM attendance WHERE tenant = 'acme'", "3")
}
