package reporting

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

const retryAfter = 2 * time.Second

// The names that address a list, beside the dimensions.
const (
	measureName = "measure"
	limitName   = "limit"
	offsetName  = "offset"
	// NullText is how a dimension's value says null: an empty text is a value.
	NullText = `\N`
)

// Rows lists what is behind one cell of the named report: values holds the report's
// parameters, "measure", the value of each dimension of the cell (a dimension that
// is left out is not narrowed; NullText is null), "limit" and "offset". A count's
// list has one row for each thing counted, so the cell and the list's length are equal.
func (r *Runner) Rows(ctx context.Context, name string, values url.Values) (*RowsResult, error) {
	report, err := r.find(name)
	if err != nil {
		return nil, err
	}
	other := append(optionNames(), measureName, limitName, offsetName)
	for _, d := range report.Dimensions {
		other = append(other, d.Name)
	}
	chosen, err := readOptions(values, r.config.Catalog.Languages())
	if err != nil {
		return nil, err
	}
	report = r.config.Catalog.in(report, chosen.lang)
	if chosen.shareable {
		return nil, report.checkShareable(true)
	}
	asked, err := r.resolve(ctx, report, values, other)
	if err != nil {
		return nil, err
	}
	chosen.show(asked.shown)
	out := &RowsResult{Report: report, Parameters: asked.shown, Location: asked.location, AsOf: asked.asOf, Cell: make(map[string]any)}
	back := false
	if chosen.compare {
		if asked, values, back, err = report.backToCell(asked, values); err != nil {
			return nil, err
		}
	}
	if out.Measure, err = report.askedMeasure(values); err != nil {
		return nil, err
	}
	if err := out.page(values, asked); err != nil {
		return nil, err
	}
	terms, err := report.cell(values, asked, out.Cell)
	if err != nil {
		return nil, err
	}
	if err := r.fill(ctx, out, asked, terms); err != nil {
		return nil, err
	}
	if back {
		out.Measure.Name += yearBeforeSuffix
	}
	return out, nil
}

func (r *Runner) fill(ctx context.Context, out *RowsResult, asked *resolved, terms []string) error {
	list, err := r.query(ctx, out.Report.compileRows(out.Measure, terms), asked, nil, out.Report.rowColumns())
	if err != nil {
		return fmt.Errorf("list the rows of %s: %w", out.Report.Name, err)
	}
	out.Columns, out.Rows = list.columns, list.values
	if err := r.nameColumns(ctx, out, asked, terms); err != nil {
		return err
	}
	if out.Offset == 0 && int64(len(out.Rows)) < out.Limit {
		// The list is whole, which spares asking again for most figures.
		out.Total = int64(len(out.Rows))
		if figure, ok := out.figure(); ok {
			out.Figure = figure
			return nil
		}
	}
	head, err := r.query(ctx, out.Report.compileCell(out.Measure, terms), asked,
		[]Column{{Name: "figure", Type: out.Measure.Type}, {Name: "listed", Type: Integer}}, nil)
	if err != nil {
		return fmt.Errorf("compute the cell of %s: %w", out.Report.Name, err)
	}
	for _, values := range head.values {
		out.Figure = values[0]
		out.Total, _ = values[1].(int64)
	}
	return nil
}

// figure is the cell's value as told by its whole list, where the list tells it.
func (r *RowsResult) figure() (any, bool) {
	switch {
	case r.Measure.Count != "" || r.Measure.Rows:
		// Without rows it may be 0 or unknown: only the rows that are not listed tell.
		return r.Total, r.Total > 0 || r.Measure.NullWhen == ""
	case r.Measure.Value != "" && r.Total == 0:
		return nil, true
	}
	return nil, false
}

