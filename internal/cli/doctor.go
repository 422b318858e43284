package cli

import (
	"fmt"

	"github.com/turnout/turnout/internal/app"
	"github.com/turnout/turnout/internal/config"
	"github.com/turnout/turnout/internal/doctor"
)

// doctorCommand measures the machine and says what to change.
type doctorCommand struct {
	config.Doctor
	Format format `default:"table" enum:"table,json" help:"Form of the output: ${enum}."`
}

// Run prints the findings; a problem makes it fail.
func (c *doctorCommand) Run(env *environment) error {
	logger, err := env.quietLogger()
	if err != nil {
		return err
	}
	report, err := app.Doctor(env.ctx, c.Doctor, app.Environment{Logger: logger, Version: string(env.version)})
	if err != nil {
		return err
	}
	if c.Format == formatJSON {
		err = printJSON(env.streams.Out, report)
	} else {
		err = tellFindings(env, report)
	}
	if err == nil && !report.OK {
		err = errSilent
	}
	return err
}

// tellFindings prints what was found, then what to do, the worst first.
func tellFindings(env *environment, report *doctor.Report) error {
	grid := newGrid("area", "check", "state", "figure")
	for _, f := range report.Findings {
		grid.add(f.Area, f.Check, string(f.State), f.Figure)
	}
	if err := grid.print(env.streams.Out, formatTable); err != nil {
		return err
	}
	for _, state := range []doctor.State{doctor.Problem, doctor.Warning, doctor.Unknown} {
		for _, f := range report.Findings {
			if f.State == state && f.Advice != "" {
				fmt.Fprintf(env.streams.Out, "%s: %s, %s: %s\n  %s\n", state, f.Area, f.Check, f.Figure, f.Advice)
			}
		}
	}
	fmt.Fprintf(env.streams.Out, "%d problems, %d warnings.\n", report.Problems, report.Warnings)
	return nil
}
