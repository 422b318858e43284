package reporting

import (
	"fmt"
	"net/url"
	"slices"
)

// The names of what a reader may ask of any report beside its parameters: how the
// answer is made, not what is counted.
const (
	compareName = "compare"
	viewName    = "view"
	langName    = "lang"
)

// The values of view and compare.
const (
	compareYear   = "year"
	fullView      = "full"
	shareableView = "shareable"
)

// options are what a reader asked of the answer.
type options struct {
	compare   bool
	shareable bool
	lang      string
}

// optionNames are the names that options have in a request.
func optionNames() []string { return []string{compareName, viewName, langName} }

// readOptions takes the options; languages are those that reports speak.
func readOptions(values url.Values, languages []string) (options, error) {
	var out options
	compare, err := option(values, compareName, "", compareYear)
	if err != nil {
		return out, err
	}
	view, err := option(values, viewName, fullView, shareableView)
	if err != nil {
		return out, err
	}
	out.compare, out.shareable = compare == compareYear, view == shareableView
	out.lang, err = option(values, langName, languages...)
	return out, err
}

// option reads one option; the first of the allowed values is the default.
func option(values url.Values, name string, allowed ...string) (string, error) {
	text, err := single(values, name)
	if err != nil {
		return "", err
	}
	if text == "" {
		return allowed[0], nil
	}
	if !slices.Contains(allowed, text) {
		named := slices.DeleteFunc(slices.Clone(allowed), func(s string) bool { return s == "" })
		return "", bad("unknown_value", name, fmt.Sprintf("%q is not a value of %s", shorten(text), name), named)
	}
	return text, nil
}

// show adds the options in force to the parameters that readers see.
func (o options) show(shown map[string]any) {
	if o.compare {
		shown[compareName] = compareYear
	}
	if o.shareable {
		shown[viewName] = shareableView
	}
}
