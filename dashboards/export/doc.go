// Package export writes reports, and the lists behind their figures, as files for
// other programs: a spreadsheet (XLSX), a columnar file (Parquet), Markdown, and
// what stands above a CSV.
//
// What enters: a [Table], made from an answer of package reporting. What leaves:
// bytes in one of the forms, with the definition, the filters, the time zone and
// the moment of asking in them, so that a file that travels still says what it counts.
//
// What is promised: a value is written as what it is (a number as a number, a day as
// a day, in the answer's zone), unrounded (a spreadsheet keeps 15 digits); what is not
// known is empty, never 0; what the shareable view hides says so. Nothing in a file is
// a formula or runs.
//
// What is promised on failure: an error before the first byte where the table does not
// fit the form (a *problem.Error says which does); else one that wraps the writer's.
package export
