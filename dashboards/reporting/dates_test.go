package reporting

import (
	"testing"
	"time"
)

func TestParseSpan(t *testing.T) {
	t.Parallel()
	tests := []struct{ text, zone, start, end string }{
		{"2024", "UTC", "2024-01-01T00:00:00Z", "2025-01-01T00:00:00Z"},
		{"2024-Q1", "UTC", "2024-01-01T00:00:00Z", "2024-04-01T00:00:00Z"},
		{"2024-Q4", "UTC", "2024-10-01T00:00:00Z", "2025-01-01T00:00:00Z"},
		{"2024-02", "UTC", "2024-02-01T00:00:00Z", "2024-03-01T00:00:00Z"},
		{"2024-02-29", "UTC", "2024-02-29T00:00:00Z", "2024-03-01T00:00:00Z"},
		{"1900-01-01", "UTC", "1900-01-01T00:00:00Z", "1900-01-02T00:00:00Z"},
		{"2024-05-27", "Asia/Kathmandu", "2024-05-26T18:15:00Z", "2024-05-27T18:15:00Z"},
		{"2024-05-27", "Asia/Kolkata", "2024-05-26T18:30:00Z", "2024-05-27T18:30:00Z"},
		{"2024-03-31", "Europe/Berlin", "2024-03-30T23:00:00Z", "2024-03-31T22:00:00Z"},     // 23 hours
		{"2024-10-27", "Europe/Berlin", "2024-10-26T22:00:00Z", "2024-10-27T23:00:00Z"},     // 25 hours
		{"2018-11-04", "America/Sao_Paulo", "2018-11-04T03:00:00Z", "2018-11-05T02:00:00Z"}, // begins at 1 o'clock
		{"2018-11-03", "America/Sao_Paulo", "2018-11-03T03:00:00Z", "2018-11-04T03:00:00Z"},
		{"2018-02-17", "America/Sao_Paulo", "2018-02-17T02:00:00Z", "2018-02-18T03:00:00Z"}, // 23 o'clock twice
		{"2018-02-18", "America/Sao_Paulo", "2018-02-18T03:00:00Z", "2018-02-19T03:00:00Z"},
		{"2023-09-03", "America/Santiago", "2023-09-03T04:00:00Z", "2023-09-04T03:00:00Z"},
		{"2011-12-29", "Pacific/Apia", "2011-12-29T10:00:00Z", "2011-12-30T10:00:00Z"}, // no 30th there
		{"2024-05-27T18:30:00+03:00", "UTC", "2024-05-27T15:30:00Z", "2024-05-27T15:30:00Z"},
	}
	for _, test := range tests {
		location, err := time.LoadLocation(test.zone)
		if err != nil {
			t.Fatal(err)
		}
		got, err := parseSpan(test.text, location)
		if err != nil {
			t.Errorf("%s in %s: %v", test.text, test.zone, err)
			continue
		}
		if start, end := got.start.UTC().Format(time.RFC3339), got.end.UTC().Format(time.RFC3339); start != test.start || end != test.end {
			t.Errorf("%s in %s is %s to %s, want %s to %s", test.text, test.zone, start, end, test.start, test.end)
		}
	}
}

func FuzzParseSpan(f *testing.F) {
	for _, text := range []string{"2024", "2024-Q2", "2024-05", "2024-05-27", "2024-05-27T18:30:00Z", "2018-11-04", "", "2024-Q9"} {
		f.Add(text)
	}
	location, err := time.LoadLocation("America/Sao_Paulo")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := parseSpan(text, location)
		if err != nil {
			return
		}
		if s.end.Before(s.start) || s.start.UTC().Year() < firstYear-1 || s.end.UTC().Year() > lastYear+1 {
			t.Errorf("%q is %s to %s", text, s.start, s.end)
		}
	})
}
