package bench

import (
	"bytes"
	"testing"

	"github.com/turnout/turnout/schemas"
)

// TestMixIsSoundVariedAndRepeatable: what is measured must be what a community would send.
func TestMixIsSoundVariedAndRepeatable(t *testing.T) {
	registry, err := schemas.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	s := scaleOf(true)
	s.mostEach = 0
	m, err := newMix(7, s)
	if err != nil {
		t.Fatal(err)
	}
	again, err := newMix(7, s)
	if err != nil {
		t.Fatal(err)
	}
	n := m.each*m.tenants + 1000 // into the next generation of communities
	types, tenants, persons, identities := map[string]bool{}, map[string]bool{}, map[string]bool{}, map[[3]string]int{}
	first, second := m.next(n), again.next(n)
	for i, raw := range first {
		if !bytes.Equal(raw, second[i]) {
			t.Fatalf("event %d differs with the same seed:\n%s\n%s", i, raw, second[i])
		}
		e, err := schemas.DecodeStructured(raw)
		if err != nil {
			t.Fatalf("%s: %v", raw, err)
		}
		if err := registry.Check(e); err != nil {
			t.Fatalf("%s: %v", raw, err)
		}
		record, err := registry.Derive(e)
		if err != nil {
			t.Fatal(err)
		}
		types[e.Type], tenants[e.Tenant], persons[e.Tenant+record.Person] = true, true, true
		identities[[3]string{e.Tenant, e.Source, e.ID}]++
	}
	if want := len(registry.Types()) - 1; len(types) != want { // all but the request to be forgotten
		t.Errorf("%d types of events, want %d: %v", len(types), want, types)
	}
	if len(tenants) != 2*m.tenants {
		t.Errorf("%d communities in two generations of %d", len(tenants), m.tenants)
	}
	if len(persons) < 1000*m.tenants {
		t.Errorf("%d persons only", len(persons))
	}
	repeated := float64(n-len(identities)) / float64(n)
	if repeated < 0.005 || repeated > 0.02 {
		t.Errorf("%.4f of the events are repeated, want some 0.01", repeated)
	}
}
