package config

import (
	"fmt"
	"net/url"
	"os"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

// Setting is one setting as it is in force.
type Setting struct {
	Name     string `json:"name"`
	Value    string `json:"value"`
	Source   string `json:"source"` // flag, environment, file or default
	Variable string `json:"variable"`
	Help     string `json:"help"`
}

// InForce lists the settings of a parsed command, secrets masked.
func InForce(ctx *kong.Context, file *File) []Setting {
	given := make(map[string]bool)
	for _, path := range ctx.Path {
		if path.Flag != nil && !path.Resolved {
			given[path.Flag.Name] = true
		}
	}
	var settings []Setting
	for _, flag := range ctx.Flags() {
		if flag.Name == "help" || flag.Hidden {
			continue
		}
		s := Setting{
			Name: flag.Name, Value: mask(flag.Name, fmt.Sprint(ctx.FlagValue(flag))),
			Source: "default", Help: flag.Help,
		}
		if len(flag.Envs) > 0 {
			s.Variable = flag.Envs[0]
		}
		_, inEnvironment := os.LookupEnv(s.Variable)
		switch {
		case given[flag.Name]:
			s.Source = "flag"
		case s.Variable != "" && inEnvironment:
			s.Source = "environment"
		case file.sets(flag.Name):
			s.Source = "file"
		}
		settings = append(settings, s)
	}
	slices.SortFunc(settings, func(a, b Setting) int { return strings.Compare(a.Name, b.Name) })
	return settings
}

func (f *File) sets(name string) bool {
	if f == nil {
		return false
	}
	_, found := f.values[name]
	return found
}

const masked = "••••••"

// mask hides keys and the passwords within URLs.
func mask(name, text string) string {
	if text == "" {
		return ""
	}
	if name == "key" || strings.Contains(name, "password") {
		return masked
	}
	if u, err := url.Parse(text); err == nil && u.User != nil {
		user := u.User.Username()
		if _, has := u.User.Password(); has {
			return strings.Replace(text, u.User.String()+"@", user+":"+masked+"@", 1)
		}
	}
	return text
}

// Variables lists the environment variables that the commands read.
func Variables() ([]string, error) {
	var all struct {
		Common
		Client
		Up    Up    `cmd:""`
		Serve Serve `cmd:""`
	}
	parser, err := kong.New(&all, kong.DefaultEnvars(EnvPrefix))
	if err != nil {
		return nil, fmt.Errorf("list the settings: %w", err)
	}
	names := make(map[string]bool)
	variables(parser.Model.Node, names)
	sorted := make([]string, 0, len(names))
	for name := range names {
		sorted = append(sorted, name)
	}
	slices.Sort(sorted)
	return sorted, nil
}

func variables(node *kong.Node, names map[string]bool) {
	for _, flag := range node.Flags {
		for _, name := range flag.Envs {
			names[name] = true
		}
	}
	for _, child := range node.Children {
		variables(child, names)
	}
}
