package reporting_test

import "testing"

// TestRegistrationOfALocalDay registers one of the staff late on 23 January in Newfoundland, when it is the 24th in
// UTC: at the end of the 23rd there the person is staff, whatever an older update left open.
func TestRegistrationOfALocalDay(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "2026-03-01T00:00:00Z")
	w.tell(
		event("member.updated", "2026-01-01T00:00:00Z", "person_id", "ida", "valid_from", "2026-01-01", "faculty", "law"),
		member("ida", "staff", "candidate", "2026-01-24T03:17:10Z"),
		member("jan", "alumnus", "candidate", "2026-01-24T03:17:10Z"),
	)
	const zone = "&timezone=America/St_Johns"
	for query, want := range map[string]string{zone: "[[2026-01-23 jan]]", zone + "&staff=only": "[[2026-01-23 ida]]"} {
		w.list(t, "activation", query+"&measure=joined", want, "joined_on", "person_id")
	}
}
