package cli

import (
	"fmt"
	"log/slog"

	"github.com/turnout/turnout/internal/app"
	"github.com/turnout/turnout/internal/backup"
	"github.com/turnout/turnout/internal/config"
	"github.com/turnout/turnout/internal/operations"
	"github.com/turnout/turnout/internal/telemetry"
)

// backupCommand copies the stream and the warehouse into a folder.
type backupCommand struct {
	Create backupCreate `cmd:"" default:"withargs" help:"Take a backup; the pipeline goes on meanwhile (the default)."`
	Verify backupVerify `cmd:"" help:"Check a backup against its checksums."`
}

type backupCreate struct {
	To string `arg:"" help:"Folder to make." type:"path"`
	config.Backup
	Format format `default:"table" enum:"table,csv,json,ndjson" help:"Form of the output: ${enum}."`
}

// Run takes a backup.
func (c *backupCreate) Run(env *environment) error {
	logger, err := env.quietLogger()
	if err != nil {
		return err
	}
	if err := c.Validate(); err != nil {
		return usageError{err}
	}
	steps := newSteps(env.streams.Err)
	manifest, err := app.Backup(env.ctx, c.Backup, c.To, app.Environment{Logger: logger, Version: string(env.version)}, steps.step)
	steps.finish()
	if err != nil {
		return err
	}
	return printBackup(env, manifest, c.Format)
}

type backupVerify struct {
	From   string `arg:"" help:"Folder that turnout backup made." type:"path"`
	Format format `default:"table" enum:"table,csv,json,ndjson" help:"Form of the output: ${enum}."`
}

// Run reads every file of a backup.
func (c *backupVerify) Run(env *environment) error {
	steps := newSteps(env.streams.Err)
	manifest, err := backup.Verify(env.ctx, c.From, steps.step)
	steps.finish()
	if err != nil {
		return err
	}
	return printBackup(env, manifest, c.Format)
}

// printBackup tells what a backup holds.
func printBackup(env *environment, m *backup.Manifest, f format) error {
	grid := newGrid("what", "count", "first", "last")
	for _, table := range m.Tables {
		grid.add("table "+table.Name, table.Rows, nil, nil)
	}
	for _, stream := range m.Streams {
		grid.add("stream "+stream.Name, stream.Messages, stream.First, stream.Last)
	}
	grid.add("bytes", m.Bytes(), nil, nil)
	if err := grid.print(env.streams.Out, f); err != nil {
		return err
	}
	if f == formatTable {
		fmt.Fprintf(env.streams.Out, "Whole as of %s. It holds personal data: keep it as you keep the data folder.\n", stamp(m.Created))
	}
	return nil
}

// restoreCommand puts a backup back.
type restoreCommand struct {
	From string `arg:"" help:"Folder that turnout backup made." type:"path"`
	config.Restore
	Format format `default:"table" enum:"table,csv,json,ndjson" help:"Form of the output: ${enum}."`
}

// Run restores a backup into an empty place.
func (c *restoreCommand) Run(env *environment) error {
	logger, err := env.quietLogger()
	if err != nil {
		return err
	}
	if err := c.Validate(); err != nil {
		return usageError{err}
	}
	steps := newSteps(env.streams.Err)
	summary, err := app.Restore(env.ctx, c.Restore, c.From, app.Environment{Logger: logger, Version: string(env.version)}, steps.step)
	steps.finish()
	if err != nil {
		return err
	}
	grid := newGrid("what", "count")
	for _, name := range backup.KeptTables() {
		if rows, found := summary.Rows[name]; found {
			grid.add("table "+name, rows)
		}
	}
	early, late := backup.KeptStreams()
	for _, name := range append(early, late...) {
		if messages, found := summary.Messages[name]; found {
			grid.add("stream "+name, messages)
		}
	}
	grid.add("stored once more at the start", summary.Again)
	if c.Suppressed != "" {
		grid.add("erased persons added", summary.Suppressed)
	}
	if removed := summary.Removed; !removed.IsZero() {
		grid.add("erased persons' events removed", removed.Log)
		grid.add("erased persons' dead letters removed", removed.DeadLetters)
	}
	return grid.print(env.streams.Out, c.Format)
}

// step shows how far work of this process has come.
func (s *steps) step(step string, done, total uint64) {
	s.show(operations.Progress{Step: step, Done: done, Total: total})
}

// quietLogger logs what is wrong: a command that shows its progress has nothing else to say, unless it is asked.
func (e *environment) quietLogger() (*slog.Logger, error) {
	level := e.common.LogLevel
	if level == "info" {
		level = "warn"
	}
	logger, err := telemetry.NewLogger(e.streams.Err, telemetry.LogConfig{Level: level, Format: e.common.LogFormat})
	if err != nil {
		return nil, usageError{err}
	}
	return logger, nil
}
