package oracle_test

import (
	"encoding/csv"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/turnout/turnout/producers/simulator"
	"github.com/turnout/turnout/producers/simulator/oracle"
	"github.com/turnout/turnout/schemas"
)

func registry(t testing.TB) *schemas.Registry {
	t.Helper()
	r, err := schemas.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// told are events in the making, numbered as they come.
type told []string

// say adds an event; more is further attributes, such as `"revision":1,`.
func (l *told) say(typ, at, more, data string) {
	*l = append(*l, fmt.Sprintf(`{"specversion":"1.0","id":"e%d","source":"/test","type":%q,"time":%q,%s"data":%s}`, len(*l), typ, at, more, data))
}

func (l *told) gathering(id, series, starts string) {
	if series != "" {
		series = fmt.Sprintf(`"series_id":%q,`, series)
	}
	l.say(schemas.TypeGatheringScheduled, "2024-01-01T00:00:00Z", "", fmt.Sprintf(
		`{"gathering_id":%q,%s"kind":"meeting","formality":"formal","format":"online","starts_at":%q,"ends_at":%q}`, id, series, starts, starts))
}

func (l *told) attend(gathering, person, at string) {
	l.say(schemas.TypeAttendanceRecorded, at, "", fmt.Sprintf(`{"gathering_id":%q,"person_id":%q,"present":true,"role":"participant","method":"qr"}`, gathering, person))
}

func (l *told) absent(gathering, person string) {
	l.say(schemas.TypeAttendanceRecorded, "2024-12-01T00:00:00Z", "", fmt.Sprintf(`{"gathering_id":%q,"person_id":%q,"present":false,"role":"participant","method":"sheet"}`, gathering, person))
}

func (l *told) join(person, kind, at string) {
	l.say(schemas.TypeMemberRegistered, at, "", fmt.Sprintf(`{"person_id":%q,"kind":%q,"status":"candidate","joined_at":%q}`, person, kind, at))
}

func (l *told) complete(gathering, basis string) {
	l.say(schemas.TypeGatheringCompleted, "2024-12-01T00:00:00Z", "", fmt.Sprintf(`{"gathering_id":%q,"attendance_basis":%q,"headcount":9}`, gathering, basis))
}

func (l *told) merge(from, into string) {
	l.say(schemas.TypeMemberMerged, "2024-12-01T00:00:00Z", "", fmt.Sprintf(`{"from_id":%q,"into_id":%q,"evidence":"email"}`, from, into))
}

func (l *told) figures(t testing.TB, zone *time.Location) figures {
	t.Helper()
	o := oracle.New(registry(t), oracle.Options{Zone: zone})
	for _, line := range *l {
		if err := o.Take([]byte(line)); err != nil {
			t.Fatalf("%v\n%s", err, line)
		}
	}
	return figures{t, o}
}

// figures are those of what was told.
type figures struct {
	t      testing.TB
	oracle *oracle.Oracle
}

// column gives columns of a report, row after row; what is unknown is -.
func (f figures) column(report, query string, columns ...string) string {
	f.t.Helper()
	table, err := f.oracle.Report(report, query, time.Time{})
	if err != nil {
		f.t.Fatal(err)
	}
	var values []string
	for _, row := range table.Rows {
		for _, column := range columns {
			value, known := row[column]
			if !known {
				f.t.Fatalf("%s has no column %q", report, column)
			}
			if value == nil {
				value = "-"
			}
			values = append(values, fmt.Sprint(value))
		}
	}
	return strings.Join(values, " ")
}

func expect(t *testing.T, what, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("%s is\n%s, want\n%s", what, got, want)
	}
}

