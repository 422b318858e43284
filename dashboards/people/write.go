package people

import (
	"archive/zip"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/turnout/turnout/dashboards/reporting"
)

// WriteJSON writes the record as one document.
func (r *Record) WriteJSON(w io.Writer) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(r); err != nil {
		return fmt.Errorf("write the record: %w", err)
	}
	return nil
}

// WriteNDJSON writes an item a line, each an object with one member that says what it is; the first is the record without its lists.
func (r *Record) WriteNDJSON(w io.Writer) error {
	encoder := json.NewEncoder(w)
	head := map[string]any{
		"tenant": r.Tenant, "person": r.Person, "person_now": r.Now, "as_of": r.AsOf, "ids": r.IDs, "sources": r.Sources,
		"consents": r.Consents.Now, "erased": r.Erased,
	}
	lines := []map[string]any{{"record": head}}
	add := func(name string, value any) { lines = append(lines, map[string]any{name: value}) }
	for i := range r.Types {
		add("type", &r.Types[i])
	}
	for i := range r.Events {
		add("event", &r.Events[i])
	}
	for i := range r.Attributes {
		add("attribute", &r.Attributes[i])
	}
	for i := range r.Consents.History {
		add("consent", &r.Consents.History[i])
	}
	for i := range r.Letters {
		add("dead_letter", &r.Letters[i])
	}
	for i := range r.Erasures {
		add("erasure", &r.Erasures[i])
	}
	for _, line := range lines {
		if err := encoder.Encode(line); err != nil {
			return fmt.Errorf("write the record: %w", err)
		}
	}
	return nil
}

// Table is one of the CSV files.
type Table struct {
	Name string // of the file, without .csv
	Rows [][]string
}

// Tables are the record as tables, each with a head, also those without rows.
func (r *Record) Tables() []Table {
	tables := []Table{
		{"ids", [][]string{{"id", "merged_into"}}},
		{"events", [][]string{{"time", "type", "title", "relation", "fields", "stands", "voided", "revision", "source", "id", "received", "position", "data"}}},
		{"attributes", [][]string{{"from", "name", "value", "stands", "source", "event_id"}}},
		{"consents", [][]string{{"at", "purpose", "granted", "stands", "person_id", "source", "event_id"}}},
		{"dead_letters", [][]string{{"id", "time", "type", "source", "code", "reason", "body"}}},
		{"erasures", [][]string{{"request_id", "state", "basis", "policy", "requested_at", "received_at", "done_at", "receipt"}}},
		{"types", [][]string{{"type", "title", "description", "field", "meaning"}}},
	}
	add := func(i int, cells ...string) { tables[i].Rows = append(tables[i].Rows, cells) }
	for _, id := range r.IDs {
		add(0, id.ID, strings.Join(id.MergedInto, " "))
	}
	for i := range r.Events {
		add(1, r.Events[i].cells()...)
	}
	for _, a := range r.Attributes {
		add(2, a.From, a.Name, fmt.Sprint(a.Value), strconv.FormatBool(a.Stands), a.Source, a.Event)
	}
	for i := range r.Consents.History {
		s := &r.Consents.History[i]
		add(3, instant(s.At), s.Purpose, strconv.FormatBool(s.Granted), strconv.FormatBool(s.Stands), s.Person, s.Source, s.Event)
	}
	for _, l := range r.Letters {
		add(4, l.ID, instant(l.Time), l.Type, l.Source, l.Code, l.Reason, l.Body)
	}
	for i := range r.Erasures {
		e := &r.Erasures[i]
		receipt := "" // nothing in it cannot be written
		if raw, err := json.Marshal(e.Receipt); err == nil && e.Receipt != nil {
			receipt = string(raw)
		}
		add(5, e.ID, e.State, e.Basis, e.Policy, instant(e.RequestedAt), instant(e.Seen), instant(e.Done), receipt)
	}
	for _, t := range r.Types {
		for _, field := range slices.Sorted(maps.Keys(t.Fields)) {
			add(6, t.Type, t.Title, t.Description, field, t.Fields[field])
		}
	}
	return tables
}

func (e *Event) cells() []string {
	var told struct {
		Voided   bool            `json:"voided"`
		Revision uint32          `json:"revision"`
		Data     json.RawMessage `json:"data"`
	}
	// It was written by us.
	_ = json.Unmarshal(e.Event, &told)
	return []string{
		instant(e.time), e.typ, e.title, e.Relation, strings.Join(e.Fields, " "), strconv.FormatBool(e.Stands), strconv.FormatBool(told.Voided),
		strconv.FormatUint(uint64(told.Revision), 10), e.source, e.id, instant(e.Received), e.Position, string(told.Data),
	}
}

func instant(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return at.UTC().Format(time.RFC3339Nano)
}

// Write writes the table as CSV. What a spreadsheet would take for a formula is kept from being one.
func (t *Table) Write(w io.Writer) error {
	out := csv.NewWriter(w)
	for _, row := range t.Rows {
		line := make([]string, len(row))
		for i, cell := range row {
			line[i] = reporting.SafeCell(cell)
		}
		if err := out.Write(line); err != nil {
			return fmt.Errorf("write %s.csv: %w", t.Name, err)
		}
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return fmt.Errorf("write %s.csv: %w", t.Name, err)
	}
	return nil
}

// WriteZip writes all tables as CSV files of an archive.
func (r *Record) WriteZip(w io.Writer) error {
	archive := zip.NewWriter(w)
	for _, table := range r.Tables() {
		file, err := archive.CreateHeader(&zip.FileHeader{Name: table.Name + ".csv", Method: zip.Deflate, Modified: r.AsOf})
		if err != nil {
			return fmt.Errorf("write %s.csv: %w", table.Name, err)
		}
		if err := table.Write(file); err != nil {
			return err
		}
	}
	if err := archive.Close(); err != nil {
		return fmt.Errorf("write the archive: %w", err)
	}
	return nil
}
