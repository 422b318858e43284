package warehouse_test

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/turnout/turnout/schemas"
)

// history draws a set of events over few persons, gatherings and keys, so that revisions, voids, ties, merges and conflicts are many.
func history(t *testing.T, registry *schemas.Registry) *rapid.Generator[[]*schemas.Event] {
	t.Helper()
	pick := func(r *rapid.T, label string, words ...string) string { return rapid.SampledFrom(words).Draw(r, label) }
	person := func(r *rapid.T) string { return pick(r, "person", "a", "b", "c", "d", "e") }
	gathering := func(r *rapid.T) string { return pick(r, "gathering", "g1", "g2", "g3") }
	day := func(r *rapid.T) string {
		return pick(r, "day", "1900-01-01", "1969-12-31", "2022-05-01", "2022-05-02", "2100-12-31")
	}
	data := map[string]func(*rapid.T) string{
		"attendance.recorded": func(r *rapid.T) string {
			return fmt.Sprintf(`{"gathering_id":%q,"person_id":%q,"present":%s,"role":%q,"method":"qr","minutes":%d}`,
				gathering(r), person(r), pick(r, "present", "true", "false"), pick(r, "role", "participant", "speaker"), rapid.IntRange(0, 3).Draw(r, "minutes"))
		},
		"gathering.scheduled": func(r *rapid.T) string {
			return fmt.Sprintf(`{"gathering_id":%q,"kind":"meeting","formality":"formal","format":"online","starts_at":"%sT10:00:00Z","ends_at":"2100-12-31T12:00:00Z","title":%q}`,
				gathering(r), day(r), pick(r, "title", "A", "B"))
		},
		"gathering.completed": func(r *rapid.T) string {
			return fmt.Sprintf(`{"gathering_id":%q,"attendance_basis":%q}`, gathering(r), pick(r, "basis", "check_in", "sign_in_sheet"))
		},
		"gathering.cancelled": func(r *rapid.T) string {
			return fmt.Sprintf(`{"gathering_id":%q,"at":"%sT10:00:00Z"}`, gathering(r), day(r))
		},
		"registration.submitted": func(r *rapid.T) string {
			return fmt.Sprintf(`{"registration_id":"r","gathering_id":%q,"person_id":%q,"status":%q,"at":"%sT10:00:00Z","channel":%q}`,
				gathering(r), person(r), pick(r, "status", "pending", "confirmed"), day(r), pick(r, "channel", "site", "desk"))
		},
		"registration.cancelled": func(r *rapid.T) string {
			return fmt.Sprintf(`{"registration_id":"r","gathering_id":%q,"person_id":%q,"at":"%sT10:00:00Z","by":%q}`, gathering(r), person(r), day(r), pick(r, "by", "attendee", "organiser"))
		},
		"member.registered": func(r *rapid.T) string {
			return fmt.Sprintf(`{"person_id":%q,"kind":%q,"status":"candidate","joined_at":"%sT10:00:00Z"}`, person(r), pick(r, "kind", "alumnus", "student"), day(r))
		},
		"member.updated": func(r *rapid.T) string {
			return fmt.Sprintf(`{"person_id":%q,"valid_from":%q,"region":%q,"contactable":%s}`, person(r), day(r), pick(r, "region", "n", "s"), pick(r, "contactable", "true", "false"))
		},
		"member.left": func(r *rapid.T) string {
			return fmt.Sprintf(`{"person_id":%q,"at":"%sT10:00:00Z","reason":%q}`, person(r), day(r), pick(r, "reason", "lapsed", "deceased"))
		},
		"member.merged": func(r *rapid.T) string {
			return fmt.Sprintf(`{"from_id":%q,"into_id":%q,"evidence":"manual"}`, person(r), person(r))
		},
		"group.membership_changed": func(r *rapid.T) string {
			return fmt.Sprintf(`{"group_id":"w","person_id":%q,"action":"joined","role":"member","at":"%sT10:00:00Z"}`, person(r), day(r))
		},
		"feedback.submitted": func(r *rapid.T) string {
			return fmt.Sprintf(`{"response_id":%q,"gathering_id":%q,"person_id":%q,"nps":7}`, pick(r, "response", "f1", "f2"), gathering(r), person(r))
		},
	}
	types := make([]string, 0, len(data))
	for _, typ := range registry.Types() {
		if data[typ.Base] != nil {
			types = append(types, typ.Base)
		}
	}
	one := func(theme []string) *rapid.Generator[*schemas.Event] {
		return rapid.Custom(func(r *rapid.T) *schemas.Event {
			typ := rapid.SampledFrom(theme).Draw(r, "type")
			void := ""
			if rapid.IntRange(0, 5).Draw(r, "void") == 0 {
				void = "void"
			}
			line := fmt.Sprintf("%s %s id=e%d rev=%d rec=%s %s %s", typ, day(r), rapid.IntRange(0, 20).Draw(r, "id"),
				rapid.IntRange(0, 2).Draw(r, "rev"), day(r), void, data[typ](r))
			return event(t, line)
		})
	}
	// Few types at a time, so that what a history has of them meets; merges touch all of them.
	return rapid.Custom(func(r *rapid.T) []*schemas.Event {
		theme := append(rapid.SliceOfN(rapid.SampledFrom(types), 1, 3).Draw(r, "theme"), "attendance.recorded", "member.merged")
		return rapid.SliceOfN(one(theme), 20, 60).Draw(r, "history")
	})
}

