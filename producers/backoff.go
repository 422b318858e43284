package producers

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Backoff is how long to wait between attempts: doubling from First to Longest,
// each by up to a half shorter, so that many clients do not return at once.
type Backoff struct {
	First   time.Duration // 0 means 250 ms
	Longest time.Duration // 0 means 30 s
}

const (
	defaultFirstWait   = 250 * time.Millisecond
	defaultLongestWait = 30 * time.Second
	maxRetryAfter      = 24 * 60 * 60 // seconds
)

func (b Backoff) withDefaults() Backoff {
	if b.First == 0 {
		b.First = defaultFirstWait
	}
	if b.Longest == 0 {
		b.Longest = defaultLongestWait
	}
	return b
}

// delay before the attempt after this one, counted from 1; a server's wish is
// honoured, up to Longest.
func (b Backoff) delay(attempt int, wish time.Duration) time.Duration {
	wait := b.Longest
	if shift := attempt - 1; shift < 30 && b.First<<shift > 0 {
		wait = min(b.First<<shift, b.Longest)
	}
	wait -= time.Duration(rand.Int64N(int64(wait)/2 + 1)) //nolint:gosec // spreading clients out needs no secrecy
	return max(wait, min(wish, b.Longest))
}

func (b Backoff) wait(ctx context.Context, attempt int, wish time.Duration) error {
	timer := time.NewTimer(b.delay(attempt, wish))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("wait to try again: %w", context.Cause(ctx))
	}
}

// retryAfter reads the header Retry-After: seconds or a date (RFC 9110).
func retryAfter(header http.Header, now time.Time) time.Duration {
	value := strings.TrimSpace(header.Get("Retry-After"))
	if seconds, err := strconv.Atoi(value); err == nil && seconds >= 0 {
		return time.Duration(min(seconds, maxRetryAfter)) * time.Second
	}
	if at, err := http.ParseTime(value); err == nil {
		return max(0, at.Sub(now))
	}
	return 0
}

// EncodeHeaderValue writes an attribute as the CloudEvents HTTP and NATS
// bindings say: everything but visible ASCII, and of that the double quote and
// the percent sign, is percent-encoded as UTF-8.
func EncodeHeaderValue(value string) string {
	const hexadecimal = "0123456789ABCDEF"
	var encoded strings.Builder
	for i := range len(value) {
		c := value[i]
		if c > ' ' && c < 0x7f && c != '"' && c != '%' {
			encoded.WriteByte(c)
			continue
		}
		encoded.WriteByte('%')
		encoded.WriteByte(hexadecimal[c>>4])
		encoded.WriteByte(hexadecimal[c&15])
	}
	return encoded.String()
}
