package reporting

import (
	"cmp"
	"context"
	"crypto/sha256"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/turnout/turnout/internal/problem"
	"github.com/turnout/turnout/schemas"
)

// Querier is what is needed of a ClickHouse connection.
type Querier interface {
	Query(ctx context.Context, query string, args ...any) (driver.Rows, error)
}

// Limits bound one query; a zero field takes the default.
type Limits struct {
	// Time is how long the engine may work on it; default 30 s.
	Time time.Duration
	// Memory is how much it may hold, in bytes; default 2 GiB.
	Memory int64
	// Rows is how long a result may be; default 200,000.
	Rows int64
	// Queries is how many run at once; default twice the cores.
	Queries int
	// Wait is how long others wait for them to end before they are told to come again; default 10 s.
	Wait time.Duration
}

const (
	defaultTime   = 30 * time.Second
	defaultMemory = 2 << 30
	defaultRows   = 200_000
	// LongestPage bounds a list behind a cell; it is the default, so that who does not ask for pages gets the list.
	LongestPage = 10_000
)

// Config is what a Runner needs.
type Config struct {
	Conn    Querier
	Catalog *Catalog
	Limits  Limits
	// Now is the clock; nil means the system's.
	Now func() time.Time
	// Confine gives the settings that keep a query to one community (see warehouse.DB.TenantSettings).
	Confine func(tenant string) clickhouse.Settings
	// Timezone gives a community's own zone; nil, or an empty name, means UTC.
	Timezone func(tenant string) string
	// YearEnd gives the last day of a community's year, MM-DD; nil, or an empty text, means 12-31.
	YearEnd func(tenant string) string
	// SuppressBelow gives the smallest number of people that a community's shareable view shows;
	// nil means 5. 0 and 1 hide nothing.
	SuppressBelow func(tenant string) int
	// Version gives the version of what is stored of a community: it changes whenever an answer may. While it stays, answers are kept and
	// given again. Nil, an empty version, or an error mean that nothing is kept.
	Version func(ctx context.Context, tenant string) (string, error)
}

// Runner runs reports. It is safe for use by several goroutines.
type Runner struct {
	config Config
	gate   *gate
	memo   *memo
	broken atomic.Pointer[map[string]error] // by report; nil until they were probed
}

// NewRunner returns a Runner over the catalogue's reports.
func NewRunner(c Config) *Runner {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Timezone == nil {
		c.Timezone = func(string) string { return "UTC" }
	}
	if c.YearEnd == nil {
		c.YearEnd = func(string) string { return "" }
	}
	if c.SuppressBelow == nil {
		c.SuppressBelow = func(string) int { return defaultThreshold }
	}
	if c.Limits.Time <= 0 {
		c.Limits.Time = defaultTime
	}
	if c.Limits.Memory <= 0 {
		c.Limits.Memory = defaultMemory
	}
	if c.Limits.Rows <= 0 {
		c.Limits.Rows = defaultRows
	}
	if c.Limits.Queries <= 0 {
		c.Limits.Queries = defaultQueries()
	}
	if c.Limits.Wait <= 0 {
		c.Limits.Wait = defaultWait
	}
	return &Runner{config: c, gate: newGate(c.Limits.Queries, c.Limits.Wait), memo: newMemo(c.Now)}
}

// Catalog gives the reports that can be run.
func (r *Runner) Catalog() *Catalog { return r.config.Catalog }

// Run answers the named report. values are the parameters by name, "tenant" among
// them. What is wrong with them is a *problem.Error.
func (r *Runner) Run(ctx context.Context, name string, values url.Values) (*Result, error) {
	report, err := r.find(name)
	if err != nil {
		return nil, err
	}
	chosen, err := readOptions(values, r.config.Catalog.Languages())
	if err != nil {
		return nil, err
	}
	report = r.config.Catalog.in(report, chosen.lang)
	asked, err := r.resolve(ctx, report, values, optionNames())
	if err != nil {
		return nil, err
	}
	chosen.show(asked.shown)
	if chosen.shareable {
		if err := report.checkShareable(false); err != nil {
			return nil, err
		}
	}
	current, earlier, err := r.runBoth(ctx, report, asked, chosen.compare)
	if err != nil {
		return nil, err
	}
	if chosen.shareable {
		share(r.config.SuppressBelow(asked.tenant), current, earlier)
	}
	if chosen.compare {
		current.compare(earlier)
	}
	return current, nil
}

