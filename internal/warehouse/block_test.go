package warehouse_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/turnout/turnout/internal/warehouse"
	"github.com/turnout/turnout/schemas"
)

// TestWaysOfInserting: a block of our own, compressed or not, is what the driver writes, for columns of every type.
func TestWaysOfInserting(t *testing.T) {
	t.Parallel()
	registry := extraType(t, `"copies","deposit","returned","due","lent_at","rooms"`)
	lines := []string{
		`key.lent 2022-05-27 {"loan_id":"1","person_id":"p"}`,
		`key.lent 1941-05-27 id=x rec=1950-01-01 {"loan_id":"2","person_id":"ж","copies":-3,"deposit":12.34567,"returned":true,"due":"1956-02-29","lent_at":"1969-12-31T23:59:59.999Z","rooms":["a","","ü"]}`,
		`key.lent 2022-05-27 rev=7 {"loan_id":"3","person_id":"p","copies":9007199254740991,"deposit":-0.00019,"returned":false,"due":"2100-12-31","lent_at":"2022-05-27T18:00:00Z","rooms":[]}`,
		`key.lent 2022-05-27 rev=8 void {"loan_id":"3"}`,
		`key.lent 2022-05-27 {"loan_id":"4","person_id":"p","deposit":99999999999999,"due":"1969-12-31"}`,
		`key.lent 2022-05-27 {"loan_id":"5","person_id":"p","deposit":1e-7,"rooms":["` + strings.Repeat("long ", 60) + `"]}`,
	}
	for i := range 600 { // more than a step
		lines = append(lines, fmt.Sprintf(`attendance.recorded 2022-05-%02d id=a%d {"gathering_id":"g","person_id":"p%d","present":%t,"role":"participant","method":"sheet"}`, 1+i%28, i, i, i%2 == 0))
	}
	contents := "SELECT arraySort(groupArray(tuple(*))) FROM events FINAL"
	var want string
	for _, way := range []string{"driver", "block", "lz4", "zstd"} {
		h := newHouseWith(t, registry, warehouse.Options{})
		switch way {
		case "driver":
			h.db.ThroughDriver()
		case "lz4", "zstd":
			h.url += "?compress=" + way
			h.db = reopened(t, h, warehouse.Options{})
		}
		h.store(lines...)
		got := h.ask(contents)
		if want == "" {
			want = got
		}
		if got != want {
			t.Errorf("%s: the log is another", way)
			t.Logf("%s\n%s", got, want)
		}
		h.expect("SELECT (count(), sum(deposit), min(due), max(due), min(lent_at), sum(length(rooms)), countIf(returned IS NULL)) FROM facts FINAL WHERE type LIKE 'key%'",
			"(5,100000000000011.3456,'1956-02-29','1969-12-31','1969-12-31 23:59:59.999',4,4)")
		h.expect("SELECT count() FROM facts FINAL", "605")
	}
}

// TestRefusedBlockSaysWhy: the driver reads the answer, and names what is wrong as it always does.
func TestRefusedBlockSaysWhy(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	must(t, h.db.Conn().Exec(t.Context(), "ALTER TABLE events ADD CONSTRAINT wholesome CHECK id != 'poison'"))
	rows := h.rows([]*schemas.Event{event(t, `attendance.recorded 2022-05-27 id=poison {"gathering_id":"g","person_id":"p","present":true,"role":"participant","method":"sheet"}`)})
	err := h.db.InsertEvents(t.Context(), rows)
	if !warehouse.BlamesData(err) || !strings.Contains(warehouse.Reason(err), "wholesome") {
		t.Errorf("%v", err)
	}
	must(t, h.db.Conn().Exec(t.Context(), "DROP TABLE events SYNC"))
	if err := h.db.InsertEvents(t.Context(), rows); err == nil || warehouse.BlamesData(err) {
		t.Errorf("%v", err)
	}
}
