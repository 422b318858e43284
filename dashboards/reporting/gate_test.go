package reporting_test

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/turnout/turnout/dashboards/reporting"
	"github.com/turnout/turnout/internal/problem"
)

// stuck is an engine that answers nothing until the query is given up.
type stuck struct{}

func (stuck) Query(ctx context.Context, _ string, _ ...any) (driver.Rows, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

func TestQueriesWaitForOneAnother(t *testing.T) {
	t.Parallel()
	catalog, err := reporting.Load()
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		runner := reporting.NewRunner(reporting.Config{
			Conn: stuck{}, Catalog: catalog, Limits: reporting.Limits{Queries: 1, Wait: time.Second},
		})
		ask := func(ctx context.Context) error {
			_, err := runner.Run(ctx, "attendance", url.Values{"tenant": {"t"}})
			return err
		}
		first, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- ask(first) }()
		synctest.Wait()

		began := time.Now()
		refused, isProblem := errors.AsType[*problem.Error](ask(t.Context()))
		if !isProblem || refused.Status != http.StatusServiceUnavailable || refused.Code != "busy" || refused.RetryAfter == 0 {
			t.Errorf("while another one runs the answer is %+v, want 503 with Retry-After", refused)
		}
		if waited := time.Since(began); waited != time.Second {
			t.Errorf("it was refused after %s, want 1s", waited)
		}
		gone, leave := context.WithCancel(t.Context())
		leave()
		if err := ask(gone); !errors.Is(err, context.Canceled) {
			t.Errorf("a reader who went away is told %v", err)
		}
		stop()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("the first one ends with %v", err)
		}
		// The slot is free again: the next one runs until its own limit of time.
		if err, isProblem := errors.AsType[*problem.Error](ask(t.Context())); !isProblem || err.Code != "query_too_long" {
			t.Errorf("the next one is told %+v, want that it took too long", err)
		}
	})
}