// contents are what must not depend on order, repetition and batches, with the columns that may.
func contents() map[string]string {
	contents := map[string]string{"facts FINAL": "tenant, received", "events FINAL": "tenant, received, stream_seq, pack_index"}
	for _, view := range []string{"person_aliases", "attendance", "gatherings", "registrations", "member_changes", "members", "member_attributes", "acts"} {
		contents[view] = "tenant"
	}
	return contents
}

func TestAnyOrderAndRepetitionGivesTheSameContents(t *testing.T) {
	t.Parallel()
	shared := newHouse(t)
	generator := history(t, shared.registry)
	round := 0
	rapid.Check(t, func(r *rapid.T) {
		round++
		events := generator.Draw(r, "events")
		once, shuffled := shared.in(t, fmt.Sprint("once", round)), shared.in(t, fmt.Sprint("shuffled", round))
		for _, e := range events {
			if err := shared.registry.Check(e); err != nil {
				r.Fatalf("%s: %v", e.Data, err)
			}
		}
		must(t, shared.db.InsertEvents(t.Context(), shared.rows(owned(events, once.tenant))))

		deliveries := rapid.Permutation(append(events, events[:rapid.IntRange(0, len(events)).Draw(r, "repeated")]...)).Draw(r, "order")
		for len(deliveries) > 0 {
			n := rapid.IntRange(1, len(deliveries)).Draw(r, "batch")
			must(t, shared.db.InsertEvents(t.Context(), shared.rows(owned(deliveries[:n], shuffled.tenant))))
			deliveries = deliveries[n:]
		}
		for name, except := range contents() {
			lists := fmt.Sprintf("SELECT tenant, arraySort(groupArray(toString(tuple(* EXCEPT (%s))))) AS list FROM %s WHERE tenant IN ('%s', '%s') GROUP BY tenant",
				except, name, once.tenant, shuffled.tenant)
			// Both have the same list, or both have none.
			if shared.ask("SELECT (count() IN (0, 2)) AND uniqExact(list) <= 1 FROM ("+lists+")") != "1" {
				r.Errorf("%s differ: %s", name, shared.ask("SELECT groupArray((tenant, list)) FROM ("+lists+")"))
			}
		}
	})
}

// owned gives the events to a tenant.
func owned(events []*schemas.Event, tenant string) []*schemas.Event {
	copies := make([]*schemas.Event, len(events))
	for i, e := range events {
		mine := *e
		mine.Tenant = tenant
		copies[i] = &mine
	}
	return copies
}