// TestDavis holds the golden values of Davis, Gardner and Gardner (1941). Each
// gathering has a month of its own here, so that months are gatherings.
func TestDavis(t *testing.T) {
	file, err := os.Open("../../../examples/davis/davis.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	records, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var l told
	starts := func(n int) string {
		return time.Date(1936, time.Month(n), 15, 15, 0, 0, 0, time.UTC).Format(time.RFC3339)
	}
	for n := 1; n <= 14; n++ {
		l.gathering(fmt.Sprintf("E%d", n), "davis", starts(n))
	}
	for _, record := range records[1:] {
		var n int
		if _, err := fmt.Sscanf(record[1], "E%d", &n); err != nil {
			t.Fatal(err)
		}
		l.attend(record[1], record[0], starts(n))
	}
	f := l.figures(t, time.UTC)
	expect(t, "attended", f.column("attendance", "", "attended"), "3 3 6 4 8 8 10 14 12 5 4 6 3 3")
	expect(t, "first-timers", f.column("attendance", "", "first_timers"), "3 1 2 0 2 2 3 3 2 0 0 0 0 0")
	for column, want := range map[string]string{
		"active": "3 3 6 4 8 8 10 14 12 5 4 6 3 3", "new": "3 1 2 0 2 2 3 3 2 0 0 0 0 0", "returning": "0 2 3 4 4 6 5 8 9 4 2 2 3 3",
		"resurrecting": "0 0 1 0 2 0 2 3 1 1 2 4 0 0", "dormant": "0 1 0 2 0 2 3 2 5 8 3 2 3 0",
	} {
		expect(t, column, f.column("lifecycle", "grain=month", column), want)
		expect(t, column, f.column("lifecycle", "grain=gathering", column), want)
	}
	expect(t, "returned", f.column("return-rate", "", "returned"), "2 3 4 4 6 5 8 9 4 2 2 3 3 -")
	expect(t, "absence factor", f.column("absence-factor", "", "absence_factor", "contributors", "contributions"), "6 18 89")
}

// TestAbsence holds CHAOSS's worked sample and the edges.
func TestAbsence(t *testing.T) {
	for _, c := range []struct {
		contributions []float64
		want          int
	}{
		{[]float64{1000, 202, 90, 33, 332, 343, 42, 433}, 2}, {nil, 0}, {[]float64{7}, 1}, {[]float64{1, 1}, 1}, {[]float64{1, 1, 1}, 2},
	} {
		if got, _ := oracle.Absence(c.contributions); got != c.want {
			t.Errorf("absence factor of %v is %d, want %d", c.contributions, got, c.want)
		}
	}
}

func TestNotRecordedIsNotZero(t *testing.T) {
	var l told
	l.gathering("a", "s", "2024-03-01T18:00:00Z")
	l.gathering("b", "s", "2024-04-01T18:00:00Z")
	l.gathering("c", "", "2024-05-01T18:00:00Z")
	l.complete("a", "headcount_only")
	l.complete("b", "sign_in_sheet")
	l.absent("b", "y")
	l.complete("c", "sign_in_sheet")           // a sheet that names nobody
	l.attend("d", "x", "2024-06-01T18:00:00Z") // nobody announced it
	l.say(schemas.TypeRegistrationSubmitted, "2024-02-01T00:00:00Z", "", `{"registration_id":"r","gathering_id":"a","person_id":"p","status":"confirmed","at":"2024-02-01T00:00:00Z"}`)
	f := l.figures(t, nil)
	expect(t, "gatherings", f.column("attendance", "", "gathering_id"), "a b c d")
	expect(t, "attended", f.column("attendance", "", "attended"), "- 0 - 1")
	expect(t, "head count", f.column("attendance", "", "headcount"), "9 9 9 -")
	expect(t, "expected", f.column("show-up", "", "expected"), "- 0 - -")
	expect(t, "confirmed", f.column("show-up", "", "confirmed"), "1 0 0 0")
}

// TestNewAndFirst: who joined since the last gathering, and who was never at one, are different people.
func TestNewAndFirst(t *testing.T) {
	var l told
	l.gathering("a", "s", "2024-03-01T18:00:00Z")
	l.gathering("b", "s", "2024-04-01T18:00:00Z")
	l.join("old", "alumnus", "2024-01-01T00:00:00Z")
	l.join("late", "alumnus", "2024-02-01T00:00:00Z")
	l.join("new", "alumnus", "2024-03-15T00:00:00Z")
	l.join("boss", "staff", "2024-01-01T00:00:00Z")
	l.attend("a", "old", "2024-03-01T18:00:00Z")
	for _, p := range []string{"old", "late", "new", "boss", "stranger"} {
		l.attend("b", p, "2024-04-01T18:00:00Z")
	}
	got := l.figures(t, nil).column("attendance", "from=2024-04", "attended", "new_members", "continuing", "first_timers")
	expect(t, "attended, new, continuing, first-timers", got, "4 1 3 3")
}

func TestShowUp(t *testing.T) {
	var l told
	l.gathering("a", "", "2024-03-10T18:00:00Z")
	l.complete("a", "check_in")
	submit := func(person, status, at string) {
		l.say(schemas.TypeRegistrationSubmitted, at, "", fmt.Sprintf(`{"registration_id":"r","gathering_id":"a","person_id":%q,"status":%q,"at":%q}`, person, status, at))
	}
	cancel := func(person, at string) {
		l.say(schemas.TypeRegistrationCancelled, at, "", fmt.Sprintf(`{"registration_id":"r","gathering_id":"a","person_id":%q,"by":"attendee","at":%q}`, person, at))
	}
	for _, p := range []string{"came", "absent", "left", "too-late", "refused", "back"} {
		submit(p, "confirmed", "2024-03-01T00:00:00Z")
	}
	cancel("left", "2024-03-10T17:59:00Z")
	cancel("too-late", "2024-03-10T18:00:00Z")
	cancel("back", "2024-03-02T00:00:00Z")
	submit("back", "pending", "2024-03-03T00:00:00Z")
	submit("refused", "rejected", "2024-03-02T00:00:00Z")
	submit("waiting", "waitlisted", "2024-03-02T00:00:00Z")
	l.attend("a", "came", "2024-03-10T18:00:00Z")
	l.attend("a", "waiting", "2024-03-10T18:00:00Z")
	got := l.figures(t, nil).column("show-up", "", "confirmed", "cancelled", "expected", "shown_up", "no_shows", "walk_ins")
	expect(t, "confirmed, cancelled, expected, shown up, no-shows, walk-ins", got, "4 1 3 1 2 1")
}

// TestMerges follows chains and circles and counts a person once.
func TestMerges(t *testing.T) {
	var l told
	l.gathering("a", "", "2024-03-01T18:00:00Z")
	for _, p := range []string{"a1", "a2", "a3", "z1", "z2", "alone"} {
		l.attend("a", p, "2024-03-01T18:00:00Z")
	}
	l.merge("a1", "a2")
	l.merge("a2", "a3")
	l.merge("z1", "z2")
	l.merge("z2", "z1")
	f := l.figures(t, nil)
	expect(t, "attended", f.column("attendance", "", "attended"), "3")
	l.say(schemas.TypeMemberMerged, "2024-12-02T00:00:00Z", `"revision":1,"voided":true,"reason":"test",`, `{"from_id":"a1"}`)
	expect(t, "attended without the merge", l.figures(t, nil).column("attendance", "", "attended"), "4")
}

// TestZones: the month and the year are the community's.
func TestZones(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	var l told
	l.gathering("a", "", "2023-12-31T23:00:00Z")
	l.join("p", "alumnus", "2020-01-01T00:00:00Z")
	l.attend("a", "p", "2023-12-31T23:00:00Z")
	l.say(schemas.TypeDonationReceived, "2024-01-01T12:00:00Z", "", `{"gift_id":"d","donor_id":"p","amount_minor":1,"currency":"EUR","kind":"cash","legal_donor":"self","on":"2023-12-31"}`)
	f := l.figures(t, berlin)
	expect(t, "month", f.column("lifecycle", "", "period"), "2024-01")
	expect(t, "engagement", f.column("engagement-by-mode", "", "period", "engaged"),
		"2023 1 2023 0 2023 0 2023 1 2023 0 2024 1 2024 0 2024 1 2024 0 2024 0")
}

// TestOrderDoesNotMatter shuffles and repeats a simulated community's events.
func TestOrderDoesNotMatter(t *testing.T) {
	r := registry(t)
	lines := map[simulator.Preset][][]byte{}
	for _, preset := range []simulator.Preset{simulator.Seed, simulator.Federation} {
		tenants, err := simulator.Config{Tenant: "t", Preset: preset, Communities: 1, Years: 2, Seed: 100}.Tenants()
		if err != nil {
			t.Fatal(err)
		}
		for community := range tenants {
			for item := range community.Items() {
				if wanted(item) {
					lines[preset] = append(lines[preset], item.Raw)
				}
			}
		}
	}
	want := map[simulator.Preset]*oracle.Expectation{}
	for preset := range lines {
		want[preset] = plain(t, r, lines[preset])
	}
	rapid.Check(t, func(rt *rapid.T) {
		preset := simulator.Seed
		if rapid.IntRange(0, 9).Draw(rt, "large") == 0 {
			preset = simulator.Federation
		}
		sent := lines[preset]
		again := rapid.IntRange(0, len(sent)).Draw(rt, "sent again")
		mixed := append(slices.Clone(sent), sent[:again]...)
		random := rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "order"), 0))
		random.Shuffle(len(mixed), func(i, j int) { mixed[i], mixed[j] = mixed[j], mixed[i] })
		if diff := cmp.Diff(want[preset], plain(rt, r, mixed)); diff != "" {
			rt.Fatal(diff)
		}
	})
}

