// Package oracle says what the reports must show, computed from events in plain Go.
//
// What enters: events in structured JSON, in any order and as often as one likes.
//
// What leaves: Figures, by the project's definitions of attendance, lifecycle,
// first-timers, absence factor, show-up, return rate, retention, stickiness and
// engagement. Nothing here knows of SQL, tables or reports; from package schemas it
// takes what an event is, its business key and which of two revisions stands. The
// modes of engagement are written out once more, so that a slip in a schema shows.
//
// What is promised on failure: an event that cannot be accepted is counted as
// rejected and changes nothing else. All events of one community are held in memory.
package oracle
