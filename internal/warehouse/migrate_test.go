package warehouse_test

import (
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/turnout/turnout/internal/warehouse"
	"github.com/turnout/turnout/schemas"
)

func TestMigrateTwiceChangesNothing(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.store(`attendance.recorded 2022-05-27 {"gathering_id":"g","person_id":"p","present":true,"role":"participant","method":"sheet"}`)
	before := h.ask("SELECT arraySort(groupArray((name, create_table_query, metadata_modification_time))) FROM system.tables WHERE database = currentDatabase()")
	must(t, h.db.Migrate(t.Context(), h.registry))
	after := h.ask("SELECT arraySort(groupArray((name, create_table_query, metadata_modification_time))) FROM system.tables WHERE database = currentDatabase()")
	if before != after {
		t.Error("a second migration changed tables or views")
	}
	h.expect("SELECT count() FROM attendance", "1")
}

func TestChangedMigrationIsRefused(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	must(t, h.db.Conn().Exec(t.Context(), "INSERT INTO migrations (name, checksum) SELECT '0001_events', 'another'"))
	if err := h.db.Migrate(t.Context(), h.registry); err == nil || !strings.Contains(err.Error(), "0001_events") {
		t.Errorf("%v", err)
	}
}

func TestStrictDurabilityIsASettingOfTheTables(t *testing.T) {
	t.Parallel()
	registry, err := schemas.Builtin()
	must(t, err)
	h := newHouseWith(t, registry, warehouse.Options{Strict: true})
	h.expect("SELECT countIf(create_table_query LIKE '%fsync_after_insert = 1%fsync_part_directory = 1%') FROM system.tables WHERE database = currentDatabase()", "6")
	h.db = reopened(t, h, warehouse.Options{})
	must(t, h.db.Migrate(t.Context(), registry))
	h.expect("SELECT countIf(create_table_query LIKE '%fsync_after_insert = 1%') FROM system.tables WHERE database = currentDatabase()", "0")
}

// extraType is an event type that an installation adds; wide promotes one more field.
func extraType(t *testing.T, wide string) *schemas.Registry {
	t.Helper()
	text := `{"$schema":"https://json-schema.org/draft/2020-12/schema","title":"Key lent","description":"A key was lent.","type":"object",
		"properties":{
			"loan_id":{"type":"string","minLength":1,"description":"The loan."},
			"person_id":{"type":"string","minLength":1,"description":"Who has it."},
			"copies":{"type":"integer","description":"How many."},
			"deposit":{"type":"number","description":"Deposit paid."},
			"returned":{"type":"boolean","description":"Whether it is back."},
			"due":{"type":"string","format":"date","description":"When it must be back."},
			"lent_at":{"type":"string","format":"date-time","description":"When it was lent."},
			"rooms":{"type":"array","items":{"type":"string"},"description":"What it opens."}},
		"required":["loan_id","person_id"],"unevaluatedProperties":false,
		"x-turnout":{"key":["loan_id"],"person":"person_id","time":"lent_at","promote":[` + wide + `],"personal":["person_id"]},
		"examples":[{"loan_id":"l","person_id":"p"},{"loan_id":"l2","person_id":"p"}]}`
	registry, err := schemas.Load(fstest.MapFS{"key.lent.v1.json": {Data: []byte(text)}})
	must(t, err)
	return registry
}

func TestFieldPromotedLaterIsFilledFromStoredData(t *testing.T) {
	t.Parallel()
	h := newHouseWith(t, extraType(t, ``), warehouse.Options{})
	h.store(`key.lent 2022-05-27 {"loan_id":"old","person_id":"p","copies":3,"deposit":12.5,"returned":true,"due":"1931-02-03","lent_at":"1931-01-01T10:00:00+02:00","rooms":["a","b"]}`)
	h.registry = extraType(t, `"copies","deposit","returned","due","lent_at","rooms"`)
	must(t, h.db.Migrate(t.Context(), h.registry))
	h.store(`key.lent 2022-05-27 {"loan_id":"new","person_id":"p","copies":4,"deposit":0.25,"returned":false,"due":"2100-12-31","lent_at":"2100-12-31T23:59:59.999Z","rooms":[]}`)
	want := "[('new',4,0.25,false,'2100-12-31','2100-12-31 23:59:59.999',[]),('old',3,12.5,true,'1931-02-03','1931-01-01 08:00:00.000',['a','b'])]"
	h.expect("SELECT arraySort(groupArray((loan_id, copies, deposit, returned, due, lent_at, rooms))) FROM key_lent", want)
	h.expect("SELECT arraySort(groupArray((deposit, rooms))) FROM events FINAL", "[(0.25,[]),(12.5,['a','b'])]")
	must(t, h.db.Conn().Exec(t.Context(), "OPTIMIZE TABLE facts FINAL"))
	h.expect("SELECT arraySort(groupArray((loan_id, copies, deposit, returned, due, lent_at, rooms))) FROM key_lent", want)
}

