package e2e_test

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestRightsOfAPerson goes the whole way of a request: what is held, what is allowed, to be forgotten for good, to come back.
func TestRightsOfAPerson(t *testing.T) {
	t.Parallel()
	h := open(t)
	came := func(id, gathering, person string) string {
		return fmt.Sprintf(`{"specversion":"1.0","id":%q,"source":"desk","type":"attendance.recorded.v1","time":"2022-05-27T15:00:00Z","data":{"gathering_id":%q,"person_id":%q,"present":true,"role":"host","method":"desk"}}`, id, gathering, person)
	}
	said := func(id, person, purpose string) string {
		return fmt.Sprintf(`{"specversion":"1.0","id":%q,"source":"desk","type":"consent.changed.v1","time":"2022-06-01T15:00:00Z","data":{"person_id":%q,"purpose":%q,"granted":false,"at":"2022-06-01T15:00:00Z"}}`, id, person, purpose)
	}
	publish := func(lines ...string) {
		t.Helper()
		if o := h.run(strings.Join(lines, "\n"), "publish", "--tenant", "t", "-"); o.code != 0 {
			t.Fatalf("publish: %+v", o)
		}
		h.settled()
	}
	attended := func(want float64) {
		t.Helper()
		rows := h.rows("attendance", "tenant=t")
		if len(rows) != 1 || rows[0]["attended"] != want {
			t.Errorf("attendance: %v, want %v", rows, want)
		}
	}
	publish(
		came("1", "g", "ann"), came("2", "g", "bob"), came("3", "g", "cyd"), came("4", "g", "p-dan"),
		`{"specversion":"1.0","id":"5","source":"crm","type":"member.merged.v1","time":"2022-05-28T15:00:00Z","data":{"from_id":"ann","into_id":"anna","evidence":"email"}}`,
		`{"specversion":"1.0","id":"6","source":"crm","type":"member.registered.v1","time":"2022-05-28T15:00:00Z","data":{"person_id":"bob","kind":"alumnus","joined_at":"2022-05-28T15:00:00Z","status":"candidate","invited_by":"ann"}}`,
		said("7", "p-dan", "analytics"), said("8", "cyd", "named_lists"),
	)
	attended(3)
	if list := h.run("", "report", "attendance", "--tenant", "t", "--behind", "attended", "--cell", "gathering_id=g", "--format", "csv").stdout; strings.Contains(list, "cyd") ||
		strings.Contains(list, "p-dan") || !strings.Contains(list, "(withheld)") || !strings.Contains(list, "bob") {
		t.Errorf("the list behind 3:\n%s", list)
	}
	if o := h.run("", "member", "consent", "p-dan", "--tenant", "t", "--format", "csv"); o.code != 0 || !strings.Contains(o.stdout, "analytics,false,true") {
		t.Errorf("consents: %+v", o)
	}

	folder := filepath.Join(t.TempDir(), "ann")
	if o := h.run("", "member", "export", "anna", "--tenant", "t", "--format", "csv", "--out", folder); o.code != 0 {
		t.Fatalf("export: %+v", o)
	}
	if n := len(readTable(t, filepath.Join(folder, "events.csv"))); n != 1+3 {
		t.Errorf("%d lines of events, want a head, an attendance, a merge and an invitation", n)
	}
	for _, args := range [][]string{
		{"erase", "ann", "--basis", "law", "--request", "rq-1"}, {"erase", "ann", "--request", "rq-1", "--yes"}, {"export", "ann", "--format", "csv"},
		{"export", "(withheld)"}, {"erase", "(withheld)", "--basis", "law", "--request", "rq-1", "--yes"},
	} {
		if o := h.run("", append([]string{"member", "--tenant", "t"}, args...)...); o.code != 2 {
			t.Errorf("member %v: %+v", args, o)
		}
	}
	h.forgetAnn()
	attended(2)
	publish(came("1", "g", "ann"), came("9", "g", "anna"), came("10", "g", "eve"))
	attended(3)   // eve came
	h.forgotten() // what arrived again is taken out of the stream, too

	if o := h.run("", "member", "lift", "anna", "--tenant", "t", "--reason", "came back"); o.code != 0 {
		t.Errorf("lift: %+v", o)
	}
	publish(came("11", "g", "anna"))
	attended(4)
	if o := h.run("", "member", "suppressed", "--tenant", "t"); o.code != 0 || !strings.Contains(o.stdout, "came back") {
		t.Errorf("suppressed: %+v", o)
	}
}

// forgetAnn erases ann, who is anna, and reads the receipt.
func (h *house) forgetAnn() {
	h.t.Helper()
	o := h.run("", "member", "erase", "ann", "--tenant", "t", "--basis", "law", "--request", "rq-1", "--yes")
	if o.code != 0 || !strings.Contains(o.stdout, "done") || !strings.Contains(o.stderr, "2 ids: ann, anna") {
		h.t.Fatalf("erase: %+v", o)
	}
	o = h.run("", "member", "receipts", "rq-1", "--tenant", "t", "--format", "json")
	if o.code != 0 || strings.Contains(o.stdout, `"ann`) || !strings.Contains(o.stdout, `"ids":2`) && !strings.Contains(o.stdout, `"ids": 2`) {
		h.t.Errorf("receipt: %+v", o)
	}
	if o = h.run("", "member", "erase", "bob", "--tenant", "t", "--basis", "law", "--request", "rq-1", "--yes"); o.code != 1 || !strings.Contains(o.stderr, "another person") {
		h.t.Errorf("the same request for another person: %+v", o)
	}
	var record struct {
		Erased bool              `json:"erased"`
		Events []json.RawMessage `json:"events"`
	}
	o = h.run("", "member", "export", "anna", "--tenant", "t")
	if err := json.Unmarshal([]byte(o.stdout), &record); err != nil || !record.Erased || len(record.Events) != 0 {
		h.t.Errorf("what is held afterwards: %v %s", err, o.stdout)
	}
}

func readTable(t *testing.T, path string) [][]string {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	table, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return table
}
