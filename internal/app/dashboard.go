package app

import (
	"context"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/turnout/turnout/dashboards/api"
	"github.com/turnout/turnout/dashboards/reporting"
	"github.com/turnout/turnout/dashboards/web"
	"github.com/turnout/turnout/internal/auth"
	"github.com/turnout/turnout/internal/problem"
	"github.com/turnout/turnout/internal/stream"
)

// mountDashboard mounts the API that reads, which it gives, and the page.
func (a *app) mountDashboard(mux *http.ServeMux) (*api.API, error) {
	var extra []fs.FS
	if a.cfg.Reports != "" {
		if _, err := os.Stat(a.cfg.Reports); err != nil {
			return nil, fmt.Errorf("--reports: %w", err)
		}
		extra = append(extra, os.DirFS(a.cfg.Reports))
	}
	catalog, err := reporting.Load(extra...)
	if err != nil {
		return nil, fmt.Errorf("--reports: %w", err)
	}
	runner := reporting.NewRunner(reporting.Config{
		Conn: querier{a.house}, Catalog: catalog, Confine: a.house.confine,
		Limits:   reporting.Limits{Time: a.cfg.QueryTimeout, Memory: int64(a.cfg.QueryMemory), Rows: int64(a.cfg.QueryRows)},
		Timezone: func(tenant string) string { return a.tenants.Get(tenant).Timezone },
		YearEnd:  func(tenant string) string { return a.tenants.Get(tenant).YearEnd },

		SuppressBelow: func(tenant string) int { return a.tenants.Get(tenant).SuppressBelow },
		Version:       versions(stream.NewDirty(a.js)),
	})
	a.metrics.Registerer().MustRegister(runner.Collectors()...)
	counted := newActivity(querier{a.house}.Query)
	a.metrics.Registerer().MustRegister(counted)
	a.life.background("activity", counted.run)
	if a.cfg.Reports != "" {
		a.life.background("reports", func(ctx context.Context) { a.probeReports(ctx, runner) })
	}
	desk := api.New(api.Config{
		Runner:   runner,
		Registry: a.registry, Letters: a.letters(), People: a.people(), Erasures: a.erased, Conn: querier{a.house}, Stream: a.streamStatus,
		CountLetters: stream.NewDeadLetters(a.js).Count, Checks: a.checks,
		Rejections: a.rejections, Timezone: func(tenant string) string { return a.tenants.Get(tenant).Timezone },
		Version: a.env.Version, Durability: a.cfg.Durability, Logger: a.logger,
		Live: api.LiveConfig{Announcements: stream.NewAnnouncements(a.nc), StillValid: a.keys.Valid},
	})
	for _, pattern := range api.Patterns() {
		mux.Handle(pattern, auth.Require(api.Scope(pattern), a.keys, desk))
	}
	page, err := web.Handler()
	if err != nil {
		return nil, fmt.Errorf("open the page: %w", err)
	}
	mux.Handle("/", page)
	return desk, nil
}

// versions tells reports which version of a community they are about to read.
func versions(dirty *stream.Dirty) func(context.Context, string) (string, error) {
	return func(ctx context.Context, tenant string) (string, error) {
		version, err := dirty.Version(ctx, tenant)
		if err != nil {
			return "", fmt.Errorf("ask for the version of %s: %w", tenant, err)
		}
		return version.String(), nil
	}
}

// probeReports asks the warehouse, as soon as it is there, which of the reports in --reports it cannot run.
// They may be about events that other roles know, so the log says what is wrong, and the program goes on.
func (a *app) probeReports(ctx context.Context, runner *reporting.Runner) {
	select {
	case <-ctx.Done():
		return
	case <-a.house.opened:
	}
	broken, err := runner.Probe(ctx)
	if err != nil && ctx.Err() == nil {
		a.logger.Warn("the reports in --reports cannot be checked", "error", err)
	}
	for name, wrong := range broken {
		a.logger.Error("a report cannot be run", "file", filepath.Join(a.cfg.Reports, name+".sql"), "error", wrong)
	}
}

// querier reads from the warehouse as soon as it is there.
type querier struct{ house *warehouseLink }

// Query implements reporting.Querier.
func (q querier) Query(ctx context.Context, query string, args ...any) (driver.Rows, error) {
	if err := q.house.ready(); err != nil {
		return nil, notYet(err)
	}
	_, reader, err := q.house.databases()
	if err != nil {
		return nil, notYet(err)
	}
	return reader.Conn().Query(ctx, query, args...) //nolint:wrapcheck // the report's engine reads the exception
}

// notYet tells a reader that the warehouse cannot answer now.
func notYet(cause error) error {
	return &problem.Error{
		Status: http.StatusServiceUnavailable, Code: "warehouse_unavailable", RetryAfter: retryPause, Cause: cause,
		Detail: "The warehouse cannot answer right now: " + cause.Error() + ".",
		Hint:   "Nothing is lost: events go on being accepted. Try again in a moment.",
	}
}

// confine keeps a query to one community.
func (l *warehouseLink) confine(tenant string) clickhouse.Settings {
	_, reader, err := l.databases()
	if err != nil {
		return nil
	}
	return reader.TenantSettings(tenant)
}
