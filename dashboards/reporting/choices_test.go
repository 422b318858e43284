package reporting_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/turnout/turnout/dashboards/reporting"
)

// TestChoices offers what a community's own data hold, and nothing of another's.
func TestChoices(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "2024-03-10T18:00:00Z")
	none, err := w.runner.Choices(context.Background(), "t")
	if err != nil || none["faculty"] == nil || len(none["faculty"]) > 0 {
		t.Errorf("without data: %v, %v", none, err)
	}
	for tenant, faculty := range map[string]string{"t": "law", "other": "physics"} {
		w.tell(
			said{tenant: tenant, typ: "member.registered.v1", time: "2024-01-01T00:00:00Z", data: map[string]any{
				"person_id": "p", "kind": "alumnus", "status": "ambassador", "joined_at": "2024-01-01T00:00:00Z", "faculty": faculty,
			}},
			said{tenant: tenant, typ: "member.updated.v1", time: "2024-01-02T00:00:00Z", data: map[string]any{
				"person_id": "p", "valid_from": "2024-01-02", "faculty": "art", "chapter_id": "north",
			}},
			said{tenant: tenant, typ: "member.updated.v1", time: "2024-01-03T00:00:00Z", data: map[string]any{
				"person_id": "p", "valid_from": "2024-01-03", "chapter_id": "south",
			}},
			said{tenant: tenant, typ: "group.defined.v1", time: "2024-01-01T00:00:00Z", data: map[string]any{
				"group_id": "south", "kind": "chapter", "name": "Old harbour", "active_from": "2024-01-01",
			}},
			said{tenant: tenant, typ: "gathering.scheduled.v1", time: "2024-01-01T00:00:00Z", data: map[string]any{
				"gathering_id": "g", "kind": "meeting", "formality": "formal", "format": "online", "chapter_id": "south",
				"starts_at": "2024-02-01T00:00:00Z", "ends_at": "2024-02-01T02:00:00Z",
			}},
		)
	}
	got, err := w.runner.Choices(context.Background(), "t")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string][]reporting.Choice{
		"faculty":           {{Value: "art", Text: "art"}, {Value: "law", Text: "law"}},
		"chapter":           {{Value: "south", Text: "Old harbour"}, {Value: "north", Text: "north"}},
		"gathering_chapter": {{Value: "south", Text: "Old harbour"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
