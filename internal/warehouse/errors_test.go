package warehouse_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"

	"github.com/turnout/turnout/internal/warehouse"
	"github.com/turnout/turnout/schemas"
)

func TestBlamesData(t *testing.T) {
	t.Parallel()
	for code, want := range map[int32]bool{
		469: true, 407: true, 131: true, 6: true, 321: true, // constraint, decimal, too large, text, out of range
		241: false, 252: false, 159: false, 60: false, 16: false, 53: false, 210: false, 33: false, 497: false, 243: false,
	} {
		err := fmt.Errorf("insert: %w", &clickhouse.Exception{Code: code, Message: "why"})
		if warehouse.BlamesData(err) != want {
			t.Errorf("code %d", code)
		}
		if warehouse.Reason(err) != "why" {
			t.Errorf("reason %q", warehouse.Reason(err))
		}
	}
	if warehouse.BlamesData(errors.New("EOF")) || warehouse.BlamesData(nil) {
		t.Error("a lost connection blames the data")
	}
}

func TestServerErrorsAreToldApart(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	must(t, h.db.Conn().Exec(t.Context(), "ALTER TABLE events ADD CONSTRAINT wholesome CHECK id != 'poison'"))
	rows := h.rows(h.events("attendance.recorded 2022-05-27 id=poison " + presentData))
	err := h.db.InsertEvents(t.Context(), rows)
	if err == nil || !warehouse.BlamesData(err) {
		t.Errorf("a broken constraint: %v", err)
	}
	h.expect("SELECT count() FROM facts", "0")
	must(t, h.db.Conn().Exec(t.Context(), "RENAME TABLE events TO elsewhere"))
	if err := h.db.InsertEvents(t.Context(), rows); err == nil || warehouse.BlamesData(err) {
		t.Errorf("a missing table: %v", err)
	}
}

func TestRowsStayEven(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	events := h.events("attendance.recorded 2022-05-27 id=1 "+presentData, "attendance.recorded 2022-05-27 id=2 "+speakerData)
	rows := h.rows(events[:1])
	record, err := h.registry.Derive(events[1])
	must(t, err)
	for i := range record.Promoted {
		spoiled := record
		spoiled.Promoted = append([]any{}, record.Promoted...)
		spoiled.Promoted[i] = time.Second // fits no column
		if err := rows.Append(events[1], &spoiled, warehouse.Arrival{}); err == nil {
			t.Errorf("column %d took a %T", i, spoiled.Promoted[i])
		}
	}
	if err := rows.Append(events[1], &schemas.Record{}, warehouse.Arrival{}); err == nil {
		t.Error("a record without promoted values was taken")
	}
	must(t, rows.Append(events[1], &record, warehouse.Arrival{}))
	must(t, h.db.InsertEvents(t.Context(), rows))
	h.expect("SELECT arraySort(groupArray((id, role, present))) FROM events", "[('1','participant',true),('2','speaker',true)]")
	must(t, h.db.InsertEvents(t.Context(), rows.Slice(1, 1)))
	must(t, h.db.InsertEvents(t.Context(), rows.Slice(1, 2)))
	h.expect("SELECT countIf(id = '2') FROM events", "2")
}

func TestOpenSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	for _, url := range []string{"", "127.0.0.1", "http://", "gopher://127.0.0.1:1/turnout", "http://user:secret@127.0.0.1:1/turnout"} {
		db, err := warehouse.Open(t.Context(), url, warehouse.Options{})
		if err == nil {
			t.Errorf("%q was opened: %v", url, db.Close())
			continue
		}
		if text := err.Error(); len(text) < 20 || strings.Contains(text, "secret") {
			t.Errorf("%q: %s", url, text)
		}
	}
}