// wanted leaves out the bulk that has no revisions: letters and the alumni of record.
func wanted(item simulator.Item) bool {
	if item.Fault == simulator.Malformed || item.Event.Type == schemas.TypeCommunicationResponded {
		return false
	}
	return item.Event.Type != schemas.TypeMemberRegistered || !strings.Contains(string(item.Raw), `"channel":"import"`)
}

// plain gives the figures without the counts of what was sent.
func plain(t rapid.TB, r *schemas.Registry, lines [][]byte) *oracle.Expectation {
	o := oracle.New(r, oracle.Options{})
	for _, line := range lines {
		if err := o.Take(line); err != nil {
			t.Fatalf("%v\n%s", err, line)
		}
	}
	f, err := o.Expect(time.Date(2025, time.June, 1, 0, 0, 0, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	f.Counts = oracle.Counts{Stored: f.Counts.Stored}
	f.Reports = slices.DeleteFunc(f.Reports, func(table *oracle.Table) bool { return table.Report == "data-quality" }) // counts repetitions
	return f
}

// now is some time after everything that is told.
func (f figures) now() time.Time { return f.day("2030-01-01") }

func (f figures) day(text string) time.Time {
	f.t.Helper()
	at, err := time.Parse(time.DateOnly, text)
	if err != nil {
		f.t.Fatal(err)
	}
	return at
}
