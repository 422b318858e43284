package reporting

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// ParameterType is the kind of value a parameter takes.
type ParameterType string

// The types of parameters.
const (
	// EnumParameter takes one of the values that it lists.
	EnumParameter ParameterType = "enum"
	// ListParameter takes any number of texts, separated by commas or given repeatedly; none means all.
	ListParameter ParameterType = "list"
	// IntegerParameter takes a whole number within Min and Max; none means no bound.
	IntegerParameter ParameterType = "integer"
	// DateParameter takes a year, quarter, month, day or instant; none means no bound.
	DateParameter ParameterType = "date"
	// ZoneParameter takes a name of the time zone database.
	ZoneParameter ParameterType = "timezone"
	// TenantParameter takes a community's name.
	TenantParameter ParameterType = "tenant"
)

// Parameter is one thing a reader may set.
type Parameter struct {
	Name        string        `yaml:"-"`
	Type        ParameterType `yaml:"type"`
	Title       string        `yaml:"title"`
	Description string        `yaml:"description"`
	// Values are all that is allowed, of an enum or of a list; an empty list of them allows any text.
	Values []string `yaml:"values"`
	// Choices is a SELECT of value and text that tells what a list without values can take in a community.
	Choices string `yaml:"choices"`
	// Default is the value when none is given; only enums have one.
	Default string `yaml:"default"`
	// Min and Max bound an integer.
	Min int64 `yaml:"min"`
	Max int64 `yaml:"max"`
}

// The names of the parameters that every report has.
const (
	tenantName     = "tenant"
	timezoneName   = "timezone"
	fromName       = "from"
	toName         = "to"
	grainName      = "grain"
	attributesName = "attributes"
	// The SQL may name these, too; they are not for readers to set.
	asOfName    = "as_of"    // the moment of asking: what happens later has not happened
	nowName     = "now"      // now, also where as_of is a year ago because a comparison asks so
	yearEndName = "year_end" // the last day of the community's year, MM-DD
)

// Every date is within these, so that they stand for "no bound".
const (
	earliest = "1900-01-01 00:00:00.000"
	latest   = "2299-12-31 23:59:59.999"
)

// builtinParameters are those of every report; the grains are the report's own.
func builtinParameters(grains []string) []Parameter {
	out := []Parameter{
		{Name: tenantName, Type: TenantParameter, Title: "Community", Description: "Whose figures these are."},
		{Name: timezoneName, Type: ZoneParameter, Title: "Time zone", Description: "The zone in which days, months and years begin; by default the community's own."},
		{Name: fromName, Type: DateParameter, Title: "From", Description: "The first day shown: YYYY-MM-DD, a month YYYY-MM, a quarter YYYY-Q1, a year YYYY, or an instant."},
		{Name: toName, Type: DateParameter, Title: "To", Description: "The last day shown, that day (month, quarter, year) included; an instant is not included."},
	}
	if len(grains) > 0 {
		out = append(out, Parameter{
			Name: grainName, Type: EnumParameter, Title: "Grain", Values: grains, Default: grains[0],
			Description: "What one period is.",
		})
	}
	return out
}

// clickhouse is the type by which the SQL has to name the parameter.
func (p Parameter) clickhouse() string {
	switch p.Type {
	case ListParameter:
		return "Array(String)"
	case IntegerParameter:
		return "Nullable(Int64)"
	case DateParameter:
		return "DateTime64(3, 'UTC')"
	case EnumParameter, ZoneParameter, TenantParameter:
		return "String"
	}
	return ""
}

// check tells what is wrong with the declaration.
func (p Parameter) check() error {
	if p.clickhouse() == "" || p.Type == ZoneParameter || p.Type == TenantParameter {
		return fmt.Errorf("parameters.%s: type %q is not one of enum, list, integer, date", p.Name, p.Type)
	}
	if slices.Contains(append(reservedNames(), tenantName, timezoneName, fromName, toName, grainName, asOfName, nowName, yearEndName), p.Name) {
		return fmt.Errorf("parameters.%s: the name is taken", p.Name)
	}
	if strings.HasPrefix(p.Name, cellPrefix) {
		return fmt.Errorf("parameters.%s: names that begin with %q are taken", p.Name, cellPrefix)
	}
	if p.Description == "" {
		return fmt.Errorf("parameters.%s: a description is missing", p.Name)
	}
	if err := p.checkChoices(); err != nil {
		return err
	}
	if p.Type == EnumParameter {
		if len(p.Values) == 0 {
			return fmt.Errorf("parameters.%s: an enum needs values", p.Name)
		}
		if !slices.Contains(p.Values, p.Default) {
			return fmt.Errorf("parameters.%s: the default %q is not among the values", p.Name, p.Default)
		}
	} else if p.Default != "" {
		return fmt.Errorf("parameters.%s: only an enum has a default", p.Name)
	}
	return nil
}

// placeholder is one {name:Type} in a query.
type placeholder struct{ name, typ string }

func placeholders(query string) []placeholder {
	var out []placeholder
	for _, match := range placeholderPattern().FindAllStringSubmatch(query, -1) {
		out = append(out, placeholder{match[1], strings.TrimSpace(match[2])})
	}
	return out
}

func placeholderPattern() *regexp.Regexp { return regexp.MustCompile(`\{(\w+):([^{}]+)\}`) }
