package rollups_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/ClickHouse/clickhouse-go/v2"

	"github.com/turnout/turnout/consumers/consumerstest"
	"github.com/turnout/turnout/internal/stream"
	"github.com/turnout/turnout/internal/warehouse"
	"github.com/turnout/turnout/schemas"
)

// The rollups are exact under concurrent recomputation only by four rules. Each test below follows one schedule twice: as the product
// does, and with one rule broken. The second must give wrong figures, else the rule would be superstition or the test blind.

// slow is a worker that has computed its rows and not written them yet: the version is chosen when it writes.
type slow struct {
	h     *harness
	table string
}

// read computes a community's rows from facts as they are now.
func (h *harness) read(tenant string) slow {
	h.T.Helper()
	h.seq++
	s := slow{h: h, table: fmt.Sprint("slow_", strings.ReplaceAll(tenant, "-", "_"), "_", h.seq)}
	h.Exec("CREATE TABLE " + s.table + " ENGINE = Memory AS " + h.rollups.Select(h.zone(tenant), warehouse.Months{}, warehouse.Rollup{Tenant: tenant}))
	return s
}

// write puts the rows in under a version; where narrows which of them.
func (s slow) write(version stream.Version, where string) {
	s.h.T.Helper()
	s.h.Exec(fmt.Sprintf("INSERT INTO rollup_months SELECT * REPLACE (toUInt128('%s') AS version) FROM %s WHERE %s", version, s.table, where))
}

func (h *harness) acts(want string) {
	h.T.Helper()
	h.Expect("SELECT sum(acts) FROM person_months WHERE tenant = '"+h.tenant+"'", want)
}

// wrong fails unless the broken rule shows.
func (h *harness) wrong(right string) {
	h.T.Helper()
	if got := h.Ask("SELECT sum(acts) FROM person_months WHERE tenant = '" + h.tenant + "'"); got == right {
		h.T.Errorf("%s acts are right, though the rule is broken", got)
	}
}

func (h *harness) act(gathering, at string, rev int) *schemas.Event {
	return attendance(h.tenant, gathering, "p1", at, rev)
}

// schedule runs one in a community of its own.
func (h *harness) schedule(t *testing.T, name string, follow func(h *harness)) {
	t.Helper()
	h.schedules++
	community := *h
	community.tenant = fmt.Sprint("schedule-", h.schedules)
	t.Run(name, func(t *testing.T) {
		community.T = t
		follow(&community)
	})
}

const may, june = "2024-05-15T12:00:00Z", "2024-06-15T12:00:00Z"

// Rule 1: the version is taken after the insert returned and before facts are read.
func TestRuleOneTheVersionStandsBetweenInsertAndReading(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	h.schedule(t, "kept", func(h *harness) {
		h.store(h.act("g1", may, 0))
		old := h.note(h.tenant)
		early := h.read(h.tenant)
		h.store(h.act("g2", may, 0))
		h.compute(h.tenant, h.note(h.tenant))
		early.write(old, "1") // the slower one loses
		h.acts("2")
	})
	h.schedule(t, "broken: taken before the insert", func(h *harness) {
		h.store(h.act("g1", may, 0))
		version := h.note(h.tenant) // for the event that is about to come
		early := h.read(h.tenant)
		h.store(h.act("g2", may, 0))
		early.write(version, "1") // the note is served, and no other comes
		h.wrong("2")
	})
	h.schedule(t, "broken: taken after reading", func(h *harness) {
		h.store(h.act("g1", may, 0))
		early := h.read(h.tenant)
		h.store(h.act("g2", may, 0))
		h.compute(h.tenant, h.note(h.tenant))
		early.write(h.note(h.tenant), "1") // what it read is older than the version it takes
		h.wrong("2")
	})
}

// Rule 2: an empty row is written for every bucket that the log ever named.
func TestRuleTwoEveryMonthThatTheLogNamedGetsARow(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	const filled = "notEmpty(person)"
	h.schedule(t, "kept", func(h *harness) {
		h.store(h.act("g1", may, 0))
		h.compute(h.tenant, h.note(h.tenant))
		h.store(h.act("g1", june, 1))
		h.compute(h.tenant, h.note(h.tenant))
		h.acts("1")
	})
	h.schedule(t, "broken: only months that have something", func(h *harness) {
		h.store(h.act("g1", may, 0))
		h.compute(h.tenant, h.note(h.tenant))
		h.store(h.act("g1", june, 1))
		version := h.note(h.tenant)
		h.read(h.tenant).write(version, filled)
		h.wrong("1")
	})
	// Looking at which months have rows is not enough either: a slower worker may be about to write one.
	h.schedule(t, "kept beside a slower worker", func(h *harness) {
		h.store(h.act("g1", may, 0))
		old := h.note(h.tenant)
		early := h.read(h.tenant)
		h.store(h.act("g1", june, 1))
		h.compute(h.tenant, h.note(h.tenant))
		early.write(old, "1")
		h.acts("1")
	})
	h.schedule(t, "broken: only months that have rows", func(h *harness) {
		h.store(h.act("g1", may, 0))
		old := h.note(h.tenant)
		early := h.read(h.tenant)
		h.store(h.act("g1", june, 1))
		version := h.note(h.tenant)
		h.read(h.tenant).write(version, filled+" OR month IN (SELECT month FROM rollup_months WHERE tenant = '"+h.tenant+"')")
		early.write(old, "1")
		h.wrong("1")
		// Where the log cannot name a month any more, after an erasure, the worker looks behind itself and sees this.
		if mixed, err := h.rollups.Mixed(h.T.Context(), []string{h.tenant}); err != nil || len(mixed) != 1 {
			h.T.Errorf("%v, %v: nobody would notice", mixed, err)
		}
		h.compute(h.tenant, h.note(h.tenant))
		h.acts("1")
	})
}

