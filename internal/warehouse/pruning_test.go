package warehouse_test

import (
	"regexp"
	"strconv"
	"testing"

	"github.com/ClickHouse/clickhouse-go/v2"
)

// granules asks how many granules of facts a query would read, and how many there are.
func (h *house) granules(query, tenant string) (read, all int) {
	h.t.Helper()
	ctx := clickhouse.Context(h.t.Context(), clickhouse.WithSettings(h.db.TenantSettings(tenant)))
	rows, err := h.db.Conn().Query(ctx, "EXPLAIN indexes = 1 "+query)
	must(h.t, err)
	counts := regexp.MustCompile(`Granules: (\d+)/(\d+)`)
	for rows.Next() {
		var line string
		must(h.t, rows.Scan(&line))
		if found := counts.FindStringSubmatch(line); found != nil {
			r, err := strconv.Atoi(found[1])
			must(h.t, err)
			all, err = strconv.Atoi(found[2])
			must(h.t, err)
			read += r
		}
	}
	must(h.t, rows.Err())
	return read, all
}

// TestReadersPruneByTenantAndType holds the reason of facts' ORDER BY: a typed view reads one range of one tenant.
func TestReadersPruneByTenantAndType(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.store(`attendance.recorded 2022-05-27 id=1 {"gathering_id":"g","person_id":"p","present":true,"role":"participant","method":"qr"}`,
		`feedback.submitted 2022-05-28 id=2 {"response_id":"f1","gathering_id":"g1","person_id":"a","rating":5}`)
	// Many facts of both types for forty tenants, beside the two real ones in their ranges.
	must(t, h.db.Conn().Exec(t.Context(), `INSERT INTO facts (tenant, kh, version, type, person, gathering, time, data)
		SELECT concat('t', toString(number % 40)), bitOr(bitShiftLeft(bitShiftRight(kh, 96), 96), toUInt128(number)), 1, type, 'p', 'g', now64(3), '{}'
		FROM numbers(120000) AS n CROSS JOIN (SELECT DISTINCT kh, type FROM facts WHERE tenant = 'acme') AS f`))
	must(t, h.db.Conn().Exec(t.Context(), "OPTIMIZE TABLE facts FINAL"))

	for query, most := range map[string]int{
		"SELECT count() FROM attendance_recorded":                     6,
		"SELECT count() FROM attendance_recorded WHERE tenant = 't7'": 6,
		"SELECT count() FROM facts FINAL WHERE NOT voided":            9,
		"SELECT count() FROM attendance":                              12, // both branches
		"SELECT a.gathering_id, max(capacity) FROM attendance AS a JOIN gatherings AS g USING (tenant, gathering_id) GROUP BY 1": 36,
	} {
		read, all := h.granules(query, "t7")
		if all < 200 || read == 0 || read > most {
			t.Errorf("%s reads %d of %d granules, at most %d are needed", query, read, all, most)
		}
	}
	read, all := h.granules("SELECT count() FROM attendance_recorded WHERE tenant = 't7'", "")
	if read > 6 {
		t.Errorf("without the setting a condition on tenant reads %d of %d granules", read, all)
	}
	h.expect("SELECT count() FROM attendance_recorded", "3000", h.db.TenantSettings("t7"))
	h.expect("SELECT count() FROM feedback_submitted WHERE tenant = 't7'", "3000")
}
