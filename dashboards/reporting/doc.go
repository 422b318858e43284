// Package reporting turns report files into figures.
//
// What enters: files, each a report (a comment with front matter, then the SELECT
// of the rows it counts), and typed parameters from a reader. What leaves: a
// [Result] with typed columns, or the rows behind one of its cells ([RowsResult]).
//
// A measure is declared over the rows ("count person_id where is_new_member").
// The package composes the aggregate query from it, and the list behind a cell
// is the same rows text with the cell's dimension values and the measure's
// condition. A number and its list cannot differ: they are compiled from one text.
//
// The same question can be asked of a year before (compare.go), the answer can be given
// in a view that hides small counts and whatever would tell them (shareable.go,
// suppress.go, protect.go), and in another language (language.go).
//
// Readers never send SQL. What they send is checked against what a report
// declares and travels as ClickHouse query parameters, never as text of a query.
//
// What is promised on failure: what a reader got wrong is a *problem.Error that
// names the parameter and what is allowed; a query that asks for too much is one
// too; a broken report file is refused when it is loaded, not when it is run. What only
// the engine can tell of a file is found by [Runner.Probe].
package reporting
