package cli

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/turnout/turnout/dashboards/people"
	"github.com/turnout/turnout/internal/config"
)

// memberCommand is for the rights of persons.
type memberCommand struct {
	Export     memberExport     `cmd:"" help:"Write everything that is held about one person."`
	Consent    memberConsent    `cmd:"" help:"Show what a person allows now, and what was said of it."`
	Erase      memberErase      `cmd:"" help:"Forget a person: everywhere, for good, with a receipt."`
	Receipts   memberReceipts   `cmd:"" help:"List the requests to forget somebody, or show one with its receipt."`
	Suppressed memberSuppressed `cmd:"" help:"List the erased persons, whose events are not stored."`
	Lift       memberLift       `cmd:"" help:"Take a person off that list, on record."`
}

const exportPath = "/v1/members/export"

type memberExport struct {
	ID string `arg:"" help:"Any id of the person."`
	config.Client
	Format format `default:"json" enum:"json,csv,ndjson" help:"Form of the record: ${enum}; csv is several tables."`
	Out    string `help:"File to write; for csv a folder, or a file that ends in .zip." placeholder:"FILE"`
}

// Run writes the record.
func (c *memberExport) Run(env *environment) error {
	if c.Format == formatCSV && c.Out == "" {
		return usagef("csv is several tables: give a folder with --out DIR, or an archive with --out FILE.zip")
	}
	client, err := newAPI(c.Client)
	if err != nil {
		return err
	}
	body, err := fetchExport(env, client, c.ID, c.Format)
	if err != nil {
		return err
	}
	switch {
	case c.Out == "":
		_, err = env.streams.Out.Write(body)
	case c.Format == formatCSV && !strings.HasSuffix(c.Out, ".zip"):
		err = unpack(body, c.Out)
	default:
		err = os.WriteFile(c.Out, body, privateFile)
	}
	if err != nil {
		return fmt.Errorf("write the record: %w", err)
	}
	if c.Out != "" {
		fmt.Fprintf(env.streams.Err, "Everything that is held about this person is in %s.\n", c.Out)
	}
	return nil
}

// What is held about a person is for nobody but who asked.
const (
	privateFile   = 0o600
	privateFolder = 0o700
)

func fetchExport(env *environment, client *api, id string, form format) ([]byte, error) {
	response, err := client.send(env.ctx, http.MethodGet, exportPath, url.Values{"person": {id}, "format": {string(form)}}, nil)
	if err != nil {
		return nil, misused(err, http.StatusBadRequest)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, fmt.Errorf("read the record: %w", err)
	}
	return body, nil
}

func unpack(body []byte, folder string) error {
	archive, err := zip.NewReader(bytes.NewReader(body), int64(len(body)))
	if err != nil {
		return fmt.Errorf("read the tables: %w", err)
	}
	if err := os.MkdirAll(folder, privateFolder); err != nil {
		return err //nolint:wrapcheck // it names the operation and the folder already
	}
	for _, table := range archive.File {
		file, err := table.Open()
		if err != nil {
			return fmt.Errorf("read the tables: %w", err)
		}
		content, err := io.ReadAll(file)
		if err != nil {
			return fmt.Errorf("read %s: %w", table.Name, err)
		}
		if err := os.WriteFile(filepath.Join(folder, filepath.Base(table.Name)), content, privateFile); err != nil {
			return err //nolint:wrapcheck // it names the operation and the file already
		}
	}
	return nil
}

type memberConsent struct {
	ID string `arg:"" help:"Any id of the person."`
	config.Client
	Format format `default:"table" enum:"table,csv,json,ndjson" help:"Form of the output: ${enum}."`
}

// Run shows the consents.
func (c *memberConsent) Run(env *environment) error {
	client, err := newAPI(c.Client)
	if err != nil {
		return err
	}
	var raw json.RawMessage
	if err := client.do(env.ctx, http.MethodGet, "/v1/members/consents", url.Values{"person": {c.ID}}, nil, &raw); err != nil {
		return misused(err, http.StatusBadRequest)
	}
	if c.Format == formatJSON {
		return printJSON(env.streams.Out, raw)
	}
	var answer struct {
		Consents map[string]people.Consent `json:"consents"`
		History  []people.Statement        `json:"history"`
	}
	if err := json.Unmarshal(raw, &answer); err != nil {
		return fmt.Errorf("read the consents: %w", err)
	}
	now := newGrid("purpose", "allowed", "since")
	for _, purpose := range people.Purposes() {
		since := "nothing was said"
		if at := answer.Consents[purpose].Since; at != nil {
			since = stamp(*at)
		}
		now.add(purpose, answer.Consents[purpose].Granted, since)
	}
	history := newGrid("at", "purpose", "granted", "stands", "person_id", "source", "event_id")
	history.empty = "Nothing was ever said."
	for i := range answer.History {
		s := &answer.History[i]
		history.add(s.At.UTC().Format(time.RFC3339Nano), s.Purpose, s.Granted, s.Stands, s.Person, s.Source, s.Event)
	}
	if c.Format == formatTable {
		if err := now.print(env.streams.Out, c.Format); err != nil {
			return err
		}
		fmt.Fprintln(env.streams.Out)
	}
	return history.print(env.streams.Out, c.Format)
}

type memberLift struct {
	ID string `arg:"" help:"The id that was erased."`
	config.Client
	Reason string `required:"" help:"Why; it stays on record." placeholder:"TEXT"`
}

// Run takes somebody off the list.
func (c *memberLift) Run(env *environment) error {
	client, err := newAPI(c.Client)
	if err != nil {
		return err
	}
	if err := client.do(env.ctx, http.MethodPost, "/v1/suppressed/lift", nil, map[string]any{"person": c.ID, "reason": c.Reason}, nil); err != nil {
		return err
	}
	fmt.Fprintln(env.streams.Out, "The person is off the list: what is published of them from now on is stored.")
	return nil
}
