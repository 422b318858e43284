package cli

import (
	"fmt"
	"log/slog"

	"github.com/turnout/turnout/internal/app"
	"github.com/turnout/turnout/internal/config"
	"github.com/turnout/turnout/internal/embedded"
	"github.com/turnout/turnout/internal/telemetry"
)

// upCommand runs the whole pipeline with embedded engines.
type upCommand struct{ config.Up }

// Run runs until a signal asks for the end.
func (c *upCommand) Run(env *environment) error {
	logger, err := env.logger()
	if err != nil {
		return err
	}
	return app.Up(env.ctx, c.Up, app.Environment{Logger: logger, Version: string(env.version)})
}

// serveCommand runs some roles against servers that run elsewhere.
type serveCommand struct{ config.Serve }

// Run runs until a signal asks for the end.
func (c *serveCommand) Run(env *environment) error {
	logger, err := env.logger()
	if err != nil {
		return err
	}
	return app.Serve(env.ctx, c.Serve, app.Environment{Logger: logger, Version: string(env.version)})
}

func (e *environment) logger() (*slog.Logger, error) {
	logger, err := telemetry.NewLogger(e.streams.Err, telemetry.LogConfig{Level: e.common.LogLevel, Format: e.common.LogFormat})
	if err != nil {
		return nil, usageError{err}
	}
	return logger, nil
}

// engineCommand is the child process that serves the embedded ClickHouse.
type engineCommand struct {
	Args []string `arg:"" optional:"" passthrough:""`
}

// Run serves until the parent ends.
func (c *engineCommand) Run(*environment) error {
	if code := embedded.EngineMain(c.Args); code != 0 {
		return fmt.Errorf("the engine ended: %w", errSilent)
	}
	return nil
}
