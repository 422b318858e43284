package erasure_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/turnout/turnout/consumers/consumerstest"
	"github.com/turnout/turnout/consumers/erasure"
	"github.com/turnout/turnout/schemas"
)

// community is a generated community: what everybody sends, and what would have been sent had the person and their other ids never been.
type community struct {
	all, without []*schemas.Event
}

// generate makes events of few persons and gatherings, with corrections, voids, repetitions and merges. x is the person, y an id merged
// into x, z one that x was merged into.
func generate(t testing.TB, seed uint64, tenant, other string) community {
	t.Helper()
	random := rand.New(rand.NewPCG(seed, 7))
	persons := []string{"x", "y", "z", "a", "b", "c", "d"}
	erased := []string{"x", "y", "z"}
	pick := func(from []string) string { return from[random.IntN(len(from))] }
	var c community
	add := func(line string, about string, mention string) {
		e := event(t, tenant+" "+line)
		e.Revision, e.Recorded = uint32(random.IntN(3)), time.Date(2022, 6, 1, 0, 0, len(c.all), 0, time.UTC)
		if e.Type == "attendance.recorded.v1" && random.IntN(8) == 0 {
			e.Voided, e.Reason = true, "mistake"
		}
		c.all = append(c.all, e)
		if random.IntN(6) == 0 {
			c.all = append(c.all, e) // sent again
		}
		if slices.Contains(erased, about) {
			return
		}
		kept := *e
		kept.Tenant = other
		if slices.Contains(erased, mention) {
			data := string(kept.Data)
			for _, field := range []string{"invited_by", "ambassador_id"} {
				data = strings.Replace(data, fmt.Sprintf(`%q:%q,`, field, mention), "", 1)
			}
			kept.Data = []byte(data)
		}
		c.without = append(c.without, &kept)
	}
	for i := range 60 {
		person, mention := pick(persons), pick(persons)
		switch random.IntN(5) {
		case 0:
			add(fmt.Sprintf(`member.registered e%d {"person_id":%q,"kind":"alumnus","joined_at":"2022-01-0%dT00:00:00Z","status":"candidate","invited_by":%q}`, i, person, 1+random.IntN(9), mention), person, mention)
		case 1:
			add(fmt.Sprintf(`opportunity.published e%d {"opportunity_id":"o%d","kind":"internship","employer_id":"e","ambassador_id":%q,"positions":2,"state":"open","opens":"2023-01-01"}`, i, random.IntN(3), mention), "", mention)
		case 2:
			add(fmt.Sprintf(`volunteering.logged e%d {"log_id":"l%d","person_id":%q,"activity":"lecture","on":"2022-05-01","hours":2}`, i, random.IntN(4), person), person, "")
		default:
			add(fmt.Sprintf(`attendance.recorded e%d {"gathering_id":"g%d","person_id":%q,"present":%t,"role":"participant","method":"sheet"}`, i, random.IntN(4), person, random.IntN(3) > 0), person, "")
		}
	}
	add(`member.merged m1 {"from_id":"y","into_id":"x","evidence":"email"}`, "y", "")
	add(`member.merged m2 {"from_id":"x","into_id":"z","evidence":"email"}`, "x", "")
	add(`member.merged m3 {"from_id":"a","into_id":"b","evidence":"email"}`, "a", "")
	for _, list := range [][]*schemas.Event{c.all, c.without} {
		random.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	}
	return c
}

// Had the person never been, every fact would be the same: of generated communities, erased and interrupted at any moment, and of their
// twins, in which nobody has ever heard of the person.
func TestErasedIsAsIfThePersonHadNeverBeen(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.consume()
	const communities = 8
	for i := range communities {
		tenant, twin := fmt.Sprint("t", i), fmt.Sprint("twin", i)
		c := generate(t, uint64(i), tenant, twin)
		for len(c.all) > 0 {
			n := min(len(c.all), 1+i*3)
			h.Pack(c.all[:n]...)
			c.all = c.all[n:]
		}
		h.Pack(c.without...)
		h.request(tenant, "x", "er")
	}
	h.Drained()
	worker, err := erasure.New(h.config())
	consumerstest.Must(t, err)
	interrupted := 0
	for pause := time.Millisecond; pause < 400*time.Millisecond; pause *= 2 {
		ctx, cancel := context.WithTimeout(t.Context(), pause)
		if worker.Work(ctx) != nil {
			interrupted++
		}
		cancel()
	}
	if interrupted == 0 {
		t.Error("nothing was interrupted")
	}
	h.erase()
	for i := range communities {
		facts := `SELECT arraySort(groupArray((type, key, data, revision, voided, source, id, toString(received) != ''))) FROM facts FINAL WHERE tenant = '%s%d' AND type != 'member.erased.v1'`
		erased, never := h.Ask(fmt.Sprintf(facts, "t", i)), h.Ask(fmt.Sprintf(facts, "twin", i))
		if erased != never {
			t.Errorf("community %d:\nerased %s\nnever  %s", i, erased, never)
		}
		log := `SELECT arraySort(groupArray((type, id, data))) FROM events FINAL WHERE tenant = '%s%d' AND type != 'member.erased.v1'`
		if erased, never := h.Ask(fmt.Sprintf(log, "t", i)), h.Ask(fmt.Sprintf(log, "twin", i)); erased != never {
			t.Errorf("the log of community %d:\nerased %s\nnever  %s", i, erased, never)
		}
		h.Expect(fmt.Sprintf(`SELECT uniqExact(content_hash) - (SELECT uniqExact(content_hash) FROM facts WHERE tenant = 't%d') >= 0 FROM events WHERE tenant = 't%d'`, i, i), "1")
		h.Expect(fmt.Sprintf(`SELECT (SELECT groupBitmapMerge(received) FROM receipts WHERE tenant = 't%d') >= (SELECT groupBitmapMerge(received) FROM erased_receipts WHERE tenant = 't%d')`, i, i), "1")
	}
}
