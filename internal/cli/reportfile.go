package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// settleFormat takes the form from --format, else from the name of --output, and keeps binary forms off terminals.
func (c *reportCommand) settleFormat(env *environment) error {
	if c.Format == "" {
		c.Format = formatTable
		if named, found := formatsByEnding()[strings.ToLower(filepath.Ext(c.Output))]; found {
			c.Format = named
		}
	}
	if c.Output == "" && binary(c.Format) && width(env.streams.Out) > 0 {
		return usagef("--format: %s is not for a terminal; give --output FILE", c.Format)
	}
	if c.Output != "" && c.Format == formatTable {
		return usagef("--output: a table is for the terminal; give --format, or a name that ends in %s", strings.Join(endings(), ", "))
	}
	if c.Name == "" && (binary(c.Format) || c.Format == formatMarkdown) {
		return usagef("--format: the list of reports is not written as %s; name a report", c.Format)
	}
	if c.Output != "" && c.Name == "" {
		return usagef("--output: name the report to write")
	}
	return nil
}

func formatsByEnding() map[string]format {
	return map[string]format{
		".csv": formatCSV, ".json": formatJSON, ".ndjson": formatNDJSON, ".jsonl": formatNDJSON, ".xlsx": formatXLSX, ".parquet": formatParquet,
		".md": formatMarkdown, ".markdown": formatMarkdown,
	}
}

func endings() []string { return []string{".csv", ".json", ".ndjson", ".xlsx", ".parquet", ".md"} }

func binary(f format) bool { return slices.Contains([]format{formatXLSX, formatParquet}, f) }

// fetch writes the API's answer as it is; JSON is indented for people.
func (c *reportCommand) fetch(env *environment, client *api, path string, query url.Values) error {
	if c.Format != formatJSON {
		query.Set("format", string(c.Format))
	}
	if c.About {
		query.Set("about", "true")
	}
	response, err := client.send(env.ctx, http.MethodGet, path, query, nil)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if c.Output == "" {
		return c.copyTo(env.streams.Out, response.Body)
	}
	name := c.Output
	if info, err := os.Stat(name); err == nil && info.IsDir() {
		name = filepath.Join(name, c.fileName(response.Header.Get("Content-Disposition")))
	}
	if err := writeFile(name, func(w io.Writer) error { return c.copyTo(w, response.Body) }); err != nil {
		return err
	}
	fmt.Fprintln(env.streams.Err, "wrote "+name)
	return nil
}

// fileName is the server's, without any folder.
func (c *reportCommand) fileName(disposition string) string {
	if _, parameters, err := mime.ParseMediaType(disposition); err == nil {
		if name := filepath.Base(parameters["filename"]); name != "." && name != ".." && name != string(filepath.Separator) {
			return name
		}
	}
	return c.Name + "." + string(c.Format)
}

func (c *reportCommand) copyTo(w io.Writer, body io.Reader) error {
	if c.Format != formatJSON {
		if _, err := io.Copy(w, body); err != nil {
			return fmt.Errorf("write the report: %w", err)
		}
		return nil
	}
	raw, err := io.ReadAll(body)
	if err != nil {
		return fmt.Errorf("read the report: %w", err)
	}
	if err := printJSON(w, json.RawMessage(raw)); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	return nil
}

// writeFile writes a file whole or not at all: half of one could be taken for all.
func writeFile(name string, write func(io.Writer) error) (err error) {
	file, err := os.Create(name + ".part")
	if err != nil {
		return fmt.Errorf("--output: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(file.Name()))
		}
	}()
	if err := errors.Join(write(file), file.Close()); err != nil {
		return err
	}
	if err := os.Rename(file.Name(), name); err != nil {
		return fmt.Errorf("--output: %w", err)
	}
	return nil
}
