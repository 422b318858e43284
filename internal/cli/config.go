package cli

import (
	"github.com/turnout/turnout/internal/config"
)

// configCommand prints the settings of `turnout up` as they are in force.
type configCommand struct {
	config.Up
	Format format `default:"table" enum:"table,csv,json,ndjson" help:"Form of the output: ${enum}."`
}

// Run prints the settings.
func (c *configCommand) Run(env *environment) error {
	grid := newGrid("setting", "value", "source", "variable")
	for _, s := range config.InForce(env.parsed, env.file) {
		if s.Name == "format" {
			continue
		}
		grid.add(s.Name, s.Value, s.Source, s.Variable)
	}
	return grid.print(env.streams.Out, c.Format)
}
