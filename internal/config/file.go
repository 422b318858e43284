package config

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
	"go.yaml.in/yaml/v3"
)

// File is a YAML file with settings. It is a kong resolver that stands behind
// the environment.
type File struct {
	path   string
	values map[string]value
}

type value struct {
	text string
	line int
}

// Locate finds the settings file that the arguments or the environment name;
// "" when neither does. It runs before the flags are parsed, since their values
// may come from the file.
func Locate(args []string) string {
	for i, arg := range args {
		if arg == "--" {
			break
		}
		if path, found := strings.CutPrefix(arg, "--config="); found {
			return path
		}
		if arg == "--config" && i+1 < len(args) {
			return args[i+1]
		}
	}
	return os.Getenv(EnvPrefix + "_CONFIG")
}

// ReadFile reads a settings file. Errors name the line.
func ReadFile(path string) (*File, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("--config: %w", err)
	}
	var document yaml.Node
	if err := yaml.Unmarshal(raw, &document); err != nil {
		return nil, fmt.Errorf("--config: %s: %w", path, err)
	}
	file := &File{path: path, values: make(map[string]value)}
	if len(document.Content) == 0 {
		return file, nil
	}
	root := document.Content[0]
	if root.Kind != yaml.MappingNode {
		return nil, fmt.Errorf("--config: %s:%d: settings are written as NAME: VALUE, one a line", path, root.Line)
	}
	for pair := range slices.Chunk(root.Content, 2) {
		if err := file.add(pair[0], pair[1]); err != nil {
			return nil, err
		}
	}
	return file, nil
}

func (f *File) add(key, node *yaml.Node) error {
	if _, twice := f.values[key.Value]; twice {
		return fmt.Errorf("--config: %s:%d: %q is set twice", f.path, key.Line, key.Value)
	}
	switch node.Kind {
	case yaml.ScalarNode:
		f.values[key.Value] = value{node.Value, node.Line}
		return nil
	case yaml.SequenceNode:
		items := make([]string, 0, len(node.Content))
		for _, item := range node.Content {
			items = append(items, item.Value)
		}
		f.values[key.Value] = value{strings.Join(items, ","), node.Line}
		return nil
	default:
		return fmt.Errorf("--config: %s:%d: %q is one value or a list of values", f.path, node.Line, key.Value)
	}
}

// Validate refuses settings that no command knows.
func (f *File) Validate(app *kong.Application) error {
	known := make(map[string]bool)
	collect(app.Node, known)
	for name, v := range f.values {
		if !known[name] {
			return fmt.Errorf("--config: %s:%d: there is no setting %q; `turnout config` lists all", f.path, v.line, name)
		}
	}
	return nil
}

func collect(node *kong.Node, known map[string]bool) {
	for _, flag := range node.Flags {
		known[flag.Name] = true
	}
	for _, child := range node.Children {
		collect(child, known)
	}
}

// Resolve gives the value of a flag that neither the command line nor the
// environment sets.
func (f *File) Resolve(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	for _, name := range flag.Envs {
		if _, set := os.LookupEnv(name); set {
			return nil, nil //nolint:nilnil // kong's way of saying "not here"
		}
	}
	v, found := f.values[flag.Name]
	if !found {
		return nil, nil //nolint:nilnil // kong's way of saying "not here"
	}
	if flag.Name == "config" {
		return nil, errors.New("a settings file cannot name another")
	}
	return v.text, nil
}
