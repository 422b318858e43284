package config

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Bytes is a size: a number of bytes, or one with KiB, MiB, GiB or TiB (powers
// of 1024) or kB, MB, GB or TB (powers of 1000).
type Bytes int64

type unit struct {
	suffix string
	factor int64
}

func units() []unit {
	return []unit{
		{"TiB", 1 << 40},
		{"GiB", 1 << 30},
		{"MiB", 1 << 20},
		{"KiB", 1 << 10},
		{"TB", 1e12},
		{"GB", 1e9},
		{"MB", 1e6},
		{"kB", 1e3},
		{"B", 1},
	}
}

// UnmarshalText reads a size.
func (b *Bytes) UnmarshalText(text []byte) error {
	digits, factor := strings.TrimSpace(string(text)), int64(1)
	for _, u := range units() {
		if rest, found := strings.CutSuffix(digits, u.suffix); found {
			digits, factor = strings.TrimSpace(rest), u.factor
			break
		}
	}
	number, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || number < 0 || number > math.MaxInt64/factor {
		return fmt.Errorf("%q is no size; write for example 500MB or 16MiB", text)
	}
	*b = Bytes(number * factor)
	return nil
}

// MarshalText writes the size with the largest unit that divides it.
func (b Bytes) MarshalText() ([]byte, error) { return []byte(b.String()), nil }

// String writes the size with the largest unit that divides it.
func (b Bytes) String() string {
	if b == 0 {
		return "0"
	}
	for _, u := range units() {
		if int64(b)%u.factor == 0 {
			return strconv.FormatInt(int64(b)/u.factor, 10) + u.suffix
		}
	}
	return strconv.FormatInt(int64(b), 10)
}
