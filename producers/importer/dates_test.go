package importer

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestPatterns(t *testing.T) {
	cases := []struct{ layout, text, want string }{
		{"YYYY-MM-DD", "2022-05-27", "2022-05-27 00:00:00"},
		{"DD.MM.YYYY HH:mm:ss", "27.05.2022 18:03:59", "2022-05-27 18:03:59"},
		{"D.M.YYYY H:mm", "7.5.2022 8:03", "2022-05-07 08:03:00"},
		{"D.M.YYYY H:mm", "27.12.2022 18:03", "2022-12-27 18:03:00"},
		{"M/D/YYYY h:mm A", "5/7/2022 12:03 am", "2022-05-07 00:03:00"},
		{"MM/DD/YYYY hh:mm A", "05/07/2022 12:03 PM", "2022-05-07 12:03:00"},
		{"MM/DD/YYYY hh:mm A", "05/07/2022 11:03 PM", "2022-05-07 23:03:00"},
		{"D MMMM YYYY", "27 May 2022", "2022-05-27 00:00:00"},
		{"D MMMM YYYY [г.]", "27 мая 2022 г.", "2022-05-27 00:00:00"},
		{"D MMM YYYY", "1 Sept 2022", ""},
		{"D MMM YYYY", "1 sep. 2022", "2022-09-01 00:00:00"},
		{"MMM D, YYYY", "MAR 3, 1936", "1936-03-03 00:00:00"},
		{"YYYY-MM-DDTHH:mm:ss.SSS", "2022-05-27T18:03:59.1239", "2022-05-27 18:03:59.1239"},
		{"D MMMM YYYY [at] HH:mm", "27 May 2022 AT 18:00", "2022-05-27 18:00:00"},
		{"rfc3339", "2022-05-27T18:00:00.5+03:00", "2022-05-27 18:00:00.5 +180"},
		{"rfc3339", "2022-05-27T18:00:00Z", "2022-05-27 18:00:00"},
		{"YYYYMMDDHHmm", "202205271800", "2022-05-27 18:00:00"},
		{"DD.MM.YYYY HH:mm Z", "27.05.2022 18:00 -0930", "2022-05-27 18:00:00 -570"},
		{"DD.MM.YYYY HH:mm Z", "27.05.2022 18:00 +05", "2022-05-27 18:00:00 +300"},
		{"DD.MM.YYYY HH:mm Z", "27.05.2022 18:00 +05:", ""},
		{"DD.MM.YYYY HH:mm Z", "27.05.2022 18:00 5", ""},
		{"rfc3339", "2022-05-27T18:00:00", ""},
		{"rfc3339", "2022-05-27T18:00:00.Z", ""},
		{"rfc3339", "2022-05-27 18:00:00Z", ""},
		{"YYYY-MM-DD", "22-05-27", ""},
		{"YYYY-MM-DD", "2022-5-27", ""},
		{"YYYY-MM-DD", "2022-05-270", ""},
		{"YYYY-MM-DD", "", ""},
		{"YYYY-MM-DD", "2022-05-32", ""},
		{"YYYY-MM-DD", "2022-00-01", ""},
		{"DD.MM.YYYY HH:mm:ss", "27.05.2022 18:03:60", ""},
		{"D MMMM YYYY", "27 Ma 2022", ""},
		{"D MMMM YYYY", "27 Mayo 2022", ""},
		{"MM/DD/YYYY hh:mm A", "05/07/2022 13:03 PM", ""},
		{"MM/DD/YYYY hh:mm A", "05/07/2022 11:03 XM", ""},
	}
	for _, c := range cases {
		p, err := compilePattern(c.layout)
		if err != nil {
			t.Errorf("%s: %v", c.layout, err)
			continue
		}
		got := ""
		if at, ok := p.parse(c.text); ok {
			wall := time.Date(at.year, at.month, at.day, at.hour, at.minute, at.second, at.nanos, time.UTC)
			got = wall.Format("2006-01-02 15:04:05.999999999")
			if at.offset != 0 {
				got += fmt.Sprintf(" %+d", at.offset/60)
			}
		}
		if got != c.want {
			t.Errorf("%s by %s is %q, want %q", c.text, c.layout, got, c.want)
		}
	}
}

