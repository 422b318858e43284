package chdb_test

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/turnout/turnout/internal/embedded/chdb"
)

func (h *house) insert() {
	t := h.t
	h.exec(t, "CREATE TABLE d.insert (a UInt64, s String DEFAULT 'x') ENGINE = MergeTree ORDER BY a")
	insert, err := h.conn(t).Insert([]byte("INSERT INTO d.insert (a)"), "TSV")
	if err != nil {
		t.Fatal(err)
	}
	defer insert.Close()
	for _, piece := range []string{"1\n2\n3", "", "4\n", "5\n"} {
		if _, err := insert.Write([]byte(piece)); err != nil {
			t.Fatal(err)
		}
	}
	stats, err := insert.Done()
	if err != nil || stats.WrittenRows != 4 {
		t.Errorf("%+v, %v", stats, err)
	}
	if got := h.exec(t, "SELECT groupArray(a), any(s) FROM (SELECT a, s FROM d.insert ORDER BY a)"); got != "[1,2,5,34]\tx" {
		t.Errorf("stored %s", got)
	}
}

// Rule: rows in Native go through Insert; inline they are cut at a blank line,
// which every column of ten rows with ten-letter names may hold.
func (h *house) insertNative() {
	t := h.t
	h.exec(t, "CREATE TABLE d.native (a UInt64, s String) ENGINE = MergeTree ORDER BY a")
	rows, err := h.conn(t).Query([]byte("SELECT 2570 AS a, '\n\n' AS s FROM numbers(10)"), "Native")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(rows.Data, []byte("\n\n")) {
		t.Fatal("the rows hold no blank line: the test tests nothing")
	}
	inline := append([]byte("INSERT INTO d.native FORMAT Native\n"), rows.Data...)
	if _, err := h.conn(t).Query(inline, "TSV"); err == nil && h.exec(t, "SELECT count() FROM d.native") == "10" {
		t.Log("the library now takes Native inline: the rule may go")
	}
	h.exec(t, "TRUNCATE TABLE d.native")
	insert, err := h.conn(t).Insert([]byte("INSERT INTO d.native"), "Native")
	if err != nil {
		t.Fatal(err)
	}
	defer insert.Close()
	for _, b := range rows.Data { // in the smallest pieces
		if _, err := insert.Write([]byte{b}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := insert.Done(); err != nil {
		t.Fatal(err)
	}
	if got := h.exec(t, "SELECT count(), sum(a), any(s) FROM d.native"); got != "10\t25700\t\\n\\n" {
		t.Errorf("stored %s", got)
	}
}

func (h *house) insertFails() {
	t := h.t
	h.exec(t, "CREATE TABLE d.fails (a UInt64) ENGINE = MergeTree ORDER BY a")
	if _, err := h.conn(t).Insert([]byte("INSERT INTO d.nosuch"), "TSV"); err == nil {
		t.Error("an insert into no table began")
	}
	insert, err := h.conn(t).Insert([]byte("INSERT INTO d.fails"), "TSV")
	if err != nil {
		t.Fatal(err)
	}
	defer insert.Close()
	// Writing must not hang once the engine has given up.
	for range 1000 {
		if _, err := insert.Write(bytes.Repeat([]byte("no number\n"), 10000)); err != nil {
			break
		}
	}
	_, err = insert.Done()
	if engine, ok := errors.AsType[*chdb.Error](err); !ok || engine.Code != 27 {
		t.Errorf("%v, want code 27", err)
	}
	if got := h.exec(t, "SELECT count() FROM d.fails"); got != "0" {
		t.Errorf("stored %s rows", got)
	}
}

func (h *house) insertCancelled() {
	t := h.t
	h.exec(t, "CREATE TABLE d.cancelled (a UInt64) ENGINE = MergeTree ORDER BY a")
	conn := h.conn(t)
	insert, err := conn.Insert([]byte("INSERT INTO d.cancelled"), "TSV")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := insert.Write(bytes.Repeat([]byte("1\n"), 100000)); err != nil {
		t.Fatal(err)
	}
	insert.Cancel()
	insert.Close()
	if got := h.exec(t, "SELECT count() FROM d.cancelled"); got != "0" {
		t.Errorf("stored %s rows", got)
	}
	if err := conn.Exec("SELECT 1"); err != nil {
		t.Errorf("the connection after a cancelled insert: %v", err)
	}
}

// Rule: a stream insert may fail with 394 when two views hang on the table of
// which one holds a scalar subquery; one view may, and two without it may.
func (h *house) twoViews() {
	t := h.t
	h.exec(t, "CREATE TABLE d.base (a UInt64) ENGINE = MergeTree ORDER BY a")
	h.exec(t, "CREATE MATERIALIZED VIEW d.plain ENGINE = MergeTree ORDER BY a AS SELECT a FROM d.base")
	write := func() error {
		insert, err := h.conn(t).Insert([]byte("INSERT INTO d.base"), "TSV")
		if err != nil {
			return err
		}
		defer insert.Close()
		if _, err := insert.Write([]byte("1\n")); err != nil {
			return err
		}
		_, err = insert.Done()
		return err
	}
	if err := write(); err != nil {
		t.Fatalf("one view: %v", err)
	}
	h.exec(t, "CREATE MATERIALIZED VIEW d.second ENGINE = MergeTree ORDER BY a AS SELECT a FROM d.base")
	if err := write(); err != nil {
		t.Fatalf("two views: %v", err)
	}
	// Measured: 394 came with some shapes of scalar subqueries, not with these; what
	// must not happen is that the rows are taken and missing.
	h.exec(t, "CREATE TABLE d.other (b UInt64) ENGINE = MergeTree ORDER BY b")
	h.exec(t, "INSERT INTO d.other SELECT number FROM numbers(3)")
	for i, scalar := range []string{
		"SELECT a + assumeNotNull((SELECT max(a) FROM d.base)) AS a FROM d.base",
		"WITH (SELECT max(b) FROM d.other) AS m SELECT a FROM d.base WHERE a < m",
		"SELECT a FROM d.base WHERE a < (SELECT count() FROM d.other)",
	} {
		view := fmt.Sprintf("d.scalar%d", i)
		h.exec(t, "CREATE MATERIALIZED VIEW "+view+" ENGINE = MergeTree ORDER BY a AS "+scalar)
		err := write()
		if engine, ok := errors.AsType[*chdb.Error](err); err != nil && (!ok || engine.Code != 394) {
			t.Errorf("%s: %v", scalar, err)
		}
		if stored := h.exec(t, "SELECT count() FROM "+view); (stored == "1") != (err == nil) {
			t.Errorf("%s: error %v, but %s rows are stored", scalar, err, stored)
		}
		t.Logf("%s: %v", scalar, err)
		h.exec(t, "DROP TABLE "+view)
	}
}
