package export_test

import (
	"bytes"
	"net/url"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"

	"github.com/turnout/turnout/dashboards/export"
	"github.com/turnout/turnout/dashboards/reporting"
	"github.com/turnout/turnout/internal/embedded/embeddedtest"
	"github.com/turnout/turnout/internal/warehouse"
	"github.com/turnout/turnout/schemas"
)

// examples is a warehouse that holds the examples of every event type.
func examples(t *testing.T) *warehouse.DB {
	t.Helper()
	db, err := warehouse.Open(t.Context(), embeddedtest.ClickHouse(t), warehouse.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	registry, err := schemas.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Migrate(t.Context(), registry); err != nil {
		t.Fatal(err)
	}
	rows := warehouse.NewRows(registry.PromotedColumns(), 0)
	for _, typ := range registry.Types() {
		for i := range typ.Examples {
			event, err := typ.ExampleEvent(i)
			if err != nil {
				t.Fatal(err)
			}
			event.Tenant = "examples"
			record, err := registry.Derive(event)
			if err != nil {
				t.Fatal(err)
			}
			if err := rows.Append(event, &record, warehouse.Arrival{Received: event.Time, Seq: uint64(rows.Len() + 1)}); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := db.InsertEvents(t.Context(), rows); err != nil {
		t.Fatal(err)
	}
	return db
}

// TestEveryReportInEveryForm: no report has a value that a form cannot hold, and each form has all rows.
func TestEveryReportInEveryForm(t *testing.T) {
	t.Parallel()
	db := examples(t)
	catalog, err := reporting.Load()
	if err != nil {
		t.Fatal(err)
	}
	runner := reporting.NewRunner(reporting.Config{
		Conn: db.Conn(), Catalog: catalog, Confine: db.TenantSettings, Timezone: func(string) string { return "Asia/Kathmandu" },
	})
	filled := 0
	for _, report := range catalog.Reports() {
		result, err := runner.Run(t.Context(), report.Name, url.Values{"tenant": {"examples"}})
		if err != nil {
			t.Errorf("%s: %v", report.Name, err)
			continue
		}
		table := export.FromResult(result)
		want := len(table.Rows)
		if want > 0 {
			filled++
		}
		name := report.Name[:min(len(report.Name), 31)]
		if rows, err := workbook(t, table).GetRows(name); err != nil || len(rows) != want+1 {
			t.Errorf("%s: %d rows in the spreadsheet, want %d (%v)", report.Name, len(rows)-1, want, err)
		}
		raw := written(t, table, export.Parquet)
		if file, err := parquet.OpenFile(bytes.NewReader(raw), int64(len(raw))); err != nil || file.NumRows() != int64(want) {
			t.Errorf("%s: the Parquet file has not %d rows (%v)", report.Name, want, err)
		}
		written(t, table, export.Markdown)
		first, err := table.Fingerprint()
		later := *table
		later.AsOf, later.YearBefore = later.AsOf.Add(time.Hour), "another"
		if second, err2 := later.Fingerprint(); err != nil || err2 != nil || first != second {
			t.Errorf("%s: the moment is in the fingerprint: %s and %s (%v %v)", report.Name, first, second, err, err2)
		}
	}
	if filled < len(catalog.Reports())/2 {
		t.Errorf("only %d reports have rows", filled)
	}
}
