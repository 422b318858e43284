package reporting

import (
	"fmt"
	"slices"
	"strings"
)

// The names within compiled queries; what a file declares cannot collide with them.
const (
	countedRows = "counted_rows"
	cellPrefix  = "cell_"
	flagPrefix  = "in_"
)

// with composes the pieces and the rows that the report counts.
func (r *Report) with() string {
	var b strings.Builder
	b.WriteString("WITH\n")
	for _, p := range r.pieces {
		b.WriteString(p.define())
	}
	fmt.Fprintf(&b, "%s AS (\n%s\n)\n", countedRows, r.query)
	return b.String()
}

// define gives the piece its name. ClickHouse puts the text of a WITH in wherever it is
// named, and to plan a view again and again is most of the work of a report. A piece
// that lists its columns is small: it is worked out once, as a constant.
func (p piece) define() string {
	if p.argument != "" {
		return fmt.Sprintf("%s -> %s AS %s,\n", p.argument, p.query, p.name)
	}
	if len(p.columns) == 0 {
		return fmt.Sprintf("%s AS (\n%s\n),\n", p.name, p.query)
	}
	columns := make([]string, len(p.columns))
	for i, c := range p.columns {
		columns[i] = fmt.Sprintf("one.%d AS %s", i+1, c)
	}
	return fmt.Sprintf("(SELECT groupArray(tuple(%s)) FROM (\n%s\n)) AS all_%s,\n%s AS (SELECT %s FROM (SELECT arrayJoin(all_%s) AS one)),\n",
		strings.Join(p.columns, ", "), p.query, p.name, p.name, strings.Join(columns, ", "), p.name)
}

// compile gives the query of the whole report. The figures are made in an inner
// query under names of their own, since an alias that equals a column of the rows
// would be taken for it.
func (r *Report) compile() string {
	var inner, outer, group []string
	for _, d := range r.Dimensions {
		inner = append(inner, fmt.Sprintf("%s AS d_%s", d.Name, d.Name))
		group = append(group, "d_"+d.Name)
	}
	for _, m := range r.Measures {
		if len(m.Ratio) == 0 {
			inner = append(inner, fmt.Sprintf("%s AS m_%s", m.aggregate(r.counts(m)), m.Name))
		}
	}
	for _, c := range r.Columns() {
		term := "d_" + c.Name
		if m, isMeasure := r.Measure(c.Name); isMeasure {
			term = m.outer()
		}
		outer = append(outer, fmt.Sprintf("%s AS %s", term, c.Name))
	}
	order := r.order(&inner)
	figures := "SELECT " + strings.Join(inner, ", ") + " FROM " + countedRows
	if len(group) > 0 {
		figures += " GROUP BY " + strings.Join(group, ", ")
	}
	query := r.with() + "SELECT " + strings.Join(outer, ", ") + "\nFROM " + withheld(r.personFigures(), figures)
	if len(order) > 0 {
		query += "\nORDER BY " + strings.Join(order, ", ")
	}
	return query
}

// order gives the terms to order by. What is not a column of the result is an
// aggregate expression over the rows and joins the inner query.
func (r *Report) order(inner *[]string) []string {
	var terms []string
	for i, name := range r.Order {
		if _, isDimension := r.Dimension(name); isDimension {
			terms = append(terms, "d_"+name)
		} else if m, isMeasure := r.Measure(name); isMeasure {
			terms = append(terms, m.outer())
		} else {
			*inner = append(*inner, fmt.Sprintf("%s AS o_%d", name, i))
			terms = append(terms, fmt.Sprintf("o_%d", i))
		}
	}
	// The dimensions tell any two rows apart: with them the order is total.
	for _, d := range r.Dimensions {
		if !slices.Contains(terms, "d_"+d.Name) {
			terms = append(terms, "d_"+d.Name)
		}
	}
	return terms
}

// compileCell gives the query for one cell's figure and the number of rows behind it.
func (r *Report) compileCell(m Measure, cell []string) string {
	parts := []Measure{m}
	if len(m.Ratio) > 0 {
		parts = parts[:0]
		for _, name := range m.Ratio {
			of, _ := r.Measure(name)
			parts = append(parts, of)
		}
	}
	var inner []string
	for _, p := range parts {
		inner = append(inner, fmt.Sprintf("%s AS m_%s", p.aggregate(distinct), p.Name))
	}
	return fmt.Sprintf("%sSELECT %s AS figure, listed\nFROM (SELECT %s, %s AS listed FROM %s WHERE %s)",
		r.with(), m.outer(), strings.Join(inner, ", "), r.listed(m), countedRows, cellCondition(cell))
}