// run answers one question.
func (r *Runner) run(ctx context.Context, report *Report, asked *resolved) (*Result, error) {
	began := r.config.Now()
	columns := report.Columns()
	rows, err := r.query(ctx, report.compile(), asked, columns, nil)
	if err != nil {
		return nil, fmt.Errorf("run report %s: %w", report.Name, err)
	}
	return &Result{
		Report: report, Parameters: asked.shown, Location: asked.location, AsOf: asked.asOf,
		Columns: columns, Rows: rows.values, Took: r.config.Now().Sub(began),
	}, nil
}

func (r *Runner) find(name string) (*Report, error) {
	if report, ok := r.config.Catalog.Report(name); ok {
		return report, nil
	}
	var names []string
	for _, report := range r.config.Catalog.Reports() {
		names = append(names, report.Name)
	}
	return nil, &problem.Error{
		Status: http.StatusNotFound, Code: "unknown_report", Title: "Unknown report",
		Detail: fmt.Sprintf("There is no report %q.", shorten(name)), Hint: "The reports are: " + strings.Join(names, ", ") + ".", Pointer: "/report",
	}
}

func (r *Runner) resolve(ctx context.Context, report *Report, values url.Values, other []string) (*resolved, error) {
	tenant := values.Get(tenantName)
	zone := cmp.Or(r.config.Timezone(tenant), "UTC")
	asOf, version := r.moment(ctx, tenant)
	asked, err := report.resolve(values, other, zone, asOf)
	if err != nil {
		return nil, err
	}
	asked.version = version
	asked.sent[nowName] = asked.sent[asOfName]
	asked.sent[yearEndName] = cmp.Or(r.config.YearEnd(asked.tenant), "12-31")
	return asked, nil
}

// answer is what came back from the engine.
type answer struct {
	columns []Column
	values  [][]any
}

// moment gives the time for which a community's figures are worked out, and the version of what is stored of it, empty when that is not known.
func (r *Runner) moment(ctx context.Context, tenant string) (time.Time, string) {
	if r.config.Version != nil && schemas.ValidTenant(tenant) && ctx.Value(afreshKey{}) == nil {
		// Who does not know the version asks the warehouse, every time.
		if version, err := r.config.Version(ctx, tenant); err == nil && version != "" {
			return r.memo.asOf(tenant, version), version
		}
	}
	return r.config.Now().UTC().Truncate(time.Millisecond), ""
}

// query runs one statement, unless its answer is known. columns and declared are as for scan.
func (r *Runner) query(ctx context.Context, statement string, asked *resolved, columns, declared []Column) (*answer, error) {
	run := func(ctx context.Context) (*answer, error) { return r.ask(ctx, statement, asked, columns, declared) }
	if asked.version == "" {
		return run(ctx)
	}
	return r.memo.get(ctx, asked.key(statement), run)
}

// key names the answer to a statement: what was asked of which version.
func (o *resolved) key(statement string) string {
	hash := sha256.New()
	fmt.Fprintf(hash, "%q %q %q", o.tenant, o.version, statement)
	for _, name := range slices.Sorted(maps.Keys(o.sent)) {
		fmt.Fprintf(hash, " %s=%#v", name, reflect.Indirect(reflect.ValueOf(o.sent[name]))) // a pointer stands for what may be NULL
	}
	return string(hash.Sum(nil))
}

// ask runs one statement. columns and declared are as for scan.
func (r *Runner) ask(ctx context.Context, statement string, asked *resolved, columns, declared []Column) (*answer, error) {
	leave, err := r.gate.enter(ctx)
	if err != nil {
		return nil, fmt.Errorf("wait for other reports: %w", err)
	}
	defer leave()
	ctx, cancel := context.WithTimeout(ctx, r.config.Limits.Time+time.Second)
	defer cancel()
	ctx = clickhouse.Context(ctx, clickhouse.WithSettings(r.settings(asked.tenant)))
	args := make([]any, 0, len(asked.sent))
	for name, value := range asked.sent {
		args = append(args, clickhouse.Named(name, value))
	}
	rows, err := r.config.Conn.Query(ctx, statement, args...)
	if err != nil {
		return nil, r.refusal(err)
	}
	defer func() { _ = rows.Close() }()
	out, err := scan(rows, columns, declared)
	if err != nil {
		return nil, r.refusal(err)
	}
	return out, nil
}
