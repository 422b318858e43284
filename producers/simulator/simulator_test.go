package simulator_test

import (
	"bytes"
	"testing"

	"github.com/turnout/turnout/producers/simulator"
	"github.com/turnout/turnout/schemas"
)

// items gives the events of the only community of a configuration.
func items(t testing.TB, cfg simulator.Config) []simulator.Item {
	t.Helper()
	var all []simulator.Item
	for _, community := range communities(t, cfg) {
		for item := range community.Items() {
			all = append(all, item)
		}
	}
	return all
}

func communities(t testing.TB, cfg simulator.Config) []*simulator.Community {
	t.Helper()
	tenants, err := cfg.Tenants()
	if err != nil {
		t.Fatal(err)
	}
	var all []*simulator.Community
	for community := range tenants {
		all = append(all, community)
	}
	return all
}

func university(years int, seed uint64) simulator.Config {
	return simulator.Config{Tenant: "uni", Preset: simulator.University, Years: years, Seed: seed}
}

// TestSound holds what an item says of itself: what is not marked as malformed passes, the others do not.
func TestSound(t *testing.T) {
	registry, err := schemas.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	types := map[string]int{}
	faults := map[simulator.Fault]int{}
	configs := []simulator.Config{
		university(2, 1), {Tenant: "s", Preset: simulator.Seed, Years: 1, Seed: 3},
		{Tenant: "f", Preset: simulator.Federation, Years: 1, Seed: 256, Communities: 2},
	}
	for seed := range uint64(40) { // chance finds more in small ones, where it rules
		configs = append(configs, simulator.Config{Tenant: "o", Preset: simulator.Small, Years: 2, Seed: seed})
	}
	for _, cfg := range configs {
		for _, item := range items(t, cfg) {
			faults[item.Fault]++
			event, err := schemas.DecodeStructured(item.Raw)
			if err == nil {
				err = registry.Check(event)
			}
			if (err != nil) != (item.Fault == simulator.Malformed) {
				t.Fatalf("%q: %v\n%s", item.Fault, err, item.Raw)
			}
			if item.Event != nil {
				types[event.Type]++
				if !bytes.Equal(event.AppendJSON(nil), item.Raw) {
					t.Fatalf("the event is not in its canonical form:\n%s\n%s", item.Raw, event.AppendJSON(nil))
				}
			}
		}
	}
	for _, typ := range registry.Types() {
		if types[typ.Name] == 0 {
			t.Errorf("no event of type %s", typ.Name)
		}
	}
	for _, fault := range []simulator.Fault{simulator.Sound, simulator.Duplicate, simulator.Late, simulator.Corrected, simulator.Skewed, simulator.Malformed} {
		if faults[fault] == 0 {
			t.Errorf("no event that is %q", fault)
		}
	}
	t.Log(types, faults)
}
