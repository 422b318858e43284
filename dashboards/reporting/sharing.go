package reporting

import (
	"errors"
	"fmt"

	"github.com/goccy/go-yaml"
)

// Parts is a sum that holds between figures of a result, whatever the data are. The
// shareable view has to know of it: who sees a total and all parts but one, sees that one.
type Parts struct {
	// Total is the measure of which Of are the parts.
	Total string   `yaml:"total"`
	Of    []string `yaml:"of"`
	// Over names dimensions: the parts are added up over all rows that differ only in these, and the
	// total is repeated in each of them. Empty when total and parts stand in one row. Without parts it
	// says only that the figure is repeated: hidden in one row, it is hidden in all.
	Over []string `yaml:"over"`
	// Next says that the parts stand in the next row along Over, which is that of the next period when Over is empty.
	Next bool `yaml:"next"`
	// Whole is the value of Over's dimension in whose row Total is that of all, each counted once; the
	// other rows' overlap, so that they add up to at least that.
	Whole string `yaml:"whole"`
}

// notPersons is what a measure names as its persons when it is not about people.
const notPersons = "none"

// nameList is one name, or several.
type nameList []string

// UnmarshalYAML reads a text or a list of texts.
func (l *nameList) UnmarshalYAML(raw []byte) error {
	var one string
	if err := yaml.Unmarshal(raw, &one); err == nil {
		*l = nameList{one}
		return nil
	}
	var several []string
	if err := yaml.Unmarshal(raw, &several); err != nil {
		return errors.New("a name or a list of names is needed")
	}
	*l = several
	return nil
}

// checkSharing tells the first thing that is wrong with what the shareable view builds on.
func (r *Report) checkSharing() error {
	for _, p := range r.Parts {
		if err := r.checkParts(p); err != nil {
			return fmt.Errorf("parts: %w", err)
		}
	}
	for _, m := range r.Measures {
		if err := r.checkPersons(m); err != nil {
			return fmt.Errorf("measures.%s: %w", m.Name, err)
		}
	}
	return nil
}

func (r *Report) checkParts(p Parts) error {
	if len(p.Of) == 0 && (len(p.Over) == 0 || p.Next) {
		return fmt.Errorf("of %q nothing is said: of is missing", p.Total)
	}
	if p.Whole != "" && (len(p.Over) != 1 || p.Next) {
		return fmt.Errorf("whole of %q needs over with one dimension", p.Total)
	}
	for _, name := range append([]string{p.Total}, p.Of...) {
		if m, ok := r.Measure(name); !ok || len(m.Ratio) > 0 {
			return fmt.Errorf("%q is not a measure that can be added up", name)
		}
	}
	for _, name := range p.Over {
		if _, ok := r.Dimension(name); !ok {
			return fmt.Errorf("over: there is no dimension %q", name)
		}
	}
	return nil
}

func (r *Report) checkPersons(m Measure) error {
	if len(m.Persons) == 1 && m.Persons[0] == notPersons {
		if len(m.Ratio) > 0 {
			return errors.New("a ratio is hidden with its parts, it cannot be about nobody")
		}
		return nil
	}
	for _, name := range m.Persons {
		of, ok := r.Measure(name)
		if !ok {
			return fmt.Errorf("persons: there is no measure %q", name)
		}
		if of.Count == "" && !of.Rows {
			return fmt.Errorf("persons: %q is not a count", name)
		}
	}
	return nil
}
