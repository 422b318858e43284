package importer

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/turnout/turnout/schemas"
)

func builtin(tb testing.TB) *schemas.Registry {
	tb.Helper()
	registry, err := schemas.Builtin()
	if err != nil {
		tb.Fatalf("load schemas: %v", err)
	}
	return registry
}

// loadExample turns every file of an example into checked events.
func loadExample(t *testing.T, name string) (*Manifest, []*schemas.Event) {
	t.Helper()
	registry := builtin(t)
	manifest, err := LoadManifest(filepath.Join("..", "..", "examples", name))
	if err != nil {
		t.Fatal(err)
	}
	var events []*schemas.Event
	for _, file := range manifest.Files {
		if file.Mapping == "" {
			events = append(events, readEvents(t, file.Path)...)
			continue
		}
		mapping, err := LoadMapping(file.Mapping, registry)
		if err != nil {
			t.Fatal(err)
		}
		f, err := os.Open(file.Path)
		if err != nil {
			t.Fatal(err)
		}
		_, err = mapping.Import(t.Context(), f, Options{
			File:    file.Path,
			Event:   func(_ int, e *schemas.Event) error { events = append(events, e); return nil },
			Problem: func(p Problem) { t.Errorf("%v", p) },
			Note:    func(p Problem) { t.Errorf("%v", p) },
		})
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	seen := make(map[string]bool)
	for _, e := range events {
		if err := registry.Check(e); err != nil {
			t.Errorf("%s: %v", e.Data, err)
		}
		if seen[e.Source+e.ID] {
			t.Errorf("the id %s is used twice", e.ID)
		}
		seen[e.Source+e.ID] = true
	}
	return manifest, events
}

func readEvents(t *testing.T, path string) []*schemas.Event {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var events []*schemas.Event
	for _, line := range schemas.SplitLines(raw) {
		e, err := schemas.DecodeStructured(line)
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		events = append(events, e)
	}
	return events
}

func countTypes(events []*schemas.Event) map[string]int {
	counts := make(map[string]int)
	for _, e := range events {
		counts[strings.TrimSuffix(e.Type, ".v1")]++
	}
	return counts
}

// ofType decodes the data of all events of a type.
func ofType[T any](t *testing.T, events []*schemas.Event, base string) []T {
	t.Helper()
	var list []T
	for _, e := range events {
		if e.Type != base+".v1" {
			continue
		}
		var data T
		if err := json.Unmarshal(e.Data, &data); err != nil {
			t.Fatal(err)
		}
		list = append(list, data)
	}
	return list
}

type attendance struct {
	Gathering string `json:"gathering_id"`
	Person    string `json:"person_id"`
	Group     string `json:"group_id"`
	Role      string `json:"role"`
	Present   bool   `json:"present"`
}

type gathering struct {
	ID     string    `json:"gathering_id"`
	Series string    `json:"series_id"`
	Starts time.Time `json:"starts_at"`
	Ends   time.Time `json:"ends_at"`
}

type registered struct {
	Person    string    `json:"person_id"`
	Kind      string    `json:"kind"`
	Joined    time.Time `json:"joined_at"`
	Gathering string    `json:"gathering_id"`
	At        time.Time `json:"at"`
}

const may = "meeting-2022-05"

func TestAmbassadorMeetingConverts(t *testing.T) {
	manifest, events := loadExample(t, "ambassador-meeting")
	if manifest.Tenant != "ambassadors" || manifest.Timezone != "Europe/Moscow" {
		t.Errorf("manifest says %q in %q", manifest.Tenant, manifest.Timezone)
	}
	want := map[string]int{
		"member.registered": 72, "gathering.scheduled": 3, "group.defined": 3, "gathering.completed": 2,
		"registration.submitted": 56, "registration.cancelled": 4, "attendance.recorded": 49,
	}
	if diff := cmp.Diff(want, countTypes(events)); diff != "" {
		t.Errorf("events by type (-want +got):\n%s", diff)
	}
}

func TestAmbassadorMeetingFigures(t *testing.T) {
	_, events := loadExample(t, "ambassador-meeting")
	members := make(map[string]registered)
	for _, m := range ofType[registered](t, events, "member.registered") {
		members[m.Person] = m
	}
	series := ofType[gathering](t, events, "gathering.scheduled")
	april, meeting := series[0], series[1]
	if meeting.ID != may || !april.Starts.Before(meeting.Starts) || april.Series != meeting.Series {
		t.Fatalf("the calendar's order is %+v", series)
	}
	present, groups, fresh := make(map[string]bool), make(map[string]int), 0
	for _, a := range ofType[attendance](t, events, "attendance.recorded") {
		member, known := members[a.Person]
		if !known || member.Kind == "staff" || !a.Present || a.Gathering != may {
			t.Errorf("attendance of %q: known %v, %+v", a.Person, known, member)
		}
		present[a.Person] = true
		groups[a.Group]++
		if member.Joined.After(april.Starts) {
			fresh++
		}
	}
	if len(present) != 49 || fresh != 14 || len(present)-fresh != 35 {
		t.Errorf("attended %d, new %d, continuing %d; want 49, 14, 35", len(present), fresh, len(present)-fresh)
	}
	if diff := cmp.Diff(map[string]int{"wg-career": 18, "wg-mentoring": 16, "wg-events": 15}, groups); diff != "" {
		t.Errorf("working groups (-want +got):\n%s", diff)
	}
	expected := make(map[string]bool)
	for _, r := range ofType[registered](t, events, "registration.submitted") {
		if r.At.Before(members[r.Person].Joined) {
			t.Errorf("%s registered before joining", r.Person)
		}
		expected[r.Person] = true
	}
	for _, c := range ofType[registered](t, events, "registration.cancelled") {
		if !c.At.Before(meeting.Starts) || !expected[c.Person] {
			t.Errorf("cancellation of %s", c.Person)
		}
		delete(expected, c.Person)
	}
	came := 0
	for person := range expected {
		if present[person] {
			came++
		}
	}
	if len(expected) != 52 || came != 45 || len(present)-came != 4 {
		t.Errorf("expected %d, came %d, walked in %d; want 52, 45, 4", len(expected), came, len(present)-came)
	}
}

// TestDavisGoldenValues recomputes the figures of Davis 1941 from the converted
// events: sizes, and the lifecycle with the gathering as period.
func TestDavisGoldenValues(t *testing.T) {
	_, events := loadExample(t, "davis")
	if diff := cmp.Diff(map[string]int{"gathering.scheduled": 14, "attendance.recorded": 89}, countTypes(events)); diff != "" {
		t.Fatalf("events by type (-want +got):\n%s", diff)
	}
	order := ofType[gathering](t, events, "gathering.scheduled")
	if !slices.IsSortedFunc(order, func(a, b gathering) int { return a.Starts.Compare(b.Starts) }) {
		t.Error("the gatherings are not in order of time")
	}
	starts := make(map[string]time.Time)
	for _, g := range order {
		if g.Starts.Year() != 1936 {
			t.Errorf("%s is in %d", g.ID, g.Starts.Year())
		}
		starts[g.ID] = g.Starts
	}
	attended := make(map[string]map[string]bool)
	for _, a := range ofType[attendance](t, events, "attendance.recorded") {
		if attended[a.Gathering] == nil {
			attended[a.Gathering] = make(map[string]bool)
		}
		attended[a.Gathering][a.Person] = true
	}
	for _, e := range events {
		if g := e.Type; g == "attendance.recorded.v1" {
			var a attendance
			if err := json.Unmarshal(e.Data, &a); err != nil {
				t.Fatal(err)
			}
			if !e.Time.Equal(starts[a.Gathering]) {
				t.Errorf("%s at %s has time %s, the gathering started %s", a.Person, a.Gathering, e.Time, starts[a.Gathering])
			}
		}
	}
	if n := absenceFactor(attended); n != 6 {
		t.Errorf("absence factor is %d, want 6", n)
	}
	got := lifecycle(order, attended)
	want := map[string][]int{
		"active":       {3, 3, 6, 4, 8, 8, 10, 14, 12, 5, 4, 6, 3, 3},
		"new":          {3, 1, 2, 0, 2, 2, 3, 3, 2, 0, 0, 0, 0, 0},
		"returning":    {0, 2, 3, 4, 4, 6, 5, 8, 9, 4, 2, 2, 3, 3},
		"resurrecting": {0, 0, 1, 0, 2, 0, 2, 3, 1, 1, 2, 4, 0, 0},
		"dormant":      {0, 1, 0, 2, 0, 2, 3, 2, 5, 8, 3, 2, 3, 0},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("lifecycle (-want +got):\n%s", diff)
	}
}

func lifecycle(order []gathering, attended map[string]map[string]bool) map[string][]int {
	figures := make(map[string][]int)
	ever, before := map[string]bool{}, map[string]bool{}
	for _, g := range order {
		now := attended[g.ID]
		counts := map[string]int{"active": len(now), "new": 0, "returning": 0, "resurrecting": 0, "dormant": 0}
		for person := range now {
			switch {
			case !ever[person]:
				counts["new"]++
			case before[person]:
				counts["returning"]++
			default:
				counts["resurrecting"]++
			}
		}
		for person := range before {
			if !now[person] {
				counts["dormant"]++
			}
		}
		for name, n := range counts {
			figures[name] = append(figures[name], n)
		}
		maps.Copy(ever, now)
		before = now
	}
	return figures
}

// absenceFactor is the smallest number of persons who make up half of all
// attendances.
func absenceFactor(attended map[string]map[string]bool) int {
	counts, total := make(map[string]int), 0
	for _, persons := range attended {
		for person := range persons {
			counts[person]++
			total++
		}
	}
	sizes := slices.Sorted(maps.Values(counts))
	sum := 0
	for n := range sizes {
		sum += sizes[len(sizes)-1-n]
		if 2*sum >= total {
			return n + 1
		}
	}
	return 0
}
