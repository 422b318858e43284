package reporting

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/turnout/turnout/internal/problem"
)

// Withheld stands in the place of the id of a person who does not allow to be named in lists, in every
// form of an answer. The person counts in figures, and has a row in the lists behind them.
const Withheld = "(withheld)"

// personColumn holds persons' ids wherever a column has that name; a report's file tells of others.
const personColumn = "person_id"

// holdsPersons tells whether the values of a column are ids of persons.
func (r *Report) holdsPersons(column string) bool {
	return column == personColumn || slices.Contains(r.people, column)
}

// withheld takes the ids of those who do not allow to be named out of columns of a query; a column that it does not have is passed
// over. It has to stand around everything that tells persons apart, and below what orders the rows: their order would tell who it is.
func withheld(columns []string, query string) string {
	if len(columns) == 0 {
		return "(" + query + ")"
	}
	terms := make([]string, len(columns))
	for i, c := range columns {
		terms[i] = fmt.Sprintf("if(%[1]s IN (SELECT person_id FROM unnamed_persons WHERE tenant = {tenant:String}), '%[2]s', %[1]s) AS %[1]s", c, Withheld)
	}
	//nolint:unqueryvet // all columns but those that are replaced
	return "(SELECT * REPLACE (" + strings.Join(terms, ", ") + ") FROM (" + query + "))"
}

// personColumns are the columns of the rows that hold ids of persons.
func (r *Report) personColumns() []string { return append([]string{personColumn}, r.people...) }

// personFigures are the columns of the inner query of the whole report that hold ids of persons.
func (r *Report) personFigures() []string {
	var names []string
	for _, d := range r.Dimensions {
		if r.holdsPersons(d.Name) {
			names = append(names, "d_"+d.Name)
		}
	}
	for _, m := range r.Measures {
		if m.Value != "" && r.holdsPersons(m.Value) {
			names = append(names, "m_"+m.Name)
		}
	}
	return names
}

// refuseWithheld refuses to list what is behind a person whose id is withheld: nothing tells which of them is meant.
func (d Dimension) refuseWithheld(r *Report, text string) error {
	if text != Withheld || !r.holdsPersons(d.Name) {
		return nil
	}
	return &problem.Error{
		Status: http.StatusUnprocessableEntity, Code: "withheld", Title: "Withheld", Pointer: "/parameters/" + d.Name,
		Detail: "This person does not allow to be named in lists.", Hint: "Leave " + d.Name + " out: the list of all of them has a row for each.",
	}
}

// withheldRow tells whether the row is that of a person whose id is withheld: nothing tells it from others.
func (r *Result) withheldRow(row int) bool {
	for j, c := range r.Columns {
		if c.Role == DimensionRole && r.Report.holdsPersons(c.Name) && r.Rows[row][j] == Withheld {
			return true
		}
	}
	return false
}