// listed counts what compileRows lists.
func (r *Report) listed(m Measure) string {
	condition := r.condition(m)
	if m.Count != "" {
		return fmt.Sprintf("uniqExactIf(%s, %s)", m.Count, condition)
	}
	return fmt.Sprintf("countIf(%s)", condition)
}

// compileRows gives the query for the rows behind a cell: one row for each thing
// that a count counts, all rows for other measures.
func (r *Report) compileRows(m Measure, cell []string) string {
	columns := []string{countedRows + ".*"}
	for _, name := range m.Ratio {
		of, _ := r.Measure(name)
		columns = append(columns, fmt.Sprintf("toBool(%s) AS %s%s", r.condition(of), flagPrefix, name))
	}
	list := fmt.Sprintf("SELECT %s FROM %s\nWHERE %s AND %s",
		strings.Join(columns, ", "), countedRows, cellCondition(cell), r.condition(m))
	if m.Count != "" {
		list += "\nORDER BY ALL\nLIMIT 1 BY " + m.Count
	}
	//nolint:unqueryvet // the list's columns are those of the report's file
	return r.with() + "SELECT * FROM " + withheld(r.personColumns(), list) + "\nORDER BY ALL\nLIMIT {limit:UInt64} OFFSET {offset:UInt64}"
}

// cellCondition keeps the rows whose dimensions have the values given as parameters; null equals null.
func cellCondition(cell []string) string {
	if len(cell) == 0 {
		return "true"
	}
	return strings.Join(cell, " AND ")
}

// cellTerm compares one dimension with the parameter that holds its value.
func (d Dimension) cellTerm() string {
	return fmt.Sprintf("isNotDistinctFrom(%s, {%s%s:%s})", d.Name, cellPrefix, d.Name, d.Type.clickhouse())
}

// condition tells which rows a measure is made of.
func (r *Report) condition(m Measure) string {
	if len(m.Ratio) > 0 {
		var parts []string
		for _, name := range m.Ratio {
			of, _ := r.Measure(name)
			parts = append(parts, "("+r.condition(of)+")")
		}
		return "(" + strings.Join(parts, " OR ") + ")"
	}
	terms := m.terms()
	for _, column := range []string{m.Count, m.Sum, m.Value} {
		if column != "" {
			terms = append(terms, fmt.Sprintf("isNotNull(%s)", column))
		}
	}
	return conjunction(terms)
}

// terms are the measure's own conditions.
func (m Measure) terms() []string {
	var terms []string
	if m.Where != "" {
		terms = append(terms, fmt.Sprintf("ifNull(%s, false)", m.Where))
	}
	if m.NullWhen != "" {
		terms = append(terms, m.known())
	}
	return terms
}

func (m Measure) known() string { return fmt.Sprintf("NOT ifNull(%s, false)", m.NullWhen) }

func conjunction(terms []string) string {
	if len(terms) == 0 {
		return "true"
	}
	return strings.Join(terms, " AND ")
}

// How a count is made of a column and a condition.
const (
	distinct = "uniqExactIf(%s, %s)"
	rowwise  = "countIf(isNotNull(%s) AND %s)"
)

// counts is how the measure counts within the groups of the whole report. Where a group has one row for each thing counted, the rows
// are counted: that gives the same, and to tell hundreds of thousands of ids apart takes longer than all else.
func (r *Report) counts(m Measure) string {
	if m.Count == r.unique {
		return rowwise
	}
	return distinct
}

// aggregate is the measure over the rows of a group. A ratio has none: it is made of others.
func (m Measure) aggregate(count string) string {
	condition := conjunction(m.terms())
	var figure string
	switch {
	case m.Count != "":
		figure = fmt.Sprintf(count, m.Count, condition)
	case m.Rows:
		figure = fmt.Sprintf("countIf(%s)", condition)
	case m.Sum != "":
		figure = fmt.Sprintf("ifNull(sumIf(%s, %s), 0)", m.Sum, condition)
	case m.Value != "":
		return fmt.Sprintf("maxOrNullIf(%s, %s)", m.Value, condition)
	default:
		return m.Expr
	}
	if m.NullWhen != "" {
		return fmt.Sprintf("if(countIf(%s) = 0, NULL, %s)", m.known(), figure)
	}
	return figure
}

// outer is the measure over the figures of the inner query.
func (m Measure) outer() string {
	if len(m.Ratio) == 2 {
		return fmt.Sprintf("m_%s / nullIf(m_%s, 0)", m.Ratio[0], m.Ratio[1])
	}
	return "m_" + m.Name
}
