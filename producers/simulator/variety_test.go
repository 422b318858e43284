package simulator_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/turnout/turnout/producers/simulator"
	"github.com/turnout/turnout/schemas"
)

// TestVariety: what reports part their rows by occurs, each value of it often enough to be seen.
func TestVariety(t *testing.T) {
	values := map[string]map[string]int{}
	see := func(what string, value any) {
		if values[what] == nil {
			values[what] = map[string]int{}
		}
		if value != nil {
			values[what][fmt.Sprint(value)]++
		}
	}
	watched := map[string][]string{
		schemas.TypeMemberRegistered: {"kind", "status", "faculty", "channel"}, schemas.TypeMemberUpdated: {"chapter_id", "status", "kind"},
		schemas.TypeMemberLeft: {"reason"}, schemas.TypeGatheringScheduled: {"kind", "format", "formality", "chapter_id"},
		schemas.TypeGatheringCompleted: {"attendance_basis"}, schemas.TypeAttendanceRecorded: {"role", "method", "group_id", "present"},
		schemas.TypeRegistrationSubmitted: {"status"}, schemas.TypeRegistrationCancelled: {"by"}, schemas.TypeGroupDefined: {"kind"},
		schemas.TypeGroupMembershipChanged: {"action", "role"}, schemas.TypeInitiativeStatusChanged: {"kind", "status"},
		schemas.TypeVolunteeringLogged: {"activity"}, schemas.TypeOpportunityPublished: {"kind", "state"},
		schemas.TypeApplicationStatusChanged: {"status"}, schemas.TypePlacementStatusChanged: {"status", "eligible_for_hire"},
		schemas.TypeEmploymentReported: {"outcome", "step"}, schemas.TypeCommunicationResponded: {"action"},
		schemas.TypeDonationReceived: {"currency", "kind", "legal_donor"},
	}
	for _, item := range items(t, university(shapeYears, 13)) {
		if item.Event == nil {
			continue
		}
		var data map[string]any
		if err := json.Unmarshal(item.Event.Data, &data); err != nil {
			t.Fatal(err)
		}
		for _, field := range watched[item.Event.Type] {
			see(item.Event.Type+" "+field, data[field])
		}
	}
	for what, least := range map[string]int{
		"member.registered.v1 kind": 4, "member.registered.v1 faculty": 6, "member.registered.v1 channel": 4, "member.updated.v1 chapter_id": 4,
		"member.left.v1 reason": 4, "gathering.scheduled.v1 kind": 8, "gathering.scheduled.v1 format": 3, "gathering.scheduled.v1 chapter_id": 4,
		"gathering.completed.v1 attendance_basis": 5, "attendance.recorded.v1 role": 5, "attendance.recorded.v1 group_id": 5, "attendance.recorded.v1 present": 2,
		"registration.submitted.v1 status": 4, "registration.cancelled.v1 by": 2, "group.defined.v1 kind": 4, "group.membership_changed.v1 action": 2,
		"initiative.status_changed.v1 kind": 3, "initiative.status_changed.v1 status": 6, "volunteering.logged.v1 activity": 8,
		"opportunity.published.v1 kind": 3, "opportunity.published.v1 state": 3, "application.status_changed.v1 status": 8,
		"placement.status_changed.v1 status": 3, "employment.reported.v1 outcome": 8, "employment.reported.v1 step": 4,
		"communication.responded.v1 action": 6, "donation.received.v1 currency": 2, "donation.received.v1 kind": 3, "donation.received.v1 legal_donor": 3,
	} {
		if got := len(values[what]); got < least {
			t.Errorf("%s has %d values, want %d: %v", what, got, least, values[what])
		}
	}
	noShows(t)
}

// noShows: who does not come stays away more where it costs nothing.
func noShows(t *testing.T) {
	t.Helper()
	free, paid := [2]int{}, [2]int{} // those who did not come, those expected
	f := known(t, university(shapeYears, 13))
	kinds := map[string]string{}
	for _, row := range f.rows("attendance", "") {
		kinds[fmt.Sprint(row["gathering_id"])] = fmt.Sprint(row["kind"])
	}
	for _, row := range f.rows("show-up", "grain=gathering") {
		sums := &free
		if kind := kinds[fmt.Sprint(row["period"])]; kind == "excursion" || kind == "graduation_ceremony" {
			sums = &paid
		}
		sums[0] += sum(row, "no_shows")
		sums[1] += sum(row, "expected")
	}
	share(t, "no-show where it is free", free[0], free[1], 0.24, 0.32)
	share(t, "no-show where it costs something", paid[0], paid[1], 0.11, 0.22)
}

// TestHours: evenings mostly; one gathering a year in the hour that comes twice, and one over midnight.
func TestHours(t *testing.T) {
	zone, err := time.LoadLocation(simulator.DefaultZone)
	if err != nil {
		t.Fatal(err)
	}
	evening, midweek, twice, midnight, skewed, all := 0, 0, 0, 0, 0, 0
	for _, item := range items(t, university(shapeYears, 14)) {
		all++
		if item.Fault == simulator.Skewed {
			skewed++
		}
		if item.Event == nil || item.Fault != simulator.Sound || item.Event.Type != schemas.TypeGatheringScheduled {
			continue
		}
		var data seen
		if err := json.Unmarshal(item.Event.Data, &data); err != nil {
			t.Fatal(err)
		}
		at, err := time.Parse(time.RFC3339, data.StartsAt)
		if err != nil {
			t.Fatal(err)
		}
		at = at.In(zone)
		if later := at.Add(time.Hour); at.Hour() == later.Hour() || at.Add(-time.Hour).Hour() == at.Hour() {
			twice++
		}
		if at.Hour() == 23 && at.Minute() == 59 {
			midnight++
		}
		if at.Weekday() >= time.Tuesday && at.Weekday() <= time.Thursday {
			midweek++
			if at.Hour() >= 17 {
				evening++
			}
		}
	}
	share(t, "evenings of the midweek", evening, midweek, 0.70, 1)
	share(t, "in the hour that comes twice, a year", twice, shapeYears, 0.7, 1)
	share(t, "a second before midnight, a year", midnight, shapeYears, 0.7, 1)
	share(t, "skewed clocks", skewed, all, 0.003, 0.007)
}

// TestSmall: a small community is small, and has more of every fault than a real one.
func TestSmall(t *testing.T) {
	for seed := range uint64(5) {
		faults := map[simulator.Fault]int{}
		all := items(t, simulator.Config{Tenant: "small", Preset: simulator.Small, Years: 1, Seed: seed})
		ids, conflicts := map[string]string{}, 0
		for _, item := range all {
			faults[item.Fault]++
			if item.Event == nil {
				continue
			}
			if known, again := ids[item.Event.ID]; again && known != string(item.Event.Data) {
				conflicts++
			}
			ids[item.Event.ID] = string(item.Event.Data)
		}
		share(t, "events", len(all), 1, 400, 4000)
		share(t, "corrected", faults[simulator.Corrected], len(all), 0.05, 0.30)
		share(t, "duplicates", faults[simulator.Duplicate], len(all), 0.02, 0.12)
		share(t, "late", faults[simulator.Late], len(all), 0.03, 0.15)
		share(t, "malformed", faults[simulator.Malformed], len(all), 0.002, 0.04)
		share(t, "one id, two contents", conflicts, 1, 1, 200)
	}
}
