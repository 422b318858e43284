package cli

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/turnout/turnout/internal/config"
)

// statusCommand shows how the pipeline is doing.
type statusCommand struct {
	config.Client
	Format format `default:"table" enum:"table,csv,json,ndjson" help:"Form of the output: ${enum}."`
}

// Run prints what the server says of itself; a part that does not work makes it fail.
func (c *statusCommand) Run(env *environment) error {
	client, err := newAPI(c.Client)
	if err != nil {
		return err
	}
	var raw json.RawMessage
	if err := client.do(env.ctx, http.MethodGet, "/v1/status", nil, nil, &raw); err != nil {
		return err
	}
	var status map[string]json.RawMessage
	if err := json.Unmarshal(raw, &status); err != nil {
		return fmt.Errorf("read the status: %w", err)
	}
	if c.Format == formatJSON {
		if err := printJSON(env.streams.Out, raw); err != nil {
			return err
		}
		return broken(status)
	}
	grid := newGrid("what", "value")
	flatten(grid, "", status)
	if err := grid.print(env.streams.Out, c.Format); err != nil {
		return err
	}
	return broken(status)
}

// flatten lists every member, nested ones by their path.
func flatten(grid *grid, prefix string, members map[string]json.RawMessage) {
	names := make([]string, 0, len(members))
	for name := range members {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		label := strings.TrimPrefix(prefix+" "+name, " ")
		var nested map[string]json.RawMessage
		if json.Unmarshal(members[name], &nested) == nil && nested != nil {
			flatten(grid, label, nested)
			continue
		}
		var list []map[string]json.RawMessage
		if json.Unmarshal(members[name], &list) == nil && list != nil {
			for _, item := range list {
				flatten(grid, itemLabel(label, item), item)
			}
			continue
		}
		grid.add(label, value(members[name]))
	}
}

// itemLabel names an item of a list by what it is about, which it takes out of the item.
func itemLabel(list string, item map[string]json.RawMessage) string {
	for member, word := range map[string]string{"tenant": "tenant", "source": "source", "code": "dead letters"} {
		if raw, found := item[member]; found {
			delete(item, member)
			return strings.TrimSpace(word + " " + plain(value(raw)))
		}
	}
	return list
}

// broken fails when a check is not ok.
func broken(status map[string]json.RawMessage) error {
	if status["checks"] == nil {
		return nil
	}
	var checks map[string]string
	if err := json.Unmarshal(status["checks"], &checks); err != nil {
		return fmt.Errorf("read the checks: %w", err)
	}
	for _, state := range checks {
		if state != "ok" {
			return errSilent
		}
	}
	return nil
}