// TestPlace holds the rules for local times that a clock showed twice or never.
func TestPlace(t *testing.T) {
	cases := []struct {
		zone, wall string
		want       string // RFC 3339 in UTC; empty when refused
	}{
		{"UTC", "2022-03-27 02:30", "2022-03-27T02:30:00Z"},
		{"Europe/Berlin", "2022-03-27 01:59", "2022-03-27T00:59:00Z"},
		{"Europe/Berlin", "2022-03-27 02:00", ""}, // put forward from 02:00 to 03:00
		{"Europe/Berlin", "2022-03-27 02:59", ""},
		{"Europe/Berlin", "2022-03-27 03:00", "2022-03-27T01:00:00Z"},
		{"Europe/Berlin", "2022-10-30 01:59", "2022-10-29T23:59:00Z"},
		{"Europe/Berlin", "2022-10-30 02:00", "2022-10-30T00:00:00Z"}, // shown twice: the first, in summer time
		{"Europe/Berlin", "2022-10-30 02:30", "2022-10-30T00:30:00Z"},
		{"Europe/Berlin", "2022-10-30 02:59", "2022-10-30T00:59:00Z"},
		{"Europe/Berlin", "2022-10-30 03:00", "2022-10-30T02:00:00Z"},
		{"America/New_York", "2022-11-06 01:30", "2022-11-06T05:30:00Z"},
		{"America/New_York", "2022-03-13 02:30", ""},
		{"Europe/Moscow", "2022-05-27 18:00", "2022-05-27T15:00:00Z"},
		{"Europe/Moscow", "2014-10-26 01:30", "2014-10-25T21:30:00Z"}, // the standard offset itself went back
		{"Europe/Moscow", "2011-03-27 02:30", ""},
		{"Australia/Lord_Howe", "2022-04-03 01:45", "2022-04-02T14:45:00Z"}, // half an hour
		{"Australia/Lord_Howe", "2022-10-02 02:15", ""},
		{"Pacific/Apia", "2011-12-30 12:00", ""}, // the day that was left out
		{"Asia/Kathmandu", "2022-05-27 18:00", "2022-05-27T12:15:00Z"},
		{"America/Sao_Paulo", "2017-10-15 00:00", ""}, // put forward at midnight
		{"Europe/London", "1968-10-27 00:30", "1968-10-26T23:30:00Z"},
		{"Europe/Moscow", "1900-01-02 00:00", "1900-01-01T21:29:43Z"}, // local mean time
		{"UTC", "2100-12-31 23:59", "2100-12-31T23:59:00Z"},
	}
	for _, c := range cases {
		zone, err := loadZone(c.zone)
		if err != nil {
			t.Fatal(err)
		}
		p, err := compilePattern("YYYY-MM-DD HH:mm")
		if err != nil {
			t.Fatal(err)
		}
		at, ok := p.parse(c.wall)
		if !ok {
			t.Fatalf("%s cannot be read", c.wall)
		}
		got := ""
		if placed, err := place(at, zone, true); err == nil {
			got = placed.UTC().Format(time.RFC3339)
		}
		if got != c.want {
			t.Errorf("%s in %s is %q, want %q", c.wall, c.zone, got, c.want)
		}
	}
}

// TestPlaceRoundTrip: every instant of some years, written as its local time,
// comes back as itself or, where a clock showed it twice, as the first reading.
func TestPlaceRoundTrip(t *testing.T) {
	for _, name := range []string{"Europe/Moscow", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca", "Pacific/Apia"} {
		zone, err := loadZone(name)
		if err != nil {
			t.Fatal(err)
		}
		for at := time.Date(2009, 12, 1, 0, 0, 0, 0, time.UTC); at.Year() < 2013; at = at.Add(15 * time.Minute) {
			local := at.In(zone)
			c := civil{year: local.Year(), month: local.Month(), day: local.Day(), hour: local.Hour(), minute: local.Minute(), second: local.Second()}
			got, err := place(c, zone, true)
			if err != nil {
				t.Fatalf("%s: %v", local, err)
			}
			same := got.In(zone).Format("2006-01-02 15:04:05") == local.Format("2006-01-02 15:04:05")
			if !same || got.After(at) || at.Sub(got) > 3*time.Hour {
				t.Fatalf("%s in %s came back as %s", at, name, got)
			}
		}
	}
}

