package consumers_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/turnout/turnout/consumers/consumerstest"
	"github.com/turnout/turnout/schemas"
)

// harness is a stream and a warehouse of a test's own, with real engines.
type harness struct{ *consumerstest.House }

func newHarness(t testing.TB) *harness {
	t.Helper()
	return &harness{consumerstest.New(t)}
}

// event builds an event of the tenant "acme" from a line such as `attendance.recorded.v1 a1 {"gathering_id":"g",…}`.
func event(t testing.TB, line string) *schemas.Event {
	t.Helper()
	parts := strings.SplitN(line, " ", 3)
	e := &schemas.Event{
		Type: parts[0], ID: parts[1], Source: "test", Tenant: "acme", Time: time.Date(2022, 5, 27, 18, 0, 0, 0, time.UTC),
	}
	data, err := schemas.Canonical([]byte(parts[2]))
	consumerstest.Must(t, err)
	e.Data = data
	return e
}

func attendance(t testing.TB, id, gathering, person string) *schemas.Event {
	t.Helper()
	return event(t, fmt.Sprintf(`attendance.recorded.v1 %s {"gathering_id":%q,"person_id":%q,"present":true,"role":"participant","method":"sheet"}`, id, gathering, person))
}

// packOf makes the events of pack number p.
func packOf(t testing.TB, p, n int) []*schemas.Event {
	t.Helper()
	events := make([]*schemas.Event, n)
	for i := range events {
		events[i] = attendance(t, fmt.Sprintf("a%d-%d", p, i), fmt.Sprint("g", p%10), fmt.Sprintf("p%d-%d", p, i))
	}
	return events
}
