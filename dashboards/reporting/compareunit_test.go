package reporting

import (
	"testing"
	"time"
)

func TestYearEarlier(t *testing.T) {
	t.Parallel()
	tests := []struct {
		time, zone string
		leap       leapDay
		want       string
	}{
		{"2025-03-01T00:00:00Z", "UTC", after, "2024-03-01T00:00:00Z"}, // the end of February, whatever its length
		{"2024-03-01T00:00:00Z", "UTC", after, "2023-03-01T00:00:00Z"},
		{"2024-02-29T00:00:00Z", "UTC", before, "2023-02-28T00:00:00Z"},
		{"2024-02-29T00:00:00Z", "UTC", after, "2023-03-01T00:00:00Z"}, // to=2024-02-28 includes the 28th
		{"2024-02-29T12:00:00Z", "UTC", within, "2023-02-28T23:59:59.999Z"},
		{"2025-02-28T12:00:00Z", "UTC", within, "2024-02-28T12:00:00Z"},
		{"2000-02-29T12:00:00Z", "UTC", after, "1999-03-01T00:00:00Z"},
		{"2024-06-30T22:00:00Z", "Europe/Berlin", before, "2023-06-30T22:00:00Z"},                   // 1 July there
		{"2025-03-30T10:00:00Z", "Europe/Berlin", within, "2024-03-30T11:00:00Z"},                   // noon both times
		{"2024-02-28T18:15:00Z", "Asia/Kathmandu", before, "2023-02-27T18:15:00Z"},                  // the 29th began there
		{"2018-11-04T03:00:00Z", "America/Sao_Paulo", before, "2017-11-04T02:00:00Z"},               // begins at 1 o'clock
		{"2011-12-31T10:00:00Z", "Pacific/Apia", before, "2011-01-01T10:00:00Z"},                    // the zone had changed sides
		{"2024-02-29T23:30:00+03:00", "Europe/Moscow", within, "2023-02-28T23:59:59.999+03:00"},     // local day decides
		{"2024-02-28T22:00:00Z", "Europe/Moscow", within, "2023-02-28T23:59:59.999+03:00"},          // the 29th there
		{"2026-11-22T13:30:00.123Z", "Australia/Eucla", within, "2025-11-22T13:30:00.123Z"},         // :45
		{"2021-01-01T00:00:00+05:30", "Asia/Kolkata", after, "2020-01-01T00:00:00+05:30"},           // :30
		{"1970-01-01T00:00:00Z", "UTC", after, "1969-01-01T00:00:00Z"},                              // before the epoch
		{"2024-10-27T01:30:00Z", "Europe/Berlin", within, "2023-10-27T02:30:00+02:00"},              // an hour that came twice
		{"2025-03-31T00:30:00Z", "Europe/London", within, "2024-03-31T02:30:00+01:00"},              // an hour that was not there
		{"2024-02-29T00:00:00+14:00", "Pacific/Kiritimati", after, "2023-03-01T00:00:00+14:00"},     // the first to see a day
		{"2024-02-29T00:00:00-11:00", "Pacific/Pago_Pago", within, "2023-02-28T23:59:59.999-11:00"}, // the last
	}
	for _, test := range tests {
		zone, err := time.LoadLocation(test.zone)
		if err != nil {
			t.Fatal(err)
		}
		at, err := time.Parse(time.RFC3339Nano, test.time)
		if err != nil {
			t.Fatal(err)
		}
		want, err := time.Parse(time.RFC3339Nano, test.want)
		if err != nil {
			t.Fatal(err)
		}
		if got := yearEarlier(at, zone, test.leap); !got.Equal(want) {
			t.Errorf("a year before %s in %s (%d) is %s, want %s", test.time, test.zone, test.leap, got, want.In(zone))
		}
	}
}

func TestLabelBefore(t *testing.T) {
	t.Parallel()
	for value, want := range map[any]any{
		"2024": "2023", "2024-02": "2023-02", "2024-Q4": "2023-Q4", "0001": "0000", int64(2024): int64(2023),
		"": "", "2024x": "2024x", "other": "other", "24-05": "24-05", nil: nil, true: true,
	} {
		if got := labelBefore(value); got != want {
			t.Errorf("a year before %v is %v, want %v", value, got, want)
		}
	}
}