func TestDaysBeginWhenTheClocksSay(t *testing.T) {
	for _, c := range []struct{ zone, day, want string }{
		{"Europe/Moscow", "2022-05-27", "2022-05-26T21:00:00Z"},
		{"America/Sao_Paulo", "2017-10-15", "2017-10-15T03:00:00Z"}, // began at 01:00
		{"America/Havana", "2022-11-06", "2022-11-06T04:00:00Z"},    // midnight came twice
		{"Pacific/Apia", "2011-12-30", ""},
		{"Pacific/Apia", "2011-12-31", "2011-12-30T10:00:00Z"},
	} {
		csv := "When,Gathering,Person,Present,Role,Minutes\n" + c.day + ",g,p,ja,host,1\n"
		mapping := strings.Replace(strings.Replace(sheet, "Europe/Berlin", c.zone, 1), " HH:mm", "", 1)
		got := importText(t, mapping, csv)
		if got.err != nil {
			t.Fatal(got.err)
		}
		text := ""
		if len(got.events) == 1 {
			text = got.events[0].Time.Format(time.RFC3339)
		}
		if text != c.want {
			t.Errorf("%s in %s begins %q, want %q (%v)", c.day, c.zone, text, c.want, got.problems)
		}
	}
}

// TestLayoutsThatDisagree: a text that two layouts read differently is refused,
// and one on which they agree is taken.
func TestLayoutsThatDisagree(t *testing.T) {
	mapping := strings.Replace(sheet, "YYYY-MM-DD HH:mm", "[DD/MM/YYYY, MM/DD/YYYY]", 1)
	got := importText(t, mapping, sheetHeader+
		"27/05/2022,g,p1,ja,host,1\n05/27/2022,g,p2,ja,host,1\n05/06/2022,g,p3,ja,host,1\n05/05/2022,g,p4,ja,host,1\n"+
		"31/02/2022,g,p5,ja,host,1\n")
	if got.err != nil || len(got.events) != 3 || len(got.problems) != 2 {
		t.Fatalf("error %v, %d events, problems %v", got.err, len(got.events), got.problems)
	}
	wantProblem(t, got.problems[0], 4, CodeTime, "When", "as different times")
	wantProblem(t, got.problems[1], 6, CodeTime, "When", "no day 31")
}

// TestEdgesOfTime: the first and last moments of the contract's range, written
// with offsets that lead over the edge.
func TestEdgesOfTime(t *testing.T) {
	mapping := strings.Replace(sheet, "YYYY-MM-DD HH:mm", "rfc3339", 1)
	var csv strings.Builder
	csv.WriteString(sheetHeader)
	for i, at := range []string{
		"1900-01-01T00:00:00Z", "2100-12-31T23:59:59.999Z", "1936-03-02T15:00:00-06:00", "2022-05-27T18:00:00.123456+03:00",
		"1900-01-01T00:00:00+01:00", "2100-12-31T23:59:59-01:00",
	} {
		fmt.Fprintf(&csv, "%s,g,p%d,ja,host,1\n", at, i)
	}
	got := importText(t, mapping, csv.String())
	want := []string{"1900-01-01T00:00:00Z", "2100-12-31T23:59:59.999Z", "1936-03-02T21:00:00Z", "2022-05-27T15:00:00.123Z"}
	if len(got.events) != len(want) || len(got.problems) != 2 {
		t.Fatalf("%d events, problems %v", len(got.events), got.problems)
	}
	for i, e := range got.events {
		if text := e.Time.Format(time.RFC3339Nano); text != want[i] {
			t.Errorf("row %d happened %s, want %s", i, text, want[i])
		}
	}
}
