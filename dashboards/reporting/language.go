package reporting

// words are the phrases that answers are made of, beside those of the reports.
type words struct {
	// YearBefore is the title of a column that compares; %s is that of the column compared.
	yearBeforeTitle string
	// yearBeforeDescription tells what such a column says.
	yearBeforeDescription string
	// fewerThan stands in the place of a small count; %d is the threshold.
	fewerThan string
	// withheld stands in the place of what a small count could be computed from.
	withheld string
}

func english() words {
	return words{
		yearBeforeTitle:       "%s, year before",
		yearBeforeDescription: "The same figure a year before; of a period that is not over, the same part of it.",
		fewerThan:             "fewer than %d",
		withheld:              "withheld",
	}
}

// words are those of the report's language.
func (r *Report) words() words { return english() }
