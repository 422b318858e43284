package schemas

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// WriteList writes the types as an aligned table for people: name, mode, key and title.
func WriteList(w io.Writer, r *Registry) error {
	rows := []string{"TYPE\tMODE\tKEY\tTITLE"}
	for _, t := range r.Types() {
		mode := t.Mode.Default
		if mode == "" {
			mode = "-"
		}
		if len(t.Mode.Values) > 0 {
			mode += "*"
		}
		rows = append(rows, strings.Join([]string{t.Name, mode, strings.Join(t.Key, " + "), t.Title}, "\t"))
	}
	if err := writeTable(w, rows); err != nil {
		return fmt.Errorf("write list of types: %w", err)
	}
	return nil
}

// WriteType writes what one type is, for people: its fields, key, mode, columns and an example.
func WriteType(w io.Writer, t *Type) error {
	var page bytes.Buffer
	fmt.Fprintf(&page, "%s: %s\n%s\n\n", t.Name, t.Title, t.Description)
	rows := []string{"FIELD\tNEEDED\tCOLUMN\tTYPE\tMEANING"}
	for _, field := range t.Fields {
		needed := yes(field.Required)
		if needed == "" {
			needed = "-"
		}
		rows = append(rows, strings.Join([]string{field.Name, needed, field.ClickHouse, field.TypeText(), field.Description}, "\t"))
	}
	if err := writeTable(&page, rows); err != nil {
		return fmt.Errorf("write type %s: %w", t.Name, err)
	}
	fmt.Fprintf(&page, "\nKey:   %s\nTime:  %s\nMode:  %s\n", strings.Join(t.Key, " + "), strings.ReplaceAll(timeText(t), "`", ""), t.modeText())
	if len(t.Examples) > 0 {
		event, err := t.ExampleEvent(0)
		if err != nil {
			return err
		}
		fmt.Fprintf(&page, "\nExample:\n%s\n", event.AppendJSON(nil))
	}
	if _, err := w.Write(page.Bytes()); err != nil {
		return fmt.Errorf("write type %s: %w", t.Name, err)
	}
	return nil
}

// writeTable aligns rows whose cells are divided by tabs.
func writeTable(w io.Writer, rows []string) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	if _, err := io.WriteString(table, strings.Join(rows, "\n")+"\n"); err != nil {
		return fmt.Errorf("align table: %w", err)
	}
	if err := table.Flush(); err != nil {
		return fmt.Errorf("align table: %w", err)
	}
	return nil
}
