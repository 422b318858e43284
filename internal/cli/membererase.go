package cli

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"golang.org/x/term"

	"github.com/turnout/turnout/dashboards/people"
	"github.com/turnout/turnout/internal/config"
	"github.com/turnout/turnout/internal/erasures"
)

type memberErase struct {
	ID string `arg:"" help:"Any id of the person."`
	config.Client
	Basis   string `required:"" help:"Legal basis of the request, e.g. gdpr-17-1-b." placeholder:"TEXT"`
	Request string `required:"" help:"The request's id in your books; asking again with it changes nothing." placeholder:"ID"`
	Yes     bool   `help:"Do not ask."`
	Format  format `default:"table" enum:"table,json" help:"Form of the receipt: ${enum}."`
}

// Run shows what is held, asks, and waits for the receipt.
func (c *memberErase) Run(env *environment) error {
	client, err := newAPI(c.Client)
	if err != nil {
		return err
	}
	body, err := fetchExport(env, client, c.ID, formatJSON)
	if err != nil {
		return err
	}
	var record people.Record
	if err := json.Unmarshal(body, &record); err != nil {
		return fmt.Errorf("read the record: %w", err)
	}
	tellHeld(env, &record)
	if !c.Yes {
		if agreed, err := agree(env); err != nil || !agreed {
			return err
		}
	}
	var raw json.RawMessage
	if err := runOperation(env, client, "erase", map[string]any{"person": c.ID, "request_id": c.Request, "basis": c.Basis}, &raw); err != nil {
		return misused(err, http.StatusBadRequest)
	}
	if c.Format == formatJSON {
		return printJSON(env.streams.Out, raw)
	}
	var request erasures.Request
	if err := json.Unmarshal(raw, &request); err != nil {
		return fmt.Errorf("read the receipt: %w", err)
	}
	return tellRequest(env, &request)
}

// tellHeld says what will be removed.
func tellHeld(env *environment, r *people.Record) {
	ids := make([]string, len(r.IDs))
	for i, id := range r.IDs {
		ids[i] = id.ID
	}
	fmt.Fprintf(env.streams.Err, "The person has %s: %s\n", count(len(ids), "id"), strings.Join(ids, ", "))
	if len(r.Events)+len(r.Letters) == 0 {
		fmt.Fprintln(env.streams.Err, "Nothing is held of it. The request keeps later events of this id out, too.")
		return
	}
	counts := map[string]map[string]int{}
	for i := range r.Events {
		var event struct {
			Type string `json:"type"`
		}
		// A row of another form is counted without its type.
		_ = json.Unmarshal(r.Events[i].Event, &event)
		if counts[event.Type] == nil {
			counts[event.Type] = map[string]int{}
		}
		counts[event.Type][r.Events[i].Relation]++
	}
	for _, t := range r.Types {
		n := counts[t.Type]
		fmt.Fprintf(env.streams.Err, "  %-34s %6d about the person, %d that name them, %d steps of what is theirs\n", t.Type, n[people.About], n[people.Names], n[people.Of])
	}
	fmt.Fprintf(env.streams.Err, "  %-34s %6d\n", "dead letters", len(r.Letters))
	if r.Erased {
		fmt.Fprintln(env.streams.Err, "The person is on the list of erased persons already.")
	}
	fmt.Fprintln(env.streams.Err, "What is about the person goes or becomes anonymous, as the community's erasure_policy says; from the others the id goes.")
}

// agree asks who sits at a terminal; who does not must have said --yes.
func agree(env *environment) (bool, error) {
	in, ok := env.streams.In.(*os.File)
	if !ok || !term.IsTerminal(int(in.Fd())) {
		return false, usagef("this cannot be undone; say --yes where nobody can be asked")
	}
	fmt.Fprint(env.streams.Err, "This cannot be undone. Type erase to go on: ")
	line, err := bufio.NewReader(in).ReadString('\n')
	if err != nil {
		return false, fmt.Errorf("read the answer: %w", err)
	}
	if strings.TrimSpace(line) != "erase" {
		fmt.Fprintln(env.streams.Err, "Nothing was done.")
		return false, nil
	}
	return true, nil
}

type memberReceipts struct {
	Request string `arg:"" optional:"" help:"Only this request, with its receipt."`
	config.Client
	Format format `default:"table" enum:"table,csv,json,ndjson" help:"Form of the output: ${enum}."`
}

