package chdb

import (
	"strconv"
	"strings"
)

// Error is ClickHouse's own error: its number (60 for an unknown table) and its text.
type Error struct {
	Code int
	Text string // "Code: 60. DB::Exception: …"
}

// Error returns ClickHouse's text.
func (e *Error) Error() string { return e.Text }

// newError reads the code out of the text; a text without one gets 1002, ClickHouse's
// number for an unknown exception.
func newError(text string) *Error {
	text = strings.TrimSpace(text)
	rest, found := strings.CutPrefix(text, "Code: ")
	if found {
		digits, _, _ := strings.Cut(rest, ".")
		if code, err := strconv.Atoi(digits); err == nil {
			return &Error{Code: code, Text: text}
		}
	}
	return &Error{Code: 1002, Text: "Code: 1002. DB::Exception: " + text + " (UNKNOWN_EXCEPTION)"}
}

// Class says what a statement does, in the order of how restricted it is.
type Class uint32

// The classes of ClickHouse's own parser.
const (
	ReadOnly       Class = iota // SELECT, SHOW, DESCRIBE, EXPLAIN, EXISTS, CHECK
	Mutating                    // INSERT, CREATE, ALTER, DROP, TRUNCATE, OPTIMIZE, DELETE
	MutatingGlobal              // functions, named collections, users, writes into system
	Control                     // SET, USE, SYSTEM, KILL, BACKUP, INTO OUTFILE, INSERT INTO FUNCTION
	Unknown                     // did not parse
)

// analysis mirrors chdb_query_analysis_v1.
type analysis struct {
	size, statements uint32
	_                uint32 // flags
	class            uint32
}

// Classify parses a statement without running it; statements is 0 when it does not parse.
func (c *Conn) Classify(sql []byte) (class Class, statements int) {
	out := &analysis{size: 16, class: uint32(Unknown)}
	if c.lib.classify(c.pointer(), first(sql), uintptr(len(sql)), nil, 0, out) != 0 {
		return Unknown, 0
	}
	return Class(out.class), int(out.statements)
}
