package warehouse_test

import (
	"fmt"
	"math/big"
	"strings"
	"testing"

	"github.com/turnout/turnout/internal/warehouse"
)

func consent(person, purpose string, granted bool, at, more string) string {
	return fmt.Sprintf(`consent.changed 2022-06-01 id=%s-%s-%s%s %s {"person_id":%q,"purpose":%q,"granted":%t,"at":%q}`,
		person, purpose, at, strings.ReplaceAll(more, " ", ""), more, person, purpose, granted, at+"T10:00:00Z")
}

// TestWithdrawn: the latest statement of all ids that are one person counts, silence allows, and what is taken back was never said.
func TestWithdrawn(t *testing.T) {
	t.Parallel()
	no := func(person, at string) string { return consent(person, "analytics", false, at, "") }
	yes := func(person, at string) string { return consent(person, "analytics", true, at, "") }
	tests := map[string]struct {
		events []string
		want   string // who withdrew
		all    string // everyone who is nobody
	}{
		"nothing said":           {[]string{merge("a", "b", "")}, "", ""},
		"allowed":                {[]string{yes("a", "2022-01-01")}, "", ""},
		"withdrawn":              {[]string{yes("a", "2022-01-01"), no("a", "2022-01-02")}, "a", "a"},
		"allowed again":          {[]string{no("a", "2022-01-02"), yes("a", "2022-01-03")}, "", ""},
		"before there were any":  {[]string{no("a", "1901-01-02")}, "a", "a"},
		"other purposes":         {[]string{consent("a", "contact", false, "2022-01-01", ""), consent("b", "named_lists", false, "2022-01-01", "")}, "", ""},
		"taken back":             {[]string{no("a", "2022-01-01"), consent("a", "analytics", false, "2022-01-01", "rev=1 void")}, "", ""},
		"corrected":              {[]string{yes("a", "2022-01-01"), consent("a", "analytics", false, "2022-01-01", "rev=1")}, "a", "a"},
		"by the merged id":       {[]string{merge("a", "b", ""), no("a", "2022-01-01")}, "b", "a,b"},
		"by the id that stays":   {[]string{merge("a", "b", ""), no("b", "2022-01-01")}, "b", "a,b"},
		"by either, the latest":  {[]string{merge("a", "b", ""), no("a", "2022-01-01"), yes("b", "2022-01-02")}, "", ""},
		"by either, the other":   {[]string{merge("a", "b", ""), yes("b", "2022-01-01"), no("a", "2022-01-02")}, "b", "a,b"},
		"in a chain":             {[]string{merge("a", "b", ""), merge("b", "c", ""), no("b", "2022-01-01")}, "c", "a,b,c"},
		"in a cycle":             {[]string{merge("b", "a", ""), merge("a", "b", ""), no("b", "2022-01-01")}, "a", "a,b"},
		"the merge undone":       {[]string{merge("a", "b", ""), no("a", "2022-01-01"), `member.merged 2022-06-02 rev=1 void {"from_id":"a"}`}, "a", "a"},
		"with a quote in the id": {[]string{no(`a"b/c`, "2022-01-01")}, `a"b/c`, `a"b/c`},
		"of another community":   {[]string{consent("a", "analytics", false, "2022-01-01", "tenant=elsewhere")}, "", ""},
	}
	shared := newHouse(t)
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			h := shared.in(t, strings.NewReplacer(" ", "-", ",", "").Replace(name))
			h.store(test.events...)
			h.expect("SELECT arrayStringConcat(arraySort(arrayMap(x -> substring(x, position(x, '/') + 1), withdrawn)), ',') FROM merged_persons", test.want)
			h.expect("SELECT arrayStringConcat(arraySort(groupArray(person)), ',') FROM person_aliases WHERE resolved = ' withdrawn'", test.all)
		})
	}
}

// TestWithdrawnInViews: views leave the person out with everything done, and have it back when it is allowed again.
func TestWithdrawnInViews(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for _, person := range []string{"a", "b", "c"} {
		h.store(
			fmt.Sprintf(`member.registered 2022-01-01 id=j%[1]s {"person_id":%[1]q,"kind":"alumnus","status":"ambassador","joined_at":"2022-01-01T10:00:00Z"}`, person),
			fmt.Sprintf(`attendance.recorded 2022-05-27 id=g%[1]s {"gathering_id":"g","person_id":%[1]q,"present":true,"role":"host","method":"desk"}`, person),
			fmt.Sprintf(`registration.submitted 2022-05-01 id=r%[1]s {"registration_id":"r%[1]s","gathering_id":"g","person_id":%[1]q,"status":"confirmed","at":"2022-05-01T10:00:00Z"}`, person),
		)
	}
	rollups, err := warehouse.NewRollups(h.db, h.registry)
	must(t, err)
	version := int64(0)
	persons := func(want string) {
		t.Helper()
		version++
		must(t, rollups.Recompute(t.Context(), "UTC", warehouse.Months{}, warehouse.Rollup{Tenant: "acme", Version: big.NewInt(version)}))
		for _, view := range []string{"attendance", "registrations", "acts", "members", "member_attributes", "resolved_person_months"} {
			h.expect("SELECT arrayStringConcat(arraySort(groupUniqArray(person_id)), ',') FROM "+view, want)
		}
	}
	persons("a,b,c")
	h.store(merge("a", "b", ""), merge("x", "a", ""), merge("y", "z", "")) // x, y and z are known of nowhere else
	persons("b,c")
	h.store(consent("x", "analytics", false, "2022-06-01", ""))
	persons("c")
	h.expect("SELECT (any(has_attendance), count()) FROM gatherings", "(true,1)")
	h.store(consent("b", "named_lists", false, "2022-06-01", ""), consent("c", "named_lists", false, "2022-06-01", ""))
	h.expect("SELECT arrayStringConcat(arraySort(groupUniqArray(person_id)), ',') FROM unnamed_persons", " withdrawn,c")
	h.store(`member.merged 2022-06-02 rev=1 void {"from_id":"x"}`)
	persons("b,c")
	h.expect("SELECT arrayStringConcat(arraySort(groupUniqArray(person_id)), ',') FROM unnamed_persons", "b,c")
	h.store(`member.merged 2022-06-02 rev=1 void {"from_id":"a"}`)
	persons("a,b,c")
}

// TestMergeBeforeThePersonIsKnown: a merge counts whichever of the two is heard of first, or never.
func TestMergeBeforeThePersonIsKnown(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.store(merge("a", "b", ""))
	h.expect("SELECT count() FROM members", "0")
	h.store(`attendance.recorded 2022-05-27 {"gathering_id":"g","person_id":"a","present":true,"role":"host","method":"desk"}`)
	h.expect("SELECT groupArray(person_id) FROM attendance", "['b']")
	h.store(`member.registered 2022-01-01 {"person_id":"a","kind":"alumnus","status":"ambassador","joined_at":"2022-01-01T10:00:00Z"}`)
	h.expect("SELECT groupArray((person_id, kind)) FROM members", "[('b','alumnus')]")
	h.store(`attendance.recorded 2022-05-28 {"gathering_id":"g","person_id":"b","present":false,"role":"participant","method":"desk"}`)
	h.expect("SELECT groupArray((person_id, present, role)) FROM attendance", "[('b',true,'host')]")
	h.expect("SELECT groupArray((person_id, mode)) FROM acts", "[('b','volunteer')]")
}
