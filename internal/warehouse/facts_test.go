package warehouse_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/turnout/turnout/schemas"
)

const (
	presentData = `{"gathering_id":"g","person_id":"p","present":true,"role":"participant","method":"sheet"}`
	speakerData = `{"gathering_id":"g","person_id":"p","present":true,"role":"speaker","method":"desk"}`
	absentData  = `{"gathering_id":"g","person_id":"p","present":false,"role":"participant","method":"desk"}`
	keyData     = `{"gathering_id":"g","person_id":"p"}`
)

func TestWhichRevisionIsTheTruth(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		lines []string
		want  string
	}{
		"repeated":             {[]string{"2022-05-27 id=1 " + presentData, "2022-05-27 id=1 " + presentData}, "[('participant',true)]"},
		"revision":             {[]string{"2022-05-27 id=2 rev=2 " + speakerData, "2022-05-27 id=1 rev=1 rec=2023-01-01 " + absentData}, "[('speaker',true)]"},
		"recorded later":       {[]string{"2022-05-27 id=2 rec=2022-06-02 " + speakerData, "2022-05-27 id=1 rec=2022-06-01 " + absentData}, "[('speaker',true)]"},
		"time for recorded":    {[]string{"2022-05-28 id=2 " + speakerData, "2022-05-27 id=1 " + absentData}, "[('speaker',true)]"},
		"void":                 {[]string{"2022-05-27 id=1 " + presentData, "2022-05-27 id=2 rev=1 void " + keyData}, "[]"},
		"void before fact":     {[]string{"2022-05-27 id=2 rev=1 void " + keyData, "2022-05-27 id=1 " + presentData}, "[]"},
		"void of a void":       {[]string{"2022-05-27 id=2 rev=1 void " + keyData, "2022-05-27 id=3 rev=2 " + absentData, "2022-05-27 id=1 " + presentData}, "[('participant',false)]"},
		"lower void":           {[]string{"2022-05-27 id=3 rev=2 " + speakerData, "2022-05-27 id=2 rev=1 void " + keyData}, "[('speaker',true)]"},
		"highest revision":     {[]string{"2022-05-27 id=3 rev=2147483647 " + speakerData, "2100-12-31 id=2 rev=2147483646 " + absentData}, "[('speaker',true)]"},
		"before 1970":          {[]string{"1900-01-01 id=1 " + absentData, "1900-01-02 id=2 " + speakerData}, "[('speaker',true)]"},
		"moved to other month": {[]string{"2022-05-27 id=1 " + absentData, "1955-05-27 id=2 rev=1 " + speakerData}, "[('speaker',true)]"},
	}
	shared := newHouse(t)
	tenants := 0
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			for _, backwards := range []bool{false, true} {
				for _, together := range []bool{false, true} {
					tenants++
					h := shared.in(t, fmt.Sprint("t", tenants))
					lines := slices.Clone(test.lines)
					if backwards {
						slices.Reverse(lines)
					}
					for i := range lines {
						lines[i] = "attendance.recorded " + lines[i]
					}
					if together {
						h.store(lines...)
					} else {
						for _, line := range lines {
							h.store(line)
						}
					}
					h.expect("SELECT groupArray((role, present)) FROM attendance", test.want)
				}
			}
		})
	}
}

func TestOneIdWithTwoContentsIsKeptTwiceAndDecidedAlike(t *testing.T) {
	t.Parallel()
	var outcomes []string
	shared := newHouse(t)
	for i, lines := range [][]string{{presentData, speakerData}, {speakerData, presentData}} {
		h := shared.in(t, fmt.Sprint("t", i))
		for _, data := range lines {
			h.store("attendance.recorded 2022-05-27 id=same " + data)
		}
		h.expect("SELECT (count(), uniqExact(id), uniqExact(content_hash)) FROM events FINAL", "(2,1,2)")
		outcomes = append(outcomes, h.ask("SELECT groupArray(role) FROM attendance"))
	}
	if outcomes[0] != outcomes[1] {
		t.Errorf("the order decided: %v", outcomes)
	}
}

