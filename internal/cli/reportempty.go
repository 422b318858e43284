package cli

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// nothing says why there are no rows. That events are missing is said only where that is known: who finds
// nothing for a person or a time should not be sent to publish.
func (r *result) nothing() string {
	if r.noEvents {
		return "Nothing to show: this community has no events yet. `turnout publish` puts some in."
	}
	if filters := r.inForce(); len(filters) > 0 {
		return "Nothing to show: nothing matches " + strings.Join(filters, ", ") + "."
	}
	return "Nothing to show: none of the community's events are what this report is about."
}

// inForce is what could keep rows out, as NAME=VALUE: the parameters, and of a list the figure's row.
func (r *result) inForce() []string {
	given := maps.Clone(r.Cell)
	if given == nil {
		given = map[string]json.RawMessage{}
	}
	maps.Copy(given, r.Parameters)
	var out []string
	for _, name := range slices.Sorted(maps.Keys(given)) {
		if slices.Contains([]string{"tenant", "timezone", "grain", "compare", "view", "lang"}, name) {
			continue // these choose how, not what
		}
		for _, text := range filterTexts(given[name]) {
			out = append(out, printable(name+"="+text))
		}
	}
	return out
}

// filterTexts are the values of a parameter, which may be a list; none where it is not set.
func filterTexts(raw json.RawMessage) []string {
	var list []json.RawMessage
	if json.Unmarshal(raw, &list) == nil {
		var out []string
		for _, one := range list {
			out = append(out, filterTexts(one)...)
		}
		return out
	}
	v := value(raw)
	if text := plain(v); text != "" {
		return []string{text}
	}
	return nil
}

// withoutEvents tells whether a community has no events at all. Where the status is not to be had, as with a
// key that may read shared reports only, that is not known, and not claimed.
func withoutEvents(env *environment, client *api, r *result) bool {
	query := url.Values{}
	if tenant := plain(value(r.Parameters["tenant"])); tenant != "" {
		query.Set("tenant", tenant)
	}
	var status struct {
		Warehouse struct {
			State  string `json:"state"`
			Events *int64 `json:"events"`
		} `json:"warehouse"`
	}
	if err := client.do(env.ctx, http.MethodGet, "/v1/status", query, nil, &status); err != nil {
		return false
	}
	return status.Warehouse.State == "ok" && status.Warehouse.Events != nil && *status.Warehouse.Events == 0
}
