package api

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/turnout/turnout/internal/problem"
)

// query reads the query string. Unlike URL.Query it does not drop what it cannot read.
func query(r *http.Request) (url.Values, error) {
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, &problem.Error{
			Status: http.StatusBadRequest, Code: "bad_query", Title: "Bad query", Pointer: "/parameters",
			Detail: "The query string cannot be read: " + err.Error() + ".", Hint: "Percent-encode names and values; part them with &.",
		}
	}
	return values, nil
}

func unknownParameter(name string, allowed []string) error {
	hint := "It takes no parameters."
	if len(allowed) > 0 {
		hint = "Allowed: " + strings.Join(allowed, ", ") + "."
	}
	return &problem.Error{
		Status: http.StatusBadRequest, Code: "unknown_parameter", Title: "Bad parameter", Pointer: "/parameters/" + name,
		Detail: fmt.Sprintf("There is no parameter %q here.", name), Hint: hint,
	}
}

// withForms names among the allowed parameters those that the API takes itself, of which the reports know nothing.
func withForms(err error, forms ...string) error {
	var refused *problem.Error
	if !errors.As(err, &refused) || refused.Code != "unknown_parameter" {
		return err
	}
	complete := *refused
	complete.Hint = strings.TrimSuffix(refused.Hint, ".") + ", " + strings.Join(forms, ", ") + "."
	return &complete
}

// take removes a parameter of the API's own from values and gives its value.
func take(values url.Values, name string, allowed ...string) (string, error) {
	given := values[name]
	delete(values, name)
	if len(given) == 0 {
		return "", nil
	}
	for _, value := range allowed {
		if len(given) == 1 && given[0] == value {
			return value, nil
		}
	}
	return "", &problem.Error{
		Status: http.StatusBadRequest, Code: "unknown_value", Title: "Bad parameter", Pointer: "/parameters/" + name,
		Detail: fmt.Sprintf("%q is not a value of %s.", strings.Join(given, ", "), name), Hint: "Allowed: " + strings.Join(allowed, ", ") + ".",
	}
}
