package reporting

// Statement is the query of the whole report in full. Its parameters are placeholders
// {name:Type}, as ClickHouse takes them; Fill replaces them for systems that
// cannot send parameters beside a query.
func (r *Report) Statement() string { return r.compile() }

// Fill puts an expression in the place of every placeholder {name:Type} of a statement.
// The expressions are trusted: whoever builds one quotes what it is made of.
func Fill(statement string, expression func(name, typ string) string) string {
	return placeholderPattern().ReplaceAllStringFunc(statement, func(text string) string {
		ph := placeholders(text)[0]
		return expression(ph.name, ph.typ)
	})
}
