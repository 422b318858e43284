package chhttp

import (
	"bytes"
	"errors"
	"strings"
	"testing"
)

func TestReadStatement(t *testing.T) {
	for _, test := range []struct {
		text              string
		mode              mode
		verb, sql, format string
		rows              string
	}{
		{"SELECT 1", runSelect, "SELECT", "SELECT 1", "", ""},
		{"select 1 format JSON", runSelect, "SELECT", "select 1 format JSON", "JSON", ""},
		{"SELECT 1 FORMAT JSON;", runSelect, "SELECT", "SELECT 1 FORMAT JSON;", "JSON", ""},
		{"SELECT format FROM t", runSelect, "SELECT", "SELECT format FROM t", "", ""},
		{"SELECT t.format AS x FROM t", runSelect, "SELECT", "SELECT t.format AS x FROM t", "", ""},
		{"SELECT (SELECT 1 FORMAT CSV)", runSelect, "SELECT", "SELECT (SELECT 1 FORMAT CSV)", "", ""},
		{"WITH 1 AS x SELECT x", runSelect, "WITH", "WITH 1 AS x SELECT x", "", ""},
		{"WITH 1 AS x INSERT INTO t SELECT x", runWhole, "WITH", "WITH 1 AS x INSERT INTO t SELECT x", "", ""},
		{"/* a */ -- b\n# c\n#! d\n// e\nSELECT 1", runSelect, "SELECT", "/* a */ -- b\n# c\n#! d\n// e\nSELECT 1", "", ""},
		{"((SELECT 1))", runSelect, "SELECT", "((SELECT 1))", "", ""},
		{"CREATE TABLE t (a Int8) ENGINE = Memory", runWhole, "CREATE", "CREATE TABLE t (a Int8) ENGINE = Memory", "", ""},
		{"SELECT $a$ FORMAT CSV", runSelect, "SELECT", "SELECT $a$ FORMAT CSV", "CSV", ""},
		{"SELECT $a b$ FORMAT CSV $a b$", runSelect, "SELECT", "SELECT $a b$ FORMAT CSV $a b$", "", ""},
		{"SHOW TABLES FORMAT CSV", runWhole, "SHOW", "SHOW TABLES FORMAT CSV", "CSV", ""},
		{"INSERT INTO t VALUES (1)", runInsert, "INSERT", "INSERT INTO t ", "Values", " (1)"},
		{"INSERT INTO t FORMAT CSV\n1\n2\n", runInsert, "INSERT", "INSERT INTO t ", "CSV", "1\n2\n"},
		{"INSERT INTO t FORMAT CSV 1\n2\n", runInsert, "INSERT", "INSERT INTO t ", "CSV", "1\n2\n"},
		{"INSERT INTO t FORMAT CSV \r\n1", runInsert, "INSERT", "INSERT INTO t ", "CSV", "1"},
		{"INSERT INTO t FORMAT TSV\n\n", runInsert, "INSERT", "INSERT INTO t ", "TSV", "\n"},
		{"insert into d.t (a, values) settings x = 1 format JSONEachRow {\"a\":'", runInsert, "INSERT", "insert into d.t (a, values) settings x = 1 ", "JSONEachRow", "{\"a\":'"},
		{"INSERT INTO format FORMAT CSV 1", runInsert, "INSERT", "INSERT INTO format ", "CSV", "1"},
		{"INSERT INTO d.format FORMAT CSV 1", runInsert, "INSERT", "INSERT INTO d.format ", "CSV", "1"},
		{"INSERT INTO values VALUES (1)", runInsert, "INSERT", "INSERT INTO values ", "Values", " (1)"},
		{"INSERT INTO TABLE t VALUES (1)", runInsert, "INSERT", "INSERT INTO TABLE t ", "Values", " (1)"},
		{"INSERT INTO `VALUES` VALUES (1)", runInsert, "INSERT", "INSERT INTO `VALUES` ", "Values", " (1)"},
		{"INSERT INTO t FORMAT Values (1)", runInsert, "INSERT", "INSERT INTO t ", "Values", "(1)"},
		{"INSERT INTO t SELECT 1", runWhole, "INSERT", "INSERT INTO t SELECT 1", "", ""},
		{"INSERT INTO t (a) WITH 1 AS x SELECT x", runWhole, "INSERT", "INSERT INTO t (a) WITH 1 AS x SELECT x", "", ""},
		{"INSERT INTO t (SELECT 1)", runWhole, "INSERT", "INSERT INTO t (SELECT 1)", "", ""},
		{"INSERT INTO t;", runInsert, "INSERT", "INSERT INTO t", "", ""},
	} {
		t.Run(test.text, func(t *testing.T) {
			stmt, more, err := readStatement([]byte(test.text), true)
			if err != nil || more {
				t.Fatalf("more %t, error %v", more, err)
			}
			if stmt.mode != test.mode || stmt.verb != test.verb || string(stmt.sql) != test.sql || stmt.format != test.format {
				t.Errorf("mode %d, verb %s, sql %q, format %q", stmt.mode, stmt.verb, stmt.sql, stmt.format)
			}
			if stmt.mode == runInsert && stmt.data < len(test.text) {
				if got := test.text[stmt.data:]; got != test.rows {
					t.Errorf("rows %q, want %q", got, test.rows)
				}
			}
		})
	}
}

