package cli

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"strings"

	"github.com/turnout/turnout/schemas"
)

// schemasCommand looks at the contract: the event types.
type schemasCommand struct {
	List  schemasList  `cmd:"" help:"List the event types."`
	Show  schemasShow  `cmd:"" help:"Show one event type: its fields, its key and an example."`
	Check schemasCheck `cmd:"" help:"Check the schema files, and that released types stay compatible."`
}

// contract names further event types.
type contract struct {
	Schemas string `help:"Folder with further event types (JSON Schema files)." placeholder:"DIR" type:"path"`
}

type schemasList struct {
	contract
	Format format `default:"table" enum:"table,csv,json,ndjson" help:"Form of the output: ${enum}."`
}

// Run lists the types.
func (c *schemasList) Run(env *environment) error {
	registry, err := loadRegistry(c.Schemas)
	if err != nil {
		return err
	}
	grid := newGrid("type", "key", "mode", "title")
	for _, t := range registry.Types() {
		grid.add(t.Name, strings.Join(t.Key, " + "), t.Mode.String(), t.Title)
	}
	return grid.print(env.streams.Out, c.Format)
}

type schemasShow struct {
	Type string `arg:"" help:"Event type, such as attendance.recorded.v1."`
	contract
	Format format `default:"table" enum:"table,json" help:"Form of the output: ${enum}; json is the schema file itself."`
}

// Run shows one type.
func (c *schemasShow) Run(env *environment) error {
	registry, err := loadRegistry(c.Schemas)
	if err != nil {
		return err
	}
	t, err := registry.Find(c.Type)
	if err != nil {
		return fmt.Errorf("show event type: %w", err)
	}
	if c.Format == formatJSON {
		return printJSON(env.streams.Out, t.Source)
	}
	fmt.Fprintf(env.streams.Out, "%s  %s\n%s\n\nkey   %s\nmode  %s\n\n", t.Name, t.Title, t.Description, strings.Join(t.Key, " + "), t.Mode)
	grid := newGrid("field", "type", "required", "description")
	for _, field := range t.Fields {
		required := ""
		if field.Required {
			required = "yes"
		}
		grid.add(field.Name, field.TypeText(), required, field.Description)
	}
	if err := grid.print(env.streams.Out, formatTable); err != nil {
		return err
	}
	if len(t.Examples) > 0 {
		fmt.Fprintln(env.streams.Out, "\nexample data")
		return printJSON(env.streams.Out, t.Examples[0])
	}
	return nil
}

type schemasCheck struct {
	contract
	Against string `help:"Folder with the released schema files, or a git revision of this repository." placeholder:"REV-OR-DIR"`
	Format  format `default:"table" enum:"table,csv,json,ndjson" help:"Form of the output: ${enum}."`
}

// Run checks the contract. A type that became incompatible makes it fail.
func (c *schemasCheck) Run(env *environment) error {
	now, err := loadRegistry(c.Schemas)
	if err != nil {
		return err
	}
	if faults := now.Verify(); len(faults) > 0 {
		return fmt.Errorf("check the event types: %w", errors.Join(faults...))
	}
	if c.Against == "" {
		fmt.Fprintf(env.streams.Out, "%s, all well-formed, their examples pass and their counter-examples fail; nothing to compare with (--against REV-OR-DIR)\n", count(len(now.Types()), "event type"))
		return nil
	}
	before, err := releasedTypes(env.ctx, c.Against)
	if err != nil {
		return err
	}
	changes := schemas.Compare(before, now)
	grid := newGrid("type", "pointer", "detail")
	grid.empty = fmt.Sprintf("%s, compatible with the %d of %s", count(len(now.Types()), "event type"), len(before.Types()), c.Against)
	for _, change := range changes {
		grid.add(change.Type, change.Pointer, change.Detail)
	}
	if err := grid.print(env.streams.Out, c.Format); err != nil {
		return err
	}
	if len(changes) > 0 {
		fmt.Fprintln(env.streams.Err, "hint: publish a new version of the type (…v2) beside the old one")
		return errSilent
	}
	return nil
}

// schemaFolder is where the repository keeps its schema files.
const schemaFolder = "schemas/events"

// releasedTypes reads the schema files of a folder, or of a git revision.
func releasedTypes(ctx context.Context, against string) (*schemas.Registry, error) {
	if info, err := os.Stat(against); err == nil && info.IsDir() {
		registry, err := schemas.LoadFS(os.DirFS(against))
		if err != nil {
			return nil, fmt.Errorf("read the schemas of %s: %w", against, err)
		}
		return registry, nil
	}
	files, err := revisionFiles(ctx, against)
	if err != nil {
		return nil, err
	}
	registry, err := schemas.LoadFiles(files)
	if err != nil {
		return nil, fmt.Errorf("read the schemas of %s: %w", against, err)
	}
	return registry, nil
}

// revisionFiles gives the schema files of a git revision by their names.
func revisionFiles(ctx context.Context, revision string) (map[string][]byte, error) {
	if strings.HasPrefix(revision, "-") {
		return nil, usagef("--against: %q is neither a folder nor a git revision", revision)
	}
	archive, err := exec.CommandContext(ctx, "git", "archive", "--format=tar", revision, schemaFolder).Output() //nolint:gosec // no shell, and no revision begins with a dash
	if err != nil {
		detail := err.Error()
		if exit, ok := errors.AsType[*exec.ExitError](err); ok {
			detail = strings.TrimSpace(string(exit.Stderr))
		}
		return nil, usagef("--against: %q is neither a folder nor a git revision with %s (%s)", revision, schemaFolder, detail)
	}
	files := make(map[string][]byte)
	reader := tar.NewReader(bytes.NewReader(archive))
	for {
		header, err := reader.Next()
		if errors.Is(err, io.EOF) {
			return files, nil
		}
		if err != nil {
			return nil, fmt.Errorf("read the archive of git: %w", err)
		}
		if header.Typeflag != tar.TypeReg {
			continue
		}
		if files[path.Base(header.Name)], err = io.ReadAll(reader); err != nil {
			return nil, fmt.Errorf("read the archive of git: %w", err)
		}
	}
}
