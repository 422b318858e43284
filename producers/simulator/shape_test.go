package simulator_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/turnout/turnout/producers/simulator"
	"github.com/turnout/turnout/producers/simulator/oracle"
	"github.com/turnout/turnout/schemas"
)

func day(t testing.TB, text string) time.Time {
	t.Helper()
	at, err := time.Parse(time.DateOnly, text)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// share checks that a share lies between two bounds.
func share(t *testing.T, what string, part, whole int, low, high float64) {
	t.Helper()
	got := float64(part) / float64(whole)
	t.Logf("%s: %.3f", what, got)
	if whole == 0 || got < low || got > high {
		t.Errorf("%s is %d of %d = %.3f, want %.3f to %.3f", what, part, whole, got, low, high)
	}
}

const shapeYears = 5

// TestFigures holds what the figures of a university look like.
func TestFigures(t *testing.T) {
	registry, err := schemas.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	zone, err := time.LoadLocation(simulator.DefaultZone)
	if err != nil {
		t.Fatal(err)
	}
	o := oracle.New(registry, oracle.Options{Zone: zone})
	malformed, repeated := 0, 0
	for _, item := range items(t, university(shapeYears, 11)) {
		if item.Event != nil && (item.Event.Type == schemas.TypeCommunicationResponded) {
			continue // many, and of no figure below
		}
		if (o.Take(item.Raw) != nil) != (item.Fault == simulator.Malformed) {
			t.Fatalf("%q: %s", item.Fault, item.Raw)
		}
		switch item.Fault {
		case simulator.Malformed:
			malformed++
		case simulator.Duplicate:
			repeated++
		default:
		}
	}
	f := shape{t, o}
	if c := o.Counts(); c.Rejected != malformed || c.Duplicates != repeated || c.Conflicts != 0 {
		t.Errorf("%+v with %d malformed and %d repeated", c, malformed, repeated)
	}
	sizes, attended, first := []int{}, 0, 0
	gatherings := f.rows("attendance", "")
	for _, row := range gatherings {
		if row["attended"] == nil {
			continue
		}
		sizes = append(sizes, sum(row, "attended"))
		if fmt.Sprint(row["starts_at"]) >= "2022" { // it settles after a year
			attended += sum(row, "attended")
			first += sum(row, "first_timers")
		}
	}
	slices.Sort(sizes)
	total := 0
	for _, n := range sizes {
		total += n
	}
	share(t, "median size", sizes[len(sizes)/2], 1, 9, 14)
	share(t, "mean size", total, len(sizes), 17, 25)
	share(t, "largest size", sizes[len(sizes)-1], 1, 80, 125)
	share(t, "gatherings a year", len(gatherings), shapeYears, 36, 46)
	share(t, "recorded gatherings", len(sizes), len(gatherings), 0.80, 0.95)
	share(t, "first-timer share", first, attended, 0.17, 0.27)
	absence := f.rows("absence-factor", "")[0]
	share(t, "persons who give half", sum(absence, "absence_factor"), sum(absence, "contributors"), 0.11, 0.18)
	shapeOfRetention(t, f.rows("retention", ""))
	shapeOfRegistrations(t, f)
	for _, row := range f.rows("engagement-by-mode", "") {
		if row["mode"] == "philanthropic" && fmt.Sprint(row["period"]) > "2020" {
			share(t, fmt.Sprint("giving ", row["period"]), sum(row, "engaged"), sum(row, "eligible"), 0.08, 0.18)
		}
	}
	persons, decided, adopted := 0, 0, 0
	for _, row := range f.rows("groups", "") {
		persons += sum(row, "members")
	}
	for _, row := range f.rows("initiatives", "") {
		decided += sum(row, "decided")
		adopted += sum(row, "adopted")
	}
	share(t, "members of groups", persons, 1, 50, 2000)
	share(t, "initiatives adopted of those decided", adopted, decided, 0.4, 0.95)
}

// shape asks the oracle for reports.
type shape struct {
	t      *testing.T
	oracle *oracle.Oracle
}

func (s shape) rows(report, query string) []oracle.Row {
	s.t.Helper()
	table, err := s.oracle.Report(report, query, time.Time{})
	if err != nil {
		s.t.Fatal(err)
	}
	return table.Rows
}

// known gives the reports on a configuration's only community.
func known(t *testing.T, cfg simulator.Config) shape {
	t.Helper()
	registry, err := schemas.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	o := oracle.New(registry, oracle.Options{})
	for _, item := range items(t, cfg) {
		if item.Event != nil && item.Event.Type != schemas.TypeCommunicationResponded {
			if err := o.Take(item.Raw); err != nil {
				t.Fatal(err)
			}
		}
	}
	return shape{t, o}
}

// sum adds up columns of a row; what is unknown adds nothing.
func sum(row oracle.Row, columns ...string) int {
	total := 0.0
	for _, column := range columns {
		n, _ := row[column].(float64)
		total += n
	}
	return int(total)
}

func shapeOfRegistrations(t *testing.T, f shape) {
	t.Helper()
	confirmed, cancelled, expected, noShows := 0, 0, 0, 0
	for _, row := range f.rows("show-up", "") {
		confirmed += sum(row, "confirmed")
		cancelled += sum(row, "cancelled")
		expected += sum(row, "expected")
		noShows += sum(row, "no_shows")
	}
	share(t, "no-show", noShows, expected, 0.24, 0.30)
	share(t, "cancelled", cancelled, confirmed, 0.06, 0.14)
	// An early burst, a reminder a week and two days before, and the day itself.
	lead := map[int]int{}
	all := 0
	for _, row := range f.rows("registration-lead-time", "") {
		lead[sum(row, "days_before")] = sum(row, "registered")
		all = sum(row, "registrations")
	}
	share(t, "registered on the day itself", lead[0]-lead[1], all, 0.15, 0.30)
	share(t, "registered two weeks before or earlier", lead[14], all, 0.35, 0.60)
	share(t, "registered 5 to 7 days before", lead[5]-lead[10], all, 0.08, 0.30)
}

func shapeOfRetention(t *testing.T, rows []oracle.Row) {
	t.Helper()
	persons, size := map[int]int{}, map[int]int{}
	for _, row := range rows {
		if cohort := fmt.Sprint(row["cohort"]); cohort > "2021-06" && cohort < "2024-06" {
			persons[sum(row, "period")] += sum(row, "persons")
			size[sum(row, "period")] += sum(row, "size")
		}
	}
	share(t, "retention after a month", persons[1], size[1], 0.30, 0.60)
	tail, all := 0, 0
	for k := 4; k <= 12; k++ {
		tail += persons[k]
		all += size[k]
	}
	share(t, "retention after 4 to 12 months", tail, all, 0.08, 0.25)
}

// seen is what the shape of the events is judged by.
type seen struct {
	PersonID      string `json:"person_id"`
	Kind          string `json:"kind"`
	Channel       string `json:"channel"`
	JoinedAt      string `json:"joined_at"`
	StartsAt      string `json:"starts_at"`
	Present       bool   `json:"present"`
	Action        string `json:"action"`
	Segment       string `json:"segment"`
	Step          string `json:"step"`
	Eligible      bool   `json:"eligible_for_hire"`
	OpportunityID string `json:"opportunity_id"`
	Delivered     int    `json:"delivered"`
}

// TestShape holds what can be seen in the events themselves.
func TestShape(t *testing.T) {
	visits, joined, types, steps, months := map[string]int{}, map[string]bool{}, map[string]int{}, map[string]int{}, map[time.Month]int{}
	applications := map[string]int{}
	midweek, gatherings, delivered, clicked, eligible, core := 0, 0, 0, 0, 0, 0
	faults := map[simulator.Fault]int{}
	for _, item := range items(t, university(shapeYears, 12)) {
		faults[item.Fault]++
		if item.Event == nil || item.Fault == simulator.Duplicate || item.Fault == simulator.Corrected {
			continue
		}
		var d seen
		if err := json.Unmarshal(item.Event.Data, &d); err != nil {
			t.Fatal(err)
		}
		types[item.Event.Type]++
		core++
		switch item.Event.Type {
		case schemas.TypeAttendanceRecorded:
			if d.Present {
				visits[d.PersonID]++
			}
		case schemas.TypeMemberRegistered:
			if d.Channel == "import" {
				core--
			} else if d.JoinedAt > "2021" && d.JoinedAt < "2025-10" && d.Kind != "student" {
				joined[d.PersonID] = true
			}
		case schemas.TypeGatheringScheduled:
			at, err := time.Parse(time.RFC3339, d.StartsAt)
			if err != nil {
				t.Fatal(err)
			}
			gatherings++
			months[at.Month()]++
			if at.Weekday() >= time.Tuesday && at.Weekday() <= time.Thursday {
				midweek++
			}
		case schemas.TypeCommunicationSent:
			delivered += d.Delivered
			core--
		case schemas.TypeCommunicationResponded:
			core--
			if d.Action == "clicked" {
				clicked++
			}
		case schemas.TypeDonationReceived:
			core--
		case schemas.TypeApplicationSubmitted:
			applications[d.OpportunityID]++
		case schemas.TypePlacementStatusChanged:
			if d.Eligible {
				eligible++
			}
		case schemas.TypeEmploymentReported:
			steps[d.Step]++
		default:
		}
	}
	counts := []int{}
	total, top, twice, five, never := 0, 0, 0, 0, 0
	for _, n := range visits {
		counts = append(counts, n)
		total += n
		if n >= 2 {
			twice++
		}
		if n >= 5 {
			five++
		}
	}
	slices.SortFunc(counts, func(a, b int) int { return b - a })
	for _, n := range counts[:len(counts)*15/100] {
		top += n
	}
	for p := range joined {
		if visits[p] == 0 {
			never++
		}
	}
	share(t, "core events a year", core, shapeYears, 2500, 5000)
	share(t, "alumni", types[schemas.TypeMemberRegistered], 1, 15_000, 20_000)
	share(t, "joined and never came", never, len(joined), 0.42, 0.60)
	share(t, "came twice or more", twice, len(visits), 0.47, 0.68)
	share(t, "came five times or more", five, len(visits), 0.15, 0.32)
	share(t, "given by the top 15 %", top, total, 0.42, 0.60)
	share(t, "Tuesday to Thursday", midweek, gatherings, 0.60, 0.90)
	share(t, "September to a mean month", months[time.September]*12, gatherings, 1.1, 2.2)
	share(t, "December to a mean month", months[time.December]*12, gatherings, 0.1, 0.9)
	share(t, "click-through", clicked, delivered, 0.04, 0.07)
	share(t, "applications to an opening", types[schemas.TypeApplicationSubmitted], len(applications), 10, 30)
	// Some 45 interns: 73.5 and 79.5 %, give or take three standard deviations.
	share(t, "interns who are offered a job", steps["job_offered"], eligible, 0.53, 0.93)
	share(t, "of these, who accept", steps["job_accepted"], steps["job_offered"], 0.55, 1)
	all := len(items(t, university(shapeYears, 12)))
	share(t, "duplicates", faults[simulator.Duplicate], all, 0.007, 0.013)
	share(t, "late", faults[simulator.Late], all, 0.015, 0.025)
	share(t, "malformed", faults[simulator.Malformed], all, 0.0005, 0.0015)
	share(t, "merges of core events", types[schemas.TypeMemberMerged], core, 0.001, 0.005)
	share(t, "corrections of core events", faults[simulator.Corrected], core, 0.003, 0.008)
}

// TestUntil: nothing happens after the end, and gatherings not before the beginning.
func TestUntil(t *testing.T) {
	zone, err := time.LoadLocation("Asia/Kathmandu") // 5:45 from UTC
	if err != nil {
		t.Fatal(err)
	}
	cfg := university(1, 3)
	cfg.Zone, cfg.Until = zone, time.Date(2024, time.March, 15, 0, 0, 0, 0, zone)
	for _, item := range items(t, cfg) {
		if item.Event == nil {
			continue
		}
		if !item.Event.Time.Before(cfg.Until) {
			t.Fatalf("after the end: %s", item.Raw)
		}
		if item.Event.Type == schemas.TypeAttendanceRecorded && item.Event.Time.Before(cfg.Until.AddDate(-1, 0, -1)) {
			t.Fatalf("before the beginning: %s", item.Raw)
		}
		if item.Event.Type == schemas.TypeGatheringScheduled && !strings.Contains(string(item.Event.Data), "+05:45") {
			t.Fatalf("in another zone: %s", item.Raw)
		}
	}
}
