package bench

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
	"time"
)

//go:embed questions/*.sql
var questions embed.FS

// Table is figures by name, such as those of every report in several communities.
type Table struct {
	Name    string     `json:"name"`
	Columns []string   `json:"columns"` // the first is that of the names
	Rows    []TableRow `json:"rows"`
}

// TableRow is one line: a name, and a figure for each of the other columns, nil where there is none.
type TableRow struct {
	Name   string     `json:"name"`
	Values []*float64 `json:"values"`
}

// put sets a figure of a row in the last column.
func (t *Table) put(name string, value *float64) {
	at := slices.IndexFunc(t.Rows, func(row TableRow) bool { return row.Name == name })
	if at < 0 {
		t.Rows = append(t.Rows, TableRow{Name: name})
		at = len(t.Rows) - 1
	}
	row := &t.Rows[at]
	for len(row.Values) < len(t.Columns)-1 {
		row.Values = append(row.Values, nil)
	}
	row.Values[len(row.Values)-1] = value
}

// errRefusal says that a report was not answered, such as one that asks for more than a report may take.
var errRefusal = errors.New("not answered")

// askReport asks for a report and tells how many milliseconds the answer took. Each n asks for another range, so that no kept answer is measured.
func (h *house) askReport(ctx context.Context, name, tenant string, n int) (float64, error) {
	to := time.Date(2099, time.December, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, -n)
	address := h.addresses.HTTP + "/v1/reports/" + name + "?" + url.Values{"tenant": {tenant}, "to": {to.Format(time.DateOnly)}}.Encode()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil {
		return 0, fmt.Errorf("ask for %s: %w", name, err)
	}
	began := time.Now()
	response, err := h.client.Do(request)
	if err != nil {
		return 0, fmt.Errorf("ask for %s: %w", name, err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	switch {
	case err != nil:
		return 0, fmt.Errorf("ask for %s: %w", name, err)
	case response.StatusCode != http.StatusOK:
		return 0, fmt.Errorf("%w (%s): %.200s", errRefusal, response.Status, body)
	}
	return milliseconds(time.Since(began)), nil
}

// long is when an answer is not asked for again.
const long = 1000 // milliseconds

// askReports asks a community for every report and adds a column to the table: the median of each. It gives the median and the slowest of
// these, in milliseconds. What is not answered, for its size perhaps, is noted.
func (r *run) askReports(ctx context.Context, h *house, s *study, c *Curve, x float64, tenant, series string) error {
	names, err := r.reportNames(ctx, h)
	if err != nil {
		return err
	}
	var medians []float64
	over := 0.0
	began := time.Now()
	for n, report := range names {
		if time.Since(began) > r.growth().patience {
			c.Notes = append(c.Notes, fmt.Sprintf("- %d reports of %s at %.0f facts were not asked for: the others had taken %s.", len(names)-n, tenant, x, r.growth().patience))
			break
		}
		took, err := r.askOften(ctx, h, report, tenant)
		if errors.Is(err, errRefusal) {
			s.table.put(report, nil)
			c.Notes = append(c.Notes, fmt.Sprintf("- %s of %s at %.0f facts: %v", report, tenant, x, err))
			continue
		}
		if err != nil {
			return err
		}
		value := round(middle(took))
		s.table.put(report, &value)
		medians = append(medians, value)
		if value > 150 {
			over++
		}
	}
	c.add(x, middle(medians), series, map[string]float64{"slowest": round(percentile(medians, 100)), "reports over 150 ms": over})
	return nil
}

// askOften asks for one report several times; the first answer counts only where it was long, since it reads what is not in memory.
func (r *run) askOften(ctx context.Context, h *house, name, tenant string) (took []float64, err error) {
	for range r.growth().asks + 1 {
		r.asked++
		passed, err := h.askReport(ctx, name, tenant, r.asked%20_000)
		if err != nil {
			return nil, err
		}
		if took = append(took, passed); passed > long {
			return took[len(took)-1:], nil
		}
	}
	return took[1:], nil
}

// timed runs a query to its last row and tells how many milliseconds it took.
func (h *house) timed(ctx context.Context, query string) (float64, error) {
	began := time.Now()
	rows, err := h.db.Conn().Query(ctx, query)
	if err != nil {
		return 0, fmt.Errorf("ask the warehouse: %w", err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() { // to the last row
	}
	if err := rows.Err(); err != nil {
		return 0, fmt.Errorf("ask the warehouse: %w", err)
	}
	return milliseconds(time.Since(began)), nil
}

// askAll asks the questions that are of all communities together: each three times, of which the median counts.
func (r *run) askAll(ctx context.Context, h *house, c *Curve, x float64) error {
	const times = 3
	files, err := fs.Glob(questions, "questions/*.sql")
	if err != nil {
		return fmt.Errorf("list the questions: %w", err)
	}
	for _, file := range files {
		query, err := questions.ReadFile(file)
		if err != nil {
			return fmt.Errorf("read a question: %w", err)
		}
		var took []float64
		before := h.cpu()
		for range times {
			passed, err := h.timed(ctx, string(query))
			if err != nil {
				c.Notes = append(c.Notes, fmt.Sprintf("- %s at %.0f facts: %.200s", path.Base(file), x, err))
				break
			}
			took = append(took, passed)
		}
		if len(took) < times {
			continue
		}
		cpu := (h.cpu() - before).Seconds() * 1000 / times
		c.add(x, middle(took), strings.TrimSuffix(path.Base(file), ".sql"), map[string]float64{"CPU ms": round(cpu)})
	}
	return nil
}