// Run lists the requests.
func (c *memberReceipts) Run(env *environment) error {
	client, err := newAPI(c.Client)
	if err != nil {
		return err
	}
	query := url.Values{}
	if c.Request != "" {
		query.Set("request", c.Request)
	}
	var raw json.RawMessage
	if err := client.do(env.ctx, http.MethodGet, "/v1/erasures", query, nil, &raw); err != nil {
		return err
	}
	if c.Format == formatJSON {
		return printJSON(env.streams.Out, raw)
	}
	var answer struct {
		Erasures []erasures.Request `json:"erasures"`
	}
	if err := json.Unmarshal(raw, &answer); err != nil {
		return fmt.Errorf("read the requests: %w", err)
	}
	if c.Request != "" && c.Format == formatTable {
		for i := range answer.Erasures {
			if err := tellRequest(env, &answer.Erasures[i]); err != nil {
				return err
			}
		}
		return nil
	}
	grid := newGrid("tenant", "request_id", "state", "policy", "basis", "requested_at", "done_at", "person_hash", "step")
	grid.empty = "Nobody has asked to be forgotten."
	for i := range answer.Erasures {
		r := &answer.Erasures[i]
		grid.add(r.Tenant, r.ID, r.State, r.Policy, r.Basis, stamp(r.RequestedAt), stamp(r.Done), r.Hash, r.Step)
	}
	return grid.print(env.streams.Out, c.Format)
}

// tellRequest prints a request and its receipt for a person.
func tellRequest(env *environment, r *erasures.Request) error {
	var out strings.Builder
	add := func(what string, value any) { fmt.Fprintf(&out, "%-36s %v\n", what, value) }
	add("request", printable(r.ID))
	add("community", r.Tenant)
	add("basis", printable(r.Basis))
	add("state", strings.TrimSpace(r.State+" "+r.Step))
	add("requested", stamp(r.RequestedAt))
	add("person", r.Hash)
	if receipt := r.Receipt; receipt != nil {
		add("policy", receipt.Policy)
		add("done", stamp(receipt.DoneAt))
		add("ids of the person", receipt.Ids)
		add("events taken out of the stream", receipt.Removed.StreamEvents)
		add("messages overwritten", receipt.Removed.StreamMessages)
		add("rows of the log deleted", receipt.Removed.Log)
		add("facts deleted", receipt.Removed.Facts)
		add("dead letters deleted", receipt.Removed.DeadLetters)
		add("events that stay without the person", receipt.Removed.Mentions)
		add("bytes gone from the disk by", stamp(receipt.BytesGoneBy))
		fmt.Fprintf(&out, "Looked through without finding anything of the person: %d messages, the log, the facts, the rollups, %s.\n",
			receipt.Checked.Stream, count(int(receipt.Checked.DeadLetters), "dead letter"))
		if receipt.Withdrawn {
			out.WriteString("The request was taken back before the work began: nothing was erased.\n")
		}
	}
	if _, err := io.WriteString(env.streams.Out, out.String()); err != nil {
		return fmt.Errorf("print: %w", err)
	}
	return nil
}

type memberSuppressed struct {
	config.Client
	Format format `default:"table" enum:"table,csv,json,ndjson" help:"Form of the output: ${enum}; ndjson has the secret of the hashes, for a restore."`
}

// Run lists the erased persons.
func (c *memberSuppressed) Run(env *environment) error {
	client, err := newAPI(c.Client)
	if err != nil {
		return err
	}
	form := formatJSON
	if c.Format == formatNDJSON {
		form = formatNDJSON
	}
	response, err := client.send(env.ctx, http.MethodGet, "/v1/suppressed", url.Values{"format": {string(form)}}, nil)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if c.Format == formatNDJSON {
		if _, err := io.Copy(env.streams.Out, response.Body); err != nil {
			return fmt.Errorf("print the list: %w", err)
		}
		return nil
	}
	var raw json.RawMessage
	if err := json.NewDecoder(response.Body).Decode(&raw); err != nil {
		return fmt.Errorf("read the list: %w", err)
	}
	if c.Format == formatJSON {
		return printJSON(env.streams.Out, raw)
	}
	var answer struct {
		Suppressed []erasures.Suppression `json:"suppressed"`
	}
	if err := json.Unmarshal(raw, &answer); err != nil {
		return fmt.Errorf("read the list: %w", err)
	}
	grid := newGrid("tenant", "person_hash", "request_id", "policy", "since", "lifted", "lift_reason")
	grid.empty = "Nobody was erased."
	for _, s := range answer.Suppressed {
		var lifted time.Time
		if s.Lifted != nil {
			lifted = *s.Lifted
		}
		grid.add(s.Tenant, s.Hash, s.Request, s.Policy, stamp(s.Since), stamp(lifted), s.LiftReason)
	}
	return grid.print(env.streams.Out, c.Format)
}
