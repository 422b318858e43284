package warehouse_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/turnout/turnout/schemas"
)

func merge(from, into, more string) string {
	return fmt.Sprintf(`member.merged 2022-06-01 id=%s>%s%s %s {"from_id":%q,"into_id":%q,"evidence":"manual"}`, from, into, more, more, from, into)
}

func TestMergedPersons(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		merges []string
		want   string
	}{
		"none":               {nil, "[]"},
		"one":                {[]string{merge("a", "b", "")}, "[('a','b')]"},
		"into itself":        {[]string{merge("a", "a", "")}, "[]"},
		"chain":              {[]string{merge("b", "c", ""), merge("a", "b", ""), merge("c", "d", "")}, "[('a','d'),('b','d'),('c','d')]"},
		"cycle":              {[]string{merge("b", "a", ""), merge("a", "b", "")}, "[('b','a')]"},
		"cycle of three":     {[]string{merge("c", "b", ""), merge("b", "z", ""), merge("z", "c", "")}, "[('c','b'),('z','b')]"},
		"tail into a cycle":  {[]string{merge("a", "m", ""), merge("m", "k", ""), merge("k", "m", ""), merge("x", "a", "")}, "[('a','k'),('m','k'),('x','k')]"},
		"star":               {[]string{merge("a", "z", ""), merge("b", "z", "")}, "[('a','z'),('b','z')]"},
		"voided":             {[]string{merge("a", "b", ""), `member.merged 2022-06-02 rev=1 void {"from_id":"a"}`}, "[]"},
		"void in a chain":    {[]string{merge("a", "b", ""), merge("b", "c", ""), `member.merged 2022-06-02 rev=1 void {"from_id":"b"}`}, "[('a','b')]"},
		"void opens a cycle": {[]string{merge("a", "b", ""), merge("b", "a", ""), `member.merged 2022-06-02 rev=1 void {"from_id":"a"}`}, "[('b','a')]"},
		"corrected":          {[]string{merge("a", "b", ""), merge("a", "c", "rev=1")}, "[('a','c')]"},
		"of two communities": {[]string{merge("a", "b", ""), merge("b", "c", "tenant=other")}, "[('a','b')]"},
	}
	shared := newHouse(t)
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			h := shared.in(t, strings.ReplaceAll(name, " ", "-"))
			if len(test.merges) > 0 {
				h.store(test.merges...)
			}
			h.expect("SELECT arraySort(groupArray((person, resolved))) FROM person_aliases", test.want)
		})
	}
}

func TestLongChainOfMerges(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	const length = 300
	events := make([]*schemas.Event, 0, length)
	for i := range length {
		events = append(events, event(t, merge(fmt.Sprintf("p%03d", i), fmt.Sprintf("p%03d", i+1), "")))
	}
	must(t, h.db.InsertEvents(t.Context(), h.rows(events)))
	h.expect("SELECT (count(), uniqExact(resolved), any(resolved)) FROM person_aliases", "(300,1,'p300')")
}

func TestMergedPersonsCountOnce(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	at := func(gathering, person, role string, present bool) string {
		return fmt.Sprintf(`attendance.recorded 2022-05-27 id=%s-%s {"gathering_id":%q,"person_id":%q,"present":%t,"role":%q,"method":"desk"}`, gathering, person, gathering, person, present, role)
	}
	h.store(
		at("g1", "a", "participant", true), at("g1", "b", "speaker", false), at("g1", "other", "participant", true),
		at("g2", "a", "participant", true), at("g3", "b", "host", true), at("g4", "a", "participant", false), at("g4", "b", "participant", false),
		`feedback.submitted 2022-05-28 {"response_id":"f1","gathering_id":"g1","person_id":"a","rating":5}`,
		`feedback.submitted 2022-05-28 {"response_id":"f2","gathering_id":"g1","person_id":"b","rating":4}`,
		`group.membership_changed 2022-05-28 id=m1 {"group_id":"w","person_id":"a","action":"joined","role":"member","at":"2022-05-28T10:00:00Z"}`,
		`group.membership_changed 2022-05-28 id=m2 {"group_id":"w","person_id":"b","action":"joined","role":"lead","at":"2022-05-28T10:00:00Z"}`,
		`registration.submitted 2022-05-01 id=r1 {"registration_id":"r1","gathering_id":"g1","person_id":"a","status":"pending","at":"2022-05-01T10:00:00Z"}`,
		`registration.submitted 2022-05-02 id=r2 {"registration_id":"r2","gathering_id":"g1","person_id":"b","status":"confirmed","at":"2022-05-02T10:00:00Z"}`,
		`member.registered 2021-01-01 id=j1 {"person_id":"a","kind":"student","status":"candidate","joined_at":"2021-01-01T10:00:00Z","faculty":"law"}`,
		`member.registered 2020-01-01 id=j2 {"person_id":"b","kind":"alumnus","status":"ambassador","joined_at":"2020-01-01T10:00:00Z"}`,
	)
	const acts = "SELECT arraySort(groupArray((person_id, type, gathering_id, mode))) FROM acts"
	before := h.ask(acts)
	h.expect("SELECT (count(), uniqExact(person_id)) FROM attendance WHERE present", "(4,3)")

	h.store(merge("a", "b", ""))
	h.expect("SELECT arraySort(groupArray((gathering_id, person_id, present, role))) FROM attendance",
		"[('g1','b',true,'participant'),('g1','other',true,'participant'),('g2','b',true,'participant'),('g3','b',true,'host'),('g4','b',false,'participant')]")
	h.expect("SELECT arraySort(groupArray((person_id, replaceOne(type, '.v1', ''), gathering_id, mode))) FROM acts WHERE type NOT LIKE 'group%'",
		"[('b','attendance.recorded','g1','experiential'),('b','attendance.recorded','g2','experiential'),('b','attendance.recorded','g3','volunteer'),"+
			"('b','feedback.submitted','g1','communication'),('b','feedback.submitted','g1','communication'),('other','attendance.recorded','g1','experiential')]")
	h.expect("SELECT (count(), any(key)) FROM acts WHERE type LIKE 'group%'", `(1,'["w","b","2022-05-28T10:00:00Z"]')`)
	h.expect("SELECT groupArray((person_id, status, submitted_at, confirmed_at)) FROM registrations", "[('b','confirmed','2022-05-01 10:00:00.000','2022-05-02 10:00:00.000')]")
	h.expect("SELECT groupArray((person_id, kind, status, faculty, joined_at)) FROM members", "[('b','student','candidate','law','2020-01-01 10:00:00.000')]")
	h.expect("SELECT groupArray((person_id, valid_from, kind, faculty)) FROM (SELECT person_id, valid_from, kind, faculty FROM member_attributes ORDER BY valid_from)",
		"[('b','2020-01-01 00:00:00.000','alumnus',''),('b','2021-01-01 00:00:00.000','student','law')]")

	h.store(`member.merged 2022-06-02 rev=1 void {"from_id":"a"}`)
	h.expect(acts, before)
	h.expect("SELECT (count(), uniqExact(person_id)) FROM attendance WHERE present", "(4,3)")
}
