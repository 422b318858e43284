package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"
	"golang.org/x/term"

	"github.com/turnout/turnout/internal/config"
	"github.com/turnout/turnout/internal/problem"
)

// Exit codes of every command.
const (
	exitDone   = 0
	exitFailed = 1
	exitUsage  = 2
)

// Version is what `turnout --version` prints; the build sets it.
type Version string

// Streams are the files of a command.
type Streams struct {
	In       io.Reader
	Out, Err io.Writer
}

// commands is the tree of commands; a command is the field's own file.
type commands struct {
	config.Common
	Version kong.VersionFlag `env:"-" help:"Print the version and stop."`

	Up    upCommand    `cmd:"" group:"Run" help:"Run the whole pipeline with embedded engines."`
	Serve serveCommand `cmd:"" group:"Run" help:"Run roles against a NATS and a ClickHouse server."`

	Publish publishCommand `cmd:"" group:"Put in" help:"Publish events from files or standard input."`
	Import  importCommand  `cmd:"" group:"Put in" help:"Import a table (CSV) through a mapping."`
	Load    loadCommand    `cmd:"" group:"Put in" help:"Load a folder of files as its load.yaml says."`

	Simulate simulateCommand `cmd:"" group:"Put in" help:"Make communities up and publish their events."`

	Report      reportCommands     `cmd:"" group:"Read" help:"List the reports, print one, or a page of several."`
	Status      statusCommand      `cmd:"" group:"Read" help:"Show how the pipeline is doing."`
	DeadLetters deadLettersCommand `cmd:"" name:"deadletters" group:"Read" help:"Look at, replay or discard what could not be processed."`
	Schemas     schemasCommand     `cmd:"" group:"Read" help:"List, show or check the event types."`

	Backup  backupCommand  `cmd:"" group:"Manage" help:"Take a backup of stream and warehouse, or check one."`
	Restore restoreCommand `cmd:"" group:"Manage" help:"Put a backup back into an empty place."`

	Audit   auditCommand   `cmd:"" group:"Manage" help:"Prove that nothing was lost and nothing is counted twice."`
	Rebuild rebuildCommand `cmd:"" group:"Manage" help:"Put facts and rollups right from the log, while readers read on."`
	Replay  replayCommand  `cmd:"" group:"Manage" help:"Read the stream again: brings back what is missing, changes nothing else."`

	Member  memberCommand  `cmd:"" group:"Manage" help:"Export, erase and consent: the rights of one person."`
	Keys    keysCommand    `cmd:"" group:"Manage" help:"Create, list and revoke API keys."`
	Tenants tenantsCommand `cmd:"" group:"Manage" help:"Show or change a community's settings."`
	Doctor  doctorCommand  `cmd:"" group:"Manage" help:"Measure the disk, clocks, limits and settings, and say what to change."`
	Config  configCommand  `cmd:"" name:"config" group:"Manage" help:"Print the settings in force."`

	Bench benchCommand `cmd:"" group:"Manage" help:"Measure this machine: what the engines can do at most, and what the whole pipeline does."`

	Engine engineCommand `cmd:"" hidden:"" passthrough:"" help:"The embedded ClickHouse; turnout up starts it."`
}

// usageError is an error of the caller: exit code 2.
type usageError struct{ err error }

func (e usageError) Error() string { return e.err.Error() }
func (e usageError) Unwrap() error { return e.err }

func usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// silentFailure ends a command with exit code 1 when it has said everything already.
var errSilent = errors.New("failed; the reasons are printed above")

// Main runs one command and gives its exit code. The first interrupt asks the
// command to finish; a second one ends the program at once.
func Main(args []string, streams Streams, version Version) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // from now on a signal has its default effect: the end
	err := run(ctx, args, streams, version)
	return report(streams.Err, err)
}

func run(ctx context.Context, args []string, streams Streams, version Version) error {
	var tree commands
	exited := -1
	options := []kong.Option{
		kong.Name("turnout"),
		kong.Description("Turns what happens in a community into figures people can trust."),
		kong.DefaultEnvars(config.EnvPrefix),
		simulateVars(version),
		kong.Writers(streams.Out, streams.Err),
		kong.Exit(func(code int) { exited = code }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 110}),
		kong.ShortUsageOnError(),
	}
	var file *config.File
	if path := config.Locate(args); path != "" {
		var err error
		if file, err = config.ReadFile(path); err != nil {
			return usageError{err}
		}
		options = append(options, kong.Resolvers(file))
	}
	parser, err := kong.New(&tree, options...)
	if err != nil {
		return fmt.Errorf("build the command line: %w", err)
	}
	parsed, err := parser.Parse(args)
	if exited >= 0 {
		return nil // --help or --version, which is all that was asked
	}
	if err != nil {
		return withHelp(err)
	}
	env := &environment{ctx: ctx, streams: streams, common: tree.Common, version: version, file: file, parsed: parsed}
	if err := parsed.Run(env); err != nil {
		return fmt.Errorf("%w", err)
	}
	return nil
}

// withHelp turns a refusal of kong into a usage error that names the help.
func withHelp(err error) error {
	command := "turnout"
	var parseError *kong.ParseError
	if errors.As(err, &parseError) && parseError.Context != nil && parseError.Context.Selected() != nil {
		path, _, _ := strings.Cut(parseError.Context.Selected().Path(), " <")
		command += " " + path
	}
	return usagef("%w\nhint: %s --help says what can be given", err, command)
}

// environment is what a command runs in.
type environment struct {
	ctx     context.Context //nolint:containedctx // it lives as long as the one command
	streams Streams
	common  config.Common
	version Version
	file    *config.File
	parsed  *kong.Context
}

// width is the width of the terminal that f is; 0 when it is none.
func width(f any) int {
	file, ok := f.(*os.File)
	if !ok {
		return 0
	}
	columns, _, err := term.GetSize(int(file.Fd()))
	if err != nil {
		return 0
	}
	return columns
}

// report prints an error for a person and gives the exit code.
func report(w io.Writer, err error) int {
	if err == nil {
		return exitDone
	}
	if errors.Is(err, errSilent) {
		return exitFailed
	}
	fmt.Fprintln(w, "turnout: "+err.Error())
	var known *problem.Error
	if errors.As(err, &known) && known.Hint != "" {
		fmt.Fprintln(w, "hint: "+known.Hint)
	}
	if _, ok := errors.AsType[usageError](err); ok {
		return exitUsage
	}
	return exitFailed
}
