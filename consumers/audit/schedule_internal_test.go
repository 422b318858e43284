package audit

import (
	"testing"
	"time"
)

func TestAnAuditOfTheFutureIsNotRecent(t *testing.T) {
	t.Parallel()
	s := &Schedule{Every: time.Hour}
	for age, want := range map[time.Duration]bool{time.Minute: true, 2 * time.Hour: false, -24 * time.Hour: false} {
		if got := s.recent(&Record{Finished: time.Now().Add(-age)}); got != want {
			t.Errorf("an audit that ended %s ago: %t", age, got)
		}
	}
	if s.recent(nil) {
		t.Error("one that never was")
	}
}
