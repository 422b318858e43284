package importer

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/turnout/turnout/schemas"
)

// TestIdentityNeverChanges holds the released definition of an imported row's
// id: a changed hash would import every old file again.
func TestIdentityNeverChanges(t *testing.T) {
	mapping := strings.Replace(attend, "zone: UTC", "zone: UTC\nsubject: {column: S}\nrevision: {column: V}\nrecordedtime: {column: R, date: YYYY-MM-DD}", 1)
	got := importText(t, mapping, "T,P,S,V,R\n2022-05-27 18:00,p-1,,,\n2022-05-27 18:00,p-1,s,2,2022-06-01\n1936-03-02 15:00,ж,,,\n")
	want := []string{"row-10ac92fa8ba4a62d56407228f0617943", "row-71c9b43ca65ee2a25a0573c47016f52f", "row-d652287771ecba3ea238049185852d01"}
	for i, e := range got.events {
		if e.ID != want[i] {
			t.Errorf("row %d has id %s, want %s", i, e.ID, want[i])
		}
	}
	if len(got.events) != len(want) {
		t.Errorf("%d events, problems %v", len(got.events), got.problems)
	}
}

// TestIdentityIsContent: neither the order of rows and columns, nor delimiter,
// quoting, spelling, file name or tenant change an id; what a row says does.
func TestIdentityIsContent(t *testing.T) {
	base := importText(t, attend, "T,P\n2022-05-27 18:00,p-1\n2022-05-27 18:00,p-2\n")
	same := importText(t, attend, "p;X;t\n\"p-2\";;2022-05-27 18:00\n  p-1 ;x;2022-05-27 18:00\n")
	if base.events[0].ID != same.events[1].ID || base.events[1].ID != same.events[0].ID {
		t.Error("the same rows in another table have other ids")
	}
	var tenants []string
	m := mustMapping(t, attend)
	for _, tenant := range []string{"", "a", "b"} {
		_, err := m.Import(t.Context(), strings.NewReader("T,P\n2022-05-27 18:00,p-1\n"), Options{
			Tenant: tenant,
			Event: func(_ int, e *schemas.Event) error {
				if e.Tenant != tenant {
					t.Errorf("the event belongs to %q", e.Tenant)
				}
				tenants = append(tenants, e.ID)
				return nil
			},
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if tenants[0] != base.events[0].ID || tenants[1] != tenants[0] || tenants[2] != tenants[0] {
		t.Errorf("the tenant changes the id: %v", tenants)
	}
	seen := map[string]string{base.events[0].ID: "base"}
	for name, other := range map[string][2]string{
		"source": {edit(t, "urn:x", "urn:y"), "T,P\n2022-05-27 18:00,p-1\n"},
		"data":   {edit(t, "sheet", "desk"), "T,P\n2022-05-27 18:00,p-1\n"},
		"time":   {attend, "T,P\n2022-05-27 18:01,p-1\n"},
		"person": {attend, "T,P\n2022-05-27 18:00,P-1\n"},
		"zone":   {edit(t, "UTC", "Europe/Paris"), "T,P\n2022-05-27 18:00,p-1\n"},
		"bigger": {edit(t, "zone: UTC", "zone: UTC\nrevision: {const: 1}"), "T,P\n2022-05-27 18:00,p-1\n"},
		"entity": {edit(t, "zone: UTC", "zone: UTC\nsubject: {const: g}"), "T,P\n2022-05-27 18:00,p-1\n"},
		"notice": {edit(t, "zone: UTC", "zone: UTC\nrecordedtime: {const: 2022-05-27T18:00:00Z}"), "T,P\n2022-05-27 18:00,p-1\n"},
	} {
		got := importText(t, other[0], other[1])
		if len(got.events) != 1 {
			t.Fatalf("%s: %v", name, got.problems)
		}
		if twin, ok := seen[got.events[0].ID]; ok {
			t.Errorf("%s and %s have one id", name, twin)
		}
		seen[got.events[0].ID] = name
	}
}

// TestDataIsCanonical: what is built field by field is what the contract's
// canonical form is, and survives the way over the wire.
func TestDataIsCanonical(t *testing.T) {
	mapping := `type: volunteering.logged.v1
source: urn:x
zone: UTC
decimal: ","
data:
  log_id: {column: id}
  person_id: {column: p}
  activity: {const: lecture}
  on: {column: on, date: [DD.MM.YYYY, rfc3339]}
  hours: {column: h}
`
	var csv strings.Builder
	csv.WriteString("id;p;on;h\n")
	for i, hours := range []string{"1,5", "2", "+2,50", "007,25", "12,000", "0,25"} {
		fmt.Fprintf(&csv, "\"l \"\"%d\"\" <&>\\/ é 😀\";p;27.05.2022;%s\n", i, hours)
	}
	csv.WriteString("x;p;2022-05-27T23:30:00-05:00;1\n")
	got := importText(t, mapping, csv.String())
	if len(got.problems) > 0 || len(got.events) != 7 {
		t.Fatalf("%d events, problems %v", len(got.events), got.problems)
	}
	for _, e := range got.events {
		canonical, err := schemas.Canonical(e.Data)
		if err != nil || !bytes.Equal(canonical, e.Data) {
			t.Errorf("%s is not canonical (%v), that is %s", e.Data, err, canonical)
		}
		again, err := schemas.DecodeStructured(e.AppendJSON(nil))
		if err != nil || !bytes.Equal(again.Data, e.Data) || !again.Time.Equal(e.Time) {
			t.Errorf("%s comes back as %+v, %v", e.Data, again, err)
		}
	}
	if data := string(got.events[2].Data); !strings.Contains(data, `"hours":2.5,`) {
		t.Errorf("+2,50 became %s", data)
	}
	if data := string(got.events[6].Data); !strings.Contains(data, `"on":"2022-05-27"`) {
		t.Errorf("a day with an offset became %s", data)
	}
}

func TestNumbers(t *testing.T) {
	cases := []struct {
		text    string
		decimal byte
		want    string
	}{
		{"1.5", '.', "1.5"}, {"-0.50", '.', "-0.5"}, {"+3", '.', "3"}, {"000", '.', "0"}, {"1000000", '.', "1000000"},
		{"1,5", ',', "1.5"}, {"7", ',', "7"},
		{"1,5", '.', ""}, {"1.5", ',', ""}, {"1,5,5", ',', ""}, {"1.5.5", '.', ""}, {".5", '.', ""}, {"5.", '.', ""},
		{"1e3", '.', ""}, {"0x10", '.', ""}, {"NaN", '.', ""}, {"Inf", '.', ""}, {"--1", '.', ""}, {"-", '.', ""}, {"1 000", '.', ""},
		{strings.Repeat("9", 400), '.', ""}, {"½", '.', ""},
	}
	for _, c := range cases {
		got, _, problem := appendNumber(nil, c.text, c.decimal)
		if string(got) != c.want || (problem == nil) != (c.want != "") {
			t.Errorf("%q with %q is %q (%v), want %q", c.text, c.decimal, got, problem, c.want)
		}
	}
}

func TestListsAndNulls(t *testing.T) {
	opening := `type: opportunity.published.v1
source: urn:x
zone: UTC
time: {const: 2022-05-27T00:00:00Z}
data:
  opportunity_id: {column: id}
  kind: {const: job}
  state: {const: open}
  employer_id: {const: e}
  positions: {const: 1}
  opens: {const: 2022-05-27}
  faculties: {column: faculties, split: "|"}
`
	got := importText(t, opening, "id,faculties\no1,law | history||\no2,\n")
	if len(got.events) != 2 || !strings.Contains(string(got.events[0].Data), `"faculties":["law","history"]`) ||
		strings.Contains(string(got.events[1].Data), "faculties") {
		t.Errorf("events %+v, problems %v", got.events, got.problems)
	}
	report := `type: wellbeing.activity_reported.v1
source: urn:x
zone: UTC
time: {const: 2022-05-27T00:00:00Z}
data:
  report_id: {column: id}
  programme: {const: swim}
  period: {const: 2022-05}
  activities: {const: 3}
  participants: {column: n, values: {"<5": ""}, empty: null}
  audience: {const: staff}
`
	got = importText(t, report, "id,n\nr1,12\nr2,\nr3,<5\n")
	if len(got.events) != 3 || !strings.Contains(string(got.events[0].Data), `"participants":12`) ||
		!strings.Contains(string(got.events[1].Data), `"participants":null`) || !strings.Contains(string(got.events[2].Data), `"participants":null`) {
		t.Errorf("events %+v, problems %v", got.events, got.problems)
	}
}

func TestEnvelope(t *testing.T) {
	mapping := edit(t, "zone: UTC", `zone: UTC
subject: {column: S, values: {none: "", a: alpha}, default: fallback}
revision: {column: V}
recordedtime: {column: R, date: YYYY-MM-DD, zone: Europe/Moscow, empty: skip}`)
	got := importText(t, mapping, "T,P,S,V,R\n"+
		"2022-05-27 18:00,p-1,A,3,2022-06-01\n2022-05-27 18:00,p-2,,,2022-06-01\n2022-05-27 18:00,p-3,None,,2022-06-01\n"+
		"2022-05-27 18:00,p-4,a,,\n2022-05-27 18:00,,a,,\n"+
		"2022-05-27 18:00,p-5,b,,2022-06-01\n2022-05-27 18:00,p-6,a,-1,2022-06-01\n2022-05-27 18:00,p-7,a,2147483648,2022-06-01\n")
	if len(got.events) != 3 || got.sum.Skipped != 2 || len(got.problems) != 3 {
		t.Fatalf("%d events, summary %+v, problems %v", len(got.events), got.sum, got.problems)
	}
	for i, want := range []string{"alpha", "fallback", "fallback"} {
		if got.events[i].Subject != want {
			t.Errorf("subject %d is %q, want %q", i, got.events[i].Subject, want)
		}
	}
	first := got.events[0]
	if first.Revision != 3 || !first.Recorded.Equal(time.Date(2022, 5, 31, 21, 0, 0, 0, time.UTC)) {
		t.Errorf("revision %d, recorded %s", first.Revision, first.Recorded)
	}
	wantProblem(t, got.problems[0], 7, CodeValue, "S", "is not among the values")
	wantProblem(t, got.problems[1], 8, CodeValue, "V", "is no revision")
	wantProblem(t, got.problems[2], 9, CodeValue, "V", "is no revision")
}

// TestBusinessTimeIsTheTime: without `time`, an event happens at its business
// time; a row without it is refused, also where the field itself is optional.
func TestBusinessTimeIsTheTime(t *testing.T) {
	mapping := strings.Replace(edit(t, "time: {column: T, date: YYYY-MM-DD HH:mm}\n", ""), "data:\n", "data:\n  at: {column: T, date: YYYY-MM-DD HH:mm}\n", 1)
	got := importText(t, mapping, "T,P\n2022-05-27 18:00,p-1\n,p-2\n")
	if len(got.events) != 1 || !got.events[0].Time.Equal(time.Date(2022, 5, 27, 18, 0, 0, 0, time.UTC)) || len(got.problems) != 1 {
		t.Fatalf("events %+v, problems %v", got.events, got.problems)
	}
	wantProblem(t, got.problems[0], 3, CodeEmpty, "T", "when the event happened")
}

func TestBooleans(t *testing.T) {
	var csv strings.Builder
	csv.WriteString("T,P,Here\n")
	words := []string{"yes", "Y", "TRUE", "1", "ja", "no", "n", "False", "0", "Nein"}
	for i, word := range words {
		fmt.Fprintf(&csv, "2022-05-27 18:00,p-%d,%s\n", i, word)
	}
	got := importText(t, edit(t, "{const: yes}", "{column: Here, values: {ja: yes, nein: no}}"), csv.String())
	if len(got.events) != len(words) {
		t.Fatalf("problems %v", got.problems)
	}
	for i, e := range got.events {
		if want := fmt.Sprintf(`"present":%t`, i < 5); !strings.Contains(string(e.Data), want) {
			t.Errorf("%s became %s", words[i], e.Data)
		}
	}
}

func TestImportStops(t *testing.T) {
	m := mustMapping(t, attend)
	const csv = "T,P\n2022-05-27 18:00,p-1\n2022-05-27 18:00,p-2\n2022-05-27 18:00,p-3\n"
	full := errors.New("stream is full")
	sum, err := m.Import(t.Context(), strings.NewReader(csv), Options{Event: func(line int, _ *schemas.Event) error {
		if line == 3 {
			return full
		}
		return nil
	}})
	if !errors.Is(err, full) || sum.Events != 2 {
		t.Errorf("refused event: %v, %+v", err, sum)
	}
	ctx, cancel := context.WithCancel(t.Context())
	sum, err = m.Import(ctx, strings.NewReader(csv), Options{Event: func(int, *schemas.Event) error { cancel(); return nil }})
	if !errors.Is(err, context.Canceled) || sum.Events != 1 {
		t.Errorf("cancelled: %v, %+v", err, sum)
	}
	broken := errors.New("disk on fire")
	for cut := range len(csv) {
		_, err = m.Import(t.Context(), io.MultiReader(strings.NewReader(csv[:cut]), iotest.ErrReader(broken)), Options{})
		if !errors.Is(err, broken) {
			t.Errorf("read error after %d bytes: %v", cut, err)
		}
	}
	if sum, err = m.Import(t.Context(), iotest.OneByteReader(strings.NewReader(csv)), Options{}); err != nil || sum.Events != 3 {
		t.Errorf("byte by byte: %v, %+v", err, sum)
	}
}

// TestMemoryOfRowsIsBounded: beyond its limit the memory forgets nothing it
// has, takes nothing new and says so.
func TestMemoryOfRowsIsBounded(t *testing.T) {
	m := newMemory(2)
	for i := range 4 {
		if got := m.first([16]byte{byte(i)}, i+1); got != 0 {
			t.Errorf("row %d repeats line %d", i, got)
		}
	}
	if m.first([16]byte{1}, 9) != 2 || m.first([16]byte{3}, 9) != 0 || !m.full || len(m.lines) != 2 {
		t.Errorf("memory is %+v", m)
	}
}

func TestSummary(t *testing.T) {
	got := importText(t, attend, "T\tP\tNote\tNOTE\n2022-05-27 18:00\tp-1\t\t\n1936-03-02 15:00\tp-2\t\t\n")
	s := got.sum
	if s.Delimiter != "tab" || strings.Join(s.Ignored, ",") != "Note,NOTE" || s.First.Year() != 1936 || s.Last.Year() != 2022 {
		t.Errorf("summary is %+v", s)
	}
}
