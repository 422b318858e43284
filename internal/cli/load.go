package cli

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/turnout/turnout/internal/config"
	"github.com/turnout/turnout/producers/importer"
)

// loadCommand puts a folder of files in, as its load.yaml says: the community,
// its time zone, and which file goes through which mapping.
type loadCommand struct {
	Folders []string `arg:"" help:"Folders with a load.yaml."`
	config.Client
	Schemas string `help:"Folder with further event types (JSON Schema files)." placeholder:"DIR" type:"path"`
	Format  format `default:"table" enum:"table,csv,json,ndjson" help:"Form of the list of rejections: ${enum}."`
}

// Run loads the folders in turn.
func (c *loadCommand) Run(env *environment) error {
	registry, err := loadRegistry(c.Schemas)
	if err != nil {
		return err
	}
	manifests := make([]*importer.Manifest, len(c.Folders))
	for i, folder := range c.Folders {
		if manifests[i], err = importer.LoadManifest(folder); err != nil {
			return wrongInput(err)
		}
	}
	var all outcome
	for _, manifest := range manifests {
		if err = c.folder(env, &loading{env: env, registry: registry}, manifest, &all); err != nil {
			break
		}
	}
	if printing := all.print(env.streams, c.Format); printing != nil {
		return errors.Join(err, printing)
	}
	if err != nil {
		return err
	}
	return all.verdict()
}

// folder sets the community's time zone, then loads the files in their order.
func (c *loadCommand) folder(env *environment, load *loading, manifest *importer.Manifest, all *outcome) error {
	target := c.Client
	if target.Tenant != "" && target.Tenant != manifest.Tenant {
		return usagef("--tenant: %s is for the community %q; leave --tenant out", manifest.Dir, manifest.Tenant)
	}
	target.Tenant = manifest.Tenant
	client, err := newAPI(target)
	if err != nil {
		return err
	}
	if manifest.Timezone != "" {
		change := map[string]string{"timezone": manifest.Timezone}
		if err := client.do(env.ctx, http.MethodPut, "/v1/tenants/"+manifest.Tenant, nil, change, nil); err != nil {
			return fmt.Errorf("set the time zone of %s: %w", manifest.Tenant, err)
		}
	}
	if load.publisher, err = newPublisher(env, target); err != nil {
		return err
	}
	load.tenant = manifest.Tenant
	for _, file := range manifest.Files {
		one, err := c.file(env, load, file)
		if one != nil {
			all.add(one)
		}
		if err != nil {
			return fmt.Errorf("load %s: %w", file.Path, err)
		}
	}
	return nil
}

func (c *loadCommand) file(env *environment, load *loading, file importer.ManifestFile) (*outcome, error) {
	if file.Mapping == "" {
		return load.events(env.ctx, file.Path)
	}
	return load.table(file.Path, file.Mapping)
}
