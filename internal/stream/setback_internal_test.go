package stream

import (
	"testing"
	"time"
)

// TestGlance: a clock was set back if it went on less than the least time that passed, whatever the answers took.
func TestGlance(t *testing.T) {
	t.Parallel()
	began := time.Now()
	at := func(asked, answered, shown time.Duration) glance {
		return glance{asked: began.Add(asked), answered: began.Add(answered), shown: began.Add(shown)}
	}
	first := at(0, 3*time.Second, 0)
	for _, c := range []struct {
		name   string
		before glance
		now    glance
		want   bool
	}{
		{"never looked before", glance{}, at(time.Second, time.Second, -time.Hour), false},
		{"as it should", first, at(5*time.Second, 5*time.Second, 5*time.Second), false},
		{"the first answer was long under way", first, at(5*time.Second, 5*time.Second, 2*time.Second), false},
		{"set back within what an answer took", first, at(3*time.Second, 3*time.Second, 0), false},
		{"set back by hours", first, at(5*time.Second, 5*time.Second, -3*time.Hour), true},
		{"set back by a second", first, at(5*time.Second, 5*time.Second, time.Second), true},
		{"set forward", first, at(5*time.Second, 5*time.Second, 3*time.Hour), false},
	} {
		if got := c.before.setBack(c.now); got != c.want {
			t.Errorf("%s: %t", c.name, got)
		}
	}
}
