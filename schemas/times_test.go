package schemas_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/turnout/turnout/schemas"
)

func TestParseTime(t *testing.T) {
	for text, want := range map[string]string{
		"2022-05-27T18:00:00+03:00":        "2022-05-27T15:00:00Z",
		"2022-05-27T18:00:00.1Z":           "2022-05-27T18:00:00.1Z",
		"2022-05-27T18:00:00.123999999Z":   "2022-05-27T18:00:00.123Z",
		"2022-05-27T18:00:00.12399999999Z": "2022-05-27T18:00:00.123Z",
		"1969-12-31T23:59:59.9999Z":        "1969-12-31T23:59:59.999Z",
		"1900-01-01T00:00:00Z":             "1900-01-01T00:00:00Z",
		"1899-12-31T23:30:00-01:00":        "1900-01-01T00:30:00Z",
		"2100-12-31T23:59:59.9999Z":        "2100-12-31T23:59:59.999Z",
		"2101-01-01T00:30:00+01:00":        "2100-12-31T23:30:00Z",
		"2000-02-29T00:00:00-00:00":        "2000-02-29T00:00:00Z",
		"2024-02-29T12:00:00+14:00":        "2024-02-28T22:00:00Z",
	} {
		got, err := schemas.ParseTime(text)
		if err != nil || got.Format(time.RFC3339Nano) != want || got.Location() != time.UTC {
			t.Errorf("ParseTime(%q) = %v, %v; want %s", text, got.Format(time.RFC3339Nano), err, want)
		}
	}
	for _, text := range []string{"", "now", "1900-02-29T00:00:00Z", "2023-04-31T00:00:00Z", "2022-00-10T00:00:00Z", "2022-01-00T00:00:00Z", "2022-01-01T00:60:00Z", "2022-01-01T00:00Z", "2022-01-01T00:00:00ZZ", "２０２２-01-01T00:00:00Z", "+022-01-01T00:00:00Z"} {
		if got, err := schemas.ParseTime(text); err == nil {
			t.Errorf("ParseTime(%q) = %v", text, got)
		} else if v := violation(t, err); v.Code != schemas.CodeBadTime || v.Hint == "" {
			t.Errorf("ParseTime(%q): %+v", text, v)
		}
	}
}

func TestParseDate(t *testing.T) {
	for _, text := range []string{"1900-01-01", "2000-02-29", "2100-12-31"} {
		if got, err := schemas.ParseDate(text); err != nil || got.Format(time.DateOnly) != text {
			t.Errorf("ParseDate(%q) = %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "1899-12-31", "2101-01-01", "2100-02-29", "2022-5-27", "20220527", "2022-05-27Z", "2022/05/27", "27-05-2022", "abcd-ef-gh"} {
		if got, err := schemas.ParseDate(text); err == nil {
			t.Errorf("ParseDate(%q) = %v", text, got)
		}
	}
}

// TestParseTimeAgreesWithTheStandardLibrary over the range of the contract.
func TestParseTimeAgreesWithTheStandardLibrary(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := fmt.Sprintf("%04d-%02d-%02dT%02d:%02d:%02d%s%s", rapid.IntRange(1901, 2099).Draw(t, "year"), rapid.IntRange(0, 13).Draw(t, "month"),
			rapid.IntRange(0, 32).Draw(t, "day"), rapid.IntRange(0, 24).Draw(t, "hour"), rapid.IntRange(0, 60).Draw(t, "minute"), rapid.IntRange(0, 59).Draw(t, "second"),
			rapid.SampledFrom([]string{"", ".5", ".0009", ".999999999"}).Draw(t, "fraction"), rapid.SampledFrom([]string{"Z", "+01:30", "-11:00", "+23:59"}).Draw(t, "zone"))
		want, wantErr := time.Parse(time.RFC3339Nano, text)
		got, err := schemas.ParseTime(text)
		if (err == nil) != (wantErr == nil) {
			t.Fatalf("ParseTime(%q): %v, but the library says %v", text, err, wantErr)
		}
		if err == nil && !got.Equal(want.Truncate(time.Millisecond)) {
			t.Fatalf("ParseTime(%q) = %v, want %v", text, got, want)
		}
	})
}

// A time is written as time.Format writes it, whatever its year.
func TestTimestampsAreWritten(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		at := time.UnixMilli(rapid.OneOf(rapid.Int64Range(-2208988800000, 4133980799999), rapid.Int64Range(-1e15, 1e15)).Draw(r, "millis"))
		event := schemas.Event{Time: at}
		want := at.UTC().Format("2006-01-02T15:04:05.999Z")
		if line := string(event.AppendJSON(nil)); !strings.Contains(line, `"time":"`+want+`"`) {
			r.Fatalf("%s\nwant %s", line, want)
		}
	})
}
