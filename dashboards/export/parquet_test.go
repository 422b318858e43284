package export_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/parquet-go/parquet-go"

	"github.com/turnout/turnout/dashboards/export"
	"github.com/turnout/turnout/internal/embedded/embeddedtest"
	"github.com/turnout/turnout/internal/warehouse"
)

func TestParquet(t *testing.T) {
	t.Parallel()
	in := table(t)
	raw := written(t, in, export.Parquet)
	file, err := parquet.OpenFile(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range file.Schema().Fields() {
		names = append(names, f.Name())
		if !f.Optional() {
			t.Errorf("%s may not be null", f.Name())
		}
	}
	if diff := cmp.Diff([]string{"title", "class", "on", "starts_at", "attended", "new_share", "hours", "unfinished"}, names); diff != "" {
		t.Error(diff)
	}
	for key, want := range map[string]string{
		"turnout.definition": "Distinct persons present.", "turnout.timezone": "Asia/Kathmandu", "turnout.tenant": "ambassadors",
		"turnout.as_of": "2026-11-22T00:15:00+05:45", "turnout.filters": `{"From":"2024"}`, "turnout.suppressed": `[{"row":4,"column":"attended","text":"fewer than 5"}]`,
	} {
		if got, _ := file.Lookup(key); got != want {
			t.Errorf("%s is %q, want %q", key, got, want)
		}
	}
	var described []struct{ Name, Unit string }
	if text, _ := file.Lookup("turnout.columns"); json.Unmarshal([]byte(text), &described) != nil || len(described) != 8 || described[4].Unit != "persons" {
		t.Errorf("the columns are %s", text)
	}
	type row struct {
		Title    *string    `parquet:"title,optional"`
		Class    *int64     `parquet:"class,optional"`
		On       *int32     `parquet:"on,optional,date"`
		StartsAt *time.Time `parquet:"starts_at,optional,timestamp(millisecond)"`
		Attended *int64     `parquet:"attended,optional"`
		Share    *float64   `parquet:"new_share,optional"`
		Hours    *float64   `parquet:"hours,optional"`
		Open     *bool      `parquet:"unfinished,optional"`
	}
	rows, err := parquet.Read[row](bytes.NewReader(raw), int64(len(raw)))
	if err != nil || len(rows) != len(in.Rows) {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	first, none, old, big, small := rows[0], rows[1], rows[2], rows[3], rows[4]
	if *first.Title != "Second meeting" || *first.Attended != 49 || *first.Share != 14.0/49 || !first.StartsAt.Equal(time.Date(2022, 5, 27, 18, 15, 0, 0, time.UTC)) || *first.Open {
		t.Errorf("the first row is %+v", first)
	}
	if none.Class != nil || none.On != nil || none.StartsAt != nil || none.Attended != nil || none.Share != nil || none.Open != nil {
		t.Errorf("the empty row is %+v", none)
	}
	if *old.Title != "" || *old.On != -26296 || *old.Attended != 0 || old.Hours != nil {
		t.Errorf("the old row is %+v", old)
	}
	if *big.Attended != 9_007_199_254_740_993 || *big.On != -1 || small.Attended != nil {
		t.Errorf("big is %+v, small %+v", big, small)
	}
}

// ClickHouse reads the file as it was meant.
func TestClickHouseReadsParquet(t *testing.T) {
	t.Parallel()
	db, err := warehouse.Open(t.Context(), embeddedtest.ClickHouse(t), warehouse.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	in := table(t)
	in.Rows, in.Hidden = slices.Delete(in.Rows, 2, 3), map[export.Place]string{{Row: 3, Column: 4}: "fewer than 5"} // its days begin with 1900
	query := fmt.Sprintf(`SELECT toString(count()), toString(sum(attended)), toString(countIf(attended IS NULL)), toString(min(on)), toString(max(starts_at)), toTypeName(any(starts_at)), toTypeName(any(new_share))
FROM format(Parquet, base64Decode('%s'))`, base64.StdEncoding.EncodeToString(written(t, in, export.Parquet)))
	got := make([]string, 7)
	if err := db.Conn().QueryRow(t.Context(), query).Scan(&got[0], &got[1], &got[2], &got[3], &got[4], &got[5], &got[6]); err != nil {
		t.Fatal(err)
	}
	want := []string{"13", "9007199254741051", "2", "1969-12-31", "2024-02-29 00:00:00.000", "Nullable(DateTime64(3, 'UTC'))", "Nullable(Float64)"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestEmptyTables(t *testing.T) {
	t.Parallel()
	in := table(t)
	in.Rows, in.Hidden = nil, nil
	raw := written(t, in, export.Parquet)
	if file, err := parquet.OpenFile(bytes.NewReader(raw), int64(len(raw))); err != nil || file.NumRows() != 0 || len(file.Schema().Fields()) != 8 {
		t.Errorf("%v", err)
	}
	if rows, err := workbook(t, in).GetRows("attendance"); err != nil || len(rows) != 1 {
		t.Errorf("%v %v", rows, err)
	}
	written(t, in, export.Markdown)
}
