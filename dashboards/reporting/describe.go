package reporting

import (
	"cmp"
	"encoding/json"
	"slices"
	"time"
)

// Description is a report as readers need it to ask and to draw: what it answers,
// what can be set, what comes back.
type Description struct {
	Name       string                 `json:"name"`
	Title      string                 `json:"title"`
	Question   string                 `json:"question"`
	Section    string                 `json:"section"`
	Definition string                 `json:"definition"`
	Grains     []string               `json:"grains"`
	Parameters []ParameterDescription `json:"parameters"`
	Columns    []ColumnDescription    `json:"columns"`
	Chart      *Chart                 `json:"chart,omitempty"`
	Pivot      *Pivot                 `json:"pivot,omitempty"`
	// Personal reports name persons; they are not part of the shareable view.
	Personal bool `json:"personal,omitempty"`
	// Broken says why the report cannot be run; empty for one that can.
	Broken string `json:"broken,omitempty"`
}

// ParameterDescription is a parameter that a reader may set. Min and Max are those of an integer.
type ParameterDescription struct {
	Name        string        `json:"name"`
	Type        ParameterType `json:"type"`
	Title       string        `json:"title"`
	Description string        `json:"description"`
	Values      []string      `json:"values,omitempty"`
	Default     string        `json:"default,omitempty"`
	Min         *int64        `json:"min,omitempty"`
	Max         *int64        `json:"max,omitempty"`
	// Texts are the words for values, in a language other than English.
	Texts map[string]string `json:"texts,omitempty"`
}

// ColumnDescription is a column with all that helps to show it. Counts says which
// measures a list behind a ratio is made of.
type ColumnDescription struct {
	Name        string   `json:"name"`
	Type        Type     `json:"type"`
	Unit        string   `json:"unit"`
	Description string   `json:"description"`
	Title       string   `json:"title"`
	Role        Role     `json:"role"`
	NullText    string   `json:"null_text,omitempty"`
	Ratio       []string `json:"ratio,omitempty"`
	Compares    string   `json:"compares,omitempty"`
	// Texts are the words for values, in a language other than English.
	Texts map[string]string `json:"texts,omitempty"`
}

// Describe gives the report's description.
func (r *Report) Describe() Description {
	d := Description{
		Name: r.Name, Title: r.Title, Question: r.Question, Section: r.Section, Definition: r.Definition,
		Grains: slices.Clone(r.Grains), Chart: r.Chart, Pivot: r.Pivot, Personal: r.namesPersons(), Columns: r.describeColumns(r.Columns()),
	}
	if d.Grains == nil {
		d.Grains = []string{}
	}
	for _, p := range r.Parameters {
		described := ParameterDescription{
			Name: p.Name, Type: p.Type, Title: titleOf(p.Title, p.Name), Description: p.Description, Values: p.Values, Default: p.Default,
			Texts: r.texts(p.Name),
		}
		if p.Type == IntegerParameter {
			described.Min, described.Max = &p.Min, &p.Max
		}
		d.Parameters = append(d.Parameters, described)
	}
	return d
}

func (r *Report) describeColumns(columns []Column) []ColumnDescription {
	var out []ColumnDescription
	for _, c := range columns {
		m, _ := r.Measure(cmp.Or(c.Compares, c.Name))
		ratio := slices.Clone(m.Ratio)
		if c.Compares != "" {
			for i := range ratio {
				ratio[i] += yearBeforeSuffix
			}
		}
		out = append(out, ColumnDescription{c.Name, c.Type, c.Unit, c.Description, c.Title, c.Role, m.NullText, ratio, c.Compares, r.texts(c.Name)})
	}
	return out
}

// Described is the result with what a program needs to draw it: beside the members
// of the exact form question, section, chart and pivot, and columns with title and role.
func (r *Result) Described() json.Marshaler { return describedResult{r} }

type describedResult struct{ *Result }

// MarshalJSON writes the result with its description.
func (d describedResult) MarshalJSON() ([]byte, error) {
	r := d.Result
	rows, err := jsonArray(r.Columns, r.Rows, r.Location)
	if err != nil {
		return nil, err
	}
	return json.Marshal(struct { //nolint:wrapcheck // the caller is json.Marshal itself
		Report     string              `json:"report"`
		Title      string              `json:"title"`
		Question   string              `json:"question"`
		Section    string              `json:"section"`
		Definition string              `json:"definition"`
		Parameters map[string]any      `json:"parameters"`
		Timezone   string              `json:"timezone"`
		AsOf       string              `json:"as_of"`
		Compared   *Compared           `json:"compared,omitempty"`
		Chart      *Chart              `json:"chart,omitempty"`
		Pivot      *Pivot              `json:"pivot,omitempty"`
		Columns    []ColumnDescription `json:"columns"`
		Rows       json.RawMessage     `json:"rows"`
		Suppressed any                 `json:"suppressed,omitempty"`
	}{
		r.Report.Name, r.Report.Title, r.Report.Question, r.Report.Section, r.Report.Definition, r.Parameters, r.Location.String(),
		r.AsOf.Format(time.RFC3339), r.Compared, r.Report.Chart, r.Report.Pivot, r.Report.describeColumns(r.Columns), rows, r.suppressed(),
	})
}