func TestEveryTableViewAndColumnIsDescribed(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.expect("SELECT groupArray(name) FROM system.tables WHERE database = currentDatabase() AND comment = '' AND name NOT IN ('facts_mv')", "[]")
	h.expect("SELECT groupArray((table, name)) FROM system.columns WHERE database = currentDatabase() AND comment = '' AND table != 'facts_mv' AND name != 'rank'", "[]")
	h.expect("SELECT count() FROM system.tables WHERE database = currentDatabase() AND engine = 'View'", strconv.Itoa(len(h.registry.Types())+14))
}

func reopened(t *testing.T, h *house, options warehouse.Options) *warehouse.DB {
	t.Helper()
	db, err := warehouse.Open(t.Context(), h.url, options)
	must(t, err)
	t.Cleanup(func() { must(t, db.Close()) })
	return db
}

// TestLogInMonthsBecomesOneInYears starts from the log as it was before 0008, with a field promoted since, and interrupts the migration.
func TestLogInMonthsBecomesOneInYears(t *testing.T) {
	t.Parallel()
	registry, err := schemas.Builtin()
	must(t, err)
	h := newHouseWith(t, registry, warehouse.Options{Strict: true})
	months := func() {
		t.Helper()
		for _, statement := range []string{
			"DROP TABLE IF EXISTS events_by_year SYNC",
			`CREATE TABLE events_by_month AS events ENGINE = ReplacingMergeTree(first)
				PARTITION BY if(toYear(time) < 2000, intDiv(toYear(time), 10) * 10, toYYYYMM(time)) ORDER BY (tenant, source, id, content_hash)`,
			"INSERT INTO events_by_month SELECT * FROM events", "EXCHANGE TABLES events_by_month AND events", "DROP TABLE events_by_month SYNC",
			"ALTER TABLE migrations DELETE WHERE name = '0008_events_by_year' SETTINGS mutations_sync = 1",
		} {
			must(t, h.db.Conn().Exec(t.Context(), statement))
		}
	}
	attendance := func(day string) string {
		return `attendance.recorded ` + day + ` id=` + day + ` {"gathering_id":"` + day + `","person_id":"p","present":true,"role":"participant","method":"sheet"}`
	}
	months()
	h.store(attendance("2022-05-27"), attendance("2022-06-27"), attendance("1941-01-01"))
	const contents = "SELECT arraySort(groupArray((tenant, source, id, content_hash, kh, version, time, received, data, role, first))) FROM events FINAL"
	before := h.ask(contents)
	for _, left := range []string{"", "CREATE TABLE events_by_year AS events", "CREATE TABLE events_by_year AS facts"} { // by one that was killed
		if left != "" {
			months()
			must(t, h.db.Conn().Exec(t.Context(), left))
		}
		must(t, h.db.Migrate(t.Context(), registry))
		h.expect(contents, before)
		h.expect("SELECT uniqExact(partition) FROM system.parts WHERE database = currentDatabase() AND table = 'events' AND active", "2")
		h.expect("SELECT count() FROM system.tables WHERE database = currentDatabase() AND name = 'events_by_year'", "0")
		h.expect("SELECT create_table_query LIKE '%fsync_after_insert = 1%' FROM system.tables WHERE database = currentDatabase() AND name = 'events'", "1")
	}
	h.store(attendance("2022-07-01"))
	h.expect("SELECT (count(), uniqExact(id)) FROM facts FINAL", "(4,4)")
	h.db = reopened(t, h, warehouse.Options{})
	months()
	must(t, h.db.Migrate(t.Context(), registry))
	h.expect("SELECT create_table_query LIKE '%fsync_after_insert = 0%' FROM system.tables WHERE database = currentDatabase() AND name = 'events'", "1")
}
