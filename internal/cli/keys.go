package cli

import (
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/turnout/turnout/internal/auth"
)

// keysCommand manages the API keys in a data folder. It needs no running
// program: whoever may write the folder is admin.
type keysCommand struct {
	Create keysCreate `cmd:"" help:"Create a key; it is shown once."`
	List   keysList   `cmd:"" help:"List the keys, without their secrets."`
	Revoke keysRevoke `cmd:"" help:"Revoke a key; a running program sees it within a second."`
}

// keyFile names the file with the keys.
type keyFile struct {
	Data string `default:"./data" help:"Data folder of turnout up." placeholder:"DIR" type:"path"`
	Keys string `help:"Key file of turnout serve, instead of the data folder's." placeholder:"FILE" type:"path"`
}

func (k keyFile) path() string {
	if k.Keys != "" {
		return k.Keys
	}
	return filepath.Join(k.Data, auth.FileName)
}

type keysCreate struct {
	keyFile
	Tenant string `help:"The only community the key may touch; all when not given." placeholder:"NAME"`
	Scope  string `default:"read" help:"What the key may do: publish, share (reports without small counts), read, admin; several separated by commas." placeholder:"LIST"`
	Format format `default:"table" enum:"table,csv,json,ndjson" help:"Form of the output: ${enum}."`
}

// Run creates a key and shows it.
func (c *keysCreate) Run(env *environment) error {
	scopes, err := auth.ParseScopes(c.Scope)
	if err != nil {
		return usagef("--scope: %w", err)
	}
	if c.Tenant != "" && !auth.ValidTenant(c.Tenant) {
		return usagef("--tenant: %q is no community's name; use 1 to 64 of a-z, 0-9 and -", c.Tenant)
	}
	text, key, err := auth.Create(c.path(), c.Tenant, scopes)
	if err != nil {
		return err
	}
	if c.Format != formatTable {
		grid := newGrid("id", "key", "tenant", "scopes")
		grid.add(key.ID, text, key.Tenant, key.Scopes)
		return grid.print(env.streams.Out, c.Format)
	}
	fmt.Fprintln(env.streams.Out, text)
	fmt.Fprintf(env.streams.Err, "Key %s for %s may %s. It is not shown again; keep it now.\nUse it with TURNOUT_KEY or --key, or as the header Authorization: Bearer KEY.\n",
		key.ID, orAll(key.Tenant), joinScopes(key.Scopes))
	return nil
}

type keysList struct {
	keyFile
	Format format `default:"table" enum:"table,csv,json,ndjson" help:"Form of the output: ${enum}."`
}

// Run lists the keys.
func (c *keysList) Run(env *environment) error {
	keys, err := auth.List(c.path())
	if err != nil {
		return err
	}
	grid := newGrid("id", "tenant", "scopes", "created", "revoked")
	grid.empty = "There are no keys: everybody on this machine may do everything."
	for i := range keys {
		key := &keys[i]
		if c.Format == formatTable {
			grid.add(key.ID, orAll(key.Tenant), joinScopes(key.Scopes), stamp(key.Created), stamp(key.Revoked))
			continue
		}
		grid.add(key.ID, key.Tenant, key.Scopes, stamp(key.Created), stamp(key.Revoked))
	}
	return grid.print(env.streams.Out, c.Format)
}

type keysRevoke struct {
	keyFile
	ID string `arg:"" help:"Id of the key, as in the list."`
}

// Run revokes a key.
func (c *keysRevoke) Run(env *environment) error {
	key, err := auth.Revoke(c.path(), c.ID)
	if err != nil {
		return err
	}
	fmt.Fprintf(env.streams.Out, "Key %s is revoked.\n", key.ID)
	return nil
}

func joinScopes(scopes []auth.Scope) string {
	names := make([]string, len(scopes))
	for i, scope := range scopes {
		names[i] = string(scope)
	}
	return strings.Join(names, ",")
}

func orAll(tenant string) string {
	if tenant == "" {
		return "all communities"
	}
	return tenant
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}
