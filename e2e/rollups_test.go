package e2e_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

// rolledUp compares every rollup of every community with the facts, counted in another way: merges, voids, corrections, withdrawn consents
// and time zones of the random communities are in both.
func (h *house) rolledUp(all []*neighbour) {
	h.t.Helper()
	const (
		local  = "ifNull(day, toDate32(at, '%[2]s'))"
		person = "arraySort(groupArray((month, person_id, acts, volunteer, experiential, philanthropic, communication)))"
	)
	pairs := []struct{ what, stored, counted string }{
		{
			"acts by person and month",
			"SELECT " + person + " FROM turnout.resolved_person_months WHERE tenant = '%[1]s'",
			"SELECT " + person + " FROM (SELECT toStartOfMonth(" + local + ") AS month, person_id, count() AS acts, countIf(mode = 'volunteer') AS volunteer, " +
				"countIf(mode = 'experiential') AS experiential, countIf(mode = 'philanthropic') AS philanthropic, countIf(mode = 'communication') AS communication " +
				"FROM turnout.acts WHERE tenant = '%[1]s' GROUP BY month, person_id)",
		},
		{
			"facts by type and mode",
			"SELECT arraySort(groupArray((type, mode, n))) FROM (SELECT type, mode, sum(facts) AS n FROM turnout.facts_daily WHERE tenant = '%[1]s' GROUP BY type, mode)",
			"SELECT arraySort(groupArray((type, mode, n))) FROM (SELECT type, mode, count() AS n FROM turnout.facts FINAL WHERE tenant = '%[1]s' AND NOT voided GROUP BY type, mode)",
		},
		{
			"attendances by day",
			"SELECT arraySort(groupArray((day, mode, acts))) FROM turnout.activity_daily WHERE tenant = '%[1]s' AND type = 'attendance.recorded.v1'",
			"SELECT arraySort(groupArray((day, mode, n))) FROM (SELECT toDate32(at, '%[2]s') AS day, mode, count() AS n FROM turnout.facts FINAL " +
				"WHERE tenant = '%[1]s' AND NOT voided AND mode != '' AND type = 'attendance.recorded.v1' GROUP BY day, mode)",
		},
		{
			"gatherings attended",
			"SELECT arraySort(groupArray((person, n))) FROM (SELECT person, sum(attended) AS n FROM turnout.person_months WHERE tenant = '%[1]s' AND attended > 0 GROUP BY person)",
			"SELECT arraySort(groupArray((person, n))) FROM (SELECT person, uniqExact(gathering) AS n FROM turnout.facts FINAL " +
				"WHERE tenant = '%[1]s' AND NOT voided AND type = 'attendance.recorded.v1' AND present GROUP BY person)",
		},
	}
	for _, n := range all {
		for _, p := range pairs {
			same := fmt.Sprintf("SELECT cityHash64(("+p.stored+")) = cityHash64(("+p.counted+")), length(("+p.stored+")) > 0", n.tenant, n.zone)
			eventually(h.t, time.Minute, p.what+" of "+n.tenant, func() error {
				if answer := strings.TrimSpace(h.ask(same)); answer != "1\t1" {
					return fmt.Errorf("same, some: %s", answer)
				}
				return nil
			})
		}
	}
}

// TestRollupsOfASettingThatChanges: another time zone moves days and months of what was stored long ago.
func TestRollupsOfASettingThatChanges(t *testing.T) {
	t.Parallel()
	h := open(t)
	n := h.settle(1, 0, time.Date(2026, time.November, 22, 0, 0, 0, 0, time.UTC))
	h.settled()
	h.rolledUp([]*neighbour{n})
	zone, err := time.LoadLocation("America/Los_Angeles")
	if err != nil {
		t.Fatal(err)
	}
	if status, body := h.do(http.MethodPut, "/v1/tenants/"+n.tenant, "", "application/json", `{"timezone":"America/Los_Angeles"}`); status != http.StatusOK {
		t.Fatalf("settings: %d %s", status, body)
	}
	n.zone = zone
	h.rolledUp([]*neighbour{n})
}
