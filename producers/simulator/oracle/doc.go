// Package oracle says what the reports must show, computed from events in plain Go.
//
// What enters: events in structured JSON, in any order and as often as one likes, and
// queries as the API takes them.
//
// What leaves: a Table for each report, with the columns and labels that the API gives,
// by the project's definitions. Nothing here knows of SQL, tables or report files; from
// package schemas it takes what an event is, its business key and which of two revisions
// stands. The modes of engagement are written out once more, so that a slip in a schema
// shows. Compare says where an answer of the API differs.
//
// What is promised on failure: an event that cannot be accepted is counted as
// rejected and changes nothing else. All events of one community are held in memory.
// With Options.Erase it forgets whom events ask to forget, as the policy delete does; otherwise they count.
package oracle
