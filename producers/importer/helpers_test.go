package importer

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/turnout/turnout/schemas"
)

// sheet is the mapping most tests use.
const sheet = `type: attendance.recorded.v1
source: urn:example:sheet
zone: Europe/Berlin
time: {column: When, date: YYYY-MM-DD HH:mm}
data:
  gathering_id: {column: Gathering}
  person_id: {column: Person}
  present: {column: Present, values: {ja: yes, nein: no, "-": ""}, default: yes}
  role: {column: Role, values: {Gast: speaker}}
  method: {const: sheet}
  minutes: {column: Minutes}
`

const sheetHeader = "When,Gathering,Person,Present,Role,Minutes\n"

// imported is everything one import gave.
type imported struct {
	events   []*schemas.Event
	lines    []int
	problems []Problem
	notes    []Problem
	sum      Summary
	err      error
}

func mustMapping(tb testing.TB, text string) *Mapping {
	tb.Helper()
	m, err := ParseMapping("mapping.yaml", []byte(text), builtin(tb))
	if err != nil {
		tb.Fatalf("parse mapping: %v", err)
	}
	return m
}

func importBytes(tb testing.TB, m *Mapping, csv []byte) imported {
	tb.Helper()
	var got imported
	got.sum, got.err = m.Import(tb.Context(), bytes.NewReader(csv), Options{
		File: "file.csv",
		Event: func(line int, e *schemas.Event) error {
			got.lines = append(got.lines, line)
			got.events = append(got.events, e)
			return nil
		},
		Problem: func(p Problem) { got.problems = append(got.problems, p) },
		Note:    func(p Problem) { got.notes = append(got.notes, p) },
	})
	if s := got.sum; s.Rows != s.Events+s.Repeated+s.Rejected+s.Skipped {
		tb.Errorf("the summary does not add up: %+v", s)
	}
	if got.sum.Events != len(got.events) {
		tb.Errorf("summary says %d events, got %d", got.sum.Events, len(got.events))
	}
	return got
}

func importText(tb testing.TB, mapping, csv string) imported {
	tb.Helper()
	return importBytes(tb, mustMapping(tb, mapping), []byte(csv))
}

// problemsOf unfolds an error into problems.
func problemsOf(tb testing.TB, err error) Problems {
	tb.Helper()
	var list Problems
	if !errors.As(err, &list) {
		tb.Fatalf("error is %T (%v), want Problems", err, err)
	}
	return list
}

// wantProblem checks place, code and words of a problem.
func wantProblem(tb testing.TB, p Problem, line int, code, column, words string) {
	tb.Helper()
	if p.Line != line || p.Code != code || p.Column != column || !strings.Contains(p.Error(), words) {
		tb.Errorf("problem is line %d, code %s, column %q: %v\nwant line %d, code %s, column %q with %q",
			p.Line, p.Code, p.Column, p, line, code, column, words)
	}
	if p.Hint == "" && code != CodeDuplicate {
		tb.Errorf("%v says nothing about what to do", p)
	}
}
