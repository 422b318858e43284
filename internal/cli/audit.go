package cli

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/turnout/turnout/consumers"
	"github.com/turnout/turnout/consumers/audit"
	"github.com/turnout/turnout/consumers/rebuild"
	"github.com/turnout/turnout/internal/config"
)

// auditCommand proves that nothing was lost and nothing is counted twice.
type auditCommand struct {
	config.Client
	Deep   bool   `help:"Also read the whole stream, and look for every event of it."`
	Format format `default:"table" enum:"table,json" help:"Form of the output: ${enum}."`
}

// Run audits; what differs makes it fail.
func (c *auditCommand) Run(env *environment) error {
	client, err := newAPI(c.Client)
	if err != nil {
		return err
	}
	var raw json.RawMessage
	if err := runOperation(env, client, "audit", map[string]any{"deep": c.Deep}, &raw); err != nil {
		return err
	}
	var report audit.Report
	if err := json.Unmarshal(raw, &report); err != nil {
		return fmt.Errorf("read the report: %w", err)
	}
	if c.Format == formatJSON {
		err = printJSON(env.streams.Out, raw)
	} else {
		err = tellAudit(env, &report)
	}
	if err == nil && !report.OK {
		err = errSilent
	}
	return err
}

// tellAudit prints a report for people: the figures, then what differs and what to do about it.
func tellAudit(env *environment, r *audit.Report) error {
	grid := newGrid("what", "checked", "differing")
	compared := func(what string, c audit.Compared) { grid.add(what, c.Checked, c.Differing) }
	grid.add("messages acknowledged", r.Stream.Messages, r.Stream.Pending)
	grid.add("identities in the log", r.Stored, r.Duplicates)
	compared("facts against the log", r.Facts)
	compared("rollups against facts", r.Rollups)
	compared("dead letters shown", r.Letters)
	if r.Deep {
		grid.add("events of the stream in the log", r.Stream.Messages, known(r.Missing))
		grid.add("rows of the log in the stream", r.Stored, known(r.Unknown))
	}
	grid.footer = auditFooter(r)
	if err := grid.print(env.streams.Out, formatTable); err != nil {
		return err
	}
	if r.OK {
		return nil
	}
	return tellDifferences(env, r)
}

func known(n *uint64) uint64 {
	if n == nil {
		return 0
	}
	return *n
}

func auditFooter(r *audit.Report) string {
	var words []string
	if r.Conflicts > 0 {
		words = append(words, strconv.FormatUint(r.Conflicts, 10)+" ids stand for several contents: a fault of their source, no difference.")
	}
	if n := known(r.Suppressed); n > 0 {
		words = append(words, strconv.FormatUint(n, 10)+" events are left out because their person was erased.")
	}
	verdict := "All is as it must be"
	if !r.OK {
		verdict = "NOT all is as it must be"
	}
	words = append(words, fmt.Sprintf("%s, up to message %d (%.1f s).", verdict, r.Stream.Last, r.Seconds))
	return "\n" + strings.Join(words, "\n")
}

// tellDifferences prints what differs by kind, what to do about a kind said once.
func tellDifferences(env *environment, r *audit.Report) error {
	var out strings.Builder
	for _, kind := range audit.Kinds() {
		if r.Counts[kind] == 0 {
			continue
		}
		fmt.Fprintf(&out, "\n%s: %d\n", strings.ReplaceAll(kind, "_", " "), r.Counts[kind])
		shown, hint := uint64(0), ""
		for _, d := range r.Differences {
			if d.Kind != kind {
				continue
			}
			shown++
			hint = d.Hint
			tenant := ""
			if d.Tenant != "" {
				tenant = d.Tenant + ": "
			}
			fmt.Fprintf(&out, "  %s%s: %s\n", tenant, printable(d.Where), printable(d.Sentence))
		}
		if more := r.Counts[kind] - shown; more > 0 {
			fmt.Fprintf(&out, "  and %d more\n", more)
		}
		fmt.Fprintf(&out, "  what to do: %s\n", hint)
	}
	if _, err := fmt.Fprint(env.streams.Out, out.String()); err != nil {
		return fmt.Errorf("print: %w", err)
	}
	return nil
}

// rebuildCommand puts facts and rollups right from the log.
type rebuildCommand struct {
	What []string `arg:"" optional:"" enum:"facts,rollups" help:"What to rebuild: ${enum}; both when nothing is named."`
	config.Client
	Format format `default:"table" enum:"table,json" help:"Form of the output: ${enum}."`
}

// Run rebuilds and tells what was done.
func (c *rebuildCommand) Run(env *environment) error {
	client, err := newAPI(c.Client)
	if err != nil {
		return err
	}
	var raw json.RawMessage
	if err := runOperation(env, client, "rebuild", map[string]any{"what": c.What}, &raw); err != nil {
		return err
	}
	if c.Format == formatJSON {
		return printJSON(env.streams.Out, raw)
	}
	var result rebuild.Result
	if err := json.Unmarshal(raw, &result); err != nil {
		return fmt.Errorf("read the result: %w", err)
	}
	grid := newGrid("what", "count")
	if f := result.Facts; f != nil {
		grid.add("facts put in", f.Missing)
		grid.add("facts put right", f.Changed)
		grid.add("facts taken out", f.Extra)
	}
	if r := result.Rollups; r != nil {
		grid.add("communities whose rollups were computed", r.Communities)
	}
	grid.footer = fmt.Sprintf("\nDone in %.1f s. turnout audit proves it.", result.Seconds)
	return grid.print(env.streams.Out, c.Format)
}

// replayCommand reads the stream again.
type replayCommand struct {
	config.Client
	From   string `required:"" help:"First message: its sequence in the stream, or when the stream stored it." placeholder:"SEQ|TIME"`
	To     string `help:"Last message, likewise; else the newest." placeholder:"SEQ|TIME"`
	Format format `default:"table" enum:"table,json" help:"Form of the output: ${enum}."`
}

// Run replays and tells what was read.
func (c *replayCommand) Run(env *environment) error {
	client, err := newAPI(c.Client)
	if err != nil {
		return err
	}
	var raw json.RawMessage
	if err := runOperation(env, client, "replay", map[string]any{"from": c.From, "to": c.To}, &raw); err != nil {
		return misused(err, http.StatusBadRequest)
	}
	if c.Format == formatJSON {
		return printJSON(env.streams.Out, raw)
	}
	var done consumers.Replayed
	if err := json.Unmarshal(raw, &done); err != nil {
		return fmt.Errorf("read the result: %w", err)
	}
	grid := newGrid("what", "count")
	grid.add("messages read", done.Messages)
	grid.add("events in them", done.Events)
	grid.add("of these at fault", done.DeadLetters)
	grid.footer = fmt.Sprintf("\nRead from message %d to %d. What was stored already is as it was.", done.First, done.Last)
	return grid.print(env.streams.Out, c.Format)
}
