package reporting

import (
	"fmt"
	"slices"
	"strings"
)

// gatheringGrain makes each gathering a period of its own.
const gatheringGrain = "gathering"

// grains are all that a report can be cut by.
func grains() []string { return []string{gatheringGrain, "month", "quarter", "year"} }

// checkDimensions gives the names of the dimensions, or the first thing that is wrong with one.
func (r *Report) checkDimensions() (map[string]bool, error) {
	columns := make(map[string]bool)
	for _, d := range r.Dimensions {
		if d.Type.clickhouse() == "" {
			return nil, fmt.Errorf("dimensions.%s: type %q is not a type", d.Name, d.Type)
		}
		if d.Description == "" {
			return nil, fmt.Errorf("dimensions.%s: a description is missing", d.Name)
		}
		if _, taken := r.Parameter(d.Name); taken || slices.Contains(reservedNames(), d.Name) {
			return nil, fmt.Errorf("dimensions.%s: a parameter has that name", d.Name)
		}
		columns[d.Name] = true
	}
	return columns, nil
}

// check tells the first thing that is wrong with the report as a whole.
func (r *Report) check() error {
	for what, text := range map[string]string{"title": r.Title, "question": r.Question, "section": r.Section, "definition": r.Definition} {
		if text == "" {
			return fmt.Errorf("%s: is missing", what)
		}
	}
	for _, grain := range r.Grains {
		if !slices.Contains(grains(), grain) {
			return fmt.Errorf("grains: %q is not one of %s", grain, strings.Join(grains(), ", "))
		}
	}
	for _, column := range r.people {
		if !isName(column) {
			return fmt.Errorf("people: %q is not the name of a column", column)
		}
	}
	if len(r.Measures) == 0 {
		return fmt.Errorf("measures: at least one is needed")
	}
	columns, err := r.checkDimensions()
	if err != nil {
		return err
	}
	for i := range r.Measures {
		if err := r.checkMeasure(&r.Measures[i], columns); err != nil {
			return fmt.Errorf("measures.%s: %w", r.Measures[i].Name, err)
		}
		columns[r.Measures[i].Name] = true
	}
	if err := r.checkLayout(columns); err != nil {
		return err
	}
	if err := r.checkSharing(); err != nil {
		return err
	}
	return r.checkPlaceholders()
}

// reservedNames are those that requests use beside a report's parameters and dimensions.
func reservedNames() []string {
	return []string{measureName, limitName, offsetName, "format", "describe", "about", compareName, viewName, langName}
}

func (r *Report) checkMeasure(m *Measure, before map[string]bool) error {
	if before[m.Name] {
		return fmt.Errorf("a column has that name already")
	}
	if m.Description == "" {
		return fmt.Errorf("a description is missing")
	}
	if m.kinds() != 1 {
		return fmt.Errorf("exactly one of count, rows, sum, value, ratio, expr is needed")
	}
	for _, column := range []string{m.Count, m.Sum, m.Value, m.Where, m.NullWhen} {
		if column != "" && !isName(column) {
			return fmt.Errorf("%q is not the name of a column", column)
		}
	}
	if (m.Expr != "" || len(m.Ratio) > 0) && (m.Where != "" || m.NullWhen != "") {
		return fmt.Errorf("where and null_when belong to count, rows, sum and value only")
	}
	if m.Type == "" {
		m.Type = defaultType(*m)
	}
	if m.Type.clickhouse() == "" {
		return fmt.Errorf("type %q is not a type", m.Type)
	}
	if len(m.Ratio) > 0 {
		return r.checkRatio(m)
	}
	return nil
}

// kinds counts how many kinds of figure are declared; one is right.
func (m Measure) kinds() int {
	kinds := 0
	for _, set := range []bool{m.Count != "", m.Rows, m.Sum != "", m.Value != "", len(m.Ratio) > 0, m.Expr != ""} {
		if set {
			kinds++
		}
	}
	return kinds
}

func defaultType(m Measure) Type {
	switch {
	case m.Count != "" || m.Rows:
		return Integer
	case m.Value != "":
		return String
	}
	return Number
}

func (r *Report) checkRatio(m *Measure) error {
	if len(m.Ratio) != 2 {
		return fmt.Errorf("a ratio is of two measures")
	}
	for _, name := range m.Ratio {
		of, ok := r.Measure(name)
		if !ok {
			return fmt.Errorf("ratio: there is no measure %q", name)
		}
		if of.Count == "" && !of.Rows && of.Sum == "" {
			return fmt.Errorf("ratio: %q is not a count, rows or sum", name)
		}
	}
	return nil
}

func (r *Report) checkLayout(columns map[string]bool) error {
	for _, name := range r.columns {
		if !columns[name] {
			return fmt.Errorf("columns: there is no column %q", name)
		}
	}
	for _, name := range r.Order {
		if !columns[name] && !strings.Contains(name, "(") {
			return fmt.Errorf("order: %q is neither a column nor an aggregate expression", name)
		}
	}
	if r.Chart != nil {
		for _, name := range append([]string{r.Chart.X, r.Chart.Total}, slices.Concat(r.Chart.Y, r.Chart.Negative)...) {
			if name != "" && !columns[name] {
				return fmt.Errorf("chart: there is no column %q", name)
			}
		}
		if !slices.Contains([]string{"bar", "stacked", "line", "heatmap", "number"}, r.Chart.Kind) {
			return fmt.Errorf("chart: kind %q is not one of bar, stacked, line, heatmap, number", r.Chart.Kind)
		}
	}
	if r.Pivot != nil {
		for _, name := range append([]string{r.Pivot.Columns, r.Pivot.Value}, r.Pivot.Rows...) {
			if !columns[name] {
				return fmt.Errorf("pivot: there is no column %q", name)
			}
		}
	}
	return nil
}

// checkPlaceholders holds every {name:Type} of the SQL against the parameters.
func (r *Report) checkPlaceholders() error {
	texts := []string{r.query}
	for _, p := range r.pieces {
		texts = append(texts, p.query)
	}
	used := make(map[string]bool)
	for _, text := range texts {
		for _, ph := range placeholders(text) {
			want, err := r.placeholderType(ph.name)
			if err != nil {
				return err
			}
			if ph.typ != want {
				return fmt.Errorf("the SQL names {%s:%s}, its type has to be %s", ph.name, ph.typ, want)
			}
			used[ph.name] = true
		}
	}
	if !used[tenantName] {
		return fmt.Errorf("the SQL never names {tenant:String}: a report is of one community")
	}
	for _, p := range r.Parameters {
		if _, builtin := (&Report{Parameters: builtinParameters(nil)}).Parameter(p.Name); !builtin && !used[p.Name] {
			return fmt.Errorf("parameters.%s: the SQL never names it", p.Name)
		}
	}
	return nil
}

func (r *Report) placeholderType(name string) (string, error) {
	switch name {
	case asOfName, nowName:
		return DateParameter.of(), nil
	case yearEndName:
		return EnumParameter.of(), nil
	}
	p, ok := r.Parameter(name)
	if !ok {
		return "", fmt.Errorf("the SQL names {%s:…}, which is not a parameter of the report", name)
	}
	return p.clickhouse(), nil
}

// of is the ClickHouse type of a parameter of type t.
func (t ParameterType) of() string { return Parameter{Type: t}.clickhouse() }
