package cli

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/turnout/turnout/internal/config"
)

// deadLettersCommand looks after what could not be processed.
type deadLettersCommand struct {
	List    deadLettersList    `cmd:"" help:"List the dead letters, oldest first."`
	Show    deadLettersShow    `cmd:"" help:"Show one with its reason and its original text."`
	Replay  deadLettersReplay  `cmd:"" help:"Publish dead letters again, mended if need be."`
	Discard deadLettersDiscard `cmd:"" help:"Remove a dead letter for good."`
}

type deadLetter struct {
	ID         string          `json:"id"`
	Tenant     string          `json:"tenant"`
	Type       string          `json:"type"`
	Source     string          `json:"source"`
	EventID    string          `json:"event_id"`
	Code       string          `json:"code"`
	Reason     string          `json:"reason"`
	Pointer    string          `json:"pointer"`
	Hint       string          `json:"hint"`
	Subject    string          `json:"subject"`
	Time       string          `json:"time"`
	Body       *string         `json:"body"`
	BodyBase64 string          `json:"body_base64"`
	Headers    json.RawMessage `json:"headers"`
}

type deadLettersList struct {
	config.Client
	Limit  int    `default:"100" help:"Most letters to list." placeholder:"N"`
	After  string `help:"Go on behind this cursor, as the last list said." placeholder:"CURSOR"`
	Format format `default:"table" enum:"table,csv,json,ndjson" help:"Form of the output: ${enum}."`
}

// Run lists dead letters.
func (c *deadLettersList) Run(env *environment) error {
	client, err := newAPI(c.Client)
	if err != nil {
		return err
	}
	query := url.Values{"limit": {strconv.Itoa(c.Limit)}}
	if c.After != "" {
		query.Set("after", c.After)
	}
	var answer struct {
		DeadLetters []deadLetter `json:"deadletters"`
		Next        any          `json:"next"`
	}
	if err := client.do(env.ctx, http.MethodGet, "/v1/deadletters", query, nil, &answer); err != nil {
		return err
	}
	grid := newGrid("id", "time", "tenant", "type", "source", "event_id", "code", "pointer", "reason")
	grid.empty = "There are no dead letters."
	for i := range answer.DeadLetters {
		l := &answer.DeadLetters[i]
		grid.add(l.ID, l.Time, l.Tenant, l.Type, l.Source, l.EventID, l.Code, l.Pointer, l.Reason)
	}
	if answer.Next != nil {
		grid.footer = fmt.Sprintf("\nThere are more: turnout deadletters list --after %v", answer.Next)
	}
	return grid.print(env.streams.Out, c.Format)
}

type deadLettersShow struct {
	ID string `arg:"" help:"Id of the letter, as in the list."`
	config.Client
	Format format `default:"table" enum:"table,json" help:"Form of the output: ${enum}."`
}

// Run shows one dead letter.
func (c *deadLettersShow) Run(env *environment) error {
	client, err := newAPI(c.Client)
	if err != nil {
		return err
	}
	var raw json.RawMessage
	if err := client.do(env.ctx, http.MethodGet, "/v1/deadletters/"+url.PathEscape(c.ID), nil, nil, &raw); err != nil {
		return err
	}
	if c.Format == formatJSON {
		return printJSON(env.streams.Out, raw)
	}
	var letter deadLetter
	if err := json.Unmarshal(raw, &letter); err != nil {
		return fmt.Errorf("read the dead letter: %w", err)
	}
	return letter.tell(env)
}

// tell prints the letter for a person, its original text last.
func (l *deadLetter) tell(env *environment) error {
	lines := [][2]string{
		{"id", l.ID}, {"received", l.Time}, {"tenant", l.Tenant}, {"type", l.Type}, {"source", l.Source},
		{"event", l.EventID}, {"subject", l.Subject}, {"code", l.Code}, {"where", l.Pointer}, {"reason", l.Reason}, {"hint", l.Hint},
	}
	var out strings.Builder
	for _, line := range lines {
		if line[1] != "" {
			fmt.Fprintf(&out, "%-9s %s\n", line[0], printable(line[1]))
		}
	}
	out.WriteByte('\n')
	if l.Body != nil {
		out.WriteString(printable(*l.Body))
	} else {
		out.WriteString("(not text; base64) " + l.BodyBase64)
	}
	if _, err := fmt.Fprintln(env.streams.Out, out.String()); err != nil {
		return fmt.Errorf("print: %w", err)
	}
	return nil
}

type deadLettersReplay struct {
	IDs []string `arg:"" optional:"" name:"id" help:"Ids of the letters, as in the list."`
	All bool     `help:"All letters of the community."`
	config.Client
	Set    []string `help:"Change a member of the event first, e.g. data.role=host; may be repeated." placeholder:"PATH=VALUE" sep:"none"`
	DryRun bool     `help:"Say what would happen and change nothing."`
	Format format   `default:"table" enum:"table,csv,json,ndjson" help:"Form of the output: ${enum}."`
}

// Run replays dead letters; one that is still refused stays where it is and makes the command fail.
func (c *deadLettersReplay) Run(env *environment) error {
	if c.All == (len(c.IDs) > 0) {
		return usagef("give the ids of the letters, or --all")
	}
	client, err := newAPI(c.Client)
	if err != nil {
		return err
	}
	set := make(map[string]any, len(c.Set))
	for _, change := range c.Set {
		path, text, found := strings.Cut(change, "=")
		if !found || path == "" {
			return usagef("--set: %q is not of the form PATH=VALUE", change)
		}
		set[path] = literal(text)
	}
	request := map[string]any{"set": set, "dry_run": c.DryRun}
	if c.All {
		request["all"] = true
	} else {
		request["ids"] = c.IDs
	}
	var answer struct {
		Results []struct {
			ID      string `json:"id"`
			Status  string `json:"status"`
			Pointer string `json:"pointer"`
			Detail  string `json:"detail"`
			Hint    string `json:"hint"`
		} `json:"results"`
	}
	if err := client.do(env.ctx, http.MethodPost, "/v1/deadletters/replay", nil, request, &answer); err != nil {
		return err
	}
	grid, failed := newGrid("id", "status", "pointer", "detail", "hint"), false
	grid.empty = "There are no dead letters to replay."
	for _, r := range answer.Results {
		grid.add(r.ID, r.Status, r.Pointer, r.Detail, r.Hint)
		failed = failed || (r.Status != "replayed" && r.Status != "valid")
	}
	if err := grid.print(env.streams.Out, c.Format); err != nil {
		return err
	}
	if failed {
		return errSilent
	}
	return nil
}

// literal is the JSON that a text means, or the text itself.
func literal(text string) any {
	if json.Valid([]byte(text)) {
		return json.RawMessage(text)
	}
	return text
}

type deadLettersDiscard struct {
	ID string `arg:"" help:"Id of the letter, as in the list."`
	config.Client
}

// Run discards one dead letter.
func (c *deadLettersDiscard) Run(env *environment) error {
	client, err := newAPI(c.Client)
	if err != nil {
		return err
	}
	if err := client.do(env.ctx, http.MethodDelete, "/v1/deadletters/"+url.PathEscape(c.ID), nil, nil, nil); err != nil {
		return err
	}
	fmt.Fprintf(env.streams.Out, "Dead letter %s is discarded.\n", c.ID)
	return nil
}