func TestReadStatementRefuses(t *testing.T) {
	for text, want := range map[string]error{
		"SELECT 'a": errOpen, "SELECT `a": errOpen, "SELECT 1 /* a": errOpen, "SELECT 1 /* /* a */": errOpen,
		"SELECT ‘a’": errOutside, "SELECT é": errOutside, "SELECT\x001": errOutside, "SELECT `a\\x62`": errName,
	} {
		if _, _, err := readStatement([]byte(text), true); !errors.Is(err, want) {
			t.Errorf("%q: %v, want %v", text, err, want)
		}
	}
}

// What is cut must not depend on how much of the text has arrived.
func TestReadStatementInPieces(t *testing.T) {
	for _, text := range []string{
		"INSERT INTO d.t (a, `b c`) SETTINGS x = 'y;', z = 1 FORMAT JSONEachRow {\"a\":1}",
		"INSERT /* c */ INTO t VALUES (1, 'a'), (2, 'b')",
		"INSERT INTO t -- FORMAT CSV\n FORMAT TSV\n1\n",
	} {
		whole, _, err := readStatement([]byte(text), true)
		if err != nil {
			t.Fatal(err)
		}
		decided := false
		for end := range len(text) {
			stmt, more, err := readStatement([]byte(text[:end]), false)
			switch {
			case err != nil && !more:
				t.Errorf("%q: %v", text[:end], err)
			case more && decided:
				t.Errorf("%q: asks for more after it had decided", text[:end])
			case !more:
				decided = true
				if !bytes.Equal(stmt.sql, whole.sql) || stmt.format != whole.format {
					t.Errorf("%q: sql %q, format %q", text[:end], stmt.sql, stmt.format)
				}
			}
		}
		if !decided {
			t.Errorf("%q: never decided before its end", text)
		}
	}
}

// FuzzReadStatement holds that no text makes the cutter panic, that tokens lie in
// the text in their order, and that a cut made early is the one made late.
func FuzzReadStatement(f *testing.F) {
	for _, seed := range []string{
		"SELECT 1", "INSERT INTO t FORMAT CSV\n1", "INSERT INTO t VALUES (1, 'a''b\\'', $x$ ' $x$)", "/* /* */ */ SELECT \"a\"\"b\", `c`",
		"SELECT 1.5e-3 // x\n# y\n, file('a')", "WITH x AS (SELECT 1) INSERT INTO t SELECT * FROM x", "'", "$", "$$", "--", "/*/",
	} {
		f.Add(seed, len(seed)/2)
	}
	f.Fuzz(func(t *testing.T, text string, at int) {
		whole, more, err := readStatement([]byte(text), true)
		if more {
			t.Fatalf("asks for more than the whole of %q", text)
		}
		if err != nil {
			return
		}
		end := 0
		for _, tok := range whole.tokens {
			if tok.start < end || tok.end <= tok.start || tok.end > len(text) {
				t.Fatalf("token %+v of %q", tok, text)
			}
			end = tok.end
		}
		_ = whole.wall(true)
		if at < 0 || at > len(text) {
			return
		}
		part, more, err := readStatement([]byte(text[:at]), false)
		if err == nil && !more && (part.mode != whole.mode || !bytes.Equal(part.sql, whole.sql) || part.format != whole.format) {
			t.Fatalf("%q cut at %d: %q FORMAT %q, whole: %q FORMAT %q", text, at, part.sql, part.format, whole.sql, whole.format)
		}
	})
}

func TestAnswerWithoutEnding(t *testing.T) {
	// A body of blocks that is cut inside of one is not at its end.
	for name, body := range map[string]string{"in the header": "abc", "after the header": strings.Repeat("\x01", 25)} {
		if _, err := newBlocks(strings.NewReader(body)).Read(make([]byte, 10)); err == nil || err.Error() == "EOF" {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := newBlocks(strings.NewReader("")).Read(make([]byte, 10)); err == nil || err.Error() != "EOF" {
		t.Errorf("nothing at all: %v", err)
	}
}
