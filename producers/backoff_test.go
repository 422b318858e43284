package producers

import (
	"net/http"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/turnout/turnout/schemas"
)

func TestBackoffDelay(t *testing.T) {
	t.Parallel()
	b := Backoff{First: 100 * time.Millisecond, Longest: time.Second}
	for _, test := range []struct {
		attempt  int
		wish     time.Duration
		min, max time.Duration
	}{
		{1, 0, 50 * time.Millisecond, 100 * time.Millisecond},
		{3, 0, 200 * time.Millisecond, 400 * time.Millisecond},
		{9, 0, 500 * time.Millisecond, time.Second},
		{100, 0, 500 * time.Millisecond, time.Second},
		{1, 700 * time.Millisecond, 700 * time.Millisecond, 700 * time.Millisecond},
		{1, time.Hour, time.Second, time.Second},
	} {
		for range 50 {
			if got := b.delay(test.attempt, test.wish); got < test.min || got > test.max {
				t.Errorf("attempt %d, wish %v: %v", test.attempt, test.wish, got)
			}
		}
	}
}

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for value, want := range map[string]time.Duration{
		"": 0, "7": 7 * time.Second, "-7": 0, "soon": 0, "99999999999999": 24 * time.Hour,
		"Fri, 02 Jan 2026 03:05:05 GMT": time.Minute, "Fri, 02 Jan 2026 03:04:00 GMT": 0,
	} {
		header := http.Header{}
		header.Set("Retry-After", value)
		if got := retryAfter(header, now); got != want {
			t.Errorf("%q: %v, want %v", value, got, want)
		}
	}
}

// What is written into a header is read back from it.
func TestHeaderValueRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		value := rapid.String().Draw(rt, "value")
		encoded := EncodeHeaderValue(value)
		for _, c := range []byte(encoded) {
			if c <= ' ' || c >= 0x7f {
				rt.Fatalf("%q holds %q", encoded, c)
			}
		}
		if got, err := schemas.DecodeHeaderValue(encoded); err != nil || got != value {
			rt.Errorf("%q became %q: %v", value, got, err)
		}
	})
}
