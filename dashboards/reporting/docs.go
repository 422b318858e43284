package reporting

import (
	"fmt"
	"strings"
)

// Docs is the reference of all reports as Markdown, made from their files.
func (c *Catalog) Docs() []byte {
	var b strings.Builder
	b.WriteString(docsHead)
	b.WriteString("| report | question |\n|---|---|\n")
	for _, r := range c.reports {
		fmt.Fprintf(&b, "| [%s](#%s) | %s |\n", r.Name, r.Name, cell(r.Question))
	}
	for _, r := range c.reports {
		r.document(&b)
	}
	return []byte(b.String())
}

const docsHead = `# Reports

<!-- Made from dashboards/reports/*.sql by: go test ./dashboards/reporting -run TestDocs -update -->

A report is one file in ` + "`dashboards/reports`" + `: a comment with what it is, then the SELECT of the rows it counts. Each figure is compiled
from those rows, and so is the list of persons or records behind it: a number and its list cannot differ.

    turnout report                            the reports and their questions
    turnout report NAME --tenant T            one report
    GET /v1/reports/NAME?tenant=T             the same for programs (format=json, csv, ndjson, xlsx, parquet or markdown)
    GET /v1/reports/NAME/rows?tenant=T&measure=M&DIMENSION=VALUE    the list behind a figure

Every report takes ` + "`tenant`, `timezone`, `from` and `to`" + `. Dates are days ` + "`2024-05-27`, months `2024-05`, quarters `2024-Q2`, years `2024`" + `, in the
time zone, or instants ` + "`2024-05-27T18:30:00Z`" + `. What is named by ` + "`to`" + ` is included, but for an instant. Without them all time is shown; what came before
` + "`from`" + ` still counts for who is new. An empty figure is one that is not known, never zero. Cancelled gatherings do not count, merged persons count once, staff are left
out unless asked for.

Who does not allow analytics (` + "`consent.changed`" + `) is in no figure and no list, in all history, as staff are, but whatever is asked for; [data-quality](#data-quality) says how
many are left out. Who does not allow to be named in lists counts, and has a row in every list, where ` + "`(withheld)`" + ` stands for the id, the same in all forms. Erased persons are
gone, or stand under another id ([people.md](people.md)).

With ` + "`compare=year`" + ` each figure has the one of the year before beside it, in a column that ends in ` + "`_year_before`" + `: the same report as one would have read it
a year ago, with what is known today. So a period that is not over is compared with the same part of it, and what takes time to show (who has been activated, who was
hired) with what had shown then. Single gatherings have no year before.

With ` + "`view=shareable`" + ` a report can be shown to anybody. Counts of persons and of their acts from 1 to below the community's threshold (5 unless its settings say
otherwise; 0 and 1 hide nothing) are hidden, a true 0 stays. So is what a hidden count could be computed from in the same answer, or what tells of it: a part or total beside
it, ratios, hours and medians, the year before. ` + "`suppressed`" + ` lists the hidden cells with a text: *fewer than 5*, or *withheld* where its size is not told. Reports that name
persons, and the lists behind figures, are refused. No hidden count follows from one answer, though sometimes that it lies within less than 1 to 4. What follows from two answers
(another grain, another filter, a day later) is not looked after: share the answers that you have chosen. A key with the scope ` + "`share`" + ` asks for itself: give it to those whom you
trust with the difference between two answers.

With ` + "`lang=ru`" + ` titles, questions, definitions and columns are in Russian; without ` + "`lang`" + ` the API answers as ` + "`Accept-Language`" + ` asks. Names, values and problems are the same in every language.

A list has one row for each thing counted. A share's list has the rows of both its parts, with a column that tells which count in which. In an address,
` + "`\\N`" + ` stands for a dimension without value, and a dimension that is left out is not narrowed. How to write a report: [adding-a-report.md](adding-a-report.md).

`

func (r *Report) document(b *strings.Builder) {
	fmt.Fprintf(b, "\n## %s\n\n**%s** %s\n\n", r.Name, r.Title+".", r.Question)
	b.WriteString(r.Definition + "\n")
	if r.namesPersons() {
		b.WriteString("It names persons, and is not part of the shareable view.\n")
	}
	b.WriteString("\n| column | type | unit | |\n|---|---|---|---|\n")
	for _, c := range r.Columns() {
		note := ""
		if c.Role == DimensionRole {
			note = " (dimension)"
		}
		fmt.Fprintf(b, "| `%s`%s | %s | %s | %s |\n", c.Name, note, c.Type, c.Unit, cell(c.Description))
	}
	own := r.Parameters[len(builtinParameters(nil)):]
	if len(own) == 0 {
		return
	}
	b.WriteString("\n| parameter | values | |\n|---|---|---|\n")
	for _, p := range own {
		fmt.Fprintf(b, "| `%s` | %s | %s |\n", p.Name, cell(p.values()), cell(p.Description))
	}
}

// values tells what a parameter takes, the default first and marked.
func (p Parameter) values() string {
	switch {
	case p.Type == IntegerParameter:
		return fmt.Sprintf("%d to %d", p.Min, p.Max)
	case p.Type == ListParameter && len(p.Values) == 0:
		return "any, several by commas"
	case p.Type == ListParameter:
		return strings.Join(p.Values, ", ") + "; several by commas"
	}
	marked := make([]string, len(p.Values))
	for i, v := range p.Values {
		marked[i] = v
		if v == p.Default {
			marked[i] = "**" + v + "**"
		}
	}
	return strings.Join(marked, ", ")
}

// cell keeps a text within a cell of a Markdown table.
func cell(text string) string { return strings.ReplaceAll(text, "|", `\|`) }
