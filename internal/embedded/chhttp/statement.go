package chhttp

import (
	"bytes"
	"errors"
	"strings"
)

// mode is how a statement is run.
type mode uint8

const (
	runSelect mode = iota // in pieces, bounded memory
	runWhole              // DDL, DESCRIBE, SHOW, INSERT … SELECT: one answer
	runInsert             // rows follow the statement
)

// statement is a request's text, cut as far as running it needs.
type statement struct {
	mode   mode
	verb   string  // first keyword, upper case
	sql    []byte  // without FORMAT and rows for runInsert
	format string  // of the answer, or of the rows; "" when not named
	data   int     // runInsert: where the rows begin in the text
	tokens []token // of sql
}

// readStatement cuts text. more is true when the text ends before the cut is
// certain and whole is false: the caller reads on.
func readStatement(text []byte, whole bool) (stmt *statement, more bool, err error) {
	lex := &lexer{src: text, more: !whole}
	stmt = &statement{sql: text}
	depth := 0
	for {
		tok, ok, err := lex.next()
		if err != nil {
			return nil, !whole && errors.Is(err, errOpen), err
		}
		if !ok {
			break
		}
		if tok.end == len(text) && !whole {
			return nil, true, nil // the word may go on
		}
		if tok.symbol('(') {
			depth++
		} else if tok.symbol(')') {
			depth--
		}
		stmt.tokens = append(stmt.tokens, tok)
		stmt.begin(tok)
		if stmt.mode == runInsert && stmt.rowsBegin(text, depth) {
			return stmt, false, nil
		}
	}
	if !whole {
		return nil, true, nil
	}
	stmt.finish()
	return stmt, false, nil
}

// begin settles the verb and the mode as the first words pass.
func (s *statement) begin(tok token) {
	if s.verb == "" && tok.kind == word {
		s.verb = strings.ToUpper(tok.word)
		switch s.verb {
		case "SELECT", "WITH", "FROM", "VALUES":
			s.mode = runSelect
		case "INSERT":
			s.mode = runInsert
		default:
			s.mode = runWhole
		}
	}
	if s.verb == "WITH" && tok.is("INSERT") {
		s.mode = runWhole
	}
}

// rowsBegin looks at the last tokens of an INSERT: does the text of the
// statement end here, and do rows follow?
func (s *statement) rowsBegin(text []byte, depth int) bool {
	n := len(s.tokens)
	last, before := s.tokens[n-1], s.at(n-2)
	switch {
	case s.namesTable(n - 1):
		return false
	case last.is("SELECT") || last.is("WITH") || last.is("FROM"):
		if depth == 0 || depth == 1 && before.symbol('(') {
			s.mode = runWhole
		}
	case depth > 0:
		return false
	case before.is("FORMAT") && last.kind == word && !s.namesTable(n-2):
		s.sql, s.format, s.data = text[:before.start], last.word, skipToRows(text, last.end)
		return true
	case last.is("VALUES"):
		s.sql, s.format, s.data = text[:last.start], "Values", last.end
		return true
	}
	return false
}

// namesTable reports whether token i of an INSERT is a table's name, whatever word it is.
func (s *statement) namesTable(i int) bool {
	before := s.at(i - 1)
	return before.is("INTO") || before.is("TABLE") || before.symbol('.')
}

// skipToRows passes blanks and one line end after the format's name.
func skipToRows(text []byte, at int) int {
	for at < len(text) && (text[at] == ' ' || text[at] == '\t' || text[at] == '\f' || text[at] == '\r') {
		at++
	}
	if at < len(text) && text[at] == '\n' {
		at++
	}
	return at
}

// finish runs when the whole text was read.
func (s *statement) finish() {
	depth := 0
	for i, tok := range s.tokens {
		switch {
		case tok.symbol('('):
			depth++
		case tok.symbol(')'):
			depth--
		case depth == 0 && s.namesFormat(i):
			s.format = s.tokens[i+1].word
		}
	}
	if s.mode == runInsert {
		s.data = len(s.sql)
		s.sql = bytes.TrimRight(s.sql, "; \t\r\n")
	}
}

// namesFormat reports whether token i is the FORMAT clause, which nothing follows but settings.
func (s *statement) namesFormat(i int) bool {
	after := s.at(i + 2)
	return s.tokens[i].is("FORMAT") && s.at(i+1).kind == word && !s.at(i-1).symbol('.') &&
		(i+2 >= len(s.tokens) || after.symbol(';') || after.is("SETTINGS"))
}

// lexRows adds the tokens of an INSERT's rows, which are expressions in the
// format Values, so that the wall sees them.
func (s *statement) lexRows(text []byte) error {
	lex := &lexer{src: text, pos: s.data}
	for {
		tok, ok, err := lex.next()
		if err != nil || !ok {
			return err
		}
		s.tokens = append(s.tokens, tok)
	}
}