// nameColumns gives the list's columns the words of the report's. An empty list comes
// from the engine without columns: then it is asked for them.
func (r *Runner) nameColumns(ctx context.Context, out *RowsResult, asked *resolved, terms []string) error {
	known := out.Report.rowColumns()
	if len(out.Columns) == 0 {
		described, err := r.query(ctx, "DESCRIBE ("+out.Report.compileRows(out.Measure, terms)+")", asked, nil, nil)
		if err != nil {
			return fmt.Errorf("describe the rows of %s: %w", out.Report.Name, err)
		}
		for _, row := range described.values {
			name, _ := row[0].(string)
			typ, _ := row[1].(string)
			out.Columns = append(out.Columns, Column{Name: name, Type: typeOf(typ)})
		}
	}
	for i := range out.Columns {
		c := &out.Columns[i]
		c.Title = out.Report.listTitle(c.Name)
		if part, ok := strings.CutPrefix(c.Name, flagPrefix); ok && slices.Contains(out.Measure.Ratio, part) {
			of, _ := out.Report.Measure(part)
			c.Title = strings.ReplaceAll(out.Report.words().countsIn, "%s", titleOf(of.Title, part))
		}
		if j := slices.IndexFunc(known, func(k Column) bool { return k.Name == c.Name }); j >= 0 {
			c.Type, c.Title, c.Description = known[j].Type, known[j].Title, known[j].Description
		}
	}
	return nil
}

func (r *Report) askedMeasure(values url.Values) (Measure, error) {
	name, err := single(values, measureName)
	if err != nil {
		return Measure{}, err
	}
	m, ok := r.Measure(name)
	if ok {
		return m, nil
	}
	var allowed []string
	for _, m := range r.Measures {
		allowed = append(allowed, m.Name)
	}
	detail := fmt.Sprintf("the report %s has no measure %q", r.Name, shorten(name))
	if name == "" {
		detail = "which measure is not said"
	}
	return Measure{}, bad("unknown_measure", measureName, detail, allowed)
}

func (r *RowsResult) page(values url.Values, asked *resolved) error {
	var err error
	if r.Limit, err = pageNumber(values, limitName, LongestPage, 1, LongestPage); err != nil {
		return err
	}
	const farthest = 100_000_000
	if r.Offset, err = pageNumber(values, offsetName, 0, 0, farthest); err != nil {
		return err
	}
	asked.sent[limitName], asked.sent[offsetName] = r.Limit, r.Offset
	return nil
}

func pageNumber(values url.Values, name string, fallback, least, most int64) (int64, error) {
	text, err := single(values, name)
	if err != nil || text == "" {
		return fallback, err
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < least || n > most {
		return 0, badValue(name, fmt.Sprintf("%q is not a whole number from %d to %d", shorten(text), least, most), "write digits only")
	}
	return n, nil
}

// cell reads the values of the dimensions, puts them into asked and shown, and gives the conditions.
func (r *Report) cell(values url.Values, asked *resolved, shown map[string]any) ([]string, error) {
	var terms []string
	for _, d := range r.Dimensions {
		if !values.Has(d.Name) {
			continue
		}
		text, err := single(values, d.Name)
		if err != nil {
			return nil, err
		}
		if err := d.refuseWithheld(r, text); err != nil {
			return nil, err
		}
		sent, seen, err := d.read(text)
		if err != nil {
			return nil, err
		}
		asked.sent[cellPrefix+d.Name], shown[d.Name] = sent, seen
		term := d.cellTerm()
		if text == NullText && d.Type == String {
			// An id may be that very text.
			term = "(" + term + " OR isNull(" + d.Name + "))"
		}
		terms = append(terms, term)
	}
	return terms, nil
}

// read gives the value for the query and the value for readers.
func (d Dimension) read(text string) (sent, shown any, err error) {
	if d.Type != String && (text == NullText || text == "") {
		return nil, nil, nil
	}
	switch d.Type {
	case Integer:
		n, failed := strconv.ParseInt(text, 10, 64)
		sent, shown, err = n, n, failed
	case Number:
		f, failed := strconv.ParseFloat(text, 64)
		sent, shown, err = f, f, failed
	case Boolean:
		b, failed := strconv.ParseBool(strings.ToLower(text))
		sent, shown, err = strconv.FormatBool(b), b, failed
	case Date:
		t, failed := time.Parse(time.DateOnly, text)
		sent, shown, err = t.Format(time.DateOnly), text, failed
	case DateTime:
		t, failed := time.Parse(time.RFC3339Nano, text)
		sent, shown, err = t.UTC().Format(engineTime), text, failed
	case String:
		return text, text, nil
	}
	if err != nil {
		return nil, nil, badValue(d.Name, fmt.Sprintf("%q is not of type %s", shorten(text), d.Type), "copy the value from the report")
	}
	return sent, shown, nil
}
