package reporting

import (
	"bytes"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"strings"

	"github.com/goccy/go-yaml"
)

// translation is what a file LANGUAGE.yaml or LANGUAGE.PART.yaml beside the reports says in its language.
type translation struct {
	Words      wordsText                    `yaml:"words"`
	Sections   map[string]string            `yaml:"sections"`
	Columns    map[string]columnText        `yaml:"columns"`
	Parameters map[string]parameterText     `yaml:"parameters"`
	Values     map[string]map[string]string `yaml:"values"`
	Reports    map[string]reportText        `yaml:"reports"`
}

// wordsText are the phrases of [words].
type wordsText struct {
	YearBeforeTitle       string `yaml:"year_before_title"`
	YearBeforeDescription string `yaml:"year_before_description"`
	FewerThan             string `yaml:"fewer_than"`
	Withheld              string `yaml:"withheld"`
	CountsIn              string `yaml:"counts_in"`
}

// columnText is a column's words. What a report does not say of its own column is taken
// from the columns that all reports share.
type columnText struct {
	Title       string `yaml:"title"`
	Description string `yaml:"description"`
	NullText    string `yaml:"null_text"`
}

type parameterText struct {
	Title       string `yaml:"title"`
	Description string `yaml:"description"`
}

type reportText struct {
	Title      string                       `yaml:"title"`
	Question   string                       `yaml:"question"`
	Definition string                       `yaml:"definition"`
	Columns    map[string]columnText        `yaml:"columns"`
	Parameters map[string]parameterText     `yaml:"parameters"`
	Values     map[string]map[string]string `yaml:"values"`
}

// loadTranslations reads the languages of a source into known.
func loadTranslations(source fs.FS, known map[string]*translation) error {
	names, err := fs.Glob(source, "*.yaml")
	if err != nil {
		return fmt.Errorf("list languages: %w", err)
	}
	for _, name := range names {
		language, _, _ := strings.Cut(path.Base(name), ".")
		if !regexp.MustCompile(`^[a-z]{2,3}$`).MatchString(language) || language == englishName {
			return fmt.Errorf("load %s: the name does not begin with a language such as ru", name)
		}
		raw, err := fs.ReadFile(source, name)
		if err != nil {
			return fmt.Errorf("read %s: %w", name, err)
		}
		var t translation
		if err := yaml.NewDecoder(bytes.NewReader(raw), yaml.Strict()).Decode(&t); err != nil {
			return fmt.Errorf("load %s: %w", name, err)
		}
		if known[language] == nil {
			known[language] = &translation{}
		}
		if err := known[language].add(&t); err != nil {
			return fmt.Errorf("load %s: %w", name, err)
		}
	}
	return nil
}

// add takes what another file of the language says; nothing may be said twice.
func (t *translation) add(more *translation) error {
	if more.Words != (wordsText{}) {
		if t.Words != (wordsText{}) {
			return fmt.Errorf("words are said twice")
		}
		t.Words = more.Words
	}
	for what, err := range map[string]error{
		"sections": merge(&t.Sections, more.Sections), "columns": merge(&t.Columns, more.Columns), "parameters": merge(&t.Parameters, more.Parameters),
		"values": merge(&t.Values, more.Values), "reports": merge(&t.Reports, more.Reports),
	} {
		if err != nil {
			return fmt.Errorf("%s.%w", what, err)
		}
	}
	return nil
}

func merge[T any](into *map[string]T, from map[string]T) error {
	if *into == nil {
		*into = make(map[string]T)
	}
	for name, value := range from {
		if _, twice := (*into)[name]; twice {
			return fmt.Errorf("%s is said twice", name)
		}
		(*into)[name] = value
	}
	return nil
}
