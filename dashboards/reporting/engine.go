package reporting

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"reflect"
	"slices"
	"strings"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/turnout/turnout/internal/problem"
	"github.com/turnout/turnout/internal/warehouse"
)

// concurrentRows is how few rows are worth a core of their own.
const concurrentRows = 4096

// settings bound a query, and keep it to one community whatever its text says.
func (r *Runner) settings(tenant string) clickhouse.Settings {
	settings := clickhouse.Settings{
		"max_execution_time":   int(max(r.config.Limits.Time.Seconds(), 1)),
		"max_memory_usage":     r.config.Limits.Memory,
		"max_result_rows":      r.config.Limits.Rows,
		"result_overflow_mode": "throw",
		"enable_extended_results_for_datetime_functions": 1,
		// To compile expressions takes longer than most reports.
		"compile_expressions": 0, "compile_aggregate_expressions": 0, "compile_sort_description": 0,
		// Only the log is partitioned, by a time that its sorting key's content hash covers: rows that replace each other share a partition,
		// and FINAL has nothing to do in one that is merged.
		"do_not_merge_across_partitions_select_final": 1,
		// A community's facts of one type are few and their texts slow to read: share even these among the cores.
		"merge_tree_min_rows_for_concurrent_read": concurrentRows, "merge_tree_min_bytes_for_concurrent_read": 0,
	}
	if r.config.Confine != nil {
		maps.Copy(settings, r.config.Confine(tenant))
	}
	return settings
}

// scan reads all rows as plain values. columns fix the types, by place; those that
// are missing are taken from the engine, but for names that declared knows.
func scan(rows driver.Rows, columns, declared []Column) (*answer, error) {
	types := rows.ColumnTypes()
	if len(types) < len(columns) {
		// An engine may send a result without rows as nothing at all, not even its columns.
		if err := rows.Err(); err != nil {
			return nil, fmt.Errorf("read rows: %w", err)
		}
		return &answer{columns: columns, values: [][]any{}}, nil
	}
	for _, t := range types[len(columns):] {
		c := Column{Name: t.Name(), Type: typeOf(t.DatabaseTypeName())}
		if i := slices.IndexFunc(declared, func(d Column) bool { return d.Name == c.Name }); i >= 0 {
			c.Type = declared[i].Type
		}
		columns = append(columns, c)
	}
	targets := make([]any, len(types)) // filled anew by every row; plain copies out of them
	for i, t := range types {
		targets[i] = reflect.New(t.ScanType()).Interface()
	}
	out := &answer{columns: columns, values: [][]any{}}
	for rows.Next() {
		if err := rows.Scan(targets...); err != nil {
			return nil, fmt.Errorf("read a row: %w", err)
		}
		values := make([]any, len(types))
		for i := range targets {
			value, err := plain(targets[i], columns[i].Type)
			if err != nil {
				return nil, fmt.Errorf("read column %s: %w", columns[i].Name, err)
			}
			values[i] = value
		}
		out.values = append(out.values, values)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read rows: %w", err)
	}
	return out, nil
}

// codeReportFailed is the problem of a report whose query the engine does not take.
const codeReportFailed = "report_failed"

// ClickHouse's codes for a query that asked for too much.
const (
	codeTooManyRows     = 158
	codeTimeout         = 159
	codeMemory          = 241
	codeTooManyBytes    = 307
	codeTooManyRowsOut  = 396
	codeTooManyInFlight = 202
)

// refusal turns the engine's limits into a problem that a reader can act on.
func (r *Runner) refusal(err error) error {
	code := 0
	if exception, ok := errors.AsType[*clickhouse.Exception](err); ok {
		code = int(exception.Code)
	}
	limit := &problem.Error{
		Status: http.StatusUnprocessableEntity, Cause: err,
		Hint: "Ask for a shorter time with from and to, a coarser grain, or fewer persons with a filter; who runs the server may allow more with ",
	}
	switch {
	case code == codeTimeout || errors.Is(err, context.DeadlineExceeded):
		limit.Code, limit.Title = "query_too_long", "The report takes too long"
		limit.Detail = fmt.Sprintf("The report took longer than %s.", r.config.Limits.Time)
		limit.Hint += "--query-timeout."
	case code == codeMemory:
		limit.Code, limit.Title = "query_too_large", "The report needs too much memory"
		limit.Detail = fmt.Sprintf("The report needs more than %d MiB of memory.", r.config.Limits.Memory>>20)
		limit.Hint += "--query-memory."
	case code == codeTooManyRows || code == codeTooManyBytes || code == codeTooManyRowsOut:
		limit.Code, limit.Title = "result_too_large", "The report is too long"
		limit.Detail = fmt.Sprintf("The report has more than %d rows.", r.config.Limits.Rows)
		limit.Hint += "--query-rows."
	case code == codeTooManyInFlight:
		limit = errBusy()
		limit.Cause = err
	case warehouse.FilesDamaged(err):
		return &problem.Error{
			Status: http.StatusInternalServerError, Code: "damaged_files", Title: "Files of the warehouse are damaged", Cause: err,
			Detail: "ClickHouse cannot read its own files, so there is no figure rather than a wrong one.",
			Hint:   "Who runs the server: turnout replay --from 1 stores everything again from the stream, and sets the damaged files aside.",
		}
	case code != 0:
		// A report of somebody's own has to say why it does not run.
		return &problem.Error{
			Status: http.StatusInternalServerError, Code: codeReportFailed, Title: "The report cannot be run", Cause: err,
			Detail: "The engine refused the report's query: " + firstLine(err), Hint: "Correct the report's file; the columns that can be read are in docs/warehouse.md.",
		}
	case lost(err):
		return &problem.Error{
			Status: http.StatusServiceUnavailable, Code: "warehouse_unavailable", RetryAfter: retryAfter, Cause: err,
			Detail: "The warehouse stopped answering while the report was read.",
			Hint:   "Nothing is lost: events go on being accepted. Try again in a moment.",
		}
	default:
		return err
	}
	return limit
}

// lost tells whether the connection broke, as when the engine ends in the middle of an answer.
func lost(err error) bool {
	if errors.Is(err, context.Canceled) {
		return false
	}
	_, network := errors.AsType[net.Error](err)
	return network || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
}

// firstLine is the beginning of what the engine said.
func firstLine(err error) string {
	const longest = 300
	text := err.Error()
	if exception, ok := errors.AsType[*clickhouse.Exception](err); ok {
		text = exception.Message
	}
	text, _, _ = strings.Cut(text, "\n")
	if runes := []rune(text); len(runes) > longest {
		text = string(runes[:longest]) + "…"
	}
	return text
}
