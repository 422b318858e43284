// Package importer turns the tables other systems hand over into events.
//
// What enters: a CSV file in any of the usual encodings and delimiters, and a
// mapping: a small YAML file that says which event type the rows become and
// where each field comes from (a column, a constant), how its dates are
// written and in which time zone.
//
// What leaves: one [schemas.Event] for every good row, checked against its
// type, in file order; one [Problem] for every bad row, with its line, column
// and reason; and a [Summary] that accounts for every row.
//
// What is promised:
//   - A bad row never stops the good ones, and is never imported in part.
//   - The id of an event is derived from what the row says (source, type, time,
//     subject, revision and data), so importing a file again adds nothing.
//   - Memory is bounded whatever the file holds: a record has at most
//     [MaxRecord] bytes and a cell at most [MaxCell].
//   - An error is returned only when the file as a whole cannot be used: its
//     bytes cannot be read, its header does not have the mapped columns, the
//     context ended, or the receiver of events refused one.
package importer