func TestFirstReceiptStaysInTheLog(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	early := h.rows(h.events("attendance.recorded 2022-05-27 id=1 " + presentData))
	late := h.rows(h.events("attendance.recorded 2022-05-27 id=1 " + presentData))
	must(t, h.db.InsertEvents(t.Context(), late))
	must(t, h.db.InsertEvents(t.Context(), early))
	h.expect("SELECT groupArray((stream_seq, received)) FROM events FINAL", "[(1,'2026-01-01 00:00:01.000')]")
	must(t, h.db.Conn().Exec(t.Context(), "OPTIMIZE TABLE events FINAL"))
	h.expect("SELECT groupArray((stream_seq, received)) FROM events", "[(1,'2026-01-01 00:00:01.000')]")
}

func TestTwoCenturiesInOneInsert(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	var events []*schemas.Event
	for year := 1900; year <= 2100; year++ {
		month := year%12 + 1
		events = append(events, event(t, fmt.Sprintf(
			`volunteering.logged %04d-%02d-28 id=v%04d {"log_id":"v%04d","person_id":"p","activity":"lecture","on":"%04d-%02d-28","hours":1.25}`, year, month, year, year, year, month)))
	}
	rows := h.rows(events)
	must(t, h.db.InsertEvents(t.Context(), rows))
	must(t, h.db.InsertEvents(t.Context(), rows))
	h.expect("SELECT (count(), toString(min(time)), toString(max(time))) FROM events FINAL", "(201,'1900-05-28 12:00:00.000','2100-01-28 12:00:00.000')")
	h.expect("SELECT uniqExact(partition) FROM system.parts WHERE database = currentDatabase() AND table = 'events' AND active", "111")
	h.expect("SELECT (count(), min(`on`), max(`on`), sum(hours), uniqExact(toStartOfMonth(event_time))) FROM volunteering_logged", "(201,'1900-05-28','2100-01-28',251.25,201)")
	h.expect("SELECT count() FROM acts WHERE mode = 'volunteer' AND at < '1970-01-01 00:00:00'", "70")
}

func TestEdgesOfTime(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.store(
		`gathering.scheduled 1900-01-01T00:00:00Z {"gathering_id":"first","kind":"meeting","formality":"formal","format":"in_person","starts_at":"1900-01-01T00:00:00Z","ends_at":"1900-01-01T02:30:00+02:30"}`,
		`gathering.scheduled 2100-12-31T23:59:59Z {"gathering_id":"last","kind":"meeting","formality":"formal","format":"in_person","starts_at":"2100-12-31T23:59:59.999Z","ends_at":"2100-12-31T23:59:59.999Z"}`,
	)
	h.expect("SELECT arraySort(groupArray((gathering_id, starts_at, ends_at))) FROM gatherings",
		"[('first','1900-01-01 00:00:00.000','1900-01-01 00:00:00.000'),('last','2100-12-31 23:59:59.999','2100-12-31 23:59:59.999')]")
}

// quoted makes a JSON string of a text whose backslashes are escapes already.
func quoted(text string) string { return `"` + strings.ReplaceAll(text, `"`, `\"`) + `"` }

func TestIdsInAnyScript(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ids := []string{"жар-птица", "\u82b1\u5b50", `quo"te'`, `back\\slash`, "😀/x", "a,b|c", "` $x {y:String}"}
	for i, id := range ids {
		h.store(fmt.Sprintf(`attendance.recorded 2022-05-27 id=%d {"gathering_id":"g","person_id":%s,"present":true,"role":"participant","method":"qr"}`, i, quoted(id)))
	}
	h.store(`member.merged 2022-06-01 {"from_id":"\u82b1\u5b50","into_id":"жар-птица","evidence":"email"}`)
	h.expect("SELECT (count(), uniqExact(person_id), countIf(person_id = 'жар-птица')) FROM attendance", fmt.Sprintf("(%d,%d,1)", len(ids)-1, len(ids)-1))
	h.expect("SELECT count() FROM acts", strconv.Itoa(len(ids)-1))
}
