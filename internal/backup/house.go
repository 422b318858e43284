package backup

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/turnout/turnout/internal/problem"
	"github.com/turnout/turnout/internal/warehouse"
)

// house speaks ClickHouse's HTTP interface: rows pass as Native blocks, untouched, in as little memory as the network needs.
type house struct {
	base     *url.URL
	database string
	client   *http.Client
}

func newHouse(rawURL string) (*house, error) {
	base, err := url.Parse(rawURL)
	if err != nil || base.Host == "" || base.Scheme != "http" && base.Scheme != "https" {
		return nil, &problem.Error{
			Code: "no_http", Pointer: "--clickhouse-url", Detail: "a backup goes over ClickHouse's HTTP interface",
			Hint: "give its address as http://user:password@host:8123/database",
		}
	}
	database := strings.Trim(base.Path, "/")
	if database == "" {
		database = warehouse.DefaultDatabase
	}
	return &house{base: base, database: database, client: &http.Client{Transport: &http.Transport{DisableCompression: true}}}, nil
}

// send runs a statement; body is what an INSERT takes.
func (h *house) send(ctx context.Context, statement string, settings map[string]string, body io.Reader) (io.ReadCloser, error) {
	query := url.Values{
		"database": {h.database}, "query": {statement},
		// A table may take longer than any report, and an answer that breaks off must not end as if it were whole.
		"max_execution_time": {"0"}, "http_write_exception_in_output_format": {"0"},
	}
	for name, value := range settings {
		query.Set(name, value)
	}
	target := *h.base
	target.User, target.Path, target.RawQuery = nil, "/", query.Encode()
	if body == nil {
		body = http.NoBody
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, target.String(), body)
	if err != nil {
		return nil, fmt.Errorf("ask ClickHouse: %w", err)
	}
	if user := h.base.User; user != nil {
		password, _ := user.Password()
		request.SetBasicAuth(user.Username(), password)
	}
	response, err := h.client.Do(request)
	if err != nil {
		return nil, fmt.Errorf("ask ClickHouse at %s: %w", h.base.Host, errors.Unwrap(err))
	}
	if response.StatusCode != http.StatusOK {
		defer response.Body.Close()
		text, err := io.ReadAll(io.LimitReader(response.Body, 4<<10))
		return nil, errors.Join(fmt.Errorf("ask ClickHouse at %s: %s: %s", h.base.Host, response.Status, strings.TrimSpace(string(text))), err)
	}
	return response.Body, nil
}

// run runs a statement without an answer.
func (h *house) run(ctx context.Context, statement string, settings map[string]string, body io.Reader) error {
	answer, err := h.send(ctx, statement, settings, body)
	if err != nil {
		return err
	}
	defer answer.Close()
	if _, err := io.Copy(io.Discard, answer); err != nil {
		return fmt.Errorf("read ClickHouse's answer: %w", err)
	}
	return nil
}

// rows reads the rows of a small query, each a JSON object with strings for wide numbers.
func rows[T any](ctx context.Context, h *house, query string) ([]T, error) {
	answer, err := h.send(ctx, query+" FORMAT JSONEachRow", map[string]string{"output_format_json_quote_64bit_integers": "0"}, nil)
	if err != nil {
		return nil, err
	}
	defer answer.Close()
	var all []T
	decoder := json.NewDecoder(answer)
	for {
		var row T
		err := decoder.Decode(&row)
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return nil, fmt.Errorf("read ClickHouse's answer: %w", err)
		}
		all = append(all, row)
	}
}

// quote makes a string literal.
func quote(text string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(text) + "'"
}

// names makes a list of identifiers.
func names(columns []string) string {
	quoted := make([]string, len(columns))
	for i, column := range columns {
		quoted[i] = "`" + strings.NewReplacer(`\`, `\\`, "`", "\\`").Replace(column) + "`"
	}
	return strings.Join(quoted, ", ")
}

// tables lists the tables that are there.
func (h *house) tables(ctx context.Context) ([]string, error) {
	type table struct {
		Name string `json:"name"`
	}
	found, err := rows[table](ctx, h, "SELECT name FROM system.tables WHERE database = "+quote(h.database)+" AND engine LIKE '%MergeTree' ORDER BY name")
	if err != nil {
		return nil, fmt.Errorf("list the tables of the warehouse: %w", err)
	}
	list := make([]string, len(found))
	for i, t := range found {
		list[i] = t.Name
	}
	return list, nil
}
