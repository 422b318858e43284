package reporting_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"testing"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/turnout/turnout/dashboards/reporting"
	"github.com/turnout/turnout/internal/problem"
)

// cut is a warehouse whose connection breaks.
type cut struct{ err error }

func (c cut) Query(context.Context, string, ...any) (driver.Rows, error) { return nil, c.err }

// TestLostConnections tells an engine that went away, for which it is worth waiting, from a fault of ours.
func TestLostConnections(t *testing.T) {
	t.Parallel()
	catalog, err := reporting.Load()
	if err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		err    error
		status int
	}{
		"cut in the question": {fmt.Errorf("send: %w", &url.Error{Op: "Post", URL: "http://engine", Err: io.EOF}), http.StatusServiceUnavailable},
		"cut in the answer":   {fmt.Errorf("read: %w", io.ErrUnexpectedEOF), http.StatusServiceUnavailable},
		"a fault of ours":     {errors.New("no such column"), http.StatusInternalServerError},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			runner := reporting.NewRunner(reporting.Config{Catalog: catalog, Conn: cut{test.err}})
			_, err := runner.Run(t.Context(), "attendance", url.Values{"tenant": {"t"}})
			got := problem.From(err)
			if got.Status != test.status {
				t.Errorf("status %d for %v, want %d", got.Status, err, test.status)
			}
			if test.status == http.StatusServiceUnavailable && (got.RetryAfter == 0 || got.Code != "warehouse_unavailable") {
				t.Errorf("code %q, retry after %s", got.Code, got.RetryAfter)
			}
		})
	}
}