// Rule 3: one INSERT is one block. What comes in two, a reader may see one of.
func TestRuleThreeAnInsertIsOneBlock(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	var events []*schemas.Event
	for year := range 20 {
		for month := range 12 {
			events = append(events, attendance("acme", fmt.Sprint("g", year, month), "p1", fmt.Sprintf("%d-%02d-28T12:00:00Z", 2000+year, month+1), 0))
		}
	}
	h.store(events...)
	h.Exec("SYSTEM STOP MERGES rollup_months")
	const parts = "SELECT count() FROM system.parts WHERE database = currentDatabase() AND table = 'rollup_months' AND active"
	h.compute(h.tenant, h.note(h.tenant))
	h.Expect(parts, "1")
	h.acts("240")

	// Everything moves from the first ten years into the last ten.
	for i := range 120 {
		events[i] = attendance("acme", fmt.Sprint("g", i/12, i%12), "p1", fmt.Sprintf("%d-%02d-28T12:00:00Z", 2010+i/12, i%12+1), 1)
	}
	h.store(events[:120]...)
	version := h.note(h.tenant)
	moved := h.read(h.tenant)
	moved.write(version, "month < '2010-01-01'") // the first of two blocks
	h.wrong("240")
	moved.write(version, "month >= '2010-01-01'")
	h.acts("240")

	// The settings of ClickHouse are no such thing: an aggregation of many buckets comes in many blocks, which small limits leave apart.
	h.Exec("TRUNCATE TABLE rollup_months")
	small := clickhouse.Context(t.Context(), clickhouse.WithSettings(clickhouse.Settings{
		"max_insert_threads": 2, "max_block_size": 8, "max_insert_block_size": 8, "min_insert_block_size_rows": 8, "min_insert_block_size_bytes": 0,
	}))
	consumerstest.Must(t, h.DB.Conn().Exec(small, "INSERT INTO rollup_months "+h.rollups.Select("UTC", warehouse.Months{}, warehouse.Rollup{Tenant: "acme", Version: version.UInt128()})))
	if h.Ask(parts) == "1" {
		t.Error("broken limits gave one block: the test does not see blocks")
	}
}

// Rule 4: plain ReplacingMergeTree read with FINAL; nothing is deleted to be put in again, nothing is added up.
func TestRuleFourRowsAreReplaced(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	h.schedule(t, "kept", func(h *harness) {
		h.store(h.act("g1", may, 0), h.act("g2", may, 0))
		h.compute(h.tenant, h.note(h.tenant))
		one, other := h.read(h.tenant), h.read(h.tenant)
		version := h.note(h.tenant)
		h.acts("2") // before either has written
		one.write(version, "1")
		other.write(version, "1")
		h.acts("2")
		h.Exec("OPTIMIZE TABLE rollup_months FINAL")
		h.acts("2")
	})
	// A table that is deleted from and inserted into, and one that a view adds to at every insert: what reports would then read.
	h.schedule(t, "broken: delete and insert", func(h *harness) {
		h.Exec("CREATE TABLE deleted AS rollup_months ENGINE = MergeTree ORDER BY (tenant, month)")
		const count = "SELECT sum(arraySum(experiential)) FROM deleted"
		h.store(h.act("g1", may, 0), h.act("g2", may, 0))
		remove, insert := "DELETE FROM deleted WHERE tenant = '"+h.tenant+"'", "INSERT INTO deleted "+h.rollups.Select("UTC", warehouse.Months{}, warehouse.Rollup{Tenant: h.tenant})
		h.Exec(remove)
		h.Expect(count, "0") // a reader between the two sees nothing
		h.Exec(remove)       // another worker, on the same community
		h.Exec(insert)
		h.Exec(insert)
		h.Expect(count, "4")
	})
	h.schedule(t, "broken: adding up", func(h *harness) {
		h.Exec("CREATE TABLE added (tenant String, acts UInt64) ENGINE = SummingMergeTree ORDER BY tenant")
		h.Exec("CREATE MATERIALIZED VIEW adding TO added AS SELECT tenant, count() AS acts FROM events WHERE mode != '' GROUP BY tenant")
		events := []*schemas.Event{h.act("g1", may, 0), h.act("g2", may, 0)}
		h.store(events...)
		h.store(events...) // delivered again
		h.compute(h.tenant, h.note(h.tenant))
		h.Expect("SELECT sum(acts) FROM added", "4")
		h.acts("2")
	})
}

// The statement is the product's own: whoever changes it sees here what the schedules rest on.
func TestTheStatementReadsFactsAfterTheVersionIsKnown(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	version := stream.Version{Created: h.created(), Seq: 7}
	text := h.rollups.Select("Europe/Moscow", warehouse.Months{}, warehouse.Rollup{Tenant: "acme", Version: version.UInt128()})
	if !strings.Contains(text, version.String()) {
		t.Errorf("the version is no constant of the statement:\n%s", text)
	}
	if strings.Contains(text, "{") {
		t.Errorf("a blank is left:\n%s", text)
	}
}
