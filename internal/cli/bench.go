package cli

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/turnout/turnout/internal/bench"
	"github.com/turnout/turnout/internal/operations"
)

const percent = 100

// benchCommand measures the pipeline and holds it against the machine's limits.
type benchCommand struct {
	Sections   []string `help:"Only these parts: ${benchSections}. A figure that sets two of them against each other needs both." placeholder:"NAME,…"`
	Runs       int      `help:"Runs of each figure, of which the median counts; 0 is 3 (1 with --quick)." placeholder:"N"`
	Full       bool     `help:"Draw the curves as well: how cost grows. Takes much longer."`
	Quick      bool     `help:"Measure next to nothing: shows within seconds that everything works. The figures mean nothing."`
	Seed       uint64   `default:"1" help:"Number that the events follow from." placeholder:"S"`
	Dir        string   `help:"Where the temporary folder is made; a disk of the kind that is to be measured." placeholder:"DIR" type:"existingdir"`
	Docs       string   `help:"Folder of the project's documentation, whose benchmarks.md gets the figures and curves that were measured." placeholder:"DIR" type:"existingdir"`
	URL        string   `env:"-" help:"Address of a running Turnout to measure instead. It keeps all the events that are sent to it; never one that is used." placeholder:"URL"`
	NATS       string   `name:"nats" env:"-" help:"Its NATS server." placeholder:"URL"`
	ClickHouse string   `name:"clickhouse" env:"-" help:"Its ClickHouse server." placeholder:"URL"`
	Key        string   `env:"-" help:"Its API key." placeholder:"KEY"`
	Format     format   `default:"table" enum:"table,csv,json,ndjson" help:"Form of the figures: ${enum}."`
}

// Help is the command's longer text.
func (c *benchCommand) Help() string {
	return "Starts a Turnout of its own in a temporary folder, sends it simulated events of many communities, and measures in one go what the engines " +
		"can do at most and what the whole pipeline does. Takes under ten minutes on two quiet cores; whatever else runs meanwhile makes the figures worse. " +
		"docs/benchmarks.md says what every figure is."
}

// Run measures and prints the figures.
func (c *benchCommand) Run(env *environment) error {
	bar := newSteps(env.streams.Err)
	result, err := bench.Run(env.ctx, bench.Config{
		Runs: c.Runs, Sections: c.Sections, Quick: c.Quick, Full: c.Full, Seed: c.Seed, URL: c.URL, NATS: c.NATS, ClickHouse: c.ClickHouse, Key: c.Key,
		Dir: c.Dir, Version: string(env.version), Progress: func(step string, done, passed float64) {
			bar.show(operations.Progress{Step: fmt.Sprintf("%2.0f %% %-9s", percent*passed, step), Done: uint64(percent * done), Total: percent})
		},
	})
	bar.finish()
	switch {
	case errors.Is(err, bench.ErrUsage):
		return usageError{err}
	case err != nil && env.ctx.Err() != nil:
		return fmt.Errorf("interrupted; nothing is left behind: %w", err)
	case result == nil:
		return err
	}
	return errors.Join(err, c.tell(env, result)) // a curve that failed takes nothing away from the others
}

// tell prints the figures, and writes them into the documentation when asked to.
func (c *benchCommand) tell(env *environment, result *bench.Result) error {
	show := func() error { return tellFigures(env.streams.Out, result, c.Format) }
	if c.Format == formatJSON {
		show = func() error { return printJSON(env.streams.Out, result) }
	}
	if err := show(); err != nil || c.Docs == "" {
		return err
	}
	skipped, err := bench.WriteDocs(c.Docs, result)
	if len(skipped) > 0 {
		fmt.Fprintln(env.streams.Err, "not measured, left as they were:", strings.Join(skipped, ", "))
	}
	return err
}

// tellFigures prints the figures as rows.
func tellFigures(w io.Writer, result *bench.Result, f format) error {
	people := f == formatTable
	columns := []string{"key", "figure", "unit", "min", "max", "runs", "target", "target_is", "met"}
	if people {
		columns = []string{"what", "figure", "unit", "from … to", "target", ""}
	}
	grid := newGrid(columns...)
	for i := range result.Figures {
		figure := &result.Figures[i]
		switch {
		case people && (figure.Value == nil || strings.HasPrefix(figure.Key, "reports_ms.") && strings.HasSuffix(figure.Key, ".p50")):
		case people:
			grid.add(figure.Label, shown(*figure.Value), figure.Unit, spreadOf(figure), target(figure), verdictOf(figure))
		default:
			grid.add(record(figure)...)
		}
	}
	if people {
		grid.footer = about(result)
	}
	return grid.print(w, f)
}

// record is a figure for programs: what is not known is null.
func record(f *bench.Figure) []any {
	row := []any{f.Key, nil, f.Unit, nil, nil, f.Runs, nil, nil, nil}
	if f.Value != nil {
		row[1], row[3], row[4] = *f.Value, f.Least, f.Greatest
	}
	if f.Target == 0 {
		return row
	}
	row[6], row[7] = f.Target, "at_least"
	if f.AtMost {
		row[7] = "at_most"
	}
	if f.Value != nil {
		row[8] = f.Met()
	}
	return row
}

// shown is a figure for people: with thousands apart.
func shown(value float64) number {
	if value < 1000 {
		return number(fmt.Sprintf("%.3g", value))
	}
	digits := fmt.Sprintf("%.0f", value)
	var out strings.Builder
	for i, digit := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			out.WriteByte(',')
		}
		out.WriteRune(digit)
	}
	return number(out.String())
}

func spreadOf(f *bench.Figure) string {
	if f.Runs < 2 {
		return ""
	}
	return string(shown(f.Least)) + " … " + string(shown(f.Greatest))
}

func target(f *bench.Figure) string {
	switch {
	case f.Target == 0:
		return ""
	case f.AtMost:
		return "≤ " + string(shown(f.Target))
	default:
		return "≥ " + string(shown(f.Target))
	}
}

func verdictOf(f *bench.Figure) string {
	switch {
	case f.Target == 0 || f.Value == nil:
		return ""
	case f.Met():
		return "met"
	default:
		return "missed"
	}
}

// about says where the figures come from.
func about(result *bench.Result) string {
	m := result.Machine
	text := fmt.Sprintf("%s, %s, %d cores (%s), %.0f MB, %s; a sync of 4 KiB takes %.2f ms; load before: %s; %d runs, seed %d.",
		result.Commit, m.System, m.Cores, m.CPU, m.Memory, m.Go, m.SyncMS, m.Load, result.Runs, result.Seed)
	if result.Quick {
		text += "\nMeasured with --quick: these figures mean nothing."
	}
	return text
}
