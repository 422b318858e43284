package reporting

// Report is one report as declared by its file.
type Report struct {
	// Name is what a reader types: lower case, dashes.
	Name string
	// Title and Question are for people; Definition says what is counted, in sentences.
	Title, Question, Section, Definition string
	// Grains are the periods that the report can be cut by; the first is the default.
	Grains []string
	// Parameters are all that a reader may set, those of every report among them.
	Parameters []Parameter
	// Dimensions part the rows into groups; one group is one row of the result.
	Dimensions []Dimension
	// Measures are the further columns of the result, in order.
	Measures []Measure
	// Order names the columns that the result is ordered by, or aggregate expressions over the rows.
	Order []string
	// Chart and Pivot tell how people see the result; nil when there is nothing to tell.
	Chart *Chart
	Pivot *Pivot
	// Personal says that the rows name persons: such a report is never part of the shareable view.
	Personal bool
	// Parts are the sums that hold between the figures.
	Parts []Parts

	// File is where the report was read from; empty for those that come with the program.
	File string
	// Lang is the language of all texts.
	Lang string

	unique  string       // the column whose values are in one row at most of each group; empty where that is not promised
	people  []string     // columns of the rows that hold persons' ids, beside person_id
	spoken  *translation // nil for English
	columns []string     // their order, when it is not dimensions before measures
	pieces  []piece      // in the order in which they build on each other
	query   string
}

// piece is a named SELECT that reports share, or a function.
type piece struct {
	name  string
	query string
	// columns are all columns of the query, of a piece that is worked out once; nil for others.
	columns []string
	// argument is the name of a function's argument, in whose place the query is an expression; empty for others.
	argument string
}

// Dimension is a column of the rows by which they are grouped.
type Dimension struct {
	Name        string `yaml:"-"`
	Type        Type   `yaml:"type"`
	Title       string `yaml:"title"`
	Description string `yaml:"description"`
	// Calendar says that the values are periods or years: a year before they have another label.
	// A text named period is so without saying.
	Calendar bool `yaml:"calendar"`
}

// Measure is a figure over the rows of a group. Exactly one of Count, Rows, Sum,
// Value, Ratio and Expr is set.
type Measure struct {
	Name string `yaml:"-"`
	// Count counts the distinct values of a column that are not null.
	Count string `yaml:"count"`
	// Rows counts the rows.
	Rows bool `yaml:"rows"`
	// Sum adds a column up.
	Sum string `yaml:"sum"`
	// Value is a column that is the same in all rows of the group: what the group is, rather than a figure.
	Value string `yaml:"value"`
	// Ratio divides the first measure by the second; null where the second is 0 or null.
	Ratio []string `yaml:"ratio"`
	// Expr is any aggregate expression over all rows of the group.
	Expr string `yaml:"expr"`
	// Where names a flag column: only rows for which it is true count.
	Where string `yaml:"where"`
	// NullWhen names a flag column: rows for which it is true have no value, and a group with no other rows is null.
	NullWhen string `yaml:"null_when"`
	// Type is the column's type; by default integer for counts, number for others.
	Type        Type   `yaml:"type"`
	Title       string `yaml:"title"`
	Unit        string `yaml:"unit"`
	Description string `yaml:"description"`
	// Persons names the counts of people on which the shareable view of the measure depends: where
	// one of them is hidden, the measure is, too. A single "none" says that it is not about people.
	Persons nameList `yaml:"persons"`
	// NullText says in a few words what null means where the row's other figures are known.
	NullText string `yaml:"null_text"`
}

// Type is the type of a column as readers see it.
type Type string

// The types of columns. A Date is a day, a DateTime an instant.
const (
	String   Type = "string"
	Integer  Type = "integer"
	Number   Type = "number"
	Boolean  Type = "boolean"
	Date     Type = "date"
	DateTime Type = "datetime"
)

// clickhouse is the type of a query parameter that holds a value of t.
func (t Type) clickhouse() string {
	switch t {
	case Integer:
		return "Nullable(Int64)"
	case Number:
		return "Nullable(Float64)"
	case Boolean:
		return "Nullable(Bool)"
	case Date:
		return "Nullable(Date32)"
	case DateTime:
		return "Nullable(DateTime64(3, 'UTC'))"
	case String:
		return "Nullable(String)"
	}
	return ""
}

// Chart tells how a result is best drawn.
type Chart struct {
	// Kind is bar, stacked, line, heatmap or number.
	Kind string `yaml:"kind" json:"kind"`
	// X is the column along the axis; Y are the columns drawn.
	X string   `yaml:"x" json:"x,omitempty"`
	Y []string `yaml:"y" json:"y,omitempty"`
	// Total is the measure of which Y are the parts.
	Total string `yaml:"total" json:"total,omitempty"`
	// Negative are columns drawn downwards, as losses are.
	Negative []string `yaml:"negative" json:"negative,omitempty"`
}

// Pivot tells how a long result is laid out as a table for people.
type Pivot struct {
	Rows    []string `yaml:"rows" json:"rows"`
	Columns string   `yaml:"columns" json:"columns"`
	Value   string   `yaml:"value" json:"value"`
}

// Measure finds a measure by name.
func (r *Report) Measure(name string) (Measure, bool) {
	for _, m := range r.Measures {
		if m.Name == name {
			return m, true
		}
	}
	return Measure{}, false
}

// Dimension finds a dimension by name.
func (r *Report) Dimension(name string) (Dimension, bool) {
	for _, d := range r.Dimensions {
		if d.Name == name {
			return d, true
		}
	}
	return Dimension{}, false
}

// Parameter finds a parameter by name.
func (r *Report) Parameter(name string) (Parameter, bool) {
	for _, p := range r.Parameters {
		if p.Name == name {
			return p, true
		}
	}
	return Parameter{}, false
}

// Attribute tells whether the measure describes its group rather than counting in it.
func (m Measure) Attribute() bool { return m.Value != "" }
